package tui

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
)

// breaks is the screen of breakpoints: what stops a run.
type breaks struct {
	bare
	list []session.Breakpoint
	at   int
	kept bool // as they are now
}

func (b *breaks) place() place {
	return place{
		name: "breakpoints", title: "Breaks", keys: []string{"B", "alt+b"},
		words: "breakpoints: what stops a run", wider: []scope{reading},
	}
}

func (b *breaks) actions() []action {
	return []action{
		{"toggle-break", "breakpoints", []string{"space", "enter"}, "on/off", "switch the breakpoint off, or on again", func(m *Model) tea.Cmd { return b.change(m, (*breaks).toggle) }},
		{"remove-break", "breakpoints", []string{"d", "delete"}, "remove", "remove the breakpoint", func(m *Model) tea.Cmd { return b.change(m, (*breaks).remove) }},
		{"add-break", "breakpoints", []string{"a"}, "add", "add a breakpoint", func(m *Model) tea.Cmd { return m.askBreakOn("") }},
		{"change-break", "breakpoints", []string{"e"}, "change", "change what the breakpoint waits for", (*Model).changeBreak},
		{"keep-breaks", "breakpoints", []string{"s"}, "save", "save the breakpoints with a profile", (*Model).keepBreaks},
	}
}

func (b *breaks) hints(*Model) []hint {
	return []hint{{"toggle-break", ""}, {"add-break", ""}, {"change-break", ""}, {"remove-break", ""}, {"keep-breaks", ""}, {"close", "session"}, {"help", ""}, {"quit", ""}}
}

func (b *breaks) about(*Model) string {
	return "Breakpoints stop a run: before a step, or after something that happened. Steps that you take yourself they leave alone."
}

func (b *breaks) move(_ *Model, by int) { b.at = max(min(b.at+by, len(b.list)-1), 0) }

func (b *breaks) change(m *Model, how func(*breaks)) tea.Cmd {
	if b.at < len(b.list) {
		how(b)
		b.kept = false
		b.move(m, 0)
	}
	return nil
}

func (b *breaks) toggle() { b.list[b.at].Off = !b.list[b.at].Off }
func (b *breaks) remove() {
	b.list = append(b.list[:b.at:b.at], b.list[b.at+1:]...)
}

// add puts one at the end, or in place of the i-th.
func (b *breaks) add(one session.Breakpoint, i int) {
	b.kept = false
	if i >= 0 && i < len(b.list) {
		b.list[i] = one
		return
	}
	b.list = append(b.list[:len(b.list):len(b.list)], one)
	b.at = len(b.list) - 1
}

// draw lists them, and below them says how one is written.
func (b *breaks) draw(m *Model, w, h int) []string {
	t := m.theme
	room := max(h-3-len(breakHelp), 3)
	if room > h-4 { // there is no room for help below it
		room = max(h-2, 0)
	}
	top := max(min(b.at-room+1, len(b.list)-room), 0)
	list := section{title: "Breakpoints", height: room, focused: true}
	if len(b.list) > 0 {
		list.note = fmt.Sprintf("%d/%d", b.at+1, len(b.list))
	} else {
		none := fmt.Sprintf("none: %s adds one, and on the session screen %s sets one where the cursor is", m.keys.named("add-break").key(false), m.keys.named("break").key(false))
		list.lines = emptyList(none, w-2, t)
	}
	for i := top; i < min(top+room, len(b.list)); i++ {
		x := b.list[i]
		var l line
		cursor := " "
		if i == b.at {
			cursor = t.Marks.Cursor
		}
		l.add(t.Key, cursor+" ")
		style := t.Text
		if x.Off {
			style = t.Dim
			l.add(t.Dim, t.Marks.Open+" off  ")
		} else {
			l.add(t.Warning, t.Marks.Record+" on   ")
		}
		l.wire(style, t.Escape, x.Condition.String())
		list.lines = append(list.lines, l.drawOn(w-2, t.Text, t.Marks.Cut, ground(i == b.at, t)))
	}
	sections := []section{list}
	if rest := h - room - 3; rest > 0 {
		how := section{title: "How one is written", height: rest}
		for _, l := range b.written(w-2, rest, t) {
			how.lines = append(how.lines, l.draw(w-2, t.Text, t.Marks.Cut))
		}
		sections = append(sections, how)
	}
	return frame(w, t, sections, "")
}

// written says how a breakpoint is written, in at most so many lines: where
// that is too few for the meaning of each term, the terms alone.
func (b *breaks) written(w, lines int, t theme) (out []line) {
	const column = 22
	var terms []string
	for _, row := range breakHelp {
		terms = append(terms, row[0])
		words := wrap(row[1], w-column-2)
		for i, part := range words {
			var l line
			if i == 0 {
				l.add(t.Client, " "+row[0])
			}
			l.to(column+1, t.Text)
			l.add(t.Text, part)
			out = append(out, l)
		}
	}
	if len(out) <= lines {
		return out
	}
	out = nil
	for _, part := range flow(terms, "   ", w-2) {
		var l line
		l.add(t.Client, " "+part)
		out = append(out, l)
	}
	return out[:min(len(out), lines)]
}

var breakHelp = [][2]string{
	{"step:rcpt-2", "before the second recipient is given"},
	{"verb:DATA", "before DATA is said, by the plan or as a line put in"},
	{"is:exposed", "before a secret goes out in the clear"},
	{"code:4xx", "after a reply of this class; code:550 is one code"},
	{"verb:RCPT code:5xx", "all the terms hold: after a recipient was refused"},
	{"state:ready", "as soon as the session has come so far"},
	{"slow:2s", "after a reply that took at least so long"},
	{`/quota|over/`, `before a line or after one that matches; so do words`},
	{"!verb:QUIT is:failed", "an exclamation mark turns a term around"},
}

// askBreak asks for a breakpoint, and proposes what the cursor is on.
func (m *Model) askBreak() tea.Cmd { return m.askBreakOn(m.breakHere()) }

// breakHere is a condition for what the cursor is on.
func (m *Model) breakHere() string {
	c := &m.live
	if m.session.focus != nextPane && len(c.rows) > 0 && !c.follows() {
		r := &c.rows[c.cursor]
		verb := ""
		if r.verb != "" && session.Source(r.verb) != "" {
			verb = "verb:" + r.verb
		}
		switch {
		case r.kind == session.Received && r.class != 0:
			data, _ := octets(c.events[r.from:r.to], 16, "")
			return strings.TrimSpace(verb + " code:" + session.ParseReplyLine(data).Code.String())
		case verb != "":
			return verb
		case r.kind != session.Sent && r.kind != session.Received:
			return "is:" + r.kind.String()
		}
	}
	at, before, ok := m.chosen()
	if !ok {
		m.notice = notice{}
		return ""
	}
	st := m.drive.plan[at]
	if name := session.StepName(session.PlaceOf(before, st).Step); name != "" && name != "inserted" {
		return "step:" + name
	}
	if isLine(st) {
		return "verb:" + session.ParseCommand(st.Bytes).Verb
	}
	return ""
}

func (m *Model) askBreakOn(text string) tea.Cmd { return m.askBreakAs(text, -1) }

func (m *Model) changeBreak() tea.Cmd {
	b := m.breaks
	if b.at >= len(b.list) {
		return nil
	}
	return m.askBreakAs(b.list[b.at].String(), b.at)
}

// askBreakAs asks for the breakpoint that takes the place of the i-th, or
// comes to the end.
func (m *Model) askBreakAs(text string, i int) tea.Cmd {
	m.ask(prompt{
		name: "break", title: "Stop a run at", sign: "› ", verb: "stop there",
		note: "step:rcpt-2  verb:DATA  code:4xx  state:ready  is:exposed  slow:2s  /regexp/  words; all terms must hold",
		accept: func(m *Model, text string) tea.Cmd {
			b, err := session.ParseBreakpoint(text)
			if err != nil {
				m.prompt.fault = err.Error()
				return nil
			}
			m.over = uncovered
			m.breaks.add(b, i)
			m.say("a run stops at " + escaped(b.Condition.String()) + "; " + m.keys.named("show-breakpoints").key(false) + " lists all")
			return nil
		},
	}, text)
	return nil
}

// breakBefore stops a run before the next step if a breakpoint says so, or
// the cursor that it was to run to is there.
func (m *Model) breakBefore() bool {
	d := &m.drive
	if len(d.plan) == 0 {
		return false
	}
	next := d.plan[0]
	if d.until != nil && session.PlaceOf(m.live.now, next) == *d.until {
		m.stopRun("here it is: %s", m.stepText(0, next))
		return true
	}
	at := session.PlaceOf(m.live.now, next)
	for i, b := range m.breaks.list {
		if at != d.held && b.Before(m.live.now, next) {
			d.held = at
			m.stopRun("breakpoint %d, before this step: %s", i+1, escaped(b.Condition.String()))
			return true
		}
	}
	return false
}

// breakAfter stops a run behind what has just happened.
func (m *Model) breakAfter(known int) {
	if !m.drive.running || len(m.breaks.list) == 0 {
		return
	}
	c := &m.live
	before := c.after(known)
	for n := known; n < len(c.events); n++ {
		after := before.Apply(c.events[n])
		for i, b := range m.breaks.list {
			if row := c.rowOf(n); row >= 0 && b.After(&before, &after, c.events[n], c.rows[row].took.duration()) {
				m.stopRun("breakpoint %d, after row %d: %s", i+1, row+1, escaped(b.Condition.String()))
				return
			}
		}
		before = after
	}
}

// keepBreaks saves them with the profile that is in use, or has one chosen.
func (m *Model) keepBreaks() tea.Cmd {
	switch {
	case m.o.KeepBreaks == nil:
		m.say(noSettings)
	case m.form.profile != "":
		m.keepBreaksIn(m.form.profile)
	case len(m.o.Profiles) == 0:
		m.say("there is no profile to save them with: " + m.keys.named("save-form").key(false) + " in the form makes one, with the breakpoints")
	default:
		p := picker{title: "Save the breakpoints with", verb: "save"}
		for _, name := range m.o.Profiles {
			p.choices = append(p.choices, choice{name, "", "[profile." + name + "]", func(m *Model) tea.Cmd {
				m.keepBreaksIn(name)
				return nil
			}})
		}
		return m.pick(p, 0)
	}
	return nil
}

func (m *Model) keepBreaksIn(profile string) {
	if err := m.o.KeepBreaks(profile, m.breaks.list); err != nil {
		m.warn(err.Error())
		return
	}
	m.breaks.kept = true
	m.say(session.Count(len(m.breaks.list), "breakpoint", "breakpoints") + " saved with the profile " + profile)
}

func (b *breaks) remark(*Model) notice { return notice{} }
