package session

import (
	"strings"
	"testing"
)

func TestAdvise(t *testing.T) {
	for _, c := range []struct{ name, conversation, line, want string }{ // want "" is no advice
		{"nothing to say", ready, "MAIL FROM:<a@client.example> SIZE=10\r\n", ""},
		{"null reverse-path", ready, "MAIL FROM:<>\r\n", ""},
		{"no channel", "= opened\n= lost", "NOOP\r\n", "connect first"},
		{"early", "= opened", "EHLO client.example\r\n", "greeting has not come"},
		{"rejected", "= opened\nS: 554 no", "EHLO client.example\r\n", "everything but QUIT"},
		{"MAIL first", ready, "RCPT TO:<b@x.example>\r\n", "MAIL comes first"},
		{"EHLO first", greeted, "MAIL FROM:<>\r\n", "EHLO or HELO comes first"},
		{"nested MAIL", given, "MAIL FROM:<>\r\n", "a transaction is open"},
		{"EHLO clears", given, "EHLO client.example\r\n", "clears the transaction"},
		{"no recipient", sender, "DATA\r\n", "no recipient"},
		{"unknown verb", ready, "FROB\r\n", "unknown verb"},
		{"empty line", ready, "\r\n", "no command"},
		{"bare LF", ready, "NOOP\n", "not with LF alone"},
		{"no end", ready, "NOOP", "waits for the rest"},
		{"control character", ready, "NOOP \x1b[2J\r\n", "control character"},
		{"not offered verb", greeted + "C: HELO x.example\nS: 250 hi", "STARTTLS\r\n", "was not offered"},
		{"not offered parameter", ready, "MAIL FROM:<> RET=FULL\r\n", "extension DSN"},
		{"unknown parameter", ready, "MAIL FROM:<> FOO=1\r\n", "no parameter that ehlo knows"},
		{"parameters after HELO", greeted + "C: HELO x.example\nS: 250 hi", "MAIL FROM:<> SIZE=1\r\n", "need EHLO"},
		{"bare path", ready, "MAIL FROM:a@client.example\r\n", "angle brackets"},
		{"blank", ready, "MAIL FROM: <a@client.example>\r\n", "no blank"},
		{"no domain", ready, "MAIL FROM:<Postmaster>\r\n", "local-part@domain"},
		{"Postmaster", sender, "RCPT TO:<Postmaster>\r\n", ""},
		{"source route", sender, "RCPT TO:<@a.example,@b.example:c@x.example>\r\n", "obsolete"},
		{"no source route", sender, "RCPT TO:<@a.example,b:c@x.example>\r\n", "list of @domain"},
		{"UTF-8", ready, "MAIL FROM:<josé@x.example>\r\n", "SMTPUTF8"},
		{"two dots", ready, "MAIL FROM:<a..b@x.example>\r\n", "empty atom"},
		{"bare word", ready, "EHLO laptop\r\n", "bare word"},
		{"EHLO without a name", ready, "EHLO\r\n", "client's name"},
		{"argument", given, "DATA now\r\n", "no argument"},
		{"secret in the clear", ready, "AUTH PLAIN AGEAYg==\r\n", "in the clear"},
		{"pipelined", ready + "C: NOOP", "NOOP\r\n", "PIPELINING was not offered"},
		{"a dot too few", data, ".hidden\r\n", "take the first dot away"},
		{"long line of content", data, strings.Repeat("x", 999) + "\r\n", "998"},
		{"content", data, "..\r\n", ""},
	} {
		got := Advise(fold(t, c.conversation), []byte(c.line))
		found := c.want == "" && len(got) == 0
		for _, r := range got {
			found = found || c.want != "" && strings.Contains(r.Text, c.want)
			if r.Source == "" {
				t.Errorf("%s: %q has no source", c.name, r.Text)
			}
		}
		if !found {
			t.Errorf("%s: %v, want %q", c.name, got, c.want)
		}
	}
}
