package replay

import (
	"strings"
	"testing"

	"ehlo/transcript/script"
)

// TestSamples: what is made up to meet expectations meets them, and what is
// expected of a reply is met by a whole reply.
func TestSamples(t *testing.T) {
	for _, c := range []struct{ expect, want string }{
		{"S? 250 *", "250 ok"},
		{"S? 2xx *", "250 ok"},
		{"S? 25x", "250"},
		{"S? 334*", "334"},
		{"S? 250*", "250 ok"},
		{"S? ...", "250 ok"},
		{"S? 250-*;S? ...;S? 250 HELP", "250-ok|250 HELP"},
		{"S? ...;S? 250 HELP", "250 HELP"},
		{"S+ 250-SIZE*", "250 SIZE"},
		{"S+ 250-SIZE*;S! 250-AUTH*;S? 250-*;S? ...;S? 250 *", "250-ok|250-SIZE|250 ok"},
		{"S! 250-AUTH*", "250 ok"},
		{"S? ${code:/5\\d\\d/} ${why}", "500 why"},
		{"S? 550 5.1.1 <${who:/[a-z]+@[a-z.]+/}> \\*", "550 5.1.1 <a@a> *"},
		{"S? ${line:/(220|221) [A-Z]{3}.*/}", "220 AAA"},
	} {
		tr := parse(t, "@ connect x\nS: 220 a\nC: NOOP\n"+strings.ReplaceAll(c.expect, ";", "\n")+"\n")
		sc := script.New(tr)
		answers := sc.Conns[0].Answer
		a := answers[len(answers)-1]
		var lines []string
		for _, l := range a.Lines {
			lines = append(lines, lineOf(l))
		}
		if got := strings.Join(lines, "|"); got != c.want {
			t.Errorf("%s: %q, want %q", c.expect, got, c.want)
		}
		var d Diff
		d.expectations(sc.Conns[0].Groups[a.Group].Expect, lines)
		if !d.Same() {
			t.Errorf("%s: %q does not meet it: %q", c.expect, lines, inWords(d.Differences))
		}
	}
}

// TestExpectedChunks: what is expected of EHLO may leave open what is offered. A
// client that says BDAT was offered it, and its chunks are no commands.
func TestExpectedChunks(t *testing.T) {
	tr := parse(t, "@ connect x\nS? 220*\nC: EHLO b\nS? 250-*\nS? 250-SIZE*\nS? 250-*\nS? 250*\nC: MAIL FROM:<>\nS? 250*\nC: RCPT TO:<c@a.example>\nS? 250*\n"+
		"C: BDAT 12\nC: RSET\nC: DATA\nC: BDAT 0 LAST\nS? 250*\nS? 250*\nC: QUIT\nS? 221*\n")
	rep, problems := between(t, tr, tr, Options{})
	if !rep.Same || len(problems) > 0 {
		t.Errorf("%q\n%s", problems, text(t, rep))
	}
}
