package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"ehlo/themes"
)

// screen fills the terminal between the tab line and the footer. It is a
// struct with whatever it has to remember; what it shows it takes from the
// model. To add one is to write one file and add it to [allScreens].
type screen interface {
	// place says what it is called and which key leads there.
	place() place
	// actions are the keys that it has for itself.
	actions() []action
	// hints are the keys of the moment, the most useful first: the footer
	// shows as many as fit.
	hints(m *Model) []hint
	// about says in a sentence or two what the screen, or the pane with the
	// keyboard, is for.
	about(m *Model) string

	// open and leave are told when it comes to the front and goes.
	open(m *Model) tea.Cmd
	leave(m *Model)
	// typing reports whether letters are text there, and typed takes what is
	// no key of an action.
	typing(m *Model) bool
	typed(m *Model, msg tea.KeyMsg) tea.Cmd
	// move moves its cursor or scrolls, page is how far a page goes, and
	// settle keeps the cursor in sight, whatever happened.
	move(m *Model, by int)
	page(m *Model) int
	settle(m *Model)
	// back goes one level back; false says that there is none.
	back(m *Model) (bool, tea.Cmd)
	// remark is a word for the footer while there is no other.
	remark(m *Model) notice
	// hear is told every message that is not for all.
	hear(m *Model, msg tea.Msg) tea.Cmd

	// draw returns h lines, each w cells wide.
	draw(m *Model, w, h int) []string
}

// place says what a screen is called and how one gets there.
type place struct {
	name  scope
	title string   // on the tab line
	keys  []string // that lead there, the first one on the tab line
	words string   // what one sees there, for help and palette
	wider []scope  // what else applies there but for everywhere
}

// scopes are the scopes of the keys that apply there, innermost first.
func (p place) scopes() []scope { return append(append([]scope{p.name}, p.wider...), everywhere) }

// bare is a screen that does nothing: screens embed it and say only what they
// do otherwise.
type bare struct{}

func (bare) open(*Model) tea.Cmd              { return nil }
func (bare) leave(*Model)                     {}
func (bare) typing(*Model) bool               { return false }
func (bare) typed(*Model, tea.KeyMsg) tea.Cmd { return nil }
func (bare) page(m *Model) int                { _, h := m.room(); return max(h-3, 1) }
func (bare) settle(*Model)                    {}
func (bare) back(*Model) (bool, tea.Cmd)      { return false, nil }
func (bare) hear(*Model, tea.Msg) tea.Cmd     { return nil }

// allScreens are the screens in the order of their tabs.
func (m *Model) allScreens() []screen {
	return []screen{m.session, m.form, m.recipients, newTLSScreen(), newSASLScreen(), newRouteScreen(), m.timeline, m.transcripts, m.diff, m.queue, m.practice, m.lessons, m.mailbox, m.serve, m.settings, m.breaks}
}

// front is the screen that is shown.
func (m *Model) front() screen { return m.screens[m.at] }

// show brings a screen to the front.
func (m *Model) show(i int) tea.Cmd {
	m.over = uncovered
	if i == m.at {
		return nil
	}
	m.front().leave(m)
	m.at = i
	return m.front().open(m)
}

// goTo brings the screen of a name to the front.
func (m *Model) goTo(name scope) tea.Cmd {
	for i, s := range m.screens {
		if s.place().name == name {
			return m.show(i)
		}
	}
	return nil
}

// room is what a screen has to draw on: all but the header, the tab line and
// the footer, and the prompt where that takes lines of its own.
func (m *Model) room() (w, h int) {
	h = m.height - 2
	if m.height >= tabbed {
		h--
	}
	if m.over == prompting && low(h) {
		h -= m.promptHeight(h)
	}
	return m.width, h
}

// low reports whether a room shows one pane at a time.
func low(h int) bool { return h < 16 }

// scroller is text that is longer than its place.
type scroller struct{ top int }

func (s *scroller) by(n int) { s.top = max(s.top+n, 0) }

// settle stops at the end.
func (s *scroller) settle(lines, h int) { s.top = max(min(s.top, lines-h), 0) }

// window draws the lines in sight as a section.
func (s *scroller) window(title string, content []line, w, h int, t themes.Theme) section {
	top := max(min(s.top, len(content)-h), 0)
	sec := section{title: title, height: h, focused: true}
	if len(content) > h {
		sec.note = span(top, h, len(content))
	}
	for _, l := range content[top:min(top+h, len(content))] {
		sec.lines = append(sec.lines, l.draw(w, t.Text, t.Marks.Cut))
	}
	return sec
}
