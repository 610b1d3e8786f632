package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"ehlo/themes"
)

// nextTheme switches to the next theme at once.
func (m *Model) nextTheme() tea.Cmd {
	if m.theme.Name == themes.Plain().Name {
		m.say("NO_COLOR is set: there is one theme, without any colour")
		return nil
	}
	names := themes.Names()
	next := 0
	for i, name := range names {
		if name == m.theme.Name {
			next = (i + 1) % len(names)
		}
	}
	t, err := themes.Find(names[next])
	if err != nil {
		m.warn(err.Error())
		return nil
	}
	m.theme = t
	m.say("theme " + t.Name)
	return nil
}
