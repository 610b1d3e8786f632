package session

import "slices"

// Amended is a plan that a person has changed: steps are left out, put in,
// said otherwise, or come in another order. Like every [Stepper] it is a
// function of the state; the changes are a value, and to take the last one
// back is to cut it off.
type Amended struct {
	Plan       Stepper
	Amendments []Amendment
	put        int // how many steps were ever put in
}

// Amendment is one change of a plan.
type Amendment struct {
	At   Place
	What Change
	Step Step // what is put in, or said instead
}

// Change is what an amendment does.
type Change uint8

const (
	Skip    Change = iota // leave the step out
	Insert                // put another one before it
	Instead               // say something else
)

// Place is where a step stands in a plan. EHLO comes twice with TLS, and MAIL
// once for each letter.
type Place struct {
	Step   int
	Letter int
	Secure bool
}

// PlaceOf is where a step stands that is proposed in a state. It is the zero
// Place for one that is no step of a plan, such as a wait.
func PlaceOf(s State, st Step) Place {
	if st.ID == 0 || st.ID >= stepAmended {
		return Place{Step: st.ID}
	}
	hello := st.ID == stepHello || st.ID == stepHELO
	return Place{st.ID, s.Letters, hello && s.Secure} // what comes once is changed before anybody knows of TLS
}

// maxAmendments bounds how many changes a plan has.
const maxAmendments = 1000

// With returns the plan with one more change; false if there are too many. A
// step that is put in gets an ID.
func (a Amended) With(change Amendment) (Amended, bool) {
	n := len(a.Amendments)
	if n >= maxAmendments {
		return a, false
	}
	if change.What == Insert {
		change.Step.ID = stepAmended + a.put
		a.put++
	}
	a.Amendments = append(a.Amendments[:n:n], change)
	return a, true
}

// Undone returns the plan without its last change.
func (a Amended) Undone() Amended {
	a.Amendments = a.Amendments[:max(len(a.Amendments)-1, 0)]
	return a
}

// leftOut stands in place of the answer to a step that is not taken.
const leftOut Code = -1

// Next implements [Stepper].
func (a Amended) Next(s State) (Step, bool) {
	st, ok := a.Plan.Next(s)
	for range maxAmendments {
		if !ok || len(a.Amendments) == 0 || st.ID == 0 {
			break
		}
		at := PlaceOf(s, st)
		if put, ok := a.before(s, at); ok {
			return put, true
		}
		skip := false
		for _, x := range a.Amendments {
			switch {
			case x.At != at:
			case x.What == Skip:
				skip = true
			case x.What == Instead:
				st = x.Step.inPlaceOf(st)
			}
		}
		if !skip {
			break
		}
		s = without(s, st)
		st, ok = a.Plan.Next(s)
	}
	return st, ok
}

// inPlaceOf says something else in place of a step, or other content, connects
// to somewhere else, or makes another handshake.
func (st Step) inPlaceOf(planned Step) Step {
	planned.Bytes, planned.Gaps = st.Bytes, st.Gaps
	if st.Content != nil && planned.Part == nil {
		planned.Content = st.Content
	}
	if st.To != nil {
		planned.To, planned.Addr = st.To, st.Addr
	}
	if st.How != nil {
		planned.How = st.How
	}
	if st.Why != "" {
		planned.Why = st.Why
	}
	return planned
}

// before returns the next step that was put in before a place.
func (a Amended) before(s State, at Place) (Step, bool) {
	for _, x := range a.Amendments {
		if x.What != Insert || x.At != at || slices.Contains(s.amended, x.Step.ID) {
			continue
		}
		here := Place{Step: x.Step.ID}
		if put, ok := a.before(s, here); ok {
			return put, true
		}
		st, skip := x.Step, false
		for _, y := range a.Amendments {
			skip = skip || y.At == here && y.What == Skip
			if y.At == here && y.What == Instead {
				st = y.Step.inPlaceOf(st)
			}
		}
		if !skip {
			return st, true
		}
	}
	return Step{}, false
}

// without imagines what a plan has to know to go on behind a step that is left
// out.
func without(s State, st Step) State {
	switch st.ID {
	case stepSTARTTLS:
		s.Answers.StartTLS.Code = leftOut
		return s
	case stepMail:
		return withoutMail(s, st)
	case stepData: // nobody would take the content
		return Hoped(Hoped(s, st), Line("."))
	}
	return Hoped(s, st)
}

// withoutMail imagines that MAIL was taken, and what came of the steps behind
// it: they are said all the same, until one is refused or the content has gone
// out. Nothing in the log says that MAIL was left out.
func withoutMail(s State, st Step) State {
	a, taken := s.Answers, len(s.ForwardPath()) > 0
	if a.EndOfData.Code != 0 || a.Data.refused() || a.Rcpt.refused() && !taken {
		s.Letters++
		return s
	}
	sender := Hoped(s, st)
	sender.Recipients, sender.claimed = s.Recipients, nil
	sender.Answers.Rcpt, sender.Answers.Data = a.Rcpt, a.Data
	if taken {
		sender.Phase = Recipients
	}
	return sender
}
