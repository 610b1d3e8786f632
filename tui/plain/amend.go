package plain

import (
	"strconv"
	"strings"
	"time"

	"ehlo/session"
)

// way is the plan as a person has changed it.
func (t *talk) way() session.Stepper {
	if t.amended.Plan = t.mail; t.again != nil {
		t.amended.Plan = t.again.plan(t.mail.Insecure)
	}
	return t.amended
}

// amend changes the plan at the next step.
func (t *talk) amend(what session.Change, step session.Step) {
	steps := t.steps()
	if len(steps) == 0 || steps[0].ID == 0 {
		t.wrong("nothing comes next that could be changed")
		return
	}
	changed, ok := t.amended.With(session.Amendment{At: session.PlaceOf(t.ahead(), steps[0]), What: what, Step: step})
	if !ok {
		t.wrong("the plan was changed too often")
		return
	}
	t.amended = changed
	t.next()
}

func (t *talk) skip(string) {
	if t.class != nil {
		t.leaveOut()
		return
	}
	t.amend(session.Skip, session.Step{})
}

func (t *talk) insert(line string) {
	st := session.Line(line)
	st.Why = "put in by hand"
	t.amend(session.Insert, st)
}

func (t *talk) undo(string) {
	if len(t.amended.Amendments) == 0 {
		t.wrong("the plan was not changed")
		return
	}
	t.amended = t.amended.Undone()
	t.next()
}

// breakAt sets a breakpoint, or lists them.
func (t *talk) breakAt(arg string) {
	if strings.TrimSpace(arg) == "" {
		for i, b := range t.breaks {
			t.say("%d. %s", i+1, b)
		}
		if len(t.breaks) == 0 {
			t.say("there are no breakpoints; verb:DATA, code:5xx, step:rcpt-2, state:ready, is:exposed and /words/ make some")
		}
		return
	}
	b, err := session.ParseBreakpoint(arg)
	if err != nil {
		t.wrong("/break: %s", err)
		return
	}
	t.breaks = append(t.breaks, b)
	t.say("%d. %s", len(t.breaks), b)
}

// toggle switches a breakpoint off, or on again.
func (t *talk) toggle(arg string) {
	if n, err := strconv.Atoi(strings.TrimSpace(arg)); err == nil && n >= 1 && n <= len(t.breaks) {
		t.breaks[n-1].Off = !t.breaks[n-1].Off
		t.say("%d. %s", n, t.breaks[n-1])
		return
	}
	t.wrong("/toggle: expected the number of a breakpoint; /break lists them")
}

// stopsBefore says why a run stops before a step, or "".
func (t *talk) stopsBefore(st session.Step) string {
	for _, b := range t.stops() {
		if b.Before(t.now, st) {
			return b.String()
		}
	}
	return ""
}

// stopsAfter notes why a run is to stop behind an event.
func (t *talk) stopsAfter(before session.State, e session.Event) {
	if !t.running || t.stopped != "" {
		return
	}
	var took time.Duration
	if e.Kind == session.Received && !t.asked.IsZero() {
		took = e.At.Sub(t.asked)
	}
	for _, b := range t.stops() {
		if b.After(&before, &t.now, e, took) {
			t.stopped = b.String()
			return
		}
	}
}

// stops are the breakpoints, and what this run is to stop at.
func (t *talk) stops() []session.Breakpoint {
	if t.until == nil {
		return t.breaks
	}
	return append(t.breaks[:len(t.breaks):len(t.breaks)], *t.until)
}

func (t *talk) halfClose(string) { t.leaveBy(session.HalfClose) }

func (t *talk) reset(string) { t.leaveBy(session.Reset) }

func (t *talk) leaveBy(kind session.StepKind) {
	if !t.now.Open {
		t.wrong("the channel is not open")
		return
	}
	t.do(session.Step{Kind: kind, Why: "by hand"})
}
