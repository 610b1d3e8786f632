package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// The mouse is off until somebody asks for it: it would take away the
// terminal's own way to select text. What a click means is read off the
// screen, as a person does it: whatever is drawn where, the click finds it.

// switchMouse turns the mouse on or off.
func (m *Model) switchMouse() tea.Cmd {
	m.mouse = !m.mouse
	key := m.keys.named("mouse").key(false)
	if !m.mouse {
		m.say("the mouse is the terminal's again; " + key + " takes it")
		return tea.DisableMouse
	}
	m.say("click for focus, rows, tabs and keys, turn the wheel to scroll; " + key + " gives the mouse back, to select text")
	return tea.EnableMouseCellMotion
}

// wheel is how many rows a turn of the wheel moves.
const wheel = 3

// pointed is what the mouse does.
func (m *Model) pointed(msg tea.MouseMsg) tea.Cmd {
	if !m.mouse || m.tiny() || msg.X < 0 || msg.Y < 0 || msg.Y >= m.height || msg.Action != tea.MouseActionPress {
		return nil
	}
	switch msg.Button {
	case tea.MouseButtonWheelUp:
		m.turnWheel(msg, -wheel)
	case tea.MouseButtonWheelDown:
		m.turnWheel(msg, wheel)
	case tea.MouseButtonLeft:
		m.confirm, m.asked = m.asked, ""
		return m.click(msg.X, msg.Y)
	}
	return nil
}

func (m *Model) turnWheel(msg tea.MouseMsg, by int) {
	switch m.over {
	case uncovered:
		if m.front() == m.session {
			if p, _, ok := m.paneAt(m.drawn(), msg.X, msg.Y); ok {
				m.session.point(p)
			}
		}
		m.moveBy(by)
	case helping:
		m.moveBy(by)
	case picking:
		_ = chooses(by)(m)
	}
}

// click does what a person means who clicks there.
func (m *Model) click(x, y int) tea.Cmd {
	if y == m.height-1 {
		return m.clickFooter(x)
	}
	if y == 1 && m.height >= tabbed {
		return m.clickTab(x)
	}
	m.notice = notice{}
	lines := m.drawn()
	switch {
	case m.over == picking:
		if by, ok := m.fromCursor(lines, y); ok && by == 0 {
			return m.choose()
		} else if ok {
			return chooses(by)(m)
		}
	case m.over != uncovered:
	case m.front() == m.session:
		m.clickPane(lines, x, y)
	case m.front() == screen(m.form):
		return m.form.clicked(m, lines, x, y)
	default:
		if by, ok := m.fromCursor(lines, y); ok {
			m.moveBy(by)
		}
	}
	return nil
}

// drawn is the screen as it stands, without colours.
func (m *Model) drawn() []string { return strings.Split(ansi.Strip(m.View()), "\n") }

// clickFooter presses the key that stands there.
func (m *Model) clickFooter(x int) tea.Cmd {
	words := m.footerNotice()
	at := words[len(words)-1].width()
	for _, k := range m.fitting(at, m.hints()) {
		at += k.gap
		if x >= at && x < at+k.width() {
			m.notice = notice{}
			return m.keys.named(k.name).run(m)
		}
		at += k.width()
	}
	return nil
}

// fromCursor is how many rows a line is away from the one with the cursor, in
// the same frame.
func (m *Model) fromCursor(lines []string, y int) (by int, ok bool) {
	cursor := -1
	for i, l := range lines {
		if strings.HasPrefix(l, "│"+m.theme.Marks.Cursor) {
			cursor = i // of several the last is the one in front
		}
	}
	if cursor < 0 {
		return 0, false
	}
	for i := min(cursor, y); i <= max(cursor, y); i++ {
		if !strings.HasPrefix(lines[i], "│") {
			return 0, false // another frame
		}
	}
	return y - cursor, true
}

// clickPane gives the keyboard to a pane, and the cursor to the row.
func (m *Model) clickPane(lines []string, x, y int) {
	p, row, ok := m.paneAt(lines, x, y)
	if !ok {
		return
	}
	m.session.point(p)
	if row < 0 {
		return
	}
	switch p {
	case conversationPane:
		c := m.shown()
		i := c.top
		if i < len(c.rows) && c.hidden(i) {
			i = c.next(i)
		}
		for ; row > 0 && i >= 0 && i < len(c.rows); row-- {
			i = c.next(i)
		}
		if i >= 0 && i < len(c.rows) {
			c.move(i)
			m.session.tops[explainPane] = 0
		}
	case nextPane:
		if by, ok := m.fromNext(lines, y); ok {
			m.moveBy(by)
		}
	}
}

// fromNext is how many steps a line of the pane Next is away from its first.
func (m *Model) fromNext(lines []string, y int) (by int, ok bool) {
	for i := y; i >= 0; i-- {
		if strings.HasPrefix(lines[i], "│ "+m.theme.Marks.Next) {
			return y - i - m.session.choice, true
		}
		if !strings.HasPrefix(lines[i], "│") {
			return 0, false // the first step is out of sight
		}
	}
	return 0, false
}

// paneAt finds the pane at a place of the session screen, and which line of
// its inside that is; -1 is its title.
func (m *Model) paneAt(lines []string, x, y int) (p pane, row int, ok bool) {
	l := m.layout()
	from, to := 0, l.left
	if l.shape == wide && x >= l.left {
		from, to = l.left, m.width
	}
	for i := y; i >= 0; i-- {
		border := ansi.Cut(lines[i], from, to)
		if !strings.HasPrefix(border, "╭") && !strings.HasPrefix(border, "├") {
			continue
		}
		if p, ok = m.titled(border, x-from, i == y); ok {
			return p, y - i - 1, true
		}
		return 0, 0, false
	}
	return 0, 0, false
}

// titled finds the pane that a border names. Where it names several as tabs it
// is the one that was clicked on, or the one that is shown.
func (m *Model) titled(border string, x int, on bool) (pane, bool) {
	var found []pane
	for p := range panes {
		at := strings.Index(border, p.title())
		if at < 0 {
			continue
		}
		found = append(found, p)
		if cell := ansi.StringWidth(border[:at]); on && x >= cell-1 && x <= cell+len(p.title()) {
			return p, true
		}
	}
	switch {
	case len(found) == 0:
		return 0, false
	case len(found) > 1:
		return m.below(), true
	}
	return found[0], true
}

// point gives the keyboard to a pane.
func (s *sessionScreen) point(p pane) {
	s.focus = p
	if p >= statePane {
		s.tab = p
	}
}
