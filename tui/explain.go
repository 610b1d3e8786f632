package tui

import (
	"fmt"
	"strings"

	"ehlo/session"
	"ehlo/session/explain"
)

// facts is the column of what stands beside a label in Explain.
const facts = 6

// page is the text of Explain while it is being written.
type page struct{ sheet }

// explainLines says what the row at the cursor means: what the rules say
// about it, then what its words stand for. While a line is typed, and while
// the keyboard is in Next, it speaks of that line.
func (m *Model) explainLines(w int) []line {
	p := &page{sheet{m: m, w: w}}
	switch {
	case m.over == prompting && m.prompt.speaks && m.prompt.input.Value() != "":
		if s, data, err := m.typedOctets(); err == nil {
			p.advice(s, data)
		}
	case m.session.focus == nextPane && m.tape == nil:
		p.planned()
	case len(m.shown().failuresBefore()) > 0:
		p.wentWrong(m.shown())
	default:
		p.happened(m.shown())
	}
	if len(p.lines) == 0 {
		p.text(m.theme.Dim, "nothing to explain here")
	}
	return p.lines
}

// head adds a line of a word and what it is.
func (p *page) head(word style, name, title string) {
	t := p.m.theme
	name = escaped(name)
	if width(name)+3+width(title) > p.w-2 {
		p.text(word, name)
		p.text(t.Title, title)
		return
	}
	var l line
	l.add(word, " "+name)
	l.add(t.Title, "  "+escaped(title))
	p.lines = append(p.lines, l)
}

// remarks adds what the rules say.
func (p *page) remarks(list []session.Remark) {
	t := p.m.theme
	for _, r := range list {
		mark, style := severityMark(r.Severity, t)
		for i, words := range wrap(escapedLines(r.Text), p.w-4) {
			var l line
			if i > 0 {
				mark = blanks(width(mark))
			}
			l.add(style, " "+mark+" "+words)
			p.lines = append(p.lines, l)
		}
		p.source(r.Source)
	}
}

func (p *page) source(text string) {
	if text != "" {
		p.text(p.m.theme.Dim, text)
	}
}

// entries adds what the tables know.
func (p *page) entries(list []explain.Entry, word style) {
	t := p.m.theme
	for i, e := range list {
		if i > 1 && strings.HasSuffix(e.Word, ".X.X") {
			continue // the class, after something more to the point
		}
		p.gap()
		p.head(word, e.Word, e.Title)
		if e.Text != "" && e.Text != e.Title {
			p.text(t.Text, e.Text)
		}
		if e.Who != "" {
			p.beside(facts, "who", p.m.theme.Text, e.Who)
		}
		if e.Next != "" {
			p.beside(facts, "next", p.m.theme.Text, e.Next)
		}
		p.source(e.Source)
	}
}

// happened explains a row of the conversation.
func (p *page) happened(c *conversation) {
	t := p.m.theme
	if len(c.rows) == 0 {
		p.text(t.Text, "This pane explains the row that the cursor is on: what a reply means, what a command asks for, what the rules say.")
		return
	}
	r := &c.rows[c.cursor]
	if r.failed() {
		p.oneOfSeveral(c)
	}
	if text := c.written[r.from]; text != "" {
		p.text(t.Key, p.m.theme.Marks.Note+" "+text)
		p.gap()
	}
	if c.exact {
		p.dump(c, r)
	}
	if r.kind == session.Received || r.kind == session.Sent {
		p.whole(c, r)
	}
	p.remarks(c.remarks(r))
	switch r.kind {
	case session.Received:
		p.reply(c, r)
	case session.Sent:
		p.sent(c, r)
	default:
		p.event(c.events[r.from])
	}
}

// whole shows the text of a row that the conversation had to cut off.
func (p *page) whole(c *conversation, r *row) {
	t := p.m.theme
	room := c.room(r, p.m.layout().inside(conversationPane), t)
	l := c.text(r, wholeLine, t)
	if l.width() <= room {
		return
	}
	text := ""
	for _, piece := range l.pieces {
		text += piece.text
	}
	_, style := sideOf(r.kind, t)
	p.text(style, text)
	p.gap()
}

// wholeLine is how many cells of a line Explain shows at most.
const wholeLine = 1024

// reply explains a line from the server.
func (p *page) reply(c *conversation, r *row) {
	t := p.m.theme
	data, _ := octets(c.events[r.from:r.to], 4096, "")
	l := session.ParseReplyLine(data)
	if l.Code == 0 {
		p.gap()
		p.text(t.Text, "This is no reply line: three digits are missing at its beginning.")
		p.source("RFC 5321, 4.2")
		return
	}
	if text, ok := (session.Event{Kind: session.Received, Data: data}).Decoded(); ok {
		p.beside(facts, "asks", p.m.theme.Text, text)
		p.gap()
	}
	if !r.start && r.verb == "EHLO" || r.verb == "LHLO" && !r.start {
		if keyword, _, _ := strings.Cut(l.Text, " "); keyword != "" {
			keyword, _, _ = strings.Cut(keyword, "=")
			p.extension(keyword, l)
			return
		}
	}
	p.entries(explain.Reply(r.verb, session.Reply{Code: l.Code, Enhanced: l.Enhanced, To: r.verb, Lines: []session.ReplyLine{l}}), replyStyle(r.class, t))
}

// extension explains a line of the reply to EHLO.
func (p *page) extension(keyword string, l session.ReplyLine) {
	t := p.m.theme
	found := explain.Lookup(keyword)
	for _, e := range found {
		if e.Kind == "keyword" {
			p.entries([]explain.Entry{e}, t.Good)
			return
		}
	}
	p.gap()
	p.text(t.Text, fmt.Sprintf("The server offers the extension %s, which is in no table here.", strings.ToUpper(keyword)))
	p.source("RFC 5321, 4.1.1.1")
}

// sent explains a line from the client.
func (p *page) sent(c *conversation, r *row) {
	t := p.m.theme
	switch {
	case r.preamble:
		p.gap()
		p.head(t.Client, "PROXY", "a header before the conversation")
		p.text(t.Text, "It tells the server whom a proxy speaks for. A server that was not set up for it takes it for commands; one that was waits for it before it greets.")
		p.source("The PROXY protocol, HAProxy")
		return
	case r.verb == session.EndOfData:
		p.gap()
		p.head(t.Client, ".", "end of data")
		p.text(t.Text, "A dot alone on its line ends the content. The reply to it is the server's verdict on the message: with 2yz the server takes responsibility for it.")
		p.source("RFC 5321, 4.1.1.4 and 6.1")
		return
	case r.content:
		p.gap()
		p.head(t.Content, "content", "a line of the message")
		if data, _ := octets(c.events[r.from:r.to], 64, ""); strings.HasPrefix(string(data), "..") {
			p.text(t.Text, "The line begins with a dot and was given another one, which the server takes away again.")
			p.source("RFC 5321, 4.5.2")
			return
		}
		p.text(t.Text, "It is the server's business once the final dot is answered with 2yz. Until then nothing has been delivered.")
		p.source("RFC 5321, 4.1.1.4")
		return
	}
	data, _ := octets(c.events[r.from:r.to], 4096, "")
	p.command(session.ParseCommand(data))
}

// command explains a verb, and the mechanism or parameters that go with it.
func (p *page) command(cmd session.Command) {
	t := p.m.theme
	found := explain.Lookup(cmd.Verb)
	var list []explain.Entry
	for _, e := range found {
		if e.Kind == "verb" {
			list = append(list, e)
		}
	}
	p.entries(list, t.Client)
	keyword := map[string]string{"MAIL": "FROM", "RCPT": "TO"}[cmd.Verb]
	if keyword != "" {
		env, _ := session.ParseEnvelope(keyword, cmd.Arg)
		for _, param := range env.Params {
			p.entries(explain.Parameter(cmd.Verb, param.Key), t.Client)
		}
	}
	if cmd.Verb == "AUTH" {
		mech, _, _ := strings.Cut(cmd.Arg, " ")
		p.entries(ofKind("mechanism", mech), t.Client)
	}
	if len(list) == 0 && cmd.Verb != "" {
		p.gap()
		p.text(t.Text, "No table here knows the verb "+escaped(cmd.Verb)+".")
	}
}

func ofKind(kind, word string) []explain.Entry {
	var list []explain.Entry
	for _, e := range explain.Lookup(word) {
		if e.Kind == kind {
			list = append(list, e)
		}
	}
	return list
}

// event explains what happened without being said.
func (p *page) event(e session.Event) {
	t := p.m.theme
	p.gap()
	style := t.Info
	if e.Kind == session.Failed {
		style = t.Failure
	}
	p.text(style, e.Text)
	if found := explain.Failure(e.Fault); e.Kind == session.Failed && found.Title != "" {
		p.entries([]explain.Entry{found}, style)
	}
	if note := eventNotes[e.Kind]; note.text != "" {
		p.text(t.Text, note.text)
		p.source(note.source)
	}
	if e.Kind == session.Secured && (e.Fact("chain") != "ok" || e.Fact("name") != "ok") {
		p.marked(t.Marks.Warning, t.Warning, "Nobody vouches for who is at the other end."+p.m.unvouched(), "")
		p.source("RFC 7817, 3")
	}
	if len(e.Facts) == 0 {
		return
	}
	p.gap()
	column := 0
	for _, f := range e.Facts {
		column = max(column, width(escaped(f.Key))+2)
	}
	for _, f := range e.Facts {
		key := fit(escaped(f.Key), min(column, 14))
		value := f.Value
		if e.Kind == session.Closed && closings[value] != "" {
			value += ": " + closings[value]
		}
		for _, words := range wrap(escapedLines(value), p.w-min(column, 14)-2) {
			var l line
			l.add(t.Label, " "+key)
			l.add(t.Text, words)
			p.lines = append(p.lines, l)
			key = blanks(width(key))
		}
	}
}

var eventNotes = map[session.Kind]struct{ text, source string }{
	session.Opened:  {"The channel is open. The server speaks first: its greeting says whether it wants to talk at all.", "RFC 5321, 3.1"},
	session.Secured: {"The channel is under TLS. Both sides forget what they learnt in the clear; EHLO comes again.", "RFC 3207, 4.2"},
	session.Closed:  {"The channel is no more. What was not answered before has not happened.", "RFC 5321, 3.8"},
}

// closings say how a channel ended.
var closings = map[string]string{
	"fin":          "in good order",
	"rst":          "broken off",
	"timeout":      "nothing came for too long",
	"close-notify": "TLS was ended first, then the channel",
}

// planned explains the step that the cursor of Next is on.
func (p *page) planned() {
	t := p.m.theme
	plan := p.m.drive.plan
	if p.m.session.choice >= len(plan) {
		text := "Nothing is left to do."
		if p.m.tape == nil && p.m.drive.gaveUp != "" {
			text = "Nothing is left to do: " + p.m.drive.gaveUp
		}
		p.text(t.Text, text)
		return
	}
	s := p.m.live.now
	for _, st := range plan[:p.m.session.choice] {
		s = session.Hoped(s, st)
	}
	st := plan[p.m.session.choice]
	p.head(t.Client, p.m.stepText(p.m.session.choice, st), "")
	p.text(t.Text, st.Why)
	if st.Hope != 0 {
		p.text(t.Dim, fmt.Sprintf("hoped for: %s", st.Hope))
	}
	if st.Kind == session.Say && st.Content == nil {
		p.advice(s, st.Bytes)
	}
}

// advice says what the rules think of a line before it is sent.
func (p *page) advice(s session.State, typed []byte) {
	p.gap()
	list := session.Advise(s, typed)
	for _, r := range list {
		p.remarks([]session.Remark{r.Remark})
	}
	if len(list) == 0 {
		p.text(p.m.theme.Good, "nothing speaks against this line")
	}
	if s.Phase != session.Data && s.Phase != session.Challenged {
		p.command(session.ParseCommand(typed))
	}
}

// escapedLines escapes text line by line.
func escapedLines(text string) string {
	lines := splitLines(text)
	for i := range lines {
		lines[i] = escaped(lines[i])
	}
	return strings.Join(lines, "\n")
}

// unvouched says what becomes of the mail where nobody vouches for the server.
func (m *Model) unvouched() string {
	switch {
	case m.tape != nil:
		return ""
	case m.drive.mail.Insecure:
		return " The field tls says insecure, so the mail goes on all the same."
	}
	return " The mail stays here, unless you leave out QUIT (" + m.keys.named("skip").key(false) + "), the field tls says insecure, or --ca FILE names who does vouch."
}
