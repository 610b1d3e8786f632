package transcript

import (
	"strings"
	"testing"

	"ehlo/session"
)

// FuzzSample: whatever pattern there is, a line is made that it matches, or
// the pattern has an expression that only a person could meet.
func FuzzSample(f *testing.F) {
	for _, seed := range []string{"250 *", "2xx-*", "${a:/[0-9]+/} x", `5xx \* ${why}`, "...", "${x:/(a|b){3,900}/}", "*", "x", "5*", "x*", `250 ${a:/\d+$/}`} {
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

// TestSampleIsAReply: a part of a code is what people write for a class. Whatever
// they write, what is made of it is a line of a reply: else nothing would be
// compared with it.
func TestSampleIsAReply(t *testing.T) {
	for pattern, want := range map[string]string{
		"5*": "550 ok", "25*": "250 ok", "2*": "250 ok", "4* later": "450 ok later", "55*": "550 ok", "5xx*": "550 ok", "2xx-*": "250-ok",
		"${all}": "250 all", "2${rest}": "250 2rest", "nonsense": "250 nonsense", "1234": "250 1234",
	} {
		p, err := NewPattern(pattern, true)
		if err != nil {
			t.Fatal(err)
		}
		if line := p.Reply(250); line != want {
			t.Errorf("%s: %q, want %q", pattern, line, want)
		}
	}
}
