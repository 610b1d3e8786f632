package main

import (
	"cmp"
	"os"
	"os/signal"

	"github.com/spf13/cobra"

	"ehlo/session"
	"ehlo/session/message"
	"ehlo/tui"
	"ehlo/tui/plain"
)

// lineByLine is the session line by line. What the terminal interface would begin
// with it begins with, too.
func lineByLine(cmd *cobra.Command, o tui.Options, std streams) error {
	o = o.Filled()
	m := o.Mail
	var err error
	if m.Target, err = target(o.Target); err != nil {
		return err
	}
	m.Helo = cmp.Or(m.Helo, o.Helo(m.Target))
	if o.Login != "" {
		return fail(exitUsage, "plain: --user %s needs a password; give --password-from env:NAME, file:PATH, command:CMD, netrc or prompt", session.Escape(o.Login))
	}
	draft := message.Draft{From: m.From.Path, Subject: o.Subject, Body: o.Body, Date: o.Now()}
	for _, to := range m.To {
		draft.To = append(draft.To, to.Path)
	}
	for _, text := range o.Headers {
		h, err := message.ParseHeader(text)
		if err != nil {
			return fail(exitUsage, "plain: --header %q: %w", text, err)
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
		return fail(exitUsage, "plain: %w", err)
	}
	var names []string
	for _, f := range o.Forms {
		names = append(names, f.Name)
	}
	result, err := plain.Run(cmd.Context(), plain.Options{
		Mail: m, Shelf: o.Shelf, Begins: o.Begins, Compose: o.Compose, Draft: draft, File: o.File,
		Session: session.Options{Dial: o.Dial, Lookup: o.Lookup, Vouch: o.Vouch, Route: o.Route, TLS: o.TLS, Timeout: o.Timeout},
		In:      std.in, Out: std.out, Terminal: isTerminal(std.in), Interrupt: interrupts(std), Now: o.Now, Dir: o.Dir,
		Export: o.Export, Formats: names,
	})
	_ = o.Shelf.Prune(o.Now())
	for _, name := range result.Saved {
		printf(std.err, "transcript: %s\n", session.Escape(name))
	}
	switch {
	case err != nil:
		return err
	case cmd.Context().Err() != nil:
		return fail(exitInterrupted, "interrupted")
	case !isTerminal(std.in) && result.Wrong > 0:
		return fail(exitUsage, "plain: %d %s could not be done", result.Wrong, plural(result.Wrong, "command"))
	case result.Ran:
		end := ending{state: result.State, last: result.Last, taken: delivered(result.Events)}
		if code, sentence := outcome(result.Mail, end); code != exitDone {
			return fail(code, "%s", sentence)
		}
	}
	return nil
}

// interrupts takes ctrl+c from the program, where a person sits: it ends a
// wait there and not the session.
func interrupts(std streams) <-chan struct{} {
	if !isTerminal(std.in) {
		return nil
	}
	signal.Ignore(os.Interrupt) // what was asked for before is undone
	pressed, told := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(pressed, os.Interrupt)
	go func() {
		for range pressed {
			told <- struct{}{}
		}
	}()
	return told
}
