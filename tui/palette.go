package tui

import (
	tea "github.com/charmbracelet/bubbletea"
)

// openPalette lists every action by name, those of the place first.
func (m *Model) openPalette() tea.Cmd {
	here := map[scope]int{}
	scopes := m.front().place().scopes()
	for i, in := range scopes {
		here[in] = len(scopes) - i
	}
	p := picker{title: "Every action", verb: "do it"}
	for rank := len(scopes); rank >= 0; rank-- {
		for _, a := range m.keys {
			if a.in == answering || a.in == choosing || a.name == "palette" || here[a.in] != rank {
				continue
			}
			p.choices = append(p.choices, choice{a.name, a.key(true), a.words, m.reach(a)})
		}
	}
	return m.pick(p, 0)
}

// reach runs an action where it applies. What belongs to a row of another
// screen, or changes what is there, is not done unseen: it leads there, and
// says which key does it.
func (m *Model) reach(a action) func(*Model) tea.Cmd {
	return func(m *Model) tea.Cmd {
		for _, in := range m.front().place().scopes() {
			if a.in == in {
				return a.run(m)
			}
		}
		switch a.in {
		case watching, reading, "session":
			return tea.Batch(m.goTo("session"), a.run(m))
		}
		cmd := m.goTo(a.in)
		if m.front().place().name == a.in && len(a.keys) > 0 {
			m.say("here " + a.key(false) + " does it: " + a.words)
		}
		return cmd
	}
}
