package transcript

import (
	"strings"
	"testing"

	"ehlo/session"
)

// FuzzSample: whatever pattern there is, a line is made that it matches, or
// the pattern has an expression that only a person could meet.
func FuzzSample(f *testing.F) {
	for _, seed := range []string{"250 *", "2xx-*", "${a:/[0-9]+/} x", `5xx \* ${why}`, "...", "${x:/(a|b){3,900}/}", "*", "x", `250 ${a:/\d+$/}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := NewPattern(text, true)
		if err != nil || p.Any() {
			return
		}
		line := p.Sample(session.Code(250))
		if len(line) > len(text)*(maxSample+8)+8 {
			t.Fatalf("%d octets of %q", len(line), text)
		}
		if _, ok := p.Match(line); !ok && !strings.Contains(text, ":/") {
			t.Errorf("%q does not match %q", line, text)
		}
	})
}
