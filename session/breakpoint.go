package session

import (
	"strings"
	"time"
)

// Breakpoint is a [Condition] that stops a run: before a step for which it
// holds, or after something happened for which it holds.
//
//	step:rcpt-2        before the second recipient is given
//	verb:DATA          before DATA is said, whoever planned it
//	code:4xx           after a reply of this class
//	verb:RCPT code:5   after a recipient was refused
//	state:ready        as soon as this phase is reached
//	is:exposed         before a secret goes out in the clear
//	/quota/            before a line, or after one, that matches
//
// A breakpoint that is written with off before it is kept and does not stop.
type Breakpoint struct {
	Condition
	Off bool
}

// ParseBreakpoint reads a breakpoint.
func ParseBreakpoint(text string) (b Breakpoint, err error) {
	text = strings.TrimSpace(text)
	rest, off := strings.CutPrefix(text, "off ")
	b.Off = off
	b.Condition, err = ParseCondition(rest)
	return b, err
}

func (b Breakpoint) String() string {
	if b.Off {
		return "off " + b.Condition.String()
	}
	return b.Condition.String()
}

// Before reports whether a run stops before a step that is taken in state s.
func (b Breakpoint) Before(s State, st Step) bool {
	if b.Off || b.has("code", "slow") {
		return false
	}
	if b.has("state") && !b.has("verb", "step", "text", "regexp", "is") {
		return false // it has been reached, and the run has stopped there
	}
	sight := Sight{Kind: Sent, Step: st.ID, Phase: s.Phase, Secure: s.Secure, Line: func() string { return "" }}
	switch {
	case st.Kind != Say:
		sight.Kind = 0
	case st.Content != nil && st.Part == nil:
		sight.Verb, sight.Content = EndOfData, true
	default:
		masked := Event{Data: st.Bytes, Secret: s.Secrets(st.Bytes)}
		sight.Secret = len(masked.Secret) > 0
		sight.Verb = ParseCommand(st.Bytes).Verb
		sight.Line = func() string {
			text, _ := cutEnding(masked.Public(""))
			return text
		}
		if s.Phase == Challenged {
			sight.Verb = "AUTH"
		}
	}
	return b.Holds(&sight)
}

// After reports whether a run stops behind an event: before and after are the
// states around it, and took is how long a reply took.
func (b Breakpoint) After(before, after *State, e Event, took time.Duration) bool {
	if b.Off || e.Kind == Sent || b.has("step") {
		return false
	}
	if !b.has("code", "state", "slow", "side", "text", "regexp", "is") {
		return false // a verb alone: the run has stopped before it was said
	}
	if b.has("state") && before.Phase == after.Phase {
		return false
	}
	if b.has("code") && e.Kind == Received && after.Partial() {
		return false // all of a reply comes first
	}
	sight := Sight{Kind: e.Kind, Phase: after.Phase, Secure: after.Secure, Failed: e.Kind == Failed, Took: took}
	sight.Line = func() string {
		if e.Kind == Received {
			text, _ := cutEnding(e.Data)
			return text
		}
		return e.Text
	}
	if e.Kind == Received {
		sight.Code = ParseReplyLine(e.Data).Code
		sight.Failed = sight.Code >= 400
		if len(before.Pending) > 0 {
			sight.Verb = before.Pending[0].Verb
		}
	}
	for _, r := range after.Remarks {
		sight.Failed = sight.Failed || r.Severity == Wrong
	}
	return b.Holds(&sight)
}
