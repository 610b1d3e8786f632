package session

import (
	"fmt"
	"slices"
	"strconv"
)

// What a mail says for each of its letters: MAIL to the end of data.

// count returns how many letters the mail has, letter the i-th.
func (m Mail) count() int { return 1 + len(m.More) }

func (m Mail) letter(i int) Letter {
	if i <= 0 || i > len(m.More) {
		return m.Letter
	}
	return m.More[i-1]
}

// letters takes the letter that is under way a step further, or begins the
// next one.
func (m Mail) letters(s State) Step {
	current := m.letter(s.Letters - 1)
	if s.Phase == Data {
		return m.content(s, current)
	}
	if s.InTransaction() {
		if st, ok := m.transaction(s, current); ok {
			return st
		}
	}
	if s.Letters >= m.count() {
		return quit(m.untaken(s))
	}
	if s.Letters == 0 {
		before := []func(State) (Step, bool){m.secure, m.xclient, m.login}
		if m.XClientFirst {
			before = []func(State) (Step, bool){m.xclient, m.secure, m.login}
		}
		for _, first := range before {
			if st, ok := first(s); ok {
				return st
			}
		}
	}
	if (s.InTransaction() || m.Rset && s.Letters > 0) && s.Answers.Rset.Code == 0 {
		return say(stepRset, "RSET", 250, "clear the buffers for the next mail")
	}
	if len(m.XForward) > 0 && s.Answers.XForward.Code == 0 {
		return say(stepXFORWARD, "XFORWARD"+attributes(m.XForward), 250, "say for whom this mail is forwarded")
	}
	next := m.letter(s.Letters)
	return say(stepMail, "MAIL "+next.From.with(m.mailParams(next, m.offers(s))).Arg("FROM"), 250, "begin with the sender")
}

// untaken says why the only letter of a mail was not taken; "" if it was, or if
// there were more.
func (m Mail) untaken(s State) string {
	a, f := s.Answers, s.Finished
	why := ""
	switch {
	case m.count() > 1, !s.InTransaction() && f != nil && f.Responsible == Server:
		return ""
	case a.Mail.refused():
		why = "MAIL was refused, " + a.Mail.Code.String()
	case a.Rcpt.Code != 0 && s.InTransaction() && len(s.ForwardPath()) == 0:
		why = "no recipient was taken"
	case a.Data.refused():
		why = "DATA was refused, " + a.Data.Code.String()
	case a.EndOfData.refused():
		why = "the content was refused, " + a.EndOfData.Code.String()
	default:
		return ""
	}
	return why + ": say good-bye"
}

// mailParams adds what follows from the letter and is offered.
func (m Mail) mailParams(l Letter, offers Extensions) []Param {
	var more []Param
	add := func(keyword string, p Param) {
		if _, given := l.From.Param(p.Key); offers.Has(keyword) && !given {
			more = append(more, p)
		}
	}
	if l.Content != nil && l.Content.Octets > 0 { // RFC 1870, 6
		add("SIZE", Param{"SIZE", strconv.FormatInt(l.Content.Octets, 10)})
	}
	if l.Content != nil && l.Content.EightBit { // RFC 6152, 2
		add("8BITMIME", Param{"BODY", "8BITMIME"})
	}
	if l.international() { // RFC 6531, 3.4
		add("SMTPUTF8", Param{Key: "SMTPUTF8"})
	}
	return more
}

// international reports whether the letter can only go as RFC 6531 has it.
func (l Letter) international() bool {
	for _, to := range l.To {
		if eightBit([]byte(to.Path)) {
			return true
		}
	}
	return l.UTF8 || eightBit([]byte(l.From.Path))
}

// transaction gives the recipients that have not been given, then the
// content. It returns false if there is nothing left to do in it.
func (m Mail) transaction(s State, l Letter) (Step, bool) {
	given := l.given(s)
	switch {
	case s.Phase == Spoilt:
		return Step{}, false
	case s.Phase == Chunks:
		return m.chunk(s, l), true
	case given < len(l.To):
		return say(stepRcpt+given, "RCPT "+l.To[given].Arg("TO"), 250, ordinal(given)+" recipient"), true
	case s.Phase != Recipients || s.Answers.Data.Code != 0:
		return Step{}, false
	case m.Chunk != 0:
		return m.chunk(s, l), true
	}
	return say(stepData, "DATA", 354, "ask for 354"), true
}

// given returns the first recipient that has not been given. A person may have
// changed their order, or given some by hand.
func (l Letter) given(s State) int {
	next, planned, typed := 0, 0, 0
	for _, r := range s.Recipients {
		if r.Step == stepRcpt+next {
			next++
		}
		if r.Step >= stepRcpt && r.Step < stepAmended {
			planned++
		}
		if r.Step == 0 && r.Taken() {
			typed++
		}
	}
	if next == planned && typed == 0 {
		return next
	}
	given := make([]bool, len(l.To)+1)
	for _, r := range s.Recipients {
		i := r.Step - stepRcpt
		if r.Step == 0 && r.Taken() { // by hand
			i = slices.IndexFunc(l.To, func(to Envelope) bool { return to.Path == r.Path })
		}
		if i >= 0 && i < len(l.To) {
			given[i] = true
		}
	}
	return slices.Index(given, false)
}

// content sends it all behind a 354.
func (m Mail) content(s State, l Letter) Step {
	if len(s.ForwardPath()) == 0 {
		// RFC 2920, 3.1: a client that gets 354 although every recipient was
		// refused sends the final dot alone.
		return say(stepContent, ".", 554, "nobody was taken: the final dot alone")
	}
	if l.Content != nil && l.Content.Wire && s.Step == stepContent {
		return say(stepEnd, "\r\n.", 250, "that was no end of data to the server: CRLF.CRLF is")
	}
	return Step{ID: stepContent, Content: l.Content, Hope: 250, Why: "ends with CRLF.CRLF"}
}

// chunk sends the next one: RFC 3030, 2.
func (m Mail) chunk(s State, l Letter) Step {
	if s.Phase == Chunks && s.MailData.Octets == 0 {
		return quit("the server took a chunk without having offered CHUNKING; nobody knows what it did with it")
	}
	from, octets, last := s.MailData.Octets, int64(0), true
	if l.Content != nil {
		octets = l.Content.Octets - from
	}
	if m.Chunk > 0 && octets > m.Chunk {
		octets, last = m.Chunk, false
	}
	line, why := fmt.Sprintf("BDAT %d", octets), "a chunk; dots are not doubled"
	if last {
		line, why = line+" LAST", "the last chunk; no final dot"
	}
	st := say(stepContent, line, 250, why)
	if octets > 0 {
		st.Content, st.Part = l.Content, &Part{from, octets}
	}
	return st
}

func ordinal(i int) string {
	words := []string{"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"}
	if i < len(words) {
		return words[i]
	}
	return strconv.Itoa(i+1) + "th"
}
