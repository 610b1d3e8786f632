package tui

import tea "github.com/charmbracelet/bubbletea"

// arranging are the actions that change where panes are.
func arranging() []action {
	return []action{
		{"zoom", "session", []string{"z"}, "zoom", "the pane alone; again: all of them", (*Model).zoom},
		{"wider", "session", []string{">"}, "wider", "the left column wider", resizes(func(s *sessionScreen, _ layout) { s.wishes.wider = max(s.wishes.wider-4, -200) })},
		{"narrower", "session", []string{"<"}, "narrower", "the left column narrower", resizes(func(s *sessionScreen, _ layout) { s.wishes.wider = min(s.wishes.wider+4, 200) })},
		{"taller", "session", []string{")"}, "taller", "the pane taller", resizes(func(s *sessionScreen, l layout) { s.wishes.grow(s.focus, 1, l.shape) })},
		{"shorter", "session", []string{"("}, "shorter", "the pane shorter", resizes(func(s *sessionScreen, l layout) { s.wishes.grow(s.focus, -1, l.shape) })},
		{"close-pane", "session", []string{"ctrl+w"}, "close pane", "close the pane; its room goes to the others", (*Model).closePane},
		{"restore-panes", "session", []string{"ctrl+l"}, "restore", "all panes as they are by themselves", (*Model).restorePanes},
	}
}

func newSessionScreen(layout string) *sessionScreen {
	s := &sessionScreen{tab: statePane, wishes: parseWishes(layout)}
	s.openTab()
	return s
}

func (m *Model) zoom() tea.Cmd {
	m.session.wishes.zoomed = !m.session.wishes.zoomed
	return nil
}

func resizes(how func(*sessionScreen, layout)) func(*Model) tea.Cmd {
	return func(m *Model) tea.Cmd {
		before := m.layout()
		kept := m.session.wishes
		if how(m.session, before); m.layout() == before {
			m.session.wishes = kept // there is no room: do not go on beyond it
		}
		return nil
	}
}

func (m *Model) closePane() tea.Cmd {
	s := m.session
	if s.focus == conversationPane {
		m.say("the conversation stays; " + m.keys.named("zoom").key(false) + " shows it alone")
		return nil
	}
	m.say(s.focus.title() + " is closed; " + m.keys.named("restore-panes").key(false) + " brings all panes back")
	s.wishes.closed[s.focus], s.wishes.zoomed = true, false
	s.focus = conversationPane
	s.openTab()
	return nil
}

// openTab has the lower pane show one that is open.
func (s *sessionScreen) openTab() {
	for p := statePane; p < panes && s.wishes.closed[s.tab]; p++ {
		s.tab = p
	}
}

func (m *Model) restorePanes() tea.Cmd {
	m.session.wishes = wishes{}
	return nil
}

// keepLayout has the panes arranged the same way next time.
func (m *Model) keepLayout() error {
	if now := m.session.wishes.String(); m.o.KeepLayout != nil && now != parseWishes(m.o.Layout).String() {
		return m.o.KeepLayout(now)
	}
	return nil
}
