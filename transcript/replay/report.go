package replay

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"ehlo/session"
)

// Report is what a replay found.
type Report struct {
	Name string
	// Steps compares the replies, in the order in which they came.
	Steps []StepReport
	// Left is the line of the recording from which on nothing was played
	// again, or 0 if all of it was.
	Left int
	// Why says why the replay stopped there.
	Why string
	// Doubted is set if it stopped because a certificate was not verified.
	Doubted bool
	// Skipped is the line of "@ skip": from there on nothing was to be played.
	Skipped int
	// Same is set if nothing differs but what may.
	Same bool
	// Accepted is how many replies were put into the file.
	Accepted int
	// Captures has what was captured on the way, by name.
	Captures map[string]string
	// Took is how long the run took.
	Took time.Duration
	// Events is the log of the new run.
	Events []session.Event
	// Unrecorded is why the new run was not recorded to its end, or nil.
	Unrecorded error
}

// StepReport compares one recorded reply with the one that came now.
type StepReport struct {
	Conn  int    // index of the connection
	Turn  int    // the step of a [Player] that was answered; 0 for none
	Line  int    // of the recording: what the client said
	Reply int    // of the recording: where the reply begins; 0 if nothing is recorded here
	Title string // "RCPT TO:<bob@example.com>"
	Sent  string // what was said in its place; "" if it was said as it is
	Want  session.Reply
	Got   session.Reply // zero if none came
	Took  time.Duration
	// Expected is set if the reply is compared with expectations, not with
	// what was recorded.
	Expected bool
	Diff

	octets [][]byte // of Got, line by line
}

// Counts returns how many differences and notes there are.
func (r *Report) Counts() (differences, notes int) {
	for _, s := range r.Steps {
		differences += len(s.Differences)
		notes += len(s.Notes)
	}
	if r.Left > 0 {
		differences++
	}
	return differences, notes
}

// WriteText writes the report for a person: a line for each step, and what
// differs below it, wanted with a minus and got with a plus. Explained lists
// what was not taken for a difference, and why.
func (r *Report) WriteText(w io.Writer, explained bool) error {
	out := bufio.NewWriter(w)
	for i := range r.Steps {
		r.Steps[i].write(out, explained)
	}
	if r.Left > 0 {
		fmt.Fprintf(out, "%5d !  not played from here on: %s\n", r.Left, session.Escape(r.Why))
	}
	if r.Skipped > 0 {
		fmt.Fprintf(out, "%5d    skipped from here on: %s\n", r.Skipped, session.Escape(r.Why))
	}
	fmt.Fprintf(out, "%s\n", r)
	return out.Flush()
}

// String is the report in one line.
func (r *Report) String() string {
	differences, notes := r.Counts()
	verdict := "same"
	switch {
	case !r.Same:
		verdict = "differs"
	case r.Skipped > 0 && len(r.Steps) == 0:
		verdict = "skipped"
	}
	text := fmt.Sprintf("%s: %s: %s, %s, %s", session.Escape(r.Name), verdict,
		session.Count(r.replies(), "reply", "replies"), session.Count(differences, "difference", "differences"), session.Count(notes, "note", "notes"))
	if r.Accepted > 0 {
		text += fmt.Sprintf("; %s accepted into the file", session.Count(r.Accepted, "reply", "replies"))
	}
	return text
}

// replies counts those that were compared.
func (r *Report) replies() (n int) {
	for _, s := range r.Steps {
		if len(s.Got.Lines) > 0 {
			n++
		}
	}
	return n
}

// at is the line of the recording that a difference is in.
func (s *StepReport) at() int {
	if s.Reply > 0 {
		return s.Reply
	}
	return s.Line
}

func (s *StepReport) write(out io.Writer, explained bool) {
	mark := "="
	switch {
	case !s.Same():
		mark = "!"
	case len(s.Notes) > 0:
		mark = "~"
	}
	title := s.Title
	if s.Sent != "" {
		title += " → " + s.Sent
	}
	fmt.Fprintf(out, "%5d %s  %s\n", s.Line, mark, session.Escape(title))
	for _, d := range s.Differences {
		if line := cmp.Or(d.Line, s.Reply); line > 0 && !d.says() {
			fmt.Fprintf(out, "         line %d: %s\n", line, d)
			continue
		}
		fmt.Fprintf(out, "         %s\n", d)
	}
	if !s.Same() && len(s.Got.Lines)+len(s.Want.Lines) > 0 {
		for _, l := range s.Unified() {
			fmt.Fprintf(out, "         %s\n", session.Escape(l))
		}
	}
	for _, n := range s.Notes {
		if n.What == "text" && !s.Same() {
			continue // both texts stand there
		}
		if n.Line > 0 {
			fmt.Fprintf(out, "         note: line %d: %s\n", n.Line, n)
			continue
		}
		fmt.Fprintf(out, "         note: %s\n", n)
	}
	if explained {
		for _, t := range s.Normalised {
			fmt.Fprintf(out, "         %s\n", t)
		}
	}
}

// Unified returns the lines of both replies as a unified diff: those that
// only the recording has begin with a minus, those that only came now with a
// plus, and those that both have with a blank. Where something was expected
// and nothing recorded, there is only what came. Of what EHLO is answered only
// the lines that differ are listed: their order says nothing (RFC 5321, 4.1.1.1).
func (s *StepReport) Unified() []string {
	if hello := s.Want.To == "EHLO" || s.Want.To == "LHLO"; hello && !s.Expected && s.Want.Code == s.Got.Code {
		return append(without("- ", s.Want, s.Got), without("+ ", s.Got, s.Want)...)
	}
	var then, now []string
	if !s.Expected {
		for _, l := range s.Want.Lines {
			then = append(then, lineOf(l))
		}
	}
	for _, l := range s.Got.Lines {
		now = append(now, lineOf(l))
	}
	return unified(then, now)
}

// without lists the lines of a that b has nowhere.
func without(mark string, a, b session.Reply) (out []string) {
	for _, l := range a.Lines {
		if !slices.ContainsFunc(b.Lines, func(x session.ReplyLine) bool { return x.Text == l.Text }) {
			out = append(out, mark+lineOf(l))
		}
	}
	return out
}

// maxUnified is up to how many lines the longest common part is looked for.
const maxUnified = 400

// unified compares two lists of lines by their longest common part.
func unified(a, b []string) (out []string) {
	if len(a) > maxUnified || len(b) > maxUnified {
		for _, l := range a {
			out = append(out, "- "+l)
		}
		for _, l := range b {
			out = append(out, "+ "+l)
		}
		return out
	}
	common := make([][]int, len(a)+1) // of a[i:] and b[k:]
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for k := len(b) - 1; k >= 0; k-- {
			if common[i][k] = max(common[i+1][k], common[i][k+1]); a[i] == b[k] {
				common[i][k] = common[i+1][k+1] + 1
			}
		}
	}
	i, k := 0, 0
	for i < len(a) || k < len(b) {
		switch {
		case i < len(a) && k < len(b) && a[i] == b[k]:
			out = append(out, "  "+a[i])
			i, k = i+1, k+1
		case k == len(b) || i < len(a) && common[i+1][k] >= common[i][k+1]:
			out = append(out, "- "+a[i])
			i++
		default:
			out = append(out, "+ "+b[k])
			k++
		}
	}
	return out
}
