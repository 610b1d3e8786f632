package tui

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
)

// maxCopy bounds a copy, in octets.
const maxCopy = 8 << 20

// copy copies the rows that were selected, or the exchange that the cursor is
// on.
func (m *Model) copy() tea.Cmd {
	c := m.shown()
	from, to := c.selection()
	what := session.Count(to-from, "line", "lines")
	if from == to {
		from, to, what = c.exchangeHere()
	}
	c.held = 0
	if from == to {
		m.say("nothing to copy yet")
		return nil
	}
	return m.copyText(c.words(from, to, false), what)
}

// copyRows copies rows, with what is secret only if a person has just asked
// for it.
func (m *Model) copyRows(from, to int, secrets bool) tea.Cmd {
	return m.copyText(m.shown().words(from, to, secrets), session.Count(to-from, "line", "lines"))
}

func (m *Model) copyText(text, what string) tea.Cmd {
	board := m.clip
	return func() tea.Msg { return board.put(text, what) }
}

// selectRows begins a selection at the cursor, or ends it.
func (m *Model) selectRows() tea.Cmd {
	c := m.shown()
	switch {
	case len(c.rows) == 0:
		m.say("there are no rows to select yet")
	case c.held > 0:
		c.held = 0
	default:
		c.held = c.cursor + 1
		m.say("move to select: " + m.keys.named("copy").key(false) + " copies, " + m.keys.named("copy-as").key(false) + " copies as something else")
	}
	return nil
}

// selection returns the rows [from, to) that are selected; none if from is to.
func (c *conversation) selection() (from, to int) {
	if c.held == 0 || len(c.rows) == 0 {
		return 0, 0
	}
	at := min(c.held-1, len(c.rows)-1)
	return min(at, c.cursor), max(at, c.cursor) + 1
}

// exchangeHere returns the rows of the exchange at the cursor, and what they
// are called. Behind the end of a conversation nobody wants to copy that it has
// ended: it is then what it came to.
func (c *conversation) exchangeHere() (from, to int, what string) {
	from, to = c.around(c.cursor)
	if len(c.rows) > 0 && c.follows() && c.over(c.cursor) {
		if i, called := c.upshot(); i >= 0 {
			from, to = c.around(i)
			if i > 0 && c.rows[i].verb == session.EndOfData {
				from = max(from, i-1) // the content is no news
			}
			return from, to, called + ", " + session.Count(to-from, "line", "lines") + ","
		}
	}
	return from, to, session.Count(to-from, "line", "lines")
}

// over reports whether a row only says that the conversation ends, as it should.
func (c *conversation) over(i int) bool {
	r := &c.rows[i]
	if r.kind == session.Closed {
		return i == 0 || c.rows[i-1].kind != session.Sent || c.rows[i-1].verb == "QUIT"
	}
	return r.kind == session.Noted || r.verb == "QUIT" && r.class < 4
}

// upshot is the row that tells what the last connection came to, and what it
// is called: its last failure, the verdict on its mail, or what was said last.
// It is -1 if there is none.
func (c *conversation) upshot() (int, string) {
	verdict, last := -1, -1
	for i := len(c.rows) - 1; i >= 0; i-- {
		r := &c.rows[i]
		switch {
		case c.isFailure(i):
			return i, "the last failure"
		case verdict < 0 && r.kind == session.Received && r.verb == session.EndOfData:
			verdict = i
		case last < 0 && !c.over(i):
			last = i
		}
		if r.kind == session.Opened {
			break
		}
	}
	if verdict >= 0 {
		return verdict, "the verdict on the mail"
	}
	return last, "what was said last"
}

// around returns the exchange of a row. What came instead of a reply belongs
// to the command that waited for one, and TLS to what asked for it.
func (c *conversation) around(i int) (from, to int) {
	from, to = c.exchange(i)
	if i < 1 || i >= len(c.rows) {
		return from, to
	}
	switch k := c.rows[i].kind; {
	case k == session.Secured, (k == session.Failed || k == session.Closed) && c.rows[i-1].kind == session.Sent:
		from, _ = c.exchange(i - 1)
	}
	return from, to
}

// words writes rows as text.
func (c *conversation) words(from, to int, secrets bool) string {
	var b strings.Builder
	for i := from; i < to && b.Len() < maxCopy; i++ {
		r := &c.rows[i]
		events := c.events[r.from:r.to]
		side, text := "== ", ""
		switch r.kind {
		case session.Sent, session.Received:
			side = map[session.Kind]string{session.Sent: "C: ", session.Received: "S: "}[r.kind]
			text = spokenText(events, secrets)
		default:
			text = events[0].Text
		}
		b.WriteString(side + session.Escape(text) + "\n")
		if note := c.written[r.from]; note != "" {
			b.WriteString("# " + session.Escape(note) + "\n")
		}
	}
	return b.String()
}

func spokenText(events []session.Event, secrets bool) string {
	if bulk := events[0].Bulk; bulk != nil {
		return fmt.Sprintf("(content, %d octets, %d lines)", bulk.Octets, bulk.Lines)
	}
	var data []byte
	for _, e := range events {
		if secrets {
			data = append(data, e.Data...)
			continue
		}
		data = append(data, e.Public("********")...)
	}
	text, _ := cutEnding(string(data))
	return text
}

// hides reports whether rows have something in them that nobody may see
// unasked.
func (c *conversation) hides(from, to int) bool {
	for i := from; i < to; i++ {
		if r := &c.rows[i]; secret(c.events[r.from:r.to]) {
			return true
		}
	}
	return false
}

// askCopy has a person choose what to copy, and as what.
func (m *Model) askCopy() tea.Cmd {
	c := m.shown()
	if len(c.rows) == 0 {
		m.say("nothing to copy yet")
		return nil
	}
	p := picker{title: "Copy", verb: "copy"}
	add := func(label, words string, run func(*Model) tea.Cmd) {
		p.choices = append(p.choices, choice{label, "", words, run})
	}
	rows := func(label, words string, from, to int) {
		add(label, words, func(m *Model) tea.Cmd { return m.copyRows(from, to, false) })
		if c.hides(from, to) {
			add(label+", with its secrets", "as above, and passwords for whoever reads it", func(m *Model) tea.Cmd { return m.copyRows(from, to, true) })
		}
	}
	if from, to := c.selection(); from < to {
		rows("selection", session.Count(to-from, "row", "rows"), from, to)
	}
	from, to, _ := c.exchangeHere()
	rows("exchange", "the command and its reply", from, to)
	rows("row", "the row under the cursor", c.cursor, c.cursor+1)
	rows("conversation", "all "+session.Count(len(c.rows), "row", "rows"), 0, len(c.rows))
	add("state", "what client and server share at the cursor, and what is offered", func(m *Model) tea.Cmd {
		return m.copyText(m.stateText(), "the state")
	})
	for _, f := range m.o.Forms {
		add(f.Name, f.About, func(m *Model) tea.Cmd { return m.exportTo(f.Name) })
	}
	return m.pick(p, 0)
}

// stateText is the state table as text.
func (m *Model) stateText() string {
	const w = 72
	var b strings.Builder
	for _, l := range append(append(m.stateLines(w), line{}), m.offeredLines(w)...) {
		text := ""
		for _, piece := range l.pieces {
			text += piece.text
		}
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	return b.String()
}

// Form is what a conversation can be copied as.
type Form struct{ Name, About string }

// exportTo copies the conversation in another form.
func (m *Model) exportTo(form string) tea.Cmd {
	export, ctx, board := m.o.Export, m.ctx, m.clip
	events := append([]session.Event(nil), m.shown().events...)
	return func() tea.Msg {
		text, err := export(ctx, form, events)
		if err != nil {
			return copiedMsg{"not copied: " + err.Error()}
		}
		return board.put(text, form)
	}
}
