package replay

import (
	"cmp"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"ehlo/session"
)

// Outcome is what became of one replay among several.
type Outcome struct {
	Name   string
	Report *Report // nil if it did not begin
	Err    error   // why it could not be run to its end
	Failed bool    // it counts as a failure, whatever the report says
}

func (o *Outcome) verdict() string {
	switch {
	case o.Err != nil:
		return "error"
	case o.Failed || !o.Report.Same:
		return "differs"
	case o.Report.Skipped > 0 && len(o.Report.Steps) == 0:
		return "skipped"
	}
	return "same"
}

func (o *Outcome) took() time.Duration {
	if o.Report == nil {
		return 0
	}
	return o.Report.Took
}

// text is the whole report, or why there is none.
func (o *Outcome) text() string {
	var b strings.Builder
	if o.Report != nil {
		_ = o.write(&b, false) // memory takes all
	}
	if o.Err != nil {
		fmt.Fprintf(&b, "%s\n", session.Escape(o.Err.Error()))
	}
	return b.String()
}

// write writes the report, and why it counts as a failure if it does not show that.
func (o *Outcome) write(w io.Writer, explained bool) error {
	err := o.Report.WriteText(w, explained)
	if o.Failed && o.Report.Same && err == nil {
		_, err = fmt.Fprintf(w, "%s: these are too many notes, and count as a difference\n", session.Escape(o.Name))
	}
	return err
}

// Reporter writes the outcomes of several replays, one after the other.
type Reporter interface {
	Add(*Outcome) error
	Close() error // writes what stands behind the last one
}

// ReportFormats are the formats that NewReporter knows.
var reportFormats = []string{"text", "json", "junit", "tap"}

// Detail says how much of each outcome is text for people.
type Detail struct {
	Whole     bool // every step, also of what is the same
	Explained bool // and what was not compared because it changes from run to run
}

// NewReporter returns a reporter: text for people, one JSON document, JUnit's
// XML for CI systems, or TAP.
func NewReporter(format string, w io.Writer, d Detail) (Reporter, error) {
	switch format {
	case "text":
		return &textReporter{w, d}, nil
	case "json":
		return &jsonReporter{w: w}, nil
	case "junit":
		return &junitReporter{w: w}, nil
	case "tap":
		return &tapReporter{w: w}, nil
	}
	return nil, fmt.Errorf("%q is no format of a report; there are %s", format, strings.Join(reportFormats, ", "))
}

// textReporter tells all of a replay that differs, and one line of any other
// unless more is wanted.
type textReporter struct {
	w io.Writer
	d Detail
}

func (r *textReporter) Add(o *Outcome) (err error) {
	switch v := o.verdict(); {
	case o.Report == nil, v == "error" && len(o.Report.Steps) == 0:
		_, err = fmt.Fprintf(r.w, "%s: not run\n", session.Escape(o.Name))
	case r.d.Whole, v != "same" && v != "skipped":
		err = o.write(r.w, r.d.Explained)
	default:
		_, err = fmt.Fprintf(r.w, "%s\n", o.Report)
	}
	return err
}

func (r *textReporter) Close() error { return nil }

// tapReporter: the Test Anything Protocol, version 14.
type tapReporter struct {
	w io.Writer
	n int
}

func (r *tapReporter) Add(o *Outcome) error {
	head := ""
	if r.n == 0 {
		head = "TAP version 14\n"
	}
	r.n++
	mark, directive := "ok", ""
	switch o.verdict() {
	case "skipped":
		directive = " # SKIP " + session.Escape(o.Report.Why)
	case "differs", "error":
		mark = "not ok"
	}
	name := strings.NewReplacer("\\", `\\`, "#", `\#`).Replace(session.Escape(o.Name))
	_, err := fmt.Fprintf(r.w, "%s%s %d - %s%s\n", head, mark, r.n, name, directive)
	if mark == "ok" || err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("  ---\n  message: |\n")
	for line := range strings.Lines(o.text()) {
		b.WriteString("    " + line)
	}
	b.WriteString("  ...\n")
	_, err = io.WriteString(r.w, b.String())
	return err
}

func (r *tapReporter) Close() error {
	head := ""
	if r.n == 0 {
		head = "TAP version 14\n"
	}
	_, err := fmt.Fprintf(r.w, "%s1..%d\n", head, r.n)
	return err
}

// junitReporter: the XML that CI systems read. Its head has the sums, so it is
// written in the end.
type junitReporter struct {
	w     io.Writer
	suite junitSuite
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
	took     time.Duration
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	File    string        `xml:"file,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitTrouble `xml:"failure"`
	Error   *junitTrouble `xml:"error"`
	Skipped *junitTrouble `xml:"skipped"`
}

type junitTrouble struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

func (r *junitReporter) Add(o *Outcome) error {
	folder, file := filepath.Split(o.Name)
	c := junitCase{Class: "ehlo." + strings.ReplaceAll(strings.Trim(filepath.ToSlash(folder), "/."), "/", "."), Name: session.Escape(file), File: session.Escape(o.Name), Time: seconds(o.took())}
	c.Class = session.Escape(strings.TrimSuffix(c.Class, "."))
	s := &r.suite
	s.Tests++
	s.took += o.took()
	switch o.verdict() {
	case "differs":
		s.Failures++
		c.Failure = &junitTrouble{Message: o.first(), Type: "difference", Text: o.text()}
	case "error":
		s.Errors++
		c.Error = &junitTrouble{Message: session.Escape(o.Err.Error()), Type: "error", Text: o.text()}
	case "skipped":
		s.Skipped++
		c.Skipped = &junitTrouble{Message: session.Escape(o.Report.Why)}
	}
	s.Cases = append(s.Cases, c)
	return nil
}

// first is the first difference, with its line.
func (o *Outcome) first() string {
	for _, s := range o.Report.Steps {
		for _, d := range s.Differences {
			return session.Escape(fmt.Sprintf("line %d: %s: %s", cmp.Or(d.Line, s.at()), s.Title, d))
		}
	}
	if o.Report.Left > 0 {
		return fmt.Sprintf("not played from line %d on: %s", o.Report.Left, session.Escape(o.Report.Why))
	}
	return "too many notes"
}

func (r *junitReporter) Close() error {
	r.suite.Name, r.suite.Time = "ehlo replay", seconds(r.suite.took)
	all := struct {
		XMLName  xml.Name `xml:"testsuites"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Errors   int      `xml:"errors,attr"`
		Suite    junitSuite
	}{Tests: r.suite.Tests, Failures: r.suite.Failures, Errors: r.suite.Errors, Suite: r.suite}
	if _, err := io.WriteString(r.w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(r.w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(r.w, "\n")
	return err
}

// jsonReporter writes one document: {"transcripts": […], "summary": {…}}.
type jsonReporter struct {
	w   io.Writer
	sum map[string]int
}

type jsonOutcome struct {
	Name        string            `json:"name"`
	Verdict     string            `json:"verdict"` // same, differs, error, skipped
	Error       string            `json:"error,omitempty"`
	Seconds     float64           `json:"seconds"`
	Replies     int               `json:"replies"`
	Differences int               `json:"differences"`
	Notes       int               `json:"notes"`
	Left        int               `json:"not_played_from_line,omitempty"`
	Why         string            `json:"why,omitempty"`
	Captures    map[string]string `json:"captures,omitempty"`
	Steps       []jsonStep        `json:"steps"`
}

type jsonStep struct {
	Line        int           `json:"line"`
	ReplyLine   int           `json:"reply_line,omitempty"`
	Command     string        `json:"command"`
	Sent        string        `json:"sent,omitempty"` // in its place
	Want        []string      `json:"want,omitempty"`
	Got         []string      `json:"got,omitempty"`
	Seconds     float64       `json:"seconds"`
	Differences []jsonFinding `json:"differences,omitempty"`
	Notes       []jsonFinding `json:"notes,omitempty"`
	Normalised  []jsonToken   `json:"normalised,omitempty"`
}

type jsonFinding struct {
	What string `json:"what"`
	Of   string `json:"of,omitempty"`
	Line int    `json:"line,omitempty"`
	Then string `json:"then,omitempty"`
	Now  string `json:"now,omitempty"`
	Text string `json:"text"`
}

type jsonToken struct {
	Name string `json:"name"`
	Then string `json:"then"`
	Now  string `json:"now"`
	Why  string `json:"why"`
}

func (r *jsonReporter) Add(o *Outcome) error {
	head := ",\n"
	if r.sum == nil {
		r.sum, head = map[string]int{}, `{"transcripts":[`+"\n"
	}
	r.sum[o.verdict()]++
	j := jsonOutcome{Name: o.Name, Verdict: o.verdict(), Steps: []jsonStep{}}
	if o.Err != nil {
		j.Error = session.Escape(o.Err.Error())
	}
	if rep := o.Report; rep != nil {
		j.Seconds, j.Replies, j.Left, j.Why, j.Captures = rep.Took.Seconds(), rep.replies(), rep.Left, rep.Why, rep.Captures
		j.Differences, j.Notes = rep.Counts()
		for i := range rep.Steps {
			j.Steps = append(j.Steps, jsonOf(&rep.Steps[i]))
		}
	}
	p, err := json.Marshal(j)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(r.w, "%s%s", head, visibleJSON(p))
	return err
}

// visibleJSON writes as \uXXXX what encoding/json leaves as it is, and a terminal
// may act upon.
func visibleJSON(p []byte) []byte {
	clean := make([]byte, 0, len(p))
	for _, r := range string(p) {
		if session.Visible(r) {
			clean = utf8.AppendRune(clean, r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			clean = fmt.Appendf(clean, "\\u%04x", unit)
		}
	}
	return clean
}

func jsonOf(s *StepReport) jsonStep {
	j := jsonStep{Line: s.Line, ReplyLine: s.Reply, Command: s.Title, Sent: s.Sent, Seconds: s.Took.Seconds()}
	if !s.Expected {
		for _, l := range s.Want.Lines {
			j.Want = append(j.Want, lineOf(l))
		}
	}
	for _, l := range s.Got.Lines {
		j.Got = append(j.Got, lineOf(l))
	}
	j.Differences, j.Notes = jsonFindings(s.Differences), jsonFindings(s.Notes)
	for _, t := range s.Normalised {
		j.Normalised = append(j.Normalised, jsonToken{t.Name, t.Then, t.Now, t.Why})
	}
	return j
}

func jsonFindings(list []Finding) (out []jsonFinding) {
	for _, f := range list {
		out = append(out, jsonFinding(f))
	}
	return out
}

func (r *jsonReporter) Close() error {
	head := ""
	if r.sum == nil {
		head = `{"transcripts":[`
	}
	var keys []string
	for _, k := range []string{"same", "differs", "error", "skipped"} {
		keys = append(keys, fmt.Sprintf("%q:%d", k, r.sum[k]))
	}
	slices.Sort(keys)
	_, err := fmt.Fprintf(r.w, "%s\n],\n\"summary\":{%s}}\n", head, strings.Join(keys, ","))
	return err
}
