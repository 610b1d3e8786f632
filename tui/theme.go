package tui

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/themes"
)

// nextTheme switches to the next theme at once.
func (m *Model) nextTheme() tea.Cmd {
	if m.theme.Name == themes.Plain().Name {
		m.say("NO_COLOR is set: there is one theme, without any colour")
		return nil
	}
	list := m.o.Themes
	at := slices.IndexFunc(list, func(t themes.Theme) bool { return t.Name == m.theme.Name })
	t := list[(at+1)%len(list)]
	m.theme = t
	m.say("theme " + escaped(t.Name))
	return nil
}
