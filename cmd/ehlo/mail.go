package main

import (
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ehlo/session"
	"ehlo/session/message"
)

// mail makes the envelope and the content of the flags.
func (f *sendFlags) mail(cmd *cobra.Command, stdin io.Reader) (session.Mail, func(), error) {
	m := session.Mail{Helo: f.helo}
	from := f.from
	nothing := func() {}
	if m.Helo == "" {
		m.Helo = hostName()
	}
	switch {
	case !cmd.Flags().Changed("from"):
		from = defaultFrom()
	case from == "<>":
		from = ""
	}
	m.From.Path = strings.TrimSuffix(strings.TrimPrefix(from, "<"), ">")
	var to []string
	for _, list := range f.to {
		to = append(to, splitAddresses(list)...)
	}
	if len(to) == 0 {
		return m, nothing, fail(exitUsage, "send: no recipient; give --to ADDR")
	}
	for _, value := range append([]string{m.Helo, m.From.Path}, to...) {
		if strings.ContainsAny(value, "\r\n") {
			return m, nothing, fail(exitUsage, "send: %q has a line break in it", value)
		}
	}
	m.To = session.To(to...)
	var err error
	cleanUp := nothing
	if f.message != "" {
		m.Content, cleanUp, err = wholeMessage(f.message, stdin)
	} else {
		m.Content, err = f.compose(m, to, stdin)
	}
	if err != nil {
		return m, nothing, fail(exitUsage, "send: %w", err)
	}
	return m, cleanUp, nil
}

// splitAddresses splits at commas outside of quotes.
func splitAddresses(list string) []string {
	var out []string
	quoted, start := false, 0
	add := func(text string) {
		if text = strings.Trim(strings.TrimSpace(text), "<>"); text != "" {
			out = append(out, text)
		}
	}
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			add(list[start:i])
			start = i + 1
		}
	}
	add(list[start:])
	return out
}

func (f *sendFlags) compose(m session.Mail, to []string, stdin io.Reader) (*session.Content, error) {
	body := f.body
	var err error
	switch name, isFile := strings.CutPrefix(f.body, "@"); {
	case f.body == "-":
		body, err = readText(stdin)
	case isFile:
		var file *os.File
		if file, err = os.Open(name); err == nil {
			body, err = readText(file)
			file.Close()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	now := time.Now()
	return composeDraft(message.Draft{
		From: m.From.Path, To: to, Subject: f.subject, Body: body, Date: now,
		ID: fmt.Sprintf("%d.%d@%s", now.UnixNano(), os.Getpid(), idHost(m.Helo)),
	})
}

// maxBody bounds what is composed in memory; anything larger is a job for
// --message, which streams.
const maxBody = 64 << 20

func readText(r io.Reader) (string, error) {
	p, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if len(p) > maxBody {
		return "", fmt.Errorf("more than %d MiB; use --message", maxBody>>20)
	}
	return string(p), err
}

// wholeMessage opens --message. What can be read only once, standard input or
// a named pipe, goes through a temporary file, because content is read twice:
// to measure it, and to send it.
func wholeMessage(name string, stdin io.Reader) (*session.Content, func(), error) {
	nothing := func() {}
	if name == "-" {
		return spooled("standard input", stdin)
	}
	if info, err := os.Stat(name); err == nil && info.Mode()&os.ModeNamedPipe != 0 {
		f, err := os.Open(name)
		if err != nil {
			return nil, nothing, fmt.Errorf("read the message: %w", err)
		}
		defer f.Close()
		return spooled(name, f)
	}
	c, err := session.FileContent(name)
	if err != nil {
		return nil, nothing, fmt.Errorf("read the message: %w", err)
	}
	return c, nothing, nil
}

// spooled copies a stream to a temporary file. The file loses its name at
// once, so that nothing stays behind however the program ends; the returned
// function closes it.
func spooled(name string, r io.Reader) (*session.Content, func(), error) {
	nothing := func() {}
	tmp, err := os.CreateTemp("", "ehlo-*.eml") // 0600
	if err != nil {
		return nil, nothing, err
	}
	_ = os.Remove(tmp.Name())
	remove := func() {
		_ = tmp.Close()
		_ = os.Remove(tmp.Name()) // where an open file keeps its name
	}
	size, err := io.Copy(tmp, r)
	c := &session.Content{Open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(tmp, 0, size)), nil
	}}
	if err == nil {
		err = c.Measure()
	}
	if err != nil {
		remove()
		return nil, nothing, fmt.Errorf("read the message from %s: %w", name, err)
	}
	return c, remove, nil
}

// hostName is this host's name if it is a full one. Anything else would be
// no valid argument of EHLO; the session takes an address literal then
// (RFC 5321, 4.1.4).
func hostName() string {
	name, err := os.Hostname()
	if err != nil || !strings.Contains(name, ".") || session.CheckDomain(name, false) != nil {
		return ""
	}
	return name
}

func defaultFrom() string {
	name := "ehlo"
	if u, err := user.Current(); err == nil && u.Username != "" {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil || session.CheckDomain(host, false) != nil {
		host = "localhost"
	}
	return name + "@" + host
}

func idHost(helo string) string {
	if helo == "" || strings.HasPrefix(helo, "[") {
		return "localhost"
	}
	return helo
}
