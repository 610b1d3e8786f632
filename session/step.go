package session

import (
	"fmt"
	"time"
)

// StepKind says what a step does.
type StepKind uint8

const (
	Say       StepKind = iota // write octets, then wait for the replies they call for
	Resolve                   // find the addresses of the target
	Connect                   // open a channel and wait for the greeting
	Await                     // write nothing, wait for what is pending; if nothing is, as long as Timeout for what comes unasked
	StartTLS                  // make a TLS handshake on the channel
	HangUp                    // close the channel
	HalfClose                 // send nothing more, and read on
	Reset                     // close the channel with RST
)

func (k StepKind) String() string {
	return [...]string{"say", "resolve", "connect", "await", "TLS handshake", "hang up", "half-close", "reset"}[min(k, Reset)]
}

// Step is one thing to do: what goes out, what reply is hoped for, and why.
type Step struct {
	// ID tells the step again: Sent events carry it, [State] keeps it. Steps
	// that the user makes up have none.
	ID      int
	Kind    StepKind
	Bytes   []byte   // Say: exactly what is written, line ending included
	Gaps    []Gap    // Say: where Bytes is cut into several writes; none makes it one
	Content *Content // Say: streamed behind Bytes, with the final dot
	To      *Target  // Connect: where to, in place of the session's target
	Addr    string   // Connect: the address of To
	How     *Offer   // StartTLS: how, where it is not as the session has it
	Part    *Part    // Say: only this of Content, as a BDAT chunk has it
	Hope    Code     // what a reply should be for the plan to go on; 0 if none is expected
	Why     string
	Timeout time.Duration // for each reply; 0 means what RFC 5321, 4.5.3.2 asks for
	NoWait  bool          // go on without waiting for a reply
	Ends    Ending        // set if the plan turns to its end here, for the reason in Why
}

// Gap parts two writes: the octets from At on go out after a pause.
type Gap struct {
	At    int
	Pause time.Duration
}

// Part is a stretch of content, counted in octets as RFC 1870 does. Its dots
// are not doubled and nothing is added (RFC 3030, 2).
type Part struct{ From, Octets int64 }

// Line returns the step that sends one line, with CRLF added.
func Line(text string) Step { return Step{Bytes: []byte(text + "\r\n")} }

// String shows the step as one line without control characters.
func (st Step) String() string {
	switch {
	case st.Kind != Say:
		return st.Kind.String()
	case st.Content != nil && len(st.Bytes) == 0:
		return fmt.Sprintf("content, %d octets, %d lines", st.Content.Octets, st.Content.Lines)
	}
	text, ending := cutEnding(st.Bytes)
	shown := Escape(text)
	if ending != "\r\n" {
		shown += Escape(ending)
	}
	return shown
}

// Stepper proposes what to do next: a composed mail, a recorded transcript, a
// lesson. Next is a function of the state alone, so that a person can leave
// the path by hand and come back to it. It returns false when there is
// nothing left to do.
type Stepper interface {
	Next(State) (Step, bool)
}

// Forecast runs a stepper ahead, each step answered as hoped, and returns at
// most that many steps.
func Forecast(s State, stepper Stepper, most int) []Step {
	var steps []Step
	for len(steps) < most {
		st, ok := stepper.Next(s)
		if !ok {
			break
		}
		steps = append(steps, st)
		s = Hoped(s, st)
	}
	return steps
}

// Hoped returns the state after a step that went as hoped.
func Hoped(s State, st Step) State {
	s.imagined = true
	e := Event{Seq: s.Seq + 1, Step: st.ID}
	switch st.Kind {
	case Resolve:
		e.Kind, e.Facts = Resolved, []Fact{{"addr", "?"}, {"hop", "?"}}
		return s.Apply(e)
	case Connect:
		e.Kind, e.Facts = Opened, []Fact{{"host", s.Host}}
		s = s.Apply(e)
	case StartTLS:
		e.Kind, e.Facts = Secured, []Fact{{"chain", "ok"}, {"name", "ok"}}
		return s.Apply(e)
	case HalfClose:
		return s
	case Await:
		if len(s.Pending) == 0 { // it comes, or does not
			e.Kind = Noted
			return s.Apply(e)
		}
	case HangUp, Reset:
		e.Kind, e.Facts = Closed, []Fact{{"by", "client"}}
		return s.Apply(e)
	case Say:
		e.Kind, e.Data = Sent, st.Bytes
		s = s.Apply(e)
		switch {
		case st.Part != nil:
			s = s.Apply(Event{Seq: s.Seq + 1, Kind: Sent, Step: st.ID, Bulk: &Bulk{Octets: st.Part.Octets}})
		case st.Content != nil:
			s = s.Apply(Event{Seq: s.Seq + 1, Kind: Sent, Step: st.ID, Data: []byte(".\r\n")})
		}
	}
	s.in = incoming{} // what has come of a reply is not what is hoped for
	for n := len(s.Pending); n > 0; n-- {
		code := HopeFor(s.Pending[0].Verb)
		if n == 1 && st.Hope != 0 {
			code = st.Hope
		}
		s = s.Apply(Event{Seq: s.Seq + 1, Kind: Received, Data: fmt.Appendf(nil, "%d hoped for\r\n", code)})
	}
	return s
}

// HopeFor is the reply to a verb that takes a session on (RFC 5321, 4.3.2).
func HopeFor(verb string) Code {
	switch verb {
	case Greeting, "STARTTLS", "XCLIENT":
		return 220
	case "DATA":
		return 354
	case "QUIT":
		return 221
	case "AUTH":
		return 235
	case "VRFY":
		return 252
	}
	return 250
}
