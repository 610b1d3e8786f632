package plain

import (
	"slices"
	"strings"

	"ehlo/session"
)

// What is held waits for a line that it shares a write with (RFC 2920).

// ahead is the state in which the next line arrives, if what is held is
// answered as hoped.
func (t *talk) ahead() session.State {
	s := t.now
	for _, st := range t.hold {
		s = session.Hoped(s, st)
	}
	return s
}

// behind is the state when lines that are held have been sent, and nothing was
// answered.
func (t *talk) behind(held []session.Step) session.State {
	s := t.now
	for _, st := range held {
		s = s.Apply(session.Event{Seq: s.Seq + 1, Kind: session.Sent, Data: st.Bytes})
	}
	return s
}

// keep has a line go out with the next one, or lists those that do.
func (t *talk) keep(line string) {
	switch {
	case line == "":
		t.held()
	case !t.now.Open:
		t.wrong("there is no channel to send it on: /step connects")
	case len(t.hold) >= maxAhead:
		t.wrong("/hold: %d lines are enough", maxAhead)
	default:
		st := session.Line(line)
		t.advice(st.Bytes)
		t.hold = append(t.hold, st)
		t.say("held: %s; the next line goes out behind, in the same write", session.Count(len(t.hold), "line", "lines"))
	}
}

// held lists what is held.
func (t *talk) held() {
	for i, st := range t.hold {
		e := session.Event{Data: st.Bytes, Secret: t.behind(t.hold[:i]).Secrets(st.Bytes)}
		t.say("%d. %s", i+1, wireText(e.Public(mask)))
	}
	if len(t.hold) == 0 {
		t.say("nothing is held")
	}
}

// drop lets go of a line that is held, or of all.
func (t *talk) drop(arg string) {
	switch {
	case len(t.hold) == 0:
		t.say("nothing is held")
	case strings.TrimSpace(arg) == "":
		t.say("dropped: %s", session.Count(len(t.released()), "line", "lines"))
	default:
		if n, ok := t.number("line", arg, len(t.hold)); ok {
			t.hold = slices.Delete(slices.Clone(t.hold), n-1, n)
			t.held()
		}
	}
}

// released is what was held, and is no longer.
func (t *talk) released() []session.Step {
	held := t.hold
	t.hold = nil
	return held
}

// let sends what is held, and behind it steps of the plan, if they can share
// a write with it.
func (t *talk) let(steps []session.Step) {
	for _, st := range steps {
		if st.Kind != session.Say || st.Content != nil {
			t.do(t.released()...)
			return
		}
	}
	t.ends(steps)
	t.do(append(t.released(), steps...)...)
}

// lost tells that what was held for a channel has gone with it.
func (t *talk) lost() {
	if n := len(t.released()); n > 0 {
		t.say("dropped: %s held for that channel", session.Count(n, "line", "lines"))
	}
}
