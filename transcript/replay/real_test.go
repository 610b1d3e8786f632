package replay

import (
	"slices"
	"strings"
	"testing"

	"ehlo/session"
)

// TestRealServers uses sessions that were stepped through by hand, one with
// Postfix and one with Exim: each agrees with itself, and between the two
// every real difference shows.
func TestRealServers(t *testing.T) {
	for _, name := range []string{"postfix", "exim"} {
		tr := readFile(t, name)
		s := tr.State(len(tr.Events()))
		if s.Responsible != session.Server || s.Finished == nil || len(s.Finished.Recipients) != 3 {
			t.Errorf("%s: responsible %s, finished %+v", name, s.Responsible, s.Finished)
		}
		rep, problems := between(t, tr, tr, Options{})
		if !rep.Same || len(problems) > 0 {
			t.Errorf("%s against itself: %+v, %q", name, rep.Steps, problems)
		}
	}
	rep, _ := between(t, readFile(t, "exim"), readFile(t, "postfix"), Options{})
	var differences []string
	for _, step := range rep.Steps {
		differences = append(differences, inWords(step.Differences)...)
	}
	for _, want := range []string{"not offered: XCLIENT", "enhanced code differs: 5.1.1 → none"} {
		if !slices.ContainsFunc(differences, func(d string) bool { return strings.Contains(d, want) }) {
			t.Errorf("%q is not among the differences %q", want, differences)
		}
	}
	if slices.ContainsFunc(differences, func(d string) bool { return strings.Contains(d, "code differs: 2") && !strings.Contains(d, "enhanced") }) {
		t.Errorf("a reply code is said to differ, and none does: %q", differences)
	}
}
