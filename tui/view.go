package tui

import (
	"fmt"
	"strings"
)

// View implements [tea.Model]: as many lines as the terminal has, each as
// wide as it is.
func (m Model) View() string {
	if m.width < 1 || m.height < 1 {
		return ""
	}
	if m.tiny() {
		return strings.Join(m.tooSmall(), "\n")
	}
	lines := []string{m.header()}
	if m.height >= tabbed {
		lines = append(lines, m.tabLine())
	}
	w, h := m.room()
	switch m.over {
	case helping:
		lines = append(lines, m.helpScreen(w, h)...)
	case prompting:
		lines = append(lines, m.overlay(m.front().draw(&m, w, h))...)
	case picking:
		lines = append(lines, m.pickerOver(m.front().draw(&m, w, h))...)
	default:
		lines = append(lines, m.front().draw(&m, w, h)...)
	}
	return strings.Join(append(lines, m.footer()), "\n")
}

// tiny reports whether there is not even room for one pane.
func (m *Model) tiny() bool { return m.width < minWidth || m.height < minHeight }

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

// footer is the line of keys, with a word in front of them if there is one.
func (m *Model) footer() string {
	t := m.theme
	var l line
	l.add(t.Text, " ")
	n := m.notice
	if n.text == "" && m.over == uncovered {
		n = m.front().remark(m)
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
	m.addKeys(&l, m.hints())
	return l.draw(m.width, t.Text, t.Marks.Cut)
}

// hints are the keys of the moment.
func (m *Model) hints() []hint {
	switch m.over {
	case helping:
		return []hint{{"up", ""}, {"down", ""}, {"close", ""}}
	case prompting:
		return m.prompt.hints()
	case picking:
		return []hint{{"choose", m.picker.verb}, {"choice-up", ""}, {"choice-down", ""}, {"choose-none", ""}}
	}
	return m.front().hints(m)
}

// addKeys adds the keys that fit, whole. That for help always finds room.
func (m *Model) addKeys(l *line, hints []hint) {
	type shown struct {
		key, words string
		help       bool
	}
	var keys []shown
	kept := 0
	for _, h := range hints {
		a := m.keys.named(h.name)
		s := shown{a.key(false), a.short, h.name == "help"}
		if m.front().typing(m) && m.over == uncovered {
			s.key = a.keyWhileTyping()
		}
		if h.words != "" {
			s.words = h.words
		}
		if s.help {
			kept = width(s.key) + 1 + width(s.words) + 2
		}
		keys = append(keys, s)
	}
	used, gap := l.width(), 0
	for _, k := range keys {
		size := width(k.key) + 1 + width(k.words)
		if k.help {
			kept = 0
		}
		if used+gap+size+kept > m.width {
			continue
		}
		l.add(m.theme.Dim, blanks(gap))
		l.add(m.theme.Key, k.key)
		l.add(m.theme.Dim, " "+k.words)
		used += gap + size
		gap = 2
	}
}
