package replay

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"strings"
	"testing"

	"ehlo/session"
	"ehlo/transcript/serve"
)

// outcomes are one of each kind, with what XML, JSON and TAP must not trip over.
func outcomes(t *testing.T) []*Outcome {
	t.Helper()
	tr := parse(t, "S: 220 a\nC: VRFY <&\">\nS: 250 b\nC: QUIT\nS: 221 c\n")
	tr.Name = "tests/a <b>&\x1b[31m#1.smtp"
	same, _ := between(t, tr, tr, Options{})
	other := parse(t, "S: 220 a\nC: VRFY <&\">\nS\"551 ]]> \\x1b[2J \\xff\\r\\n\"\nC: QUIT\nS: 221 c\n")
	differs, _ := between(t, other, tr, Options{})
	skipped := parse(t, "@ skip not <today>\nS: 220 a\n")
	rep, err := Run(t.Context(), skipped, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return []*Outcome{
		{Name: tr.Name, Report: same}, {Name: tr.Name, Report: differs}, {Name: "s.smtp", Report: rep},
		{Name: "e.smtp", Err: errors.New("no \x1b[31m <such> file")}, {Name: "noted.smtp", Report: same, Failed: true},
	}
}

func report(t *testing.T, format string, list []*Outcome) string {
	t.Helper()
	var b strings.Builder
	r, err := NewReporter(format, &b, Detail{})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list {
		if err := r.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	harmless(t, format, b.String())
	return b.String()
}

func TestReportJSON(t *testing.T) {
	var doc struct {
		Transcripts []struct {
			Verdict string
			Steps   []struct {
				Line        int
				Got         []string
				Differences []struct{ What, Then, Now string }
			}
		}
		Summary map[string]int
	}
	if err := json.Unmarshal([]byte(report(t, "json", outcomes(t))), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Transcripts) != 5 || doc.Summary["same"] != 1 || doc.Summary["differs"] != 2 || doc.Summary["error"] != 1 || doc.Summary["skipped"] != 1 {
		t.Fatalf("%+v", doc)
	}
	step := doc.Transcripts[1].Steps[1]
	if d := step.Differences[0]; step.Line != 2 || d.What != "code" || d.Then != "250" || d.Now != "551" || !strings.HasPrefix(step.Got[0], "551 ]]>") {
		t.Errorf("%+v", step)
	}
	if err := json.Unmarshal([]byte(report(t, "json", nil)), &doc); err != nil {
		t.Errorf("no transcript at all: %v", err)
	}
}

func TestReportJUnit(t *testing.T) {
	var doc struct {
		Tests int `xml:"tests,attr"`
		Suite struct {
			Tests    int `xml:"tests,attr"`
			Failures int `xml:"failures,attr"`
			Errors   int `xml:"errors,attr"`
			Skipped  int `xml:"skipped,attr"`
			Cases    []struct {
				Class   string `xml:"classname,attr"`
				Failure *struct {
					Message string `xml:"message,attr"`
					Text    string `xml:",chardata"`
				} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(report(t, "junit", outcomes(t))), &doc); err != nil {
		t.Fatal(err)
	}
	s := doc.Suite
	if doc.Tests != 5 || s.Tests != 5 || s.Failures != 2 || s.Errors != 1 || s.Skipped != 1 || len(s.Cases) != 5 || s.Cases[0].Class != "ehlo.tests" {
		t.Fatalf("%+v", doc)
	}
	if f := s.Cases[1].Failure; f == nil || f.Message != `line 3: VRFY <&">: code differs: 250 → 551` || !strings.Contains(f.Text, "- 250 b\n") || !strings.Contains(f.Text, "+ 551 ]]>") {
		t.Errorf("%+v", f)
	}
}

func TestReportTAP(t *testing.T) {
	got := report(t, "tap", outcomes(t))
	for _, want := range []string{
		"TAP version 14\nok 1 - tests/a <b>&", `\#1.smtp`, "\nnot ok 2 - ", "  message: |\n", "\nok 3 - s.smtp # SKIP not <today>\n", "\nnot ok 4 - e.smtp\n", "\n1..5\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if got := report(t, "tap", nil); got != "TAP version 14\n1..0\n" {
		t.Errorf("%q", got)
	}
}

func TestReportText(t *testing.T) {
	got := report(t, "text", outcomes(t))
	for _, want := range []string{": same: 3 replies, 0 differences, 0 notes\n", "code differs: 250 → 551\n", "s.smtp: not run", "e.smtp: not run"} {
		if want != "s.smtp: not run" && !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if _, err := NewReporter("html", nil, Detail{}); err == nil || !strings.Contains(err.Error(), "there are text, json, junit, tap") {
		t.Error(err)
	}
}

// TestUnified: common lines stand once.
func TestUnified(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"", "", ""}, {"a", "", "- a"}, {"", "a", "+ a"}, {"a b c", "a x c", "  a|- b|+ x|  c"}, {"a b", "b a", "- a|  b|+ a"},
	} {
		if got := strings.Join(unified(strings.Fields(c.a), strings.Fields(c.b)), "|"); got != c.want {
			t.Errorf("%q and %q: %q", c.a, c.b, got)
		}
	}
}

// TestStepByStep: a person steps through a recording, says something in
// between, and sees each reply beside the recorded one; the end is that of a
// replay.
func TestStepByStep(t *testing.T) {
	played := parse(t, mailTo)
	served := parse(t, strings.NewReplacer("S: 250 <eve", "S: 550 <eve", "C: DATA", "C: NOOP\nS: 250 by hand\nC: DATA").Replace(mailTo))
	srv := serve.New(served, serve.Options{})
	defer srv.Close()
	o := Options{Session: session.Options{Target: session.Target{Practice: "x"}, Dial: pipe(srv)}}
	p, err := NewPlayer(played, o)
	if err != nil {
		t.Fatal(err)
	}
	s := session.New(o.Session)
	defer s.Close()
	seen, byHand := 0, false
	var steps []StepReport
	for range 40 {
		st, ok := p.Next(s.State())
		if !ok {
			break
		}
		if !byHand && strings.HasPrefix(string(st.Bytes), "DATA") {
			st, byHand = session.Line("NOOP"), true
		}
		if err := s.Do(t.Context(), st); err != nil {
			t.Fatal(err)
		}
		for _, e := range s.Log().Since(seen) {
			seen++
			steps = append(steps, p.Learn(e)...)
		}
	}
	rep := p.Report()
	if len(steps) != len(rep.Steps) || len(steps) != 8 || rep.Same || len(srv.Problems()) > 0 {
		t.Fatalf("%d steps, %q\n%s", len(steps), srv.Problems(), text(t, rep))
	}
	refused := steps[4]
	if refused.Turn != 4 || refused.Line != 8 || refused.Want.Code != 250 || refused.Got.Code != 550 || refused.Same() || !refused.Acceptable() {
		t.Errorf("%+v", refused)
	}
	for i, st := range steps {
		if i != 4 && !st.Same() {
			t.Errorf("%s: %q", st.Title, inWords(st.Differences))
		}
	}
}

// TestBreak: a person is told why to look before it goes on.
func TestBreak(t *testing.T) {
	p, err := NewPlayer(parse(t, "@ connect x\nS: 220 a\n@ break before the greeting is answered\nC: QUIT\nS: 221 b\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var s session.State
	if why := p.Pause(s); why != "before the greeting is answered" || p.Line(s) != 4 {
		t.Errorf("%q, line %d", why, p.Line(s))
	}
}
