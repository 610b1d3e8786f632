package transcript

import (
	"bytes"
	"testing"

	"ehlo/session"
)

const behindProxy = `= smtp-transcript 1
= connect host=192.0.2.1 addr=192.0.2.1:25 from=192.0.2.9:1234 tls=none via=socks5://192.0.2.7:1080 via-reply=succeeded preamble=40
+ 0.001
C: PROXY TCP4 192.0.2.9 192.0.2.1 1234 25
+ 0.001
S: 220 mail.test.example
+ 0.001
C: EHLO client.example
+ 0.001
S: 250 mail.test.example
+ 0.001
C: QUIT
+ 0.001
S: 221 bye
= closed by=client how=fin
`

// A preamble is recorded and read back.
func TestPreamble(t *testing.T) {
	tr := parse(t, behindProxy)
	var s session.State
	for _, e := range tr.Events() {
		if s = s.Apply(e); len(s.Remarks) > 0 || s.Unasked > 0 {
			t.Errorf("%s %q: %v", e.Kind, e.Data, s.Remarks)
		}
	}
	if s.Helo != "client.example" || s.Answers.Quit.Code != 221 {
		t.Errorf("helo %q, quit %d", s.Helo, s.Answers.Quit.Code)
	}
	again, err := Parse("again", bytes.NewReader(record(t, tr.Events())))
	if err != nil || len(again.Events()) != len(tr.Events()) || again.Events()[0].Fact("preamble") != "40" {
		t.Errorf("read back: %v, %v", err, again.Events())
	}
}

// A line that begins so behind the greeting, or behind what is expected of it,
// is a command that nobody knows.
func TestNoPreamble(t *testing.T) {
	for _, text := range []string{
		"= connect\nS: 220 a\nC: PROXY TCP4 192.0.2.9 192.0.2.1 1234 25\nS: 503 no\n",
		"= connect\nS? 220 *\nC: PROXY TCP4 192.0.2.9 192.0.2.1 1234 25\nS? 503 *\n",
		"S? 220 *\nC: PROXY TCP4 192.0.2.9 192.0.2.1 1234 25\nS? 503 *\n",
	} {
		if e := parse(t, "= smtp-transcript 1\n"+text).Events()[0]; e.Fact("preamble") != "" {
			t.Errorf("%s: %v", text, e.Facts)
		}
	}
}
