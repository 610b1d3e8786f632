package tui

import (
	"cmp"
	"fmt"
	"strings"

	"ehlo/session"
)

// labelWidth is the column of the values in State.
const labelWidth = 14

// stateLines shows what both sides share at the cursor's moment.
func (m *Model) stateLines(w int) []line {
	t := m.theme
	s := m.shown().moment()
	var out []line
	room := w - labelWidth - 2
	set := func(label string, style style, values []string) {
		for _, words := range values {
			var l line
			l.add(t.Label, " "+fit(label, labelWidth))
			l.add(style, words)
			out = append(out, l)
			label = ""
		}
	}
	add := func(label string, style style, value string) { set(label, style, wrap(escaped(value), room)) }
	phase := t.Text
	if s.Broken != "" {
		phase = t.Failure
	}
	add("phase", phase, s.Phase.String())
	set("may say now", t.Client, flow(s.MaySay(), "  ", room))
	if len(s.MaySay()) == 0 {
		add("may say now", t.Dim, "nothing")
	}
	add("responsible", t.Text, s.Responsible.String())
	if len(s.Pending) > 0 {
		add("waiting for", t.Text, pending(s.Pending))
	}
	if n := s.Unfinished(); n > 0 && s.Open && s.Phase != session.Data {
		add("unfinished", t.Warning, session.Count(n, "octet", "octets")+" of a line; what is sent next goes on with it")
	}
	if s.Broken != "" {
		add("broken", t.Failure, s.Broken)
	}
	roomy := m.layout().heights[statePane] > 8
	if roomy {
		out = append(out, line{})
	}
	if s.ReversePath == nil {
		add("reverse-path", t.Dim, "empty")
	} else {
		add("reverse-path", t.Text, pathText(*s.ReversePath))
	}
	out = append(out, m.forwardPath(s)...)
	if s.MailData.Empty() {
		add("mail data", t.Dim, "empty")
	} else {
		add("mail data", t.Text, bufferText(s.MailData))
	}
	if f := s.Finished; f != nil && s.ReversePath == nil {
		if roomy {
			out = append(out, line{})
		}
		style, text := verdict(f, t.Good, t.Warning)
		add("last mail", style, text)
	}
	return out
}

func verdict(f *session.Transaction, good, bad style) (style, string) {
	if f.Responsible == session.Server {
		return good, endingOf(f)
	}
	return bad, endingOf(f)
}

// forwardPath shows the recipients: those answered, then those to come.
func (m *Model) forwardPath(s session.State) []line {
	t := m.theme
	var head line
	head.add(t.Label, " "+fit("forward-path", labelWidth))
	var waiting []string
	if s.InTransaction() {
		for _, to := range m.stillToCome(s) {
			waiting = append(waiting, to.Path)
		}
	}
	all := len(s.Recipients) + len(waiting)
	if all == 0 {
		head.add(t.Dim, "empty")
		return []line{head}
	}
	head.add(t.Text, fmt.Sprintf("%d of %d accepted", len(s.ForwardPath()), all))
	out := []line{head}
	column := 0
	for _, r := range s.Recipients {
		column = max(column, width(escaped(r.Path)))
	}
	for _, to := range waiting {
		column = max(column, width(escaped(to)))
	}
	column = min(column, 30) + 4
	for _, r := range s.Recipients {
		reply := r.Verdict()
		mark, style := t.Marks.Taken, t.Good
		if !reply.Code.Done() {
			mark, style = t.Marks.Rejected, replyStyle(uint8(reply.Code.Class()), t)
		}
		var l line
		l.add(style, "   "+mark+" ")
		l.wire(t.Text, t.Escape, r.Path)
		l.add(t.Text, "  ")
		l.to(column+3, t.Text)
		l.add(style, strings.TrimSpace(reply.Code.String()+" "+string(reply.Enhanced)))
		out = append(out, l)
	}
	for _, to := range waiting {
		var l line
		l.add(t.Dim, "   "+t.Marks.Open+" ")
		l.wire(t.Dim, t.Escape, to)
		l.add(t.Dim, "  ")
		l.to(column+3, t.Text)
		l.add(t.Dim, "not yet")
		out = append(out, l)
	}
	return out
}

// stillToCome are the recipients that were given behind a moment, and those
// that the plan has yet to give.
func (m *Model) stillToCome(s session.State) (list []session.Envelope) {
	switch {
	case m.tape != nil, !s.InTransaction() && s.Finished != nil:
		return nil
	case !s.InTransaction():
		return m.drive.mail.To
	}
	given := make(map[string]bool, len(s.Recipients))
	for _, r := range s.Recipients {
		given[r.Path] = true
	}
	add := func(to session.Envelope) {
		if !given[to.Path] {
			list, given[to.Path] = append(list, to), true
		}
	}
	later := m.live.now.Recipients
	if f := m.live.now.Finished; len(later) == 0 && f != nil {
		later = f.Recipients
	}
	for _, r := range later {
		add(session.Envelope{Path: r.Path, Params: r.Params})
	}
	for _, st := range m.drive.plan {
		if c := session.ParseCommand(st.Bytes); c.Verb == "RCPT" && st.Content == nil {
			to, _ := session.ParseEnvelope("TO", c.Arg)
			add(to)
		}
	}
	return list
}

func pathText(e session.Envelope) string {
	text := "<" + e.Path + ">"
	for _, p := range e.Params {
		text += " " + p.String()
	}
	return text
}

func bufferText(b session.Buffer) string {
	text := fmt.Sprintf("%s octets, %s", session.Digits(b.Octets), session.Count(int(b.Lines), "line", "lines"))
	if b.Complete {
		text += ", complete"
	}
	return text
}

func pending(ps []session.Pending) string {
	var verbs []string
	for i, p := range ps {
		if i == 6 {
			verbs = append(verbs, fmt.Sprintf("and %d more", len(ps)-i))
			break
		}
		verbs = append(verbs, cmp.Or(p.Verb, "a line"))
	}
	if ps[0].Verb == session.Greeting {
		return "the greeting"
	}
	return "the reply to " + strings.Join(verbs, ", ")
}

// flow sets words in lines of at most w cells.
func flow(words []string, between string, w int) []string {
	var lines []string
	current := ""
	for _, word := range words {
		switch {
		case current == "":
			current = word
		case width(current)+width(between)+width(word) <= w:
			current += between + word
		default:
			lines = append(lines, current)
			current = word
		}
	}
	if current != "" {
		lines = append(lines, current)
	}
	return lines
}
