package tui

import (
	"path/filepath"
	"strings"
)

// The screen Settings: what the program goes by at the moment, and where each
// of it is changed.

func newSettingsScreen() *paper {
	return &paper{
		at: place{
			name: "settings", title: "Settings", keys: []string{",", "alt+,"}, words: "settings and profiles, and where each is changed",
			wider: []scope{watching, reading},
		},
		says:  "What the program goes by at the moment. Themes, keys and the mouse change at once; the rest is in the configuration file and in profiles.",
		write: (*Model).settingsLines,
	}
}

func (m *Model) settingsLines(w int) []line {
	t := m.theme
	s := &sheet{m: m, w: w}
	key := func(name string) string { return m.keys.named(name).key(false) }
	yes := map[bool]string{true: "yes", false: "no"}
	s.title("The screen")
	s.fact("theme", t.Text, m.theme.Name+" ("+key("theme")+" chooses among "+plural(len(m.o.Themes), "theme", "themes")+")")
	s.fact("mouse", t.Text, yes[m.mouse])
	own := 0
	for range m.o.Keys {
		own++
	}
	s.fact("keys", t.Text, plural(own, "action", "actions")+" bound otherwise in [keys]; "+key("palette")+" lists all")
	s.title("Transcripts")
	s.fact("saved in", t.Text, m.path("."))
	s.fact("looked for in", t.Text, strings.Join(m.folders(), ", "))
	s.title("The session")
	s.fact("target", t.Text, m.drive.mail.Target.String())
	s.fact("tls", t.Text, m.form.value(tlsField))
	s.fact("login", t.Text, m.loginWords())
	wait := "those of RFC 5321, 4.5.3.2"
	if m.o.Timeout > 0 {
		wait = m.o.Timeout.String()
	}
	s.fact("timeouts", t.Text, wait)
	s.title("Profiles and templates")
	for _, name := range m.o.Profiles {
		s.marked(t.Marks.Open, t.Text, "[profile."+name+"]", "")
	}
	if len(m.o.Profiles) == 0 {
		s.indented(2, t.Dim, "the configuration file has no [profile.NAME]")
	}
	s.indented(2, t.Text, key("profiles")+" in the form takes the settings of a profile, "+key("templates")+" begins with a template")
	if m.o.Templates != "" {
		s.fact("templates", t.Text, filepath.Join(m.o.Templates, "*.eml"))
	}
	return s.lines
}

// loginWords says who logs in, and nothing that is secret.
func (m *Model) loginWords() string {
	user, mechs := readLogin(m.form.value(loginField))
	switch {
	case user != "":
		return strings.TrimSpace(user + " " + strings.Join(mechs, " "))
	case m.o.Mail.Auth != nil:
		return "as on the command line"
	}
	return "nobody"
}
