package replay

import (
	"strings"
	"testing"
	"time"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/script"
	"ehlo/transcript/serve"
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

func TestExpectations(t *testing.T) {
	played := readFile(t, "expect")
	good := "S: 554-no\nS: 554 5.7.1 go away\nC: EHLO a\nS: 503 no\nC: MAIL a\nS: 503 no\nC: QUIT\nS: 221 bye\n"
	rep, problems := between(t, parse(t, good), played, Options{})
	if !rep.Same || len(problems) > 0 {
		t.Errorf("%q\n%s", problems, text(t, rep))
	}
	bad := strings.Replace(good, "S: 503 no\nC: QUIT", "S: 250 ok\nC: QUIT", 1)
	rep, _ = between(t, parse(t, bad), played, Options{})
	if rep.Same || !strings.Contains(text(t, rep), `line 15 expects "503 *": got "250 ok"`) {
		t.Error(text(t, rep))
	}
}

func TestExpectedSomewhere(t *testing.T) {
	played := parse(t, "@ connect x\nS? 220 ${name} *\nC> EHLO ${name}\nS+ 250-SIZE*\nS! 250 AUTH*\nS? 250-*\nS? ...\nS? 250 *\nC: QUIT\nS? 2xx *\n")
	served := "S: 220 mx.example ready\nC? EHLO mx.example\nS: 250-mx.example\nS: 250-DSN\nS: 250 SIZE 10\nC: QUIT\nS: 221 bye\n"
	rep, problems := between(t, parse(t, served), played, Options{})
	if !rep.Same || len(problems) > 0 {
		t.Errorf("%q\n%s", problems, text(t, rep))
	}
	rep, _ = between(t, parse(t, strings.Replace(served, "DSN", "AUTH PLAIN", 1)), played, Options{})
	if rep.Same || !strings.Contains(text(t, rep), `line 5 does not want "250 AUTH*": got "250-AUTH PLAIN"`) {
		t.Error(text(t, rep))
	}
}

// TestExpectationGoesOn: where an expectation fails and the reply is of the class
// that was hoped for, the run can go on.
func TestExpectationGoesOn(t *testing.T) {
	played := parse(t, "S? 220 *\nC: EHLO a\nS! 250*SIZE*\n@ expect within=30\nC: NOOP\nS? 250 fine\nC: VRFY x\nS? 252 *\nC: QUIT\nS? 221 *\n")
	served := "S: 220 b\nC: EHLO a\nS: 250-b\nS: 250 SIZE 1\nC: NOOP\nS: 250 good\nC: VRFY x\nS: 550 no\nC: QUIT\nS: 221 bye\n"
	rep, _ := between(t, parse(t, served), played, Options{})
	got := text(t, rep)
	for _, want := range []string{`line 3 does not want`, `line 6 expects "250 fine": got "250 good"`, `line 8 expects "252 *": got "550 no"`, "9 !  not played from here on"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in\n%s", want, got)
		}
	}
}

// TestDotsBeforeTheLast: what does not fit behind "..." is compared with the last
// lines, and not with those that "..." stands for.
func TestDotsBeforeTheLast(t *testing.T) {
	served := parse(t, "S: 220 b\nC: EHLO a\nS: 250-b\nS: 250-DSN\nS: 250-VRFY\nS: 250 SIZE 1\nC: QUIT\nS: 221 bye\n")
	rep, _ := between(t, served, parse(t, "S? 220 *\nC: EHLO a\nS? 250-b\nS? ...\nS? 250 HELP\nC: QUIT\nS? 221 *\n"), Options{})
	if got := text(t, rep); rep.Same || !strings.Contains(got, `line 5 expects "250 HELP": got "250 SIZE 1"`) || strings.Contains(got, "more than expected") {
		t.Error(got)
	}
}

// TestCaptureThatDidNotCome: where a line needs what another line has failed to
// capture the run ends there, and says which line that was.
func TestCaptureThatDidNotCome(t *testing.T) {
	played := parse(t, "S? 220 *\nC: VRFY bob\nS? 250 <${who}>\nC> VRFY ${who}\nS? 250 *\nC: QUIT\nS? 221 *\n")
	served := parse(t, "S: 220 b\nC: VRFY bob\nS: 252 perhaps\nC: QUIT\nS: 221 bye\n")
	rep, err := Run(t.Context(), played, Options{Session: session.Options{Target: session.Target{Practice: "x"}, Dial: pipe(serve.New(served, serve.Options{}))}})
	if err != nil {
		t.Fatal(err)
	}
	if got := text(t, rep); rep.Same || rep.Left != 4 || !strings.Contains(got, "4 !  not played from here on: ${who} has no value: line 3 was to capture it") {
		t.Error(got)
	}
}

// TestExpectationOfWhom: which reply an expectation is about, where that is not
// the one it stands behind, and that nobody owes one.
func TestExpectationOfWhom(t *testing.T) {
	served := "S: 220 b\nC: NOOP\nC: NOOP\nS: 250 one\nS: 250 two\nC: QUIT\nS: 221 bye\n"
	rep, _ := between(t, parse(t, served), parse(t, "S? 220 *\nC: NOOP\nC: NOOP\nS? 250 one\nC: QUIT\nS? 221 *\n"), Options{})
	if got := text(t, rep); rep.Same || !strings.Contains(got, "note: line 6 is about the reply to line 3, which has no other") {
		t.Error(got)
	}
	o := Options{Session: session.Options{Timeout: 10 * time.Millisecond}}
	rep, _ = between(t, parse(t, served), parse(t, "S? 220 *\nC\"NOOP\"\nS? 250 one\nC: QUIT\nS? 221 *\n"), o)
	if got := text(t, rep); rep.Same || !strings.Contains(got, "nothing that was said asks for it") {
		t.Error(got)
	}
}

// TestWhatIsExpectedIsCompared: an expectation of any shape, also the last one
// of a file, can fail.
func TestWhatIsExpectedIsCompared(t *testing.T) {
	served := "= smtp-transcript 1\nS: 220 a\nC: NOOP\nS: 250 ok\n"
	for pattern, same := range map[string]bool{
		"2*": true, "25*": true, "*": true, "2${rest}": true, "${all}": true,
		"5*": false, "55*": false, "5??": false, "nonsense": false, "5${rest}": false, "2501*": false,
	} {
		rep, got := between(t, parse(t, served), parse(t, "= smtp-transcript 1\nS? 220*\nC: NOOP\nS? "+pattern+"\n"), Options{})
		if rep.Same != same {
			t.Errorf("%s: same is %v: %q", pattern, rep.Same, got)
		}
	}
}

// TestKeywordsAreExpected: an offer is found by its name, whatever stands before
// it.
func TestKeywordsAreExpected(t *testing.T) {
	served := "= smtp-transcript 1\nS: 220 a\nC: EHLO b\nS: 250-c\nS: 250-SIZE 1000\nS: 250 STARTTLS\n"
	for expect, same := range map[string]bool{
		"S+ STARTTLS": true, "S! STARTTLS": false, "S+ SIZE*": true, "S! SIZE*": false, "S+ 250-STARTTLS": true, "S! 250-STARTTLS": false,
		"S+ SIZE": false, "S! SIZE": true, "S+ DSN": false, "S! DSN": true, "S! 1000": true, "S+ *1000": true, "S! *1000": false,
	} {
		rep, got := between(t, parse(t, served), parse(t, "= smtp-transcript 1\nS? 220*\nC: EHLO b\n"+expect+"\n"), Options{})
		if rep.Same != same {
			t.Errorf("%s: same is %v: %q", expect, rep.Same, got)
		}
	}
}
