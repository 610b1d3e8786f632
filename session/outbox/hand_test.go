package outbox

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"ehlo/session"
)

// walk takes the steps of an attempt by hand, at most so many.
func walk(t *testing.T, h *Hand, most int) *session.Session {
	t.Helper()
	s := session.New(h.Session)
	h.Begin(s)
	for range most {
		step, ok := h.Mail.Next(s.State())
		if !ok {
			break
		}
		_ = s.Do(t.Context(), step)
	}
	return s
}

func TestHand(t *testing.T) {
	for _, c := range []struct {
		target string
		steps  int
		fates  string
	}{
		{"practice", 20, "accepted"},
		{"practice", 3, "waiting"}, // left in the middle
		{"practice:mailbox-busy", 20, "waiting"},
		{"practice:vanish-after-dot", 20, "unclear"},
	} {
		o := newOffice(t, practices)
		id := o.add(at(c.target, "bob@test.example"))
		o.run = NewRunner(o.spool, o.opts)
		h, err := o.run.Hand(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.run.Hand(t.Context(), id); !errors.Is(err, ErrBusy) {
			t.Errorf("a second attempt at the same time: %v", err)
		}
		s := walk(t, h, c.steps)
		s.Close()
		if c.steps > 3 && !h.Decided(s.State()) {
			t.Errorf("%s: not decided", c.target)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		if err := h.Close(); err != nil { // which closes nobody else's file
			t.Errorf("closed again: %v", err)
		}
		if got := o.fates(id); got != c.fates {
			t.Errorf("%s after %d steps: %s, want %s", c.target, c.steps, got, c.fates)
		}
		if _, err := os.Stat(o.spool.AttemptFile(id, 1)); err != nil {
			t.Error(err)
		}
	}
}

func TestHandSendsOnce(t *testing.T) {
	o := newOffice(t, practices)
	id := o.add(at("practice", "bob@test.example"))
	h, err := NewRunner(o.spool, o.opts).Hand(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	s := walk(t, h, 20)
	if _, err := h.End(); err != nil {
		t.Fatal(err)
	}
	before := s.State().Accepted
	_ = s.Do(t.Context(), session.Step{Kind: session.Connect})
	for range 20 {
		if step, ok := h.Mail.Next(s.State()); ok {
			_ = s.Do(t.Context(), step)
		}
	}
	if got := s.State().Accepted; got != before {
		t.Errorf("the same attempt was accepted again: %d, then %d", before, got)
	}
	h.Close()
}

// TestTranscriptOfAHandIsAlwaysThere: what has happened since goes into a whole
// transcript that takes the place of the one before.
func TestTranscriptOfAHandIsAlwaysThere(t *testing.T) {
	o := newOffice(t, practices)
	id := o.add(at("practice", "bob@test.example"))
	file := o.spool.AttemptFile(id, 1)
	record, times := o.opts.Record, 0
	o.opts.Record = func(name string) (Recorder, error) {
		if times++; times > 1 && !made(file) {
			t.Error("the transcript is gone while it is written anew")
		}
		return record(name)
	}
	h, err := NewRunner(o.spool, o.opts).Hand(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	s := walk(t, h, 20)
	for range 2 {
		if _, err := h.End(); err != nil {
			t.Fatal(err)
		}
		s.Note("and then")
	}
	if err := h.Close(); err != nil || times != 3 || !made(file) {
		t.Errorf("written %d times: %v", times, err)
	}
	if files, err := os.ReadDir(filepath.Dir(file)); err != nil || len(files) != 1 {
		t.Errorf("left behind: %v %v", files, err)
	}
}
