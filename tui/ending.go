package tui

import (
	"fmt"
	"strings"

	"ehlo/session"
	"ehlo/session/explain"
)

// What became of the mail, when nothing is left to do.

// noteEnd keeps why the plan turns to its end, until it begins again.
func (d *drive) noteEnd(steps []session.Step) {
	for _, st := range steps {
		switch {
		case st.Ends != "":
			d.gaveUp = st.Why
		case st.Kind == session.Connect:
			d.gaveUp = ""
		}
	}
}

// ending says what became of it when nothing is left to do: which command was
// refused with which code, for whom, and what can be done about it.
func (m *Model) ending() notice {
	f := m.live.now.Finished
	if m.drive.gaveUp != "" {
		why, _, _ := strings.Cut(m.drive.gaveUp, ": ") // Next has all of it
		return notice{"no mail was sent: " + why, true}
	}
	if f == nil {
		if why := m.live.refusal(); why != "" {
			return notice{"no mail was sent: " + why, true}
		}
		return notice{text: "done"}
	}
	refused := refusedOf(f)
	switch n := len(f.Recipients); {
	case f.Responsible == session.Either:
		return notice{"the mail may have been accepted, or not: no verdict came; ask its recipients, or the server's log, before it is sent again", true}
	case f.Responsible == session.Server && len(refused) == 0:
		text := "done: the mail was " + endingOf(f)
		if len(m.hostNotes()) > 0 {
			text += "; " + m.keys.named("show-route").key(false) + " shows where it goes from there"
		}
		return notice{text: text}
	case f.Responsible == session.Server:
		return notice{fmt.Sprintf("done: accepted for %d of %s, not for %s", n-len(refused), session.Count(n, "recipient", "recipients"), m.whom(refused)), true}
	case n > 1 && len(refused) == n:
		return notice{"the mail was not accepted, and no recipient was: " + m.whom(refused), true}
	}
	if why := m.live.refusal(); why != "" {
		return notice{"the mail was not accepted: " + why, true}
	}
	return notice{"done, and the mail was " + endingOf(f), true}
}

// refusedOf are the recipients of a transaction that the server did not take,
// or not with the content.
func refusedOf(f *session.Transaction) []session.Recipient {
	var list []session.Recipient
	for _, r := range f.Recipients {
		if !r.Verdict().Code.Done() {
			list = append(list, r)
		}
	}
	return list
}

// whom names recipients, each with the answer to it.
func (m *Model) whom(list []session.Recipient) string {
	const most = 3
	var parts []string
	for _, r := range list[:min(len(list), most)] {
		answer := r.Verdict()
		how := "for good"
		if answer.Code.Class() == 4 {
			how = "try later"
		}
		parts = append(parts, fmt.Sprintf("%s (%s: %s)", r.Path, answer.Brief(), how))
	}
	if n := len(list) - most; n > 0 {
		parts = append(parts, fmt.Sprintf("%d more: %s lists them", n, m.keys.named("show-recipients").key(false)))
	}
	return strings.Join(parts, ", ")
}

// refusal says what the last failure of the last channel was, in a line: what
// was said, how it was answered, and what to do; "" if nothing failed.
func (c *conversation) refusal() string {
	i := int(c.failed) - 1
	if i < c.opened() {
		return ""
	}
	r := &c.rows[i]
	if r.kind == session.Failed {
		return c.events[r.from].Text
	}
	if r.class < 4 {
		return ""
	}
	reply := c.replyAt(i)
	words, next := meaning(r.verb, reply)
	return fmt.Sprintf("%s was answered %s, %s: %s", c.askedAt(i), reply.Brief(), words, next)
}

// meaning is a reply that is a refusal, in a word or two, and what to do next.
// What the enhanced code says is more to the point.
func meaning(verb string, reply session.Reply) (words, next string) {
	for _, e := range explain.Reply(verb, reply) {
		if words == "" || e.Kind == "enhanced code" && !strings.HasSuffix(e.Word, "X") {
			words = e.Title
			if e.Next != "" {
				next = e.Next
			}
		}
	}
	if reply.Code.Class() == 4 {
		next = "try again later"
	}
	return words, next
}

// replyAt is the reply that begins at a row, by its first line.
func (c *conversation) replyAt(i int) session.Reply {
	r := &c.rows[i]
	data, _ := octets(c.events[r.from:r.to], 4096, "")
	l := session.ParseReplyLine(data)
	return session.Reply{Code: l.Code, Enhanced: l.Enhanced, To: r.verb, Lines: []session.ReplyLine{l}}
}

// askedAt is what a reply answers, as one says it.
func (c *conversation) askedAt(i int) string {
	r := &c.rows[i]
	switch {
	case r.verb == session.Greeting:
		return "the connection"
	case r.verb == session.EndOfData:
		return "the content"
	case r.command < 0:
		return "nothing in particular"
	case r.verb == "":
		return "a line"
	case r.verb == "MAIL" || r.verb == "RCPT":
		cmd := session.ParseCommand([]byte(c.plainText(&c.rows[r.command])))
		path, _, _ := strings.Cut(cmd.Arg, " ")
		return r.verb + " " + path
	}
	return r.verb
}

// endingOf is what became of a transaction, in words.
func endingOf(f *session.Transaction) string {
	text := f.Outcome()
	switch taken, n := len(f.Delivered()), len(f.Recipients); {
	case f.Responsible == session.Either:
		return text + ": no verdict came"
	case f.Responsible == session.Server && taken < n:
		text = fmt.Sprintf("accepted for %d of %d", taken, n)
	}
	if f.Reply.Code != 0 {
		text += ", " + f.Reply.String()
	}
	return text
}
