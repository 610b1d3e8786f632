package plain

import (
	"fmt"
	"strconv"
	"strings"

	"ehlo/session"
)

// shown is the conversation that is looked at: the session's or a file's.
func (t *talk) shown() []session.Event {
	if t.tape != nil {
		return t.tape.events[:t.tape.at]
	}
	return t.events
}

// moment is the state after a row, or now if none is named.
func (t *talk) moment(arg string) (session.State, bool) {
	events := t.shown()
	if arg = strings.TrimSpace(arg); arg != "" {
		n, ok := t.number("row", arg, len(events))
		if !ok {
			return session.State{}, false
		}
		events = events[:n]
	} else if t.tape == nil {
		return t.now, true
	}
	var s session.State
	for _, e := range events {
		s = s.Apply(e)
	}
	return s, true
}

// number reads one from 1 to most.
func (t *talk) number(what, arg string, most int) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSpace(arg))
	if most == 0 {
		t.wrong("there is no %s yet", what)
		return 0, false
	}
	if err != nil || n < 1 || n > most {
		t.wrong("%q is no %s from 1 to %d", strings.TrimSpace(arg), what, most)
		return 0, false
	}
	return n, true
}

func (t *talk) state(arg string) {
	s, ok := t.moment(arg)
	if !ok {
		return
	}
	field := func(label, format string, args ...any) { t.say("%s: %s", label, fmt.Sprintf(format, args...)) }
	field("phase", "%s", s.Phase)
	if may := s.MaySay(); len(may) > 0 {
		field("may say now", "%s", strings.Join(may, ", "))
	}
	if s.Peer != "" {
		field("server", "%s", strings.TrimSpace(s.Peer+" "+s.Server))
	}
	switch {
	case s.Secure && s.Verified:
		field("TLS", "%s %s, verified", s.TLS, s.Cipher)
	case s.Secure:
		field("TLS", "%s %s, NOT verified: %s", s.TLS, s.Cipher, s.Unverified)
	case s.Open:
		field("TLS", "none: all of this can be read on the way")
	}
	if s.Auth != "" {
		field("login", "%s %s", s.Auth, s.User)
	}
	field("responsible", "%s", s.Responsible)
	field("reverse-path", "%s", reversePath(s))
	field("forward-path", "%d accepted of %d given", len(s.ForwardPath()), len(s.Recipients))
	for _, r := range s.Recipients {
		verdict := r.Verdict()
		word := "not accepted"
		if verdict.Code.Done() {
			word = "accepted"
		}
		t.say("   <%s> %s: %s %s", r.Path, word, verdict.Code, verdict.Enhanced)
	}
	data := "empty"
	if !s.MailData.Empty() {
		data = fmt.Sprintf("%d octets, %d lines", s.MailData.Octets, s.MailData.Lines)
		if s.MailData.Complete {
			data += ", complete"
		}
	}
	field("mail data", "%s", data)
	for _, p := range s.Pending {
		field("awaited", "%s", p.What())
	}
}

func reversePath(s session.State) string {
	if s.ReversePath == nil {
		return "empty"
	}
	text := "<" + s.ReversePath.Path + ">"
	for _, p := range s.ReversePath.Params {
		text += " " + p.String()
	}
	return text
}

func (t *talk) offers(arg string) {
	s, ok := t.moment(arg)
	switch {
	case !ok:
		return
	case len(s.Offered) > 0:
	case s.ESMTP:
		t.say("the server knows no extensions")
	case s.Helo != "":
		t.say("HELO asks for no extensions")
	default:
		t.say("the reply to EHLO will tell")
	}
	for _, x := range s.Offered {
		word := "offered"
		if len(s.Before) > 0 && !s.Before.Has(x.Keyword) {
			word = "new"
		}
		t.say("%s: %s", word, x)
	}
	if !s.ESMTP {
		return
	}
	for _, x := range s.Before {
		if !s.Offered.Has(x.Keyword) {
			t.say("gone: %s", x)
		}
	}
}

// maxAhead is how many steps are foreseen.
const maxAhead = 64

func (t *talk) plan(arg string) {
	most := maxAhead
	if strings.TrimSpace(arg) != "" {
		n, ok := t.number("count", arg, maxAhead)
		if !ok {
			return
		}
		most = n
	}
	s := t.ahead()
	steps := session.Forecast(s, t.way(), most)
	for i, st := range steps {
		text := st.String()
		if i == 0 {
			text = t.stepText(st)
		} else if session.ParseCommand(st.Bytes).Verb == "AUTH" || s.Phase == session.Challenged {
			text = wireText(session.Event{Data: st.Bytes, Secret: s.Secrets(st.Bytes)}.Public(mask))
		}
		t.say("%d. %s (%s)", i+1, text, st.Why)
		s = session.Hoped(s, st)
	}
	if len(steps) == 0 {
		t.say("nothing is left to do")
	}
}

func (t *talk) log(arg string) {
	events := t.shown()
	from := 0
	if strings.TrimSpace(arg) != "" {
		n, err := strconv.Atoi(strings.TrimSpace(arg))
		if err != nil || n < 1 {
			t.wrong("%q is no count", strings.TrimSpace(arg))
			return
		}
		from = max(len(events)-n, 0)
	}
	if len(events) == 0 {
		t.say("nothing has happened yet")
	}
	for i, e := range events[from:] {
		t.say("%d. %s", from+i+1, row(e))
	}
}
