package main

import (
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"ehlo/session"
	"ehlo/session/message"
	"ehlo/tui"
	"ehlo/tui/plain"
)

// lineByLine is the session line by line. What the terminal interface would begin
// with it begins with, too.
func lineByLine(cmd *cobra.Command, o tui.Options, std streams) error {
	p, err := lineOptions(o, std)
	if err != nil {
		return err
	}
	result, err := plain.Run(cmd.Context(), p)
	_ = o.Shelf.Prune(time.Now())
	for _, name := range result.Saved {
		printf(std.err, "transcript: %s\n", session.Escape(name))
	}
	switch {
	case err != nil:
		return err
	case cmd.Context().Err() != nil:
		return fail(exitInterrupted, "interrupted")
	case !isTerminal(std.in) && result.Wrong > 0:
		return fail(exitUsage, "plain: %s could not be done", session.Count(result.Wrong, "command", "commands"))
	case !isTerminal(std.in) && len(result.Differ) > 0:
		return fail(exitDiffers, "plain: not as it was recorded: %s", session.Escape(strings.Join(result.Differ, ", ")))
	case result.Ran:
		end := ending{state: result.State, last: result.Last, taken: delivered(result.Events)}
		if code, sentence := outcome(result.Mail, end); code != exitDone {
			return fail(code, "%s", sentence)
		}
	}
	return nil
}

// lineOptions are those of a session line by line.
func lineOptions(o tui.Options, std streams) (plain.Options, error) {
	o = o.Filled()
	p, err := letterOptions(o)
	if err != nil {
		return p, err
	}
	p.Shelf, p.File, p.Now, p.Dir, p.Folders = o.Shelf, o.File, o.Now, o.Dir, o.Folders
	p.Target, p.Mailboxes, p.Progress, p.Room = target, o.Mailboxes, o.Progress, room
	p.OwnTemplates, p.TemplateFolder = o.OwnTemplates, o.Templates
	p.Profiles, p.Profile = o.Profiles, func(name string) (plain.Options, error) {
		of, err := o.Profile(name)
		switch {
		case err != nil:
			return plain.Options{}, err
		case of.Login != "":
			return plain.Options{}, fmt.Errorf("the password of %s is asked for at the beginning: ehlo --plain --profile %s --password-from prompt", session.Escape(of.Login), session.Escape(name))
		}
		named := of.Target != ""
		letter, err := letterOptions(of.Filled())
		if !named {
			letter.Mail.Target = session.Target{}
		}
		return letter, err
	}
	for _, s := range o.Scenarios {
		p.Scenarios = append(p.Scenarios, plain.Scenario{Name: s.Name, Also: s.Also, Title: s.Title, Notice: s.Notice, TLS: s.TLS})
	}
	for _, f := range o.Forms {
		p.Formats = append(p.Formats, f.Name)
	}
	p.Export = o.Export
	onPaper(&p, std)
	return p, nil
}

// onPaper says where a session line by line is read and written.
func onPaper(p *plain.Options, std streams) {
	p.In, p.Out, p.Terminal, p.Interrupt, p.Resumed = std.in, std.out, isTerminal(std.in), interrupts(std), resumed(std)
	if isTerminal(std.out) {
		p.ASCII = !hasUnicode()
		if w, _, err := term.GetSize(int(terminalOf(std.out).Fd())); err == nil {
			p.Width = w
		}
	}
}

// letterOptions are those that say what is sent, and how its server is reached.
func letterOptions(o tui.Options) (p plain.Options, err error) {
	m := o.Mail
	if m.Target, err = target(o.Target); err != nil {
		return p, err
	}
	if m.Helo == "" {
		p.Helo, m.Helo = o.Helo, o.Helo(m.Target)
	}
	if o.Login != "" {
		return p, fail(exitUsage, "plain: --user %s needs a password; give --password-from env:NAME, file:PATH, command:CMD, netrc or prompt", session.Escape(o.Login))
	}
	draft := message.Draft{From: m.From.Path, Subject: o.Subject, Body: o.Body, Date: o.Now()}
	for _, to := range m.To {
		draft.To = append(draft.To, to.Path)
	}
	for _, text := range o.Headers {
		h, err := message.ParseHeader(text)
		if err != nil {
			return p, fail(exitUsage, "plain: --header %q: %w", text, err)
		}
		draft.Headers = append(draft.Headers, h)
	}
	for _, name := range o.Attach {
		draft.Attachments = append(draft.Attachments, message.ParseAttachment(name))
	}
	if o.Message != "" {
		m.Content, err = session.FileContent(o.Message)
	} else {
		m.Content, err = o.Compose(draft)
	}
	if err != nil {
		return p, fail(exitUsage, "plain: %w", err)
	}
	p.Message, p.Breaks, p.KeepProfile, p.KeepTemplate = o.Message, o.Breaks, keptBy(o.KeepProfile), keptBy(o.KeepTemplate)
	p.Mail, p.Begins, p.Compose, p.Draft, p.TLSByItself = m, o.Begins, o.Compose, draft, o.TLSByItself
	p.Envelope = o.Envelope()
	p.Session = session.Options{Dial: o.Dial, Lookup: o.Lookup, Vouch: o.Vouch, Route: o.Route, TLS: o.TLS, Timeout: o.Timeout}
	return p, nil
}

// keptBy saves a letter as the form of the terminal interface is saved.
func keptBy(keep func(string, tui.Draft) (string, error)) func(string, plain.Form) (string, error) {
	if keep == nil {
		return nil
	}
	return func(name string, f plain.Form) (string, error) {
		return keep(name, tui.Draft{Flags: f.Flags, Breaks: f.Breaks})
	}
}

// hasUnicode reports whether a terminal shows more than ASCII, by its locale. One
// that nobody has set may be anything today: only what says so has nothing else.
func hasUnicode() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := strings.ToUpper(os.Getenv(name)); locale != "" {
			return strings.Contains(locale, "UTF-8") || strings.Contains(locale, "UTF8")
		}
	}
	return os.Getenv("TERM") != "dumb"
}

// interrupts takes ctrl+c from the program, where a person sits: it ends a
// wait there and not the session.
func interrupts(std streams) <-chan struct{} {
	if !isTerminal(std.in) {
		return nil
	}
	signal.Ignore(os.Interrupt) // what was asked for before is undone
	pressed := make(chan os.Signal, 1)
	signal.Notify(pressed, os.Interrupt)
	return told(pressed)
}

// resumed tells that a person has stopped the program and goes on with it.
func resumed(std streams) <-chan struct{} {
	if !isTerminal(std.in) {
		return nil
	}
	goesOn := make(chan os.Signal, 1)
	noteResume(goesOn)
	return told(goesOn)
}

// told hands on that a signal came.
func told(signals <-chan os.Signal) <-chan struct{} {
	out := make(chan struct{})
	go func() {
		for range signals {
			out <- struct{}{}
		}
	}()
	return out
}
