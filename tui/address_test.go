package tui

import (
	"testing"

	"ehlo/session"
)

func TestAdviceOnParameters(t *testing.T) {
	dsn := session.Extensions{{Keyword: "DSN"}}
	for _, tt := range []struct {
		verb, text string
		offered    session.Extensions
		known      bool
		want       string
	}{
		{"RCPT", "b@example.com", nil, true, ""},
		{"RCPT", "b@example.com NOTIFY=NEVER", dsn, true, ""},
		{"RCPT", "b@example.com NOTIFY=NEVER", nil, true, "expect 555: NOTIFY belongs to the extension DSN, which was not offered"},
		{"RCPT", "b@example.com NOTIFY=NEVER", nil, false, ""},
		{"RCPT", "b@example.com NOTIFY=MAYBE", nil, false, "expect 501: NOTIFY is NEVER, or SUCCESS, FAILURE, DELAY with commas between"},
		{"RCPT", "b@example.com RET=HDRS", nil, false, "expect 555: RET is a parameter of MAIL"},
		{"MAIL", "a@example.com RET=HALF", dsn, true, "expect 501: RET is FULL or HDRS"},
	} {
		if got := adviseParams(tt.verb, session.TypedEnvelope(tt.text), tt.offered, tt.known); got != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.verb, tt.text, got, tt.want)
		}
	}
	for _, verb := range []string{"MAIL", "RCPT"} {
		for _, p := range parameters(verb) {
			if p.text[len(p.text)-1] == '=' || p.text[len(p.text)-1] == ';' {
				continue // to be filled in
			}
			if got := adviseParams(verb, session.TypedEnvelope("x@example.com "+p.text), nil, false); got != "" {
				t.Errorf("%s: %s", p.text, got)
			}
		}
	}
}
