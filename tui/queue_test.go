package tui

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ehlo/session"
	"ehlo/session/outbox"
	"ehlo/session/practice"
	"ehlo/transcript"
)

// noonClock stands still.
type noonClock struct{}

func (noonClock) Now() time.Time                       { return noon }
func (noonClock) After(time.Duration) <-chan time.Time { return nil }

// counted makes IDs that are the same each time.
type counted struct{ n byte }

func (c *counted) Read(p []byte) (int, error) {
	c.n++
	copy(p, bytes.Repeat([]byte{c.n}, len(p)))
	return len(p), nil
}

// stocked has an outbox with messages of every kind; those that are not new
// were tried once.
func stocked(o *Options) {
	dir := filepath.Join(o.Dir, "outbox")
	o.Outbox = sync.OnceValues(func() (*outbox.Runner, error) { return stock(dir) })
}

func stock(dir string) (*outbox.Runner, error) {
	s, err := outbox.Open(dir, outbox.Options{Now: func() time.Time { return noon }, Random: &counted{}})
	if err != nil {
		return nil, err
	}
	r := outbox.NewRunner(s, outbox.RunOptions{
		Clock: noonClock{},
		Plan: func(_ context.Context, _ *outbox.Envelope, tg session.Target) (outbox.Plan, error) {
			return outbox.Plan{Session: session.Options{Dial: func(ctx context.Context, _ session.Target, _ string) (net.Conn, error) {
				sc, err := practice.Find(tg.Practice)
				if err != nil {
					return nil, err
				}
				return practice.New(sc, practice.Options{}).Dial(ctx)
			}}, Mail: session.Mail{Helo: "laptop.example"}}, nil
		},
		Record: func(name string) (outbox.Recorder, error) { return transcript.Create(name) },
	})
	add := func(target string, to ...string) {
		e := outbox.Envelope{From: session.Envelope{Path: "alice@example.org"}, To: session.To(to...), Target: target}
		_, failed := s.Add(e, session.BytesContent([]byte("Subject: x\r\n\r\nx\r\n")))
		err = errors.Join(err, failed)
	}
	add("practice:mailbox-busy", "busy@example.com")
	add("practice:vanish-after-dot", "lost@example.com")
	add("practice", "bob@example.com", "nobody@example.com")
	_, failed := r.Pass(context.Background())
	add("practice", "new@example.com")
	return r, errors.Join(err, failed)
}

// outboxOf is the outbox behind a screen.
func outboxOf(r *robot) *outbox.Spool {
	runner, err := r.m.o.Outbox()
	if err != nil {
		r.t.Fatal(err)
	}
	return runner.Spool()
}

func TestQueueScreen(t *testing.T) {
	r := at(t, 120, 36, stocked)
	r.press("esc", "9").see("[Queue]", "busy@example.com", "waiting", "in 30:00", "lost@example.com", "unclear", "new@example.com", "450 4.2.1")
	r.see("why", "next attempt is in 30m", "responsible", "this outbox, since it was added")
	r.press("down").see("nobody has chosen to", "RFC 1047")
	r.press("a").see("bob@example.com", "accepted", "refused").press("a")
	r.press("home", "h").see("held", "h release").press("h").see("waiting", "h hold").press("r").see("due")
	r.press("D").see("nobody is told").press("D").see("dropped").press("home").until("see it gone", func() bool { return !strings.Contains(r.look(), "busy@example.com") })
	r.press("home").see("may have been delivered")
	r.press("space").see("0001.smtp", "vanish")
}

func TestAttemptByHand(t *testing.T) {
	r := at(t, 120, 36, stocked)
	r.press("esc", "9").see("new@example.com").press("end", "enter").see("[Session]", "one attempt by hand")
	id := r.m.queue.chosen().m.ID
	for n := 0; !r.m.drive.settled; n++ {
		if n > 20 {
			t.Fatal("the server never decides")
		}
		r.press("n").rest()
	}
	r.see("recorded: new@example.com: accepted: 250").press("n").rest()
	m, err := outboxOf(r).Find(id)
	if err != nil || m.Recipients[0].Fate != outbox.Accepted {
		t.Errorf("%+v %v", m, err)
	}
	r.press("9").see("[Queue]").until("see it gone", func() bool { return !strings.Contains(r.look(), "new@example.com") })
	p, err := os.ReadFile(outboxOf(r).AttemptFile(id, 1))
	if err != nil || !strings.Contains(string(p), "RCPT TO:<new@example.com>") {
		t.Errorf("%s: %v\n%s", filepath.Base(outboxOf(r).AttemptFile(id, 1)), err, p)
	}
}

func TestAttemptLeftInTheMiddle(t *testing.T) {
	r := at(t, 80, 24, stocked)
	r.press("esc", "9").see("new@example.com").press("end", "enter").see("[Session]")
	id := r.m.queue.chosen().m.ID
	for range 3 {
		r.press("n").rest()
	}
	r.m.shut()
	m, err := outboxOf(r).Find(id)
	if err != nil || m.Recipients[0].Fate != outbox.Waiting || m.Recipients[0].Tries != 1 {
		t.Errorf("%+v %v", m, err)
	}
}

// TestQueueCountsDown: what the clock and other programs change is seen, also
// after an order.
func TestQueueCountsDown(t *testing.T) {
	now := noon
	r := at(t, 120, 36, stocked, func(o *Options) { o.Now = func() time.Time { return now } })
	r.press("esc", "9").see("in 30:00").press("end", "h").see("held")
	now = noon.Add(10 * time.Minute)
	r.see("in 20:00")
	if _, err := outboxOf(r).Add(outbox.Envelope{To: session.To("later@example.com"), Target: "practice"}, session.BytesContent([]byte("x\r\n"))); err != nil {
		t.Fatal(err)
	}
	r.see("later@example.com")
}

func TestNoOutbox(t *testing.T) {
	r := at(t, 80, 24)
	r.press("esc", "9").see("nothing waits").press("enter", "r", "h", "D", "space").see("[Queue]")
}

// TestAttemptIsOver: a message that was tried by hand can be tried, held and
// dropped again as soon as the channel is closed, and the list knows how it went.
func TestAttemptIsOver(t *testing.T) {
	r := at(t, 120, 36, stocked)
	r.press("esc", "9").see("busy@example.com", "after 1 attempt").press("home", "enter").see("one attempt by hand").press("c").rest().see("recorded")
	r.press("9").see("after 2 attempts").press("enter").see("one attempt by hand").press("n").rest()
	r.press("9").see("[Queue]").press("enter").see("is under way").press("1").see("[Session]").press("H").rest().press("9").see("after 3 attempts")
	r.press("D").press("D").see("dropped")
}

// TestAttemptWithoutAChannel: a server that is not there has not decided, and
// the attempt is over all the same when the person looks at the queue again.
func TestAttemptWithoutAChannel(t *testing.T) {
	r := at(t, 120, 36, stocked)
	if _, err := outboxOf(r).Add(outbox.Envelope{To: session.To("far@example.com"), Target: "practice:nowhere"}, session.BytesContent([]byte("\r\n"))); err != nil {
		t.Fatal(err)
	}
	r.press("esc", "9").see("far@example.com").press("end", "enter").see("one attempt by hand").press("n").rest()
	r.press("9").see("after 1 attempt", "waiting").press("enter").see("one attempt by hand")
	r.press("9").see("[Queue]").press("enter").see("one attempt by hand").press("9", "D").see("nobody is told").press("D").see("dropped") // before it connected
}
