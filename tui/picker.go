package tui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
)

// picker lies over a screen and has a person choose one of several things:
// typing finds, the arrows move, ⏎ takes. Each thing to choose among is a
// function that opens one.
type picker struct {
	title, verb string // verb is what ⏎ does, for the footer
	names       string // what is typed is no search but this: the choice takes it
	choices     []choice
	preview     func(*Model, int) // shows what a choice would be like; may be nil
	cancel      func(*Model)      // takes that back; may be nil
	mine        *mine             // what a person can do to the choices; nil if nothing

	found []int // the choices that what was typed leaves
	list  list
	input textinput.Model
}

// choice is one thing to choose.
type choice struct {
	label, beside, words string // what it is called, its keys, what it does
	run                  func(*Model) tea.Cmd
}

// choosing is the scope of the keys of a picker.
const choosing scope = "list of choices"

func choosingActions() []action {
	return []action{
		{"choose", choosing, []string{"enter"}, "choose", "take what the cursor is on", (*Model).choose},
		{"choose-none", choosing, []string{"esc"}, "cancel", "take nothing", (*Model).chooseNone},
		{"choice-up", choosing, []string{"up"}, "up", "one up", chooses(-1)},
		{"choice-down", choosing, []string{"down"}, "down", "one down", chooses(1)},
		{"choices-up", choosing, []string{"pgup"}, "page up", "a page up", chooses(-10)},
		{"choices-down", choosing, []string{"pgdown"}, "page down", "a page down", chooses(10)},
		{"rename-choice", choosing, []string{"ctrl+r"}, "rename", "give a profile or template another name", (*Model).renameChoice},
		{"delete-choice", choosing, []string{"delete"}, "delete", "delete a profile or template; asks", (*Model).deleteChoice},
	}
}

// pick opens a picker with the cursor on one of its choices.
func (m *Model) pick(p picker, at int) tea.Cmd {
	p.input = newInput("")
	p.input.Focus()
	m.over, m.picker = picking, p
	m.picker.find()
	m.picker.list.cursor = at
	return nil
}

// find keeps the choices in which every word that was typed occurs, those first
// that are called so.
func (p *picker) find() {
	words := strings.Fields(strings.ToLower(p.input.Value()))
	if p.names != "" {
		words = nil
	}
	at := p.list.cursor
	p.found = nil
	for i, c := range p.choices {
		text, ok := strings.ToLower(c.label+" "+c.words), true
		for _, w := range words {
			ok = ok && strings.Contains(text, w)
		}
		if ok {
			p.found = append(p.found, i)
		}
	}
	if len(words) > 0 {
		called := func(i int) int {
			switch at := strings.Index(strings.ToLower(p.choices[i].label), words[0]); {
			case at == 0:
				return 0
			case at > 0:
				return 1
			}
			return 2
		}
		slices.SortStableFunc(p.found, func(a, b int) int { return called(a) - called(b) })
	}
	if p.list = (list{}); p.names != "" {
		p.list.cursor = at
	}
}

// at is the choice under the cursor, or -1.
func (p *picker) at() int {
	if p.list.cursor < 0 || p.list.cursor >= len(p.found) {
		return -1
	}
	return p.found[p.list.cursor]
}

func (m *Model) pickerTyped(msg tea.KeyMsg) tea.Cmd {
	before := m.picker.input.Value()
	cmd := typeInto(&m.picker.input, msg)
	if m.picker.input.Value() != before {
		m.picker.find()
		m.previewChoice()
	}
	return cmd
}

func chooses(by int) func(*Model) tea.Cmd {
	return func(m *Model) tea.Cmd {
		m.picker.list.by(by, len(m.picker.found))
		m.previewChoice()
		return nil
	}
}

func (m *Model) previewChoice() {
	if at := m.picker.at(); at >= 0 && m.picker.preview != nil {
		m.picker.preview(m, at)
	}
}

func (m *Model) choose() tea.Cmd {
	at := m.picker.at()
	if at < 0 {
		return nil
	}
	m.over = uncovered
	return m.picker.choices[at].run(m)
}

func (m *Model) chooseNone() tea.Cmd {
	m.over = uncovered
	if m.picker.cancel != nil {
		m.picker.cancel(m)
	}
	return nil
}

// pickerOver puts the picker over the lines of a screen, which stays in sight
// around it as far as there is room.
func (m *Model) pickerOver(lines []string) []string {
	p, t, w := &m.picker, m.theme, m.width
	label, beside := 0, 0
	for _, c := range p.choices {
		label, beside = max(label, width(escaped(c.label))), max(beside, width(c.beside))
	}
	label, beside = min(label, w/2)+1, min(beside, 12)+min(beside, 1)
	room := w - 3 - label - beside // for what a choice does
	below := 0
	for _, c := range p.choices {
		below = max(below, len(beyond(c, room, w-4)))
	}
	h := min(max(len(p.choices), 1)+3+below, max(len(lines)/2, 7)+below, len(lines))
	var does []string // in lines below the list, which has them while they are not needed
	if at := p.at(); at >= 0 {
		does = beyond(p.choices[at], room, w-4)
	}
	does = does[:min(len(does), max(h-4, 0))]
	rows := h - 3 - len(does)
	sec := p.list.window(p.title, len(p.found), w-2, rows, t, func(i int) line {
		c := p.choices[p.found[i]]
		var l line
		l.column(t.Key, c.label, label)
		if beside > 0 {
			l.column(t.Label, c.beside, beside)
		}
		if room >= 16 {
			l.wire(t.Text, t.Escape, c.words)
		}
		return l
	})
	var sign line
	if sign.add(t.Key, "› "); p.names != "" {
		sign.pieces = nil
		sign.add(t.Label, " "+p.names+" ")
		sign.add(t.Key, "› ")
	}
	cells := max(sign.width(), 3)
	sec.lines = append([]string{sign.draw(cells, t.Text, "") + inputLine(&p.input, w-2-cells, true, t.Text, t)}, sec.lines...)
	sec.height = h - 2
	if len(p.found) == 0 {
		var none line
		none.add(t.Dim, "   nothing is called so")
		sec.lines = append(sec.lines, none.draw(w-2, t.Text, t.Marks.Cut))
	}
	for len(does) > 0 && len(sec.lines) < rows+1 {
		sec.lines = append(sec.lines, blanks(w-2))
	}
	for _, words := range does {
		var l line
		l.add(t.Dim, " "+words)
		sec.lines = append(sec.lines, l.draw(w-2, t.Text, t.Marks.Cut))
	}
	box := frame(w, t, []section{sec}, "")
	return append(lines[:len(lines)-len(box)], box...)
}

// beyond is all of what a choice does, in at most three lines, where its own line
// has no room for it.
func beyond(c choice, room, w int) []string {
	words := escapedLines(c.words)
	if width(words) <= room {
		return nil
	}
	lines := wrap(words, w)
	return lines[:min(len(lines), 3)]
}
