package session

import (
	"fmt"
	"strings"
	"testing"
)

// TestSecretArguments: what a command gives away. The secret is
// between the brackets.
func TestSecretArguments(t *testing.T) {
	for _, line := range []string{
		"XCLIENT ADDR=192.0.2.1 LOGIN=[alice] NAME=x",
		"xclient login=[alice]",
		"XCLIENT NAME=LOGIN=x", // not a key
		"XCLIENT NAME=\u0131\u0131 LOGIN=[a\u0131]",
		"XCLIENT LOGIN=",
		" XCLIENT\tLOGIN=[alice]",
		" BURL\timap://joe:[pass]@example.com/",
		"AUTH PLAIN [AGEAYg==]",
		"auth  PLAIN  [AGEAYg==]",
		" AUTH PLAIN [AGEAYg==]", // there are servers that do not mind
		"\tAUTH\tPLAIN\t [AGEAYg==]",
		"AUTH EXTERNAL =",
		"AUTH PLAIN ",
		" AUTH ",
		"BURL imap://joe@example.com/INBOX/;uid=20;urlauth=submit+fred:internal:[91354a473744909de610943775f92038] LAST",
		"BURL imap://example.com/;URLAUTH=[token]",
		"burl  imap://joe:[pass:word]@example.com/INBOX/;uid=20",
		"BURL imap://joe:[p@example.com/;urlauth=x:internal:t] LAST",
		"BURL imap://example.com:143/INBOX/;uid=20",
		"BURL",
		"BURL ",
		"MAIL FROM:<a@b> LOGIN=x",
	} {
		bare := strings.NewReplacer("[", "", "]", "").Replace(line) + "\r\n"
		want := line + "\r\n"
		e := Event{Data: []byte(bare), Secret: State{Phase: Recipients}.Secrets([]byte(bare))}
		if !strings.Contains(line, "[") {
			if len(e.Secret) > 0 {
				t.Errorf("%s: %v", line, e.Secret)
			}
			continue
		}
		if len(e.Secret) != 1 {
			t.Errorf("%s: %v", line, e.Secret)
			continue
		}
		s := e.Secret[0]
		if got := bare[:s.From] + "[" + bare[s.From:s.To] + "]" + bare[s.To:]; got != want {
			t.Errorf("got  %swant %s", got, want)
		}
	}
}

// TestResponsesTooLate: AUTH LOGIN is refused at once, and the name and the
// password come all the same.
func TestResponsesTooLate(t *testing.T) {
	const under = greeted + "C: EHLO c.example\nS: 250-x\nS: 250 AUTH PLAIN\nC: AUTH LOGIN\n"
	for _, c := range []struct {
		before, line string
		secret       bool
	}{
		{"S: 504 no\n", "YWxpY2U=", true},
		{"S: 504 no\nC: YWxpY2U=\nS: 500 what?\n", "d29uZGVybGFuZA==", true},
		{"S: 334 VXNlcm5hbWU6\nC: YWxpY2U=\nS: 535 no\n", "wonderland", true},
		{"S: 535 no\n", "NOOP", false},
		{"S: 535 no\n", "mail from:<a@b>", false},
		{"S: 535 no\n", "WONDERLAND", true}, // by its place, whatever it looks like
		{"S: 535 no\n", "my secret", true},
		{"S: 535 no\n", "abc", true},
		{"S: 535 no\nC: abc\nS: 500 what?\n", "my secret", true},
		{"S: 535 no\nC: abc\n", "SECRET", true},
		{"S: 535 no\n", "alice@example.org", true},
		{"S: 535 no\n", "MAILFROM:<alice@example.org>", false},
		{"S: 535 no\nC: NOOP\nS: 250 ok\n", "XYZZY", false},
		{"S: 535 no\nC: NOOP\nS: 250 ok\n", "give me more", false},
		{"S: 535 no\nC: NOOP\nS: 250 ok\n", "wonderland", true},
		{"S: 535 no\n", "", false},
		{"S: 235 ok\n", "YWxpY2U=", false}, // nobody asks for anything more
	} {
		s := fold(t, under+c.before)
		got := s.Secrets([]byte(c.line + "\r\n"))
		if told := strings.Contains(fmt.Sprint(Advise(s, []byte(c.line+"\r\n"))), "and veiled"); told != c.secret {
			t.Errorf("%s%s: told of the veil: %v", c.before, c.line, told)
		}
		if c.secret != (len(got) == 1) || c.secret && got[0] != (Span{0, len(c.line)}) {
			t.Errorf("%s%s: %v", c.before, c.line, got)
		}
	}
}

// TestAResponseTooLateHasNoVerb: what waits for its reply is named everywhere.
func TestAResponseTooLateHasNoVerb(t *testing.T) {
	s := fold(t, greeted+"C: EHLO c.example\nS: 250-x\nS: 250 AUTH PLAIN\nC: AUTH LOGIN\nS: 504 no\nC: d29uZGVybGFuZA==\n")
	if p := s.Pending[0]; p.Verb != "" || p.Arg != "" || p.What() != "the reply to that line" {
		t.Errorf("%+v", p)
	}
	if s = s.Apply(Event{Seq: s.Seq + 1, Kind: Received, Data: []byte("500 what?\r\n")}); s.Last.To != "" || s.Owed() != 0 {
		t.Errorf("%+v", s.Last)
	}
}
