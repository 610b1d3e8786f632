package replay

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/rehearsal"
)

// longRecording records a message that is kept beside the file.
func longRecording(t *testing.T, o session.Options) (name string, events []session.Event) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "long.smtp")
	rec, err := transcript.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	o.Recorder = rec
	events = rehearsal.Send(t, o, bytes.Repeat([]byte(".a line of content that is long enough to count\r\n"), 60_000), "bob@test.example")
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	return name, events
}

func fold(events []session.Event) (s session.State) {
	for _, e := range events {
		s = s.Apply(e)
	}
	return s
}

// TestLongContentAgain: content beside the file is sent again.
func TestLongContentAgain(t *testing.T) {
	o := rehearsal.Scenario(t, "default")
	name, events := longRecording(t, o)
	tr, err := transcript.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	rep, err := Run(t.Context(), tr, Options{Session: o})
	if err != nil || !rep.Same {
		t.Fatalf("%v\n%s", err, text(t, rep))
	}
	if then, now := fold(events), fold(rep.Events); now.Finished.MailData != then.Finished.MailData || now.Accepted != 1 {
		t.Errorf("%+v, then %+v", now.Finished.MailData, then.Finished.MailData)
	}
}

// TestWrongContentIsNotSent: whoever goes on with a file that was cut or
// changed sends no shorter message, and no other.
func TestWrongContentIsNotSent(t *testing.T) {
	for what, harm := range map[string]func(side string) error{
		"cut":     func(side string) error { return os.Truncate(side, 100_000) },
		"gone":    os.Remove,
		"changed": func(side string) error { return os.WriteFile(side, bytes.Repeat([]byte("x"), 5_000_000), 0o600) },
	} {
		t.Run(what, func(t *testing.T) {
			o := rehearsal.Scenario(t, "default")
			name, _ := longRecording(t, o)
			if err := harm(name + ".d/0001"); err != nil {
				t.Fatal(err)
			}
			tr, err := transcript.ReadFile(name)
			if err == nil {
				t.Fatal("nobody has noticed")
			}
			rep, err := Run(t.Context(), tr, Options{Session: o})
			if n := fold(rep.Events).Accepted; err == nil && rep.Same || n != 0 {
				t.Errorf("%v, %d messages were accepted", err, n)
			}
		})
	}
}

// TestServeFromBeside: what cannot be served is not left out in silence.
func TestServeFromBeside(t *testing.T) {
	served := parse(t, "S@ greeting length=5006\nC: QUIT\nS: 221 bye\n")
	rep, problems := between(t, served, parse(t, "S? 220 *\nC: QUIT\nS? 221 *\n"), Options{})
	if rep.Same || len(problems) != 1 || !strings.Contains(problems[0], "line 1: replies that are kept beside the file") {
		t.Errorf("%q\n%s", problems, text(t, rep))
	}
}
