package transcript

import (
	"strings"
	"testing"

	"ehlo/session"
)

// TestScribe: what somebody else recorded reads like a transcript that was
// written by hand, and the password is gone.
func TestScribe(t *testing.T) {
	var b strings.Builder
	s := NewScribe(&b, false)
	s.By = "somebody"
	line := func(kind session.Kind, text string) {
		t.Helper()
		if err := s.Event(session.Event{Kind: kind, Data: []byte(text + "\r\n")}); err != nil {
			t.Fatal(err)
		}
	}
	item := func(it Item) {
		t.Helper()
		if err := s.Item(it); err != nil {
			t.Fatal(err)
		}
	}
	line(session.Received, "220 mail.test.example")
	line(session.Sent, "AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=")
	line(session.Received, "235 alice is wonderland")
	item(Item{Kind: Comment, Text: "somebody wrote wonderland here"})
	line(session.Sent, "AUTH PLAIN")
	item(Item{Kind: Expect, Dir: FromServer, Op: '?', Text: "334*"})
	line(session.Sent, "AGFsaWNlAHdvbmRlcmxhbmQ=")
	item(Item{Kind: Expect, Dir: FromServer, Op: '?', Text: "5xx *"})
	line(session.Sent, "NOOP")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	const want = `= smtp-transcript 1
= imported from=somebody
S: 220 mail.test.example
= auth begin mech=PLAIN user=alice
C> AUTH PLAIN ${secret.1}
S> 235 alice is ${secret.2}
= auth end
# somebody wrote •••••••• here
= auth begin mech=PLAIN
C: AUTH PLAIN
S? 334*
C> ${secret.3}
S? 5xx *
C: NOOP
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	if _, err := Parse("x", strings.NewReader(b.String())); err != nil {
		t.Error(err)
	}
}
