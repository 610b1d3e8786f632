package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"ehlo/session"
	"ehlo/session/message"
)

// contentFlags say what the mail contains.
type contentFlags struct {
	subject, body, html, message string
	headers, attach              []string
	dkim                         string
	mangle                       []string
	smuggle                      string
	lint                         bool
}

func (f *contentFlags) add(fl *pflag.FlagSet) {
	fl.StringVar(&f.subject, "subject", "test", "Subject `TEXT` of the composed content")
	fl.StringVar(&f.body, "body", "This is a test message.", "body of the composed content: `TEXT`, @FILE or -; @@ begins a text with an @")
	fl.StringVar(&f.html, "html", "", "the same in HTML, as an alternative: `TEXT` or @FILE")
	fl.StringArrayVar(&f.headers, "header", nil, "header field `'K: V'`, added, or in place of one that ehlo makes; repeat it")
	fl.StringArrayVar(&f.attach, "attach", nil, "attach `FILE`, with ;type=TYPE and ;name=NAME behind it if they are others; repeat it")
	fl.StringVar(&f.message, "message", "", "whole content from `FILE` or -, in place of all of the above")
	fl.StringVar(&f.dkim, "dkim", "", "sign the content: `SELECTOR:DOMAIN:KEYFILE`, the key in PEM")
	fl.StringSliceVar(&f.mangle, "mangle", nil, "break line endings or the end of data on purpose, to test a server: `NAME` of ehlo list mangles")
	fl.StringVar(&f.smuggle, "smuggle", "", "with --mangle: `TEXT` or @FILE to send behind the broken end of data")
	fl.BoolVar(&f.lint, "lint", false, "print what the RFCs say about the content, and do nothing else")
}

// apply makes the content of a mail. The function it returns frees what the
// content needs.
func (f *contentFlags) apply(m *session.Mail, all *sendFlags, stdin io.Reader) (cleanUp func(), err error) {
	cleanUp = func() {}
	if f.smuggle != "" && len(f.mangle) == 0 {
		return cleanUp, badTogether([]string{"smuggle", "mangle"}, "--smuggle needs --mangle: it goes behind the broken end of data; ehlo list mangles")
	}
	if f.message != "" {
		m.Content, cleanUp, err = wholeMessage(f.message, stdin)
	} else {
		m.Content, err = f.compose(*m, all, stdin)
	}
	if err == nil && strings.EqualFold(all.extension.bodyType, "binarymime") {
		m.Content.Binary = true // RFC 3030, 3: not a line ending is touched
		err = m.Content.Measure()
	}
	if err == nil {
		m.Content, err = f.finish(m.Content)
	}
	if err != nil {
		cleanUp()
		return func() {}, err
	}
	return cleanUp, nil
}

// finish signs content and breaks it, as far as that was asked for.
func (f *contentFlags) finish(c *session.Content) (_ *session.Content, err error) {
	if f.dkim != "" {
		c, err = f.sign(c)
	}
	if err == nil && len(f.mangle) > 0 {
		c, err = f.mangled(c)
	}
	return c, err
}

func (f *contentFlags) compose(m session.Mail, all *sendFlags, stdin io.Reader) (*session.Content, error) {
	now := time.Now()
	id, err := message.NewID(now, rand.Reader, idHost(m.Helo))
	if err != nil {
		return nil, err
	}
	d := message.Draft{From: m.From.Path, Subject: f.subject, Date: now, ID: id}
	for _, to := range m.To {
		d.To = append(d.To, to.Path)
	}
	if d.Body, err = textOf(f.body, stdin); err != nil {
		return nil, badValue("body", "", "%w", err)
	}
	return f.composeDraft(d, all.extension)
}

// composeDraft adds to a draft what the flags say beside text and subject.
func (f *contentFlags) composeDraft(d message.Draft, x extensionFlags) (*session.Content, error) {
	d.SMTPUTF8 = d.SMTPUTF8 || x.smtputf8
	d.EightBit = d.EightBit || strings.EqualFold(x.bodyType, "8bitmime")
	var err error
	if d.HTML, err = textOf(f.html, strings.NewReader("-")); err != nil {
		return nil, badValue("html", "", "%w", err)
	}
	for _, text := range f.headers {
		h, err := message.ParseHeader(text)
		if err != nil {
			return nil, badValue("header", text, "%w", err)
		}
		d.Headers = append(d.Headers, h)
	}
	for _, name := range f.attach {
		d.Attachments = append(d.Attachments, message.ParseAttachment(name))
	}
	c, err := message.Compose(d)
	if part := (*message.PartError)(nil); errors.As(err, &part) {
		return nil, badValue(flagOf(part.Part), "", "%w", part)
	}
	return c, err
}

// flagOf names the flag that a part of a draft comes from.
func flagOf(part string) string {
	switch part {
	case "From", "To", "Subject", "body", "html":
		return strings.ToLower(part)
	case "attachment":
		return "attach"
	}
	return "header"
}

// textOf reads TEXT, @FILE or -; @@TEXT is text that begins with one @.
func textOf(text string, stdin io.Reader) (string, error) {
	name, isFile := strings.CutPrefix(text, "@")
	switch {
	case text == "-":
		return readText(stdin)
	case strings.HasPrefix(name, "@"):
		return name, nil
	case !isFile:
		return text, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	return readText(file)
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

func (f *contentFlags) sign(c *session.Content) (*session.Content, error) {
	o, err := message.ParseSigner(f.dkim)
	if err != nil {
		return nil, badValue("dkim", "", "%w", err)
	}
	return message.Sign(c, o)
}

func (f *contentFlags) mangled(c *session.Content) (*session.Content, error) {
	then, err := textOf(f.smuggle, strings.NewReader("-"))
	if err != nil {
		return nil, badValue("smuggle", "", "%w", err)
	}
	c, err = message.Mangled(c, message.MangleOptions{Names: f.mangle, Then: then})
	if err != nil {
		return nil, badValue("mangle", "", "%w", err)
	}
	return c, nil
}

// findings prints what a lint finds, and reports whether something is wrong.
func (f *contentFlags) findings(m session.Mail, utf8 bool, lookup func(string) ([]string, error), w io.Writer) (wrong bool, err error) {
	body, _ := m.From.Param("BODY")
	found, err := message.Lint(m.Content, message.LintOptions{EightBit: body != "" && body != "7BIT", SMTPUTF8: utf8, LookupTXT: lookup})
	for _, x := range found {
		where := ""
		if x.Line > 0 {
			where = fmt.Sprintf("line %d: ", x.Line)
		}
		more := ""
		if x.More > 0 {
			more = fmt.Sprintf("; %d more like this", x.More)
		}
		printf(w, "%s: %s%s (%s)%s\n", x.Severity, where, session.Escape(x.Text), x.Section, more)
		wrong = wrong || x.Severity == session.Wrong
	}
	return wrong, err
}
