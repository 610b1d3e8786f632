package tui

import "ehlo/themes"

// nextTheme switches to the next theme at once.
func (m *Model) nextTheme() {
	if m.theme.Name == themes.Plain().Name {
		m.say("NO_COLOR is set: there is one theme, without any colour")
		return
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
		return
	}
	m.theme = t
	m.say("theme " + t.Name)
}
