package replay

import (
	"strings"
	"testing"
	"testing/synctest"
)

// TestRest: lines that come last and are no whole reply are compared too.
func TestRest(t *testing.T) {
	const head, end = "= smtp-transcript 1\n@ connect x\nS: 220 a\nC: EHLO b\n", "= closed by=server how=fin\n"
	for _, c := range []struct{ then, now, want string }{
		{"S: 250-a\nS: 250-b\n", "S: 250-a\nS: 250-b\n", ""},
		{"S: 250-a\nS: 250-b\n", "S: 250-a\nS: 550-b\n", "line 5: code differs: 250 → 550"},
		{"S: 250-a\nS: 250-b\n", "S: 251-a\nS: 250-b\n", "line 5: code of single lines differs: none → 251"},
		{"S: 250-a\n", "", "line 5: no such lines: the channel was closed by the server"},
		{"", "S: 250-a\n", "a reply without an end, or lines that are none"},
		{"S: 250-a\n", "S: 250 a\n", "line 5: a whole reply; it had no end then"},
		{"S: 250 a\n", "S: 250-a\n", "line 5: no reply: the channel was closed by the server"},
		{"S\"250 a\"\n", "S\"250 a\"\n", ""},
		{"S\"250 a\"\n", "S\"550 a\"\n", "line 5: code differs: 250 → 550"},
		{"S: 250 a\nC: NOOP\nS: what?\n", "S: 250 a\nC: NOOP\nS: what?\n", ""},
		{"S: 250 a\nC: NOOP\nS: what?\n", "S: 250 a\nC: NOOP\n", "line 7: no such lines"},
	} {
		synctest.Test(t, func(t *testing.T) {
			rep, problems := between(t, parse(t, head+c.now+end), parse(t, head+c.then+end), Options{})
			got := text(t, rep)
			if rep.Same != (c.want == "") || !strings.Contains(got, c.want) || len(problems) > 0 {
				t.Errorf("%q, then %q: %q\n%s", c.now, c.then, problems, got)
			}
		})
	}
}
