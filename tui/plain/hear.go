package plain

import (
	"strings"

	"ehlo/session"
)

// hear does what a line asks for.
func (t *talk) hear(line string) {
	if t.settled(line) || t.paused() && (line == "" || line == "/stop") {
		return
	}
	leaving := t.leaving
	t.leaving = false
	name, isCommand := strings.CutPrefix(line, "/")
	switch {
	case strings.HasPrefix(name, "/") && isCommand: // a slash for the server
		t.offer(line, session.Line(name))
	case isCommand:
		t.leaving = leaving
		word, arg, _ := strings.Cut(name, " ")
		t.command(word, arg)
		t.leaving = t.leaving && isLeaving(word)
	case t.choosing:
		t.choose(line)
	case t.asksBack() && line != "?":
		t.answer(line)
	case t.literal():
		t.utter(line)
	case line == "":
		t.nothing()
	case line == "?", strings.HasPrefix(line, "? "):
		t.explain(strings.TrimSpace(line[1:]))
	default:
		t.offer(line, session.Line(line))
	}
}

// literal reports whether the server takes whatever line comes: content, or
// the response to a challenge.
func (t *talk) literal() bool {
	s := t.now
	return t.tape == nil && s.Open && (s.Phase == session.Challenged || s.Phase == session.Data && !s.MailData.Complete)
}

// nothing answers an empty line.
func (t *talk) nothing() {
	if t.acting {
		t.tellWait()
		return
	}
	t.say("nothing was sent: /step does what comes next, /raw sends an empty line")
	t.next()
}
