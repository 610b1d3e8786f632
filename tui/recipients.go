package tui

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
	"ehlo/session/explain"
)

// recipientsScreen is a table: each recipient, its parameters, the reply to
// its RCPT and the verdict on it.
type recipientsScreen struct {
	bare
	list
}

func (s *recipientsScreen) place() place {
	return place{
		name: "recipients", title: "Recipients", keys: []string{"3", "alt+3"}, words: "recipients: each with its reply and its verdict",
		wider: []scope{watching, reading},
	}
}

func (s *recipientsScreen) actions() []action {
	return []action{
		{"to-recipient", "recipients", []string{"enter"}, "its row", "to the reply in the conversation", (*Model).toRecipient},
	}
}

func (s *recipientsScreen) hints(m *Model) []hint {
	return append([]hint{{"to-recipient", ""}}, viewHints(m)...)
}

func (s *recipientsScreen) about(*Model) string {
	return "Every recipient of the transaction at the moment of the cursor, or of the last one. A recipient that was refused leaves the others as they are."
}

func (s *recipientsScreen) remark(m *Model) notice { return m.session.remark(m) }

// recipient is a line of the table.
type recipient struct {
	session.Recipient
	given bool
	mail  session.Reply // to the end of data: of all that were taken
}

// verdict is what became of the mail for this recipient; the code is zero if
// that has not been said.
func (r recipient) verdict() session.Reply {
	if r.Final.Code == 0 && r.Taken() {
		return r.mail
	}
	return r.Final
}

// table collects the recipients: answered, and still to come.
func (s *recipientsScreen) table(m *Model) (list []recipient, of string) {
	now := m.shown().moment()
	given, of := now.Recipients, "of this transaction"
	var mail session.Reply
	if f := now.Finished; !now.InTransaction() && f != nil {
		given, of, mail = f.Recipients, "of the last transaction, "+f.Outcome(), f.Reply
	}
	for _, r := range given {
		list = append(list, recipient{r, true, mail})
	}
	for _, e := range m.stillToCome(now) {
		list = append(list, recipient{Recipient: session.Recipient{Path: e.Path, Params: e.Params}})
	}
	return list, of
}

func (s *recipientsScreen) move(m *Model, by int) {
	rows, _ := s.table(m)
	s.by(by, len(rows))
}

func (s *recipientsScreen) settle(m *Model) {
	rows, _ := s.table(m)
	_, h := m.room()
	s.list.settle(len(rows), s.height(h))
}

// height is how many rows the table has in a room so high.
func (s *recipientsScreen) height(h int) int { return max(h-4-detailHeight(h), 1) }

// detailHeight is how many lines there are for what the cursor is on, below a
// list in a room so high.
func detailHeight(h int) int {
	if low(h) {
		return 2
	}
	return h / 3
}

func (s *recipientsScreen) draw(m *Model, w, h int) []string {
	t := m.theme
	rows, of := s.table(m)
	wide := w >= 60
	path := min(max((w-2)*40/100, 16), 44)
	head := line{}
	head.add(t.Label, "   ")
	head.column(t.Label, "recipient", path)
	head.column(t.Label, "RCPT", 10)
	if wide {
		head.column(t.Label, "verdict", 10)
		head.add(t.Label, "parameters")
	}
	height := s.height(h)
	table := s.window("Recipients "+of, len(rows), w-2, height, t, func(i int) line { return s.row(rows[i], path, wide, m.notGiven(), t) })
	table.lines = append([]string{head.draw(w-2, t.Text, t.Marks.Cut)}, table.lines...)
	table.height++
	taken := 0
	for _, r := range rows {
		if v := r.verdict(); r.given && r.Taken() && (v.Code == 0 || v.Code.Done()) {
			taken++
		}
	}
	table.note = fmt.Sprintf("%d of %d accepted", taken, len(rows))
	if note := m.momentNote(); note != "" && width(table.title)+width(table.note)+width(note)+12 < w {
		table.note += ", " + note
	}
	detail := section{height: h - height - 4}
	if s.cursor < len(rows) {
		detail.title = escaped(rows[s.cursor].Path)
		detail.lines = below(s.detail(m, rows[s.cursor], w-2), w-2, detail.height, t)
	}
	return frame(w, t, []section{table, detail}, "")
}

// notGiven says so of a recipient.
func (m *Model) notGiven() string {
	if m.drive.sess != nil && !m.live.now.Open && !m.drive.acting {
		return "not given"
	}
	return "not yet"
}

func (s *recipientsScreen) row(r recipient, path int, wide bool, notGiven string, t theme) line {
	var l line
	mark, style := t.Marks.Open, t.Dim
	if r.given {
		mark, style = t.Marks.Taken, t.Good
		if !r.Taken() {
			mark, style = t.Marks.Rejected, replyStyle(uint8(r.Reply.Code.Class()), t)
		}
	}
	if v := r.verdict(); v.Code != 0 && !v.Code.Done() {
		l.add(replyStyle(uint8(v.Code.Class()), t), t.Marks.Rejected+" ")
	} else {
		l.add(style, mark+" ")
	}
	l.column(t.Text, r.Path, path)
	if !r.given {
		l.column(t.Dim, notGiven, 10)
	} else {
		l.column(style, r.Reply.Brief(), 10)
	}
	if wide {
		final, style := "", t.Dim
		if v := r.verdict(); v.Code != 0 {
			final, style = v.Brief(), replyStyle(uint8(v.Code.Class()), t)
		}
		l.column(style, final, 10)
		l.wire(t.Text, t.Escape, paramText(r.Params))
	}
	return l
}

func paramText(list []session.Param) string {
	text := ""
	for i, p := range list {
		if i > 0 {
			text += " "
		}
		text += p.String()
	}
	return text
}

// detail says what the reply means.
func (s *recipientsScreen) detail(m *Model, r recipient, w int) []line {
	p := &sheet{m: m, w: w}
	t := m.theme
	if len(r.Params) > 0 {
		p.fact("parameters", t.Text, paramText(r.Params))
	}
	if !r.given {
		text := "It was not given"
		if m.live.now.Open || m.drive.sess == nil {
			text += " yet"
		}
		p.text(t.Dim, text+".")
		return p.lines
	}
	verb, label, reply := "RCPT", "RCPT", r.Reply
	if v := r.verdict(); v.Code != 0 {
		p.fact("RCPT", replyStyle(uint8(reply.Code.Class()), t), reply.String())
		verb, label, reply = session.EndOfData, "verdict", v
	}
	p.fact(label, replyStyle(uint8(reply.Code.Class()), t), reply.String())
	for i, e := range explain.Reply(verb, reply) {
		if i == 2 {
			break
		}
		p.gap()
		p.text(t.Title, e.Word+": "+e.Title)
		p.text(t.Text, e.Text)
		if e.Next != "" {
			p.text(t.Text, "→ "+e.Next)
		}
		p.text(t.Dim, e.Source)
	}
	return p.lines
}

// toRecipient goes to the row of the reply to a recipient's RCPT.
func (m *Model) toRecipient() tea.Cmd {
	s := m.recipients
	rows, _ := s.table(m)
	if s.cursor >= len(rows) || !rows[s.cursor].given {
		m.say("there is no reply yet")
		return nil
	}
	c := m.shown()
	seq := rows[s.cursor].Reply.Seq
	if row := c.rowOf(seq - 1); seq > 0 && row >= 0 {
		c.move(row)
	}
	return m.goTo("session")
}
