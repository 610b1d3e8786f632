package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"ehlo/themes"
)

// askTheme has a person choose a theme: each is tried on as the cursor passes
// it. The one that is taken is kept in the configuration.
func (m *Model) askTheme() tea.Cmd {
	before := m.theme
	if before.Name == themes.Plain().Name {
		m.say("NO_COLOR is set: there is one theme, without any colour; --theme NAME has one all the same")
		return nil
	}
	list, wrong := themes.All(m.o.ThemeFolder) // a person may be writing one
	p := picker{
		title: "Theme", verb: "keep it",
		preview: func(m *Model, i int) {
			if m.theme = before; i < len(list) {
				m.theme = list[i]
			}
		},
		cancel: func(m *Model) { m.theme = before },
	}
	at := 0
	for i, t := range list {
		if t.Name == before.Name {
			at = i
		}
		p.choices = append(p.choices, choice{t.Name, "", t.About, func(m *Model) tea.Cmd {
			m.theme = t
			if m.o.Settings == nil {
				m.say("theme " + t.Name)
				return nil
			}
			return m.keepSetting("screen.theme", t.Name)
		}})
	}
	for _, err := range wrong {
		p.choices = append(p.choices, choice{"(not usable)", "", err.Error(), func(m *Model) tea.Cmd {
			m.theme = before
			m.warn(err.Error())
			return nil
		}})
	}
	return m.pick(p, at)
}
