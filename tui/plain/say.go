package plain

import (
	"errors"
	"strings"

	"ehlo/session"
)

// steps are the next ones, or the first up to a channel: finding addresses
// and connecting are one thing to do.
func (t *talk) steps() []session.Step {
	plan := session.Forecast(t.ahead(), t.way(), 2)
	n := min(1, len(plan))
	if len(plan) > 1 && plan[0].Kind == session.Resolve && t.mail.Target.MX == "" && plan[1].Kind == session.Connect {
		n = 2
	}
	return plan[:n]
}

func (t *talk) step(string) {
	if t.tape != nil {
		t.tape.step(t)
		return
	}
	t.take(t.steps())
}

// group sends what may share a write.
func (t *talk) group(string) {
	if steps := t.steps(); len(steps) != 1 || steps[0].Kind != session.Say {
		t.take(steps)
		return
	}
	t.take(session.Group(t.ahead(), t.way(), false))
}

// take does steps of the plan.
func (t *talk) take(steps []session.Step) {
	if len(t.hold) > 0 {
		t.let(steps)
		return
	}
	if len(steps) == 0 {
		t.running = false
		t.next()
		return
	}
	t.ends(steps)
	t.do(steps...)
}

// ends notes where the plan turns to its end.
func (t *talk) ends(steps []session.Step) {
	if last := steps[len(steps)-1]; last.Ends != "" && t.last.Ends == "" {
		if t.last = last; t.running { // nobody has read what comes next
			t.say("the plan turns to its end: %s", last.Why)
		}
	}
}

func (t *talk) run(arg string) {
	if t.tape != nil {
		t.tape.run(t)
		return
	}
	t.until = nil
	if arg = strings.TrimSpace(arg); arg != "" {
		if !strings.ContainsAny(arg, ":/\" ") {
			arg = "verb:" + arg
		}
		b, err := session.ParseBreakpoint(arg)
		if err != nil {
			t.wrong("/run: %s", err)
			return
		}
		t.until = &b
	}
	t.running, t.stopped, t.ran = true, "", t.ran || t.until == nil && t.again == nil
	t.take(t.steps()) // a run begins with a step, wherever it stands
}

// onward takes the next step of a run, if it is not to stop there.
func (t *talk) onward() {
	steps := t.steps()
	if t.stopped == "" && t.again != nil {
		t.stopped = t.again.stops(t.now)
	}
	if t.stopped == "" && len(steps) > 0 {
		t.stopped = t.stopsBefore(steps[0])
	}
	switch {
	case len(steps) == 0:
		t.running = false
		t.say("done")
		t.report()
	case t.stopped != "":
		t.running = false
		t.say("stopped: %s", t.stopped)
		t.report()
	default:
		t.take(steps)
	}
}

// utter sends a line as it is, whatever speaks against it.
func (t *talk) utter(text string) { t.send(session.Line(text)) }

// bytes sends octets that are written with escapes.
func (t *talk) bytes(text string) {
	data, gaps, err := session.Unquote(text)
	if err == nil && len(data) == 0 {
		err = errors.New("there are no octets to send")
	}
	if err != nil {
		t.wrong("/bytes: %s", err)
		return
	}
	t.send(session.Step{Bytes: data, Gaps: gaps})
}

// send sends what a person made up. What the rules say is said before.
func (t *talk) send(st session.Step) {
	if t.tape == nil && t.now.Open {
		t.advice(st.Bytes)
	}
	t.put(st)
}

// put sends what a person made up.
func (t *talk) put(st session.Step) {
	switch {
	case t.tape != nil:
		t.wrong("a file is played back: /close goes back to the session")
		return
	case !t.now.Open:
		with := "/step connects"
		if len(t.steps()) == 0 {
			with = "/reconnect begins anew"
		}
		t.wrong("there is no channel to send it on: " + with)
		return
	case t.acting: // the wait ends, the line goes out
		t.running = false
		t.stop()
		t.catchUp()
		<-t.done
		t.acting, t.done = false, nil
	}
	t.do(append(t.released(), st)...)
}

// edit sends a line in place of the next step, which counts as done.
func (t *talk) edit(text string) {
	steps := t.steps()
	if len(steps) != 1 || steps[0].Kind != session.Say || steps[0].Content != nil {
		t.wrong("the next step is no line that could be changed")
		return
	}
	st := steps[0]
	if text == "" {
		t.say("/edit %s", session.Escape(t.stepText(st)))
		return
	}
	line := session.Line(text)
	line.ID, line.Hope, line.Why = st.ID, st.Hope, st.Why
	t.offer("/edit "+text, line)
}

func (t *talk) hangUp(string) {
	if !t.now.Open {
		t.wrong("the channel is not open")
		return
	}
	_ = t.sess.Close()
	t.catchUp()
}

// reconnect goes on in the same log.
func (t *talk) reconnect(string) {
	if t.sess == nil {
		t.step("")
		return
	}
	t.conclude()
	var steps []session.Step
	if t.now.Open {
		steps = append(steps, session.Step{Kind: session.HangUp, Why: "to connect again"})
	}
	switch target := t.mail.Target; {
	case target.MX != "": // which forgets what was tried
		t.do(append(steps, session.Step{Kind: session.Resolve, Why: "ask the DNS again"})...)
		return
	case target.NeedsLookup() && t.now.Addresses == nil:
		steps = append(steps, session.Step{Kind: session.Resolve, Why: "find the addresses again"})
	}
	t.do(append(steps, session.Step{Kind: session.Connect, Hope: 220, Why: "connect again"})...)
}

func (t *talk) note(text string) {
	switch {
	case t.sess == nil:
		t.wrong("there is no session yet to note it in: /step connects")
	case strings.TrimSpace(text) == "":
		t.wrong("/note: the text is missing")
	default:
		t.sess.Note(text)
	}
}
