package main

import (
	"errors"
	"io"
	"os"
	"os/user"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/net/idna"

	"ehlo/session"
	"ehlo/session/message"
)

// errand is what a command line asks for: a mail, and where it goes.
type errand struct {
	mail    session.Mail
	where   string // TARGET as it was given; "" is where the DNS says
	cleanUp func()
}

// errand reads the profile, the target and the mail. It returns nil if that was
// all: the settings are shown, or the content is judged.
func (f *sendFlags) errand(cmd *cobra.Command, args []string, std streams) (*errand, error) {
	if err := f.profile.load(cmd); err != nil {
		return nil, err
	}
	where := f.profile.target
	if len(args) == 1 {
		where = args[0]
	}
	if f.profile.show {
		f.profile.print(cmd, where, std.out)
		return nil, nil
	}
	var t session.Target
	var err error
	if where != "" {
		if t, err = f.profile.judge(where); err != nil {
			return nil, err
		}
	}
	if t.TLS && f.tls.policy == "never" {
		return nil, fail(exitUsage, "%s: %w", doing(cmd), badTogether([]string{"tls", "target"}, "--tls never and the target %s contradict each other: it begins with TLS", t))
	}
	m, cleanUp, err := f.mail(cmd, std.in)
	if err != nil {
		return nil, err
	}
	e := &errand{mail: m, where: where, cleanUp: cleanUp}
	if e.mail.Target = t; where == "" && len(m.To) > 0 {
		if e.mail.Target.MX, err = domainOf(m.To[0].Path); err != nil {
			err = fail(exitUsage, "%s: %w", doing(cmd), badValue("to", "", "there is no TARGET, and %w", err))
		}
	}
	if err == nil && f.content.lint {
		err = f.lint(cmd, m, std)
	} else if err == nil {
		if len(f.content.mangle) > 0 {
			printf(std.err, "ehlo: %s\n", message.MangleWarning)
		}
		return e, nil
	}
	cleanUp()
	return nil, err
}

// mail makes what is to be said of the flags.
func (f *sendFlags) mail(cmd *cobra.Command, stdin io.Reader) (session.Mail, func(), error) {
	nothing := func() {}
	m, err := f.envelope(cmd.Flags().Changed("from"))
	if err == nil && len(m.To) == 0 && !(f.content.lint && f.content.message != "") {
		err = errors.New("no recipient; give --to ADDR")
	}
	if err == nil {
		err = f.extension.apply(&m)
	}
	if err != nil {
		return m, nothing, fail(exitUsage, "%s: %w", doing(cmd), err)
	}
	cleanUp, err := f.content.apply(&m, f, stdin)
	if err != nil {
		return m, nothing, fail(exitUsage, "%s: %w", doing(cmd), err)
	}
	f.extension.declare(&m)
	if err := f.stage.apply(&m); err != nil {
		cleanUp()
		return m, nothing, fail(exitUsage, "%s: %w", doing(cmd), err)
	}
	return m, cleanUp, nil
}

// envelope makes the addresses.
func (f *sendFlags) envelope(fromGiven bool) (session.Mail, error) {
	m := session.Mail{Helo: f.helo, Hello: strings.ToUpper(f.hello)}
	if !slices.Contains([]string{"", "EHLO", "HELO", "LHLO"}, m.Hello) {
		return m, badValue("hello", f.hello, "expected EHLO, HELO or LHLO")
	}
	if m.Helo == "" {
		m.Helo = hostName()
	}
	from := f.from
	if !fromGiven {
		from = defaultFrom()
	}
	m.From = f.typed(session.TypedEnvelope(from))
	for _, list := range f.to {
		for _, to := range session.TypedEnvelopes(list) {
			if to = f.typed(to); to.Path != "" {
				m.To = append(m.To, to)
			}
		}
	}
	for name, value := range map[string]string{"helo": m.Helo, "from": m.From.Path, "to": strings.Join(f.to, "")} {
		if strings.ContainsAny(value, "\r\n") {
			return m, badValue(name, value, "there is a line break in it")
		}
	}
	return m, nil
}

// typed takes away the angle brackets that an address may have.
func (f *sendFlags) typed(e session.Envelope) session.Envelope {
	e.Path = f.path(strings.Trim(e.Path, "<>"))
	return e
}

// path writes the domain of an address in A-labels, which every server
// understands, unless the address can only go with SMTPUTF8 anyway
// (RFC 5890, 2.3.2.1; RFC 6531, 3.3).
func (f *sendFlags) path(addr string) string {
	local, domain, ok := session.SplitMailbox(addr)
	if !ok || f.extension.smtputf8 || !ascii(local) || ascii(domain) {
		return addr
	}
	labels, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return addr // it goes as it was given; the server will say
	}
	return local + "@" + labels
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
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
			return nil, nothing, badValue("message", "", "%w", err)
		}
		defer f.Close()
		return spooled(name, f)
	}
	c, err := session.FileContent(name)
	if err != nil {
		return nil, nothing, badValue("message", "", "%w", err)
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
		return nil, nothing, badValue("message", name, "%w", err)
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
