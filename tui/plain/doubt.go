package plain

import (
	"strings"
	"time"

	"ehlo/session"
)

// doubt is a line that was told about and has not gone out.
type doubt struct {
	typed string
	step  session.Step
	told  time.Time
}

// glance is how long nobody can have read what was said: an empty line that
// comes sooner was pasted along with the others, and sends nothing.
const glance = 200 * time.Millisecond

const asking = `At a terminal a line that the rules speak against is not sent at once. Enter,
or the same line again, sends it as it is; whatever else you type takes its
place. Content and the response to a challenge go out unasked, and so do /step,
/raw and /bytes. /ask off ends the asking. From a pipe nothing is ever asked.`

// offer sends a line that was typed by hand, unless somebody sits there and
// should hear first what speaks against it.
func (t *talk) offer(typed string, st session.Step) {
	doubtful := t.o.Terminal && !t.trusting && t.tape == nil && t.now.Open && !t.literal()
	if !doubtful || !t.advice(st.Bytes) {
		t.send(st)
		return
	}
	t.doubt = &doubt{typed: typed, step: st, told: t.o.Now()}
	t.prose("", "not sent yet: Enter sends it as it is, another line takes its place, ? says more")
}

// settled reports whether a line was about the one in doubt, which is
// forgotten unless it still waits for an answer.
func (t *talk) settled(line string) bool {
	d := t.doubt
	t.doubt = nil
	switch {
	case d == nil || t.literal():
		return false
	case line == d.typed:
	case line == "?":
		t.doubt = d
		t.advice(d.step.Bytes)
		t.paragraph(asking)
		return true
	case line != "":
		return false
	case t.o.Now().Sub(d.told) < glance:
		t.doubt = d
		t.say("not sent yet: the empty line came along with it")
		return true
	}
	t.put(d.step)
	return true
}

// ask says whether lines in doubt are asked about.
func (t *talk) ask(arg string) {
	switch strings.TrimSpace(arg) {
	case "on":
		t.trusting = false
	case "off":
		t.trusting = true
	case "":
	default:
		t.wrong("/ask: expected on or off")
		return
	}
	t.paragraph(asking)
	switch {
	case !t.o.Terminal:
		t.say("now: off, since no terminal is read")
	case t.trusting:
		t.say("now: off")
	default:
		t.say("now: on")
	}
}
