// Package rehearsal has what the tests of transcripts have in common: a mail
// that is sent to the practice server, in memory.
package rehearsal

import (
	"context"
	"net"
	"slices"
	"testing"

	"ehlo/session"
	"ehlo/session/practice"
)

// Send sends a mail to a scenario of the practice server, and returns the log.
func Send(t testing.TB, o session.Options, content []byte, to ...string) []session.Event {
	t.Helper()
	return SendTimes(t, 1, o, content, to...)
}

// SendTimes sends a mail several times in one session.
func SendTimes(t testing.TB, times int, o session.Options, content []byte, to ...string) []session.Event {
	t.Helper()
	s := session.New(o)
	letter := session.Letter{
		From: session.Envelope{Path: "alice@test.example"}, To: session.To(to...), Content: session.BytesContent(content),
	}
	mail := session.Mail{Target: o.Target, Helo: "client.example", Letter: letter, More: slices.Repeat([]session.Letter{letter}, times-1)}
	for range 40 * times {
		st, ok := mail.Next(s.State())
		if !ok {
			break
		}
		_ = s.Proceed(t.Context(), st) // what went wrong is in the log
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.RecordError(); err != nil {
		t.Fatal(err)
	}
	return s.Log().Since(0)
}

// Scenario returns the options of a session with a scenario of the practice
// server.
func Scenario(t testing.TB, name string) session.Options {
	t.Helper()
	sc, err := practice.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	srv := practice.New(sc, practice.Options{})
	t.Cleanup(srv.Close)
	return session.Options{
		Target: session.Target{Practice: name},
		Dial:   func(ctx context.Context, _ session.Target, _ string) (net.Conn, error) { return srv.Dial(ctx) },
	}
}

// Scenarios are some that a session of any client gets to the end of.
func Scenarios() []string {
	return []string{
		"auth-required", "busy-greeting", "content-refused", "default", "extensions", "garbage", "helo-only", "lmtp", "mailbox-full",
		"multi-503", "no-enhanced", "no-second-ehlo", "null-mx", "reject", "relay-denied", "shutdown", "size-late",
		"slow-greeting", "starttls-refused", "starttls-required", "tarpit", "too-many-recipients", "vanish-after-dot",
	}
}
