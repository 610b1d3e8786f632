package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/bubbles/key"
)

// View implements [tea.Model]: as many lines as the terminal has, each as
// wide as it is.
func (m Model) View() string {
	if m.width < 1 || m.height < 1 {
		return ""
	}
	l := m.layout()
	var lines []string
	switch {
	case l.shape == tiny:
		lines = m.tooSmall()
	case m.mode == helping:
		lines = m.helpScreen()
	case m.mode == composing:
		lines = m.formScreen()
	default:
		lines = m.sessionScreen(l)
	}
	return strings.Join(lines, "\n")
}

func (m *Model) tooSmall() []string {
	t := m.theme
	lines := make([]string, m.height)
	for i := range lines {
		var l line
		if i == 0 {
			l.add(t.Text, fmt.Sprintf("ehlo needs %d×%d cells, not %d×%d", minWidth, minHeight, m.width, m.height))
		}
		lines[i] = l.draw(m.width, t.Text, t.Marks.Cut)
	}
	return lines
}

func (m *Model) sessionScreen(l layout) []string {
	var body []string
	switch l.shape {
	case single:
		s := m.section(m.focus, l)
		s.focused = true
		foot := ""
		if m.focus == conversationPane {
			foot = m.nextInBrief()
		}
		body = frame(l.left, m.theme, []section{s}, foot)
	case column:
		body = frame(l.left, m.theme, []section{m.section(conversationPane, l), m.section(nextPane, l)}, "")
		lower := m.section(m.tab, l)
		lower.tabs = []tab{
			{statePane.title(), m.tab == statePane}, {offeredPane.title(), m.tab == offeredPane},
			{explainPane.title(), m.tab == explainPane},
		}
		body = append(body, frame(l.left, m.theme, []section{lower}, "")...)
	default:
		body = beside(
			frame(l.left, m.theme, []section{m.section(conversationPane, l), m.section(nextPane, l)}, ""),
			frame(l.right, m.theme, []section{m.section(statePane, l), m.section(offeredPane, l), m.section(explainPane, l)}, ""),
		)
	}
	lines := append([]string{m.header()}, body...)
	lines = append(lines, m.footer())
	if m.mode == prompting {
		return m.overlay(lines, l)
	}
	return lines
}

// section is a pane ready for its frame.
func (m *Model) section(p pane, l layout) section {
	w, h := l.inside(p), l.heights[p]
	s := section{title: p.title(), height: h, focused: m.focus == p && m.mode == stepping}
	switch p {
	case conversationPane:
		c := m.shown()
		s.note = c.note()
		s.lines = c.lines(w, h, m.theme)
		if len(c.rows) == 0 {
			s.lines = m.emptyConversation(w)
		}
		return s
	case nextPane:
		s.lines = m.nextLines(w, h)
		if n := len(m.steps()); n > h {
			s.note = plural(n, "step", "steps")
			if n >= planned {
				s.note = fmt.Sprintf("%d steps and more", n)
			}
		}
		return s
	case statePane, offeredPane, explainPane:
		if c := m.shown(); !c.follows() && len(c.rows) > 0 {
			s.note = fmt.Sprintf("at row %d", c.cursor+1)
		}
	}
	content := m.paneLines(p, l)
	top := max(min(m.tops[p], len(content)-h), 0)
	if len(content) > h {
		if s.note != "" {
			s.note += " "
		}
		s.note += fmt.Sprintf("%d–%d of %d", top+1, top+h, len(content))
	}
	for _, line := range content[top:min(top+h, len(content))] {
		s.lines = append(s.lines, line.draw(w, m.theme.Text, m.theme.Marks.Cut))
	}
	return s
}

// paneLines is all that one of the scrolling panes says.
func (m *Model) paneLines(p pane, l layout) []line {
	w := l.inside(p)
	switch p {
	case statePane:
		return m.stateLines(w)
	case offeredPane:
		return m.offeredLines(w)
	}
	return m.explainLines(w)
}

func (m *Model) emptyConversation(w int) []string {
	t := m.theme
	var l line
	l.add(t.Dim, "    nothing has happened yet: ")
	l.add(t.Key, "⏎")
	l.add(t.Dim, " connects to "+escaped(m.drive.mail.Target.String()))
	var blank line
	return []string{blank.draw(w, t.Text, ""), l.draw(w, t.Text, t.Marks.Cut)}
}

// footer is the line of keys, with a word in front of them if there is one.
func (m *Model) footer() string {
	t := m.theme
	var l line
	l.add(t.Text, " ")
	n := m.notice
	if n.text == "" && m.mode == stepping && m.tape == nil {
		n.text = m.waiting()
	}
	if n.text == "" && m.mode == composing && m.hintHeight() == 0 {
		n = notice{m.form.faults[m.form.at].text, m.form.faults[m.form.at].fatal}
	}
	if n.text != "" {
		style := t.Text
		if n.bad {
			style = t.Warning
			l.add(style, t.Marks.Refused+" ")
		}
		l.wire(style, t.Escape, n.text)
		l.add(t.Border, "  ▏ ")
	}
	addKeys(&l, m.hints(), m.width, t.Key, t.Dim)
	return l.draw(m.width, t.Text, t.Marks.Cut)
}

// addKeys adds the keys that fit, whole. That for help always finds room.
func addKeys(l *line, keys []key.Binding, w int, name, what style) {
	size := func(k key.Binding) int { return width(k.Help().Key) + 1 + width(k.Help().Desc) }
	kept := 0
	for _, k := range keys {
		if k.Help().Desc == "help" {
			kept = size(k) + 2
		}
	}
	used, gap := l.width(), 0
	for _, k := range keys {
		if k.Help().Desc == "help" {
			kept = 0
		}
		if used+gap+size(k)+kept > w {
			continue
		}
		l.add(what, blanks(gap))
		l.add(name, k.Help().Key)
		l.add(what, " "+k.Help().Desc)
		used += gap + size(k)
		gap = 2
	}
}
