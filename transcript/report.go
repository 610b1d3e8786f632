package transcript

import (
	"bufio"
	"fmt"
	"io"

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
	// Same is set if nothing differs but what may.
	Same bool
	// Events is the log of the new run.
	Events []session.Event
}

// StepReport compares one recorded reply with the one that came now.
type StepReport struct {
	Line  int    // of the recording: what the client said
	Reply int    // of the recording: where the reply begins; 0 if an expectation stands there
	Title string // "RCPT TO:<bob@example.com>"
	Want  session.Reply
	Got   session.Reply // zero if none came
	Diff
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
// differs below it, wanted with a minus and got with a plus.
func (r *Report) WriteText(w io.Writer) error {
	out := bufio.NewWriter(w)
	for _, s := range r.Steps {
		s.write(out)
	}
	if r.Left > 0 {
		fmt.Fprintf(out, "%5d !  not played from here on: %s\n", r.Left, session.Escape(r.Why))
	}
	differences, notes := r.Counts()
	verdict := "same"
	if !r.Same {
		verdict = "differs"
	}
	fmt.Fprintf(out, "%s: %s: %d replies, %d differences, %d notes\n",
		session.Escape(r.Name), verdict, len(r.Steps), differences, notes)
	return out.Flush()
}

func (s *StepReport) write(out io.Writer) {
	mark := "="
	switch {
	case !s.Same():
		mark = "!"
	case len(s.Notes) > 0:
		mark = "~"
	}
	fmt.Fprintf(out, "%5d %s  %s\n", s.Line, mark, session.Escape(s.Title))
	for _, d := range s.Differences {
		fmt.Fprintf(out, "         %s\n", session.Escape(d))
	}
	if !s.Same() {
		if s.Reply > 0 {
			writeReply(out, "-", s.Want)
		}
		writeReply(out, "+", s.Got)
	}
	for _, n := range s.Notes {
		fmt.Fprintf(out, "         note: %s\n", session.Escape(n))
	}
}

func writeReply(out io.Writer, mark string, r session.Reply) {
	for i, l := range r.Lines {
		separator := " "
		if i < len(r.Lines)-1 {
			separator = "-"
		}
		fmt.Fprintf(out, "         %s %s%s%s\n", mark, l.Code, separator, session.Escape(l.Text))
	}
}
