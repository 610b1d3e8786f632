package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"ehlo/session"
	"ehlo/session/outbox"
)

func queueExportCommand(f *queueFlags, std streams) *cobra.Command {
	var format, into string
	cmd := &cobra.Command{
		Use: "export [ID…]", Short: "Write messages for another program",
		Long: `Write messages, all that wait or those named, for another program:

  bsmtp  the commands of an SMTP client, as sendmail -bs or exim -bS read them
         (RFC 2442); recipients whose fate is known are left out
  eml    a file for each content, in the folder of --into
  json   envelope and state, one object a line

The messages stay where they are: hold or drop them if the other program is to
send them.`,
		Example: "  ehlo queue export > outbox.bsmtp\n  ehlo queue export --format eml --into outbox",
		RunE: func(_ *cobra.Command, ids []string) error {
			s, err := f.look(std)
			if err != nil || s == nil {
				return err
			}
			defer s.Close()
			w := bufio.NewWriter(std.out)
			x := exporter{s: s, w: w, err: std.err, into: into}
			do, err := x.format(format)
			if err != nil {
				return err
			}
			if err := x.messages(ids, do); err != nil {
				return fail(exitUsage, "queue export: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "format", "bsmtp", "`FORMAT` bsmtp, eml or json")
	cmd.Flags().StringVar(&into, "into", "", "with eml: the `FOLDER`")
	return cmd
}

// exporter writes messages in one format.
type exporter struct {
	s     *outbox.Spool
	w     *bufio.Writer
	err   io.Writer // is told what cannot be exported
	into  string
	begun bool
	lost  int // messages that could not be exported
}

func (x *exporter) format(name string) (func(*outbox.Message) error, error) {
	switch {
	case name == "bsmtp":
		return x.bsmtp, nil
	case name == "json":
		return x.json, nil
	case name == "eml" && x.into == "":
		return nil, fail(exitUsage, "queue export: eml needs --into FOLDER")
	case name == "eml":
		return x.eml, nil
	}
	return nil, fail(exitUsage, "queue export: --format %s: expected bsmtp, eml or json", name)
}

// messages calls do for the messages with these IDs, or for all that wait, and
// goes on where one of them cannot be read.
func (x *exporter) messages(ids []string, do func(*outbox.Message) error) error {
	one := func(m *outbox.Message) bool {
		if err := do(m); err != nil {
			x.lost++
			printf(x.err, "ehlo: queue export: %s: %s\n", m.ID, session.Escape(err.Error()))
		}
		_, err := x.w.Write(nil) // which fails if nobody reads
		return err == nil
	}
	for _, id := range ids {
		m, err := x.s.Find(id)
		if err != nil {
			return err
		}
		one(m)
	}
	var err error
	if len(ids) == 0 {
		err = x.s.Each(func(m *outbox.Message) bool { return !m.Done.IsZero() || one(m) })
	}
	if x.begun {
		fmt.Fprintf(x.w, "QUIT\r\n")
	}
	if err == nil && x.lost > 0 {
		err = fmt.Errorf("%s not exported", session.Count(x.lost, "message", "messages"))
	}
	return errors.Join(err, x.w.Flush())
}

// bsmtp: RFC 2442, 2: what a client would say, without waiting for replies.
func (x *exporter) bsmtp(m *outbox.Message) error {
	e, err := x.s.Envelope(m.ID)
	if err != nil {
		return err
	}
	content, err := x.s.Content(e)
	if err != nil {
		return err
	}
	for i := range m.Recipients {
		if m.Recipients[i].Fate == outbox.Unclear {
			printf(x.err, "ehlo: queue export: %s may have been delivered to %s already\n", m.ID, session.Escape(m.Recipients[i].To))
		}
	}
	if !x.begun {
		x.begun = true
		fmt.Fprintf(x.w, "EHLO %s\r\n", reportingHost())
	}
	fmt.Fprintf(x.w, "MAIL %s\r\n", e.From.Arg("FROM"))
	for i, to := range e.To {
		if i < len(m.Recipients) && !m.Recipients[i].Fate.Final() {
			fmt.Fprintf(x.w, "RCPT %s\r\n", to.Arg("TO"))
		}
	}
	fmt.Fprintf(x.w, "DATA\r\n")
	return content.WriteWire(x.w)
}

func (x *exporter) eml(m *outbox.Message) error {
	if err := os.MkdirAll(x.into, 0o700); err != nil {
		return err
	}
	e, err := x.s.Envelope(m.ID)
	if err != nil {
		return err
	}
	content, err := x.s.Content(e)
	if err != nil {
		return err
	}
	in, err := content.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(filepath.Join(x.into, m.ID+".eml"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

func (x *exporter) json(m *outbox.Message) error {
	e, err := x.s.Envelope(m.ID)
	if err != nil {
		return err
	}
	object := struct {
		ID         string      `json:"id"`
		MAIL       string      `json:"mail"`
		RCPT       []string    `json:"rcpt"`
		Target     string      `json:"target,omitempty"`
		Settings   []string    `json:"settings,omitempty"`
		Content    string      `json:"content"`
		SHA256     string      `json:"sha256"`
		Attempts   []string    `json:"attempts,omitempty"`
		Recipients []queueLine `json:"recipients"`
	}{
		ID: m.ID, MAIL: session.Escape(e.From.Arg("FROM")), Target: session.Escape(e.Target), Settings: e.Settings,
		Content: x.s.ContentFile(m.ID), SHA256: e.Sum, Attempts: x.s.Attempts(m.ID),
	}
	for _, to := range e.To {
		object.RCPT = append(object.RCPT, session.Escape(to.Arg("TO")))
	}
	for i := range m.Recipients {
		object.Recipients = append(object.Recipients, queueLineOf(m, i, x.s.Now()))
	}
	p, err := json.Marshal(object)
	if err != nil {
		return err
	}
	_, err = x.w.Write(append(p, '\n'))
	return err
}
