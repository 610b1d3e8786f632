package session

import (
	"strings"
	"testing"
)

func TestCompletions(t *testing.T) {
	ready := State{Phase: Ready, Open: true, ESMTP: true, Helo: "laptop.example", Offered: Extensions{
		{"SIZE", "1000"}, {"AUTH", "PLAIN SCRAM-SHA-256"}, {"DSN", ""}, {"SMTPUTF8", ""}, {"8BITMIME", ""}, {"STARTTLS", ""},
	}}
	plain := State{Phase: Ready, Open: true}
	taken := ready
	taken.Phase = Recipients
	for _, c := range []struct {
		s    State
		line string
		want string
	}{
		{ready, "", "MAIL FROM:<|STARTTLS|AUTH |RSET|NOOP|HELP|VRFY |EXPN |QUIT"},
		{ready, "m", "MAIL FROM:<"},
		{ready, "R", "RSET"},
		{taken, "R", "RCPT TO:<|RSET"},
		{taken, "rcpt", "RCPT TO:<"},
		{plain, "S", ""},
		{ready, "auth s", "SCRAM-SHA-256"},
		{plain, "AUTH ", ""},
		{ready, "MAIL ", "FROM:<"},
		{ready, "mail from:<a", "alice@x>"},
		{ready, "MAIL FROM:<", "alice@x>|bob@x>|>"},
		{ready, "RCPT TO:<b", "bob@x>"},
		{ready, "MAIL FROM:<a@x> ", "SIZE=|BODY=8BITMIME|BODY=7BIT|RET=HDRS|RET=FULL|ENVID=|AUTH=<>|SMTPUTF8"},
		{ready, "MAIL FROM:<a@x> SIZE=10 smtputf8 s", ""},
		{ready, "MAIL FROM:<a@x> SIZE=10 s", "SMTPUTF8"},
		{plain, "MAIL FROM:<a@x> S", ""},
		{taken, "RCPT TO:<a@x> N", "NOTIFY=NEVER|NOTIFY=SUCCESS|NOTIFY=FAILURE|NOTIFY=DELAY|NOTIFY=SUCCESS,FAILURE,DELAY"},
		{ready, "EHLO ", "laptop.example"},
		{taken, "BDAT 10 ", "LAST"},
		{State{}, "", ""},
		{State{Phase: Data, Open: true}, "", ""},
		{State{Phase: Challenged, Open: true}, "", "*"},
	} {
		var words []string
		for _, x := range Complete(c.s, c.line, []string{"alice@x", "bob@x"}) {
			words = append(words, x.Word)
			if !strings.HasSuffix(x.Line, x.Word) || !strings.EqualFold(x.Line[:len(c.line)], c.line) {
				t.Errorf("%q does not go on as %q", c.line, x.Line)
			}
		}
		if got := strings.Join(words, "|"); got != c.want {
			t.Errorf("%q: %s", c.line, got)
		}
	}
}

func FuzzComplete(f *testing.F) {
	f.Add("MAIL FROM:<a> S", uint8(4))
	f.Fuzz(func(t *testing.T, line string, phase uint8) {
		s := State{Phase: Phase(phase), Open: true, ESMTP: true, Offered: Extensions{{"SIZE", ""}, {"AUTH", line}, {"DSN", ""}}}
		for _, c := range Complete(s, line, []string{line, "a@x"}) {
			if len(c.Line) <= len(line) {
				t.Fatalf("%q is no longer than %q", c.Line, line)
			}
		}
	})
}
