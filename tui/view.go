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
	foot := m.footer()
	return strings.Join(append(lines[:len(lines)+1-len(foot)], foot...), "\n")
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

// footer is the line of keys, with a word in front of them if there is one. A
// long one takes lines of its own above it, until the next key.
func (m *Model) footer() []string {
	t := m.theme
	lines := m.footerNotice()
	l := &lines[len(lines)-1]
	for _, k := range m.fitting(l.width(), m.hints()) {
		l.add(t.Dim, blanks(k.gap))
		l.add(t.Key, k.key)
		l.add(t.Dim, " "+k.words)
	}
	var out []string
	for _, l := range lines {
		out = append(out, l.draw(m.width, t.Text, t.Marks.Cut))
	}
	return out
}

// footerMost is how many lines of the screen a word to the user may take.
const footerMost = 4

// footerNotice is the word to the user; the keys go behind its last line.
func (m *Model) footerNotice() []line {
	t := m.theme
	n := m.notice
	if n.text == "" && m.over == uncovered {
		n = m.front().remark(m)
	}
	style, text := t.Text, escaped(n.text)
	if n.bad {
		style, text = t.Warning, t.Marks.Refused+" "+text
	}
	var lines []line
	for _, words := range wrap(text, m.width-2) {
		var l line
		l.add(style, " "+words)
		lines = append(lines, l)
	}
	if n.text == "" {
		lines = []line{{}}
		lines[0].add(t.Text, " ")
	}
	last := &lines[min(len(lines), footerMost)-1]
	if len(lines) > footerMost {
		lines = lines[:footerMost]
		last.add(style, t.Marks.Cut)
	}
	switch keys := m.fitting(last.width()+4, m.hints()); {
	case n.text == "":
	case len(keys) > 0:
		last.add(t.Border, "  ▏ ")
	default: // there is no room for keys
		last.to(m.width, t.Text)
	}
	return lines
}

// hints are the keys of the moment.
func (m *Model) hints() []hint {
	switch m.over {
	case helping:
		return []hint{{"up", ""}, {"down", ""}, {"close", ""}}
	case prompting:
		return m.prompt.hints()
	case picking:
		return m.picker.hints()
	}
	return m.front().hints(m)
}

// footerKey is a key in the footer.
type footerKey struct {
	name, key, words string
	gap              int // in front of it
}

func (k footerKey) width() int { return width(k.key) + 1 + width(k.words) }

// fitting are the keys that find room behind so many cells, whole. That for
// help always does.
func (m *Model) fitting(used int, hints []hint) []footerKey {
	var all, fit []footerKey
	kept := 0
	for _, h := range hints {
		a := m.keys.named(h.name)
		k := footerKey{name: h.name, key: a.key(false), words: a.short}
		if m.front().typing(m) && m.over == uncovered {
			k.key = a.keyWhileTyping()
		}
		if h.words != "" {
			k.words = h.words
		}
		if h.name == "help" {
			kept = k.width() + 2
		}
		all = append(all, k)
	}
	gap := 0
	for _, k := range all {
		if k.name == "help" {
			kept = 0
		}
		if used+gap+k.width()+kept > m.width {
			continue
		}
		k.gap = gap
		fit = append(fit, k)
		used += gap + k.width()
		gap = 2
	}
	return fit
}
