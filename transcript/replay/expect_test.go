package replay

import (
	"strings"
	"testing"

	"ehlo/transcript"
	"ehlo/transcript/script"
)

// "..." stands for as many lines as make the rest fit.
func TestDots(t *testing.T) {
	for _, c := range []struct {
		expect, lines string
		same          bool
	}{
		{"...;250*", "250-a|250-b|250 c", true},
		{"...;250-b*;...;250*", "250-a|250-b|250-b|250 c", true},
		{"250-a;...;250*", "250-a|250 c", true},
		{"250-a;...;250*", "250-a", false},
		{"...;250-b;250 c", "250-a|250-b|250-b|250 c", true},
		{"...;250-b", "250-a|250-b|250 c", false},
		{"...;...", "250 c", true},
		{"...;550*", "250-a|250 c", false},
	} {
		var expect []script.Expectation
		for _, p := range strings.Split(c.expect, ";") {
			pattern, err := transcript.NewPattern(p, true)
			if err != nil {
				t.Fatal(err)
			}
			expect = append(expect, script.Expectation{Op: '?', Pattern: pattern})
		}
		var d Diff
		d.expectations(expect, strings.Split(c.lines, "|"))
		if d.Same() != c.same {
			t.Errorf("%q of %q: %v", c.lines, c.expect, d.Differences)
		}
	}
}
