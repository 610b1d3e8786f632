package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// settingsScreen shows what the program goes by, and where each of it is from.
// What is changed there goes into the configuration file at once.
type settingsScreen struct {
	bare
	list
	all   []Setting
	fault string // why the file cannot be used
}

func (s *settingsScreen) place() place {
	return place{
		name: "settings", title: "Settings", keys: []string{",", "alt+,"}, words: "settings and profiles, and where each is from",
		wider: []scope{reading},
	}
}

func (s *settingsScreen) actions() []action {
	return []action{
		{"change-setting", "settings", []string{"enter", "space"}, "change", "change the setting, and keep it in the configuration file; take a profile", (*Model).changeSetting},
		{"default-setting", "settings", []string{"d", "delete"}, "default", "take the setting out of the file: its default counts", (*Model).defaultSetting},
		{"bind-key", "settings", []string{"a"}, "keys", "choose an action, and keys of your own for it", (*Model).chooseBinding},
		{"edit-settings", "settings", []string{"e", "f4"}, "editor", "open the configuration file in $EDITOR", (*Model).editSettings},
	}
}

func (s *settingsScreen) hints(m *Model) []hint {
	list := []hint{{"change-setting", ""}, {"default-setting", ""}, {"bind-key", ""}, {"edit-settings", ""}, {"up", ""}, {"down", ""}, {"close", "session"}, {"help", ""}, {"quit", ""}}
	if rows := s.rows(m); s.cursor < len(rows) && rows[s.cursor].profile != "" {
		list[0].words = "take it"
	}
	return list
}

func (s *settingsScreen) about(*Model) string {
	return "What the program goes by, and where each of it is from. A change counts at once and is kept in the configuration file, where your comments and your order stay."
}

func (s *settingsScreen) remark(*Model) notice { return notice{s.fault, true} }

func (s *settingsScreen) open(m *Model) tea.Cmd {
	s.look(m)
	return nil
}

// look reads the file.
func (s *settingsScreen) look(m *Model) {
	s.all, s.fault = nil, ""
	if m.o.Settings == nil {
		return
	}
	list, err := m.o.Settings.List()
	if err != nil {
		s.fault = err.Error()
	}
	s.all = list
}

// settingRow is a row of the screen: a heading, a setting, a profile, or a
// fact that is changed elsewhere.
type settingRow struct {
	heading, profile   string
	setting            *Setting
	name, value, words string
}

// settingTitles are the headings, by the table of the file.
var settingTitles = map[string]string{"screen": "The screen", "autosave": "Sessions that nobody saves", "queue": "The outbox", "keys": "Keys of your own"}

func (s *settingsScreen) rows(m *Model) []settingRow {
	var rows []settingRow
	title := func(text string) { rows = append(rows, settingRow{heading: text}) }
	table := ""
	for i := range s.all {
		x := &s.all[i]
		if in, _, _ := strings.Cut(x.Name, "."); in != table {
			table = in
			title(settingTitles[in])
		}
		rows = append(rows, settingRow{setting: x, name: x.Name, value: x.Value, words: x.Words})
	}
	fact := func(name, value, words string) {
		rows = append(rows, settingRow{name: name, value: value, words: words})
	}
	title("Profiles and templates")
	for _, name := range m.o.Profiles {
		rows = append(rows, settingRow{profile: name, name: "profile." + name, words: "the settings of a mail; taking it fills the form"})
	}
	key := func(name string) string { return m.keys.named(name).key(false) }
	if len(m.o.Profiles) == 0 {
		fact("profiles", "none", key("save-form")+" in the form saves it as one")
	}
	if m.o.Templates != "" {
		fact("templates", m.o.Templates, key("templates")+" in the form begins with one, "+key("save-form")+" saves one")
	}
	title("This session")
	fact("target", m.drive.mail.Target.String(), "the form changes it")
	fact("tls", m.form.value(tlsField), "the form changes it")
	fact("login", m.loginWords(), "the form changes it; passwords are nowhere kept")
	fact("saved in", m.whole("."), "where a name without a folder leads; the folder that the program was started in")
	fact("looked for in", strings.Join(m.folders(), ", "), "where the screen Transcripts looks")
	return rows
}

// row is the one under the cursor.
func (s *settingsScreen) row(m *Model) settingRow {
	if rows := s.rows(m); s.cursor < len(rows) {
		return rows[s.cursor]
	}
	return settingRow{}
}

func (s *settingsScreen) move(m *Model, by int) {
	rows := s.rows(m)
	s.past(by, len(rows), func(i int) bool { return rows[i].heading != "" })
}

func (s *settingsScreen) settle(m *Model) {
	_, h := m.room()
	s.settlePast(len(s.rows(m)), s.height(h))
}

func (s *settingsScreen) height(h int) int { return max(h-3-s.below(h), 1) }

func (s *settingsScreen) below(h int) int { return min(max(detailHeight(h), 3), 6) }

func (s *settingsScreen) page(m *Model) int { _, h := m.room(); return max(s.height(h)-1, 1) }

func (s *settingsScreen) draw(m *Model, w, h int) []string {
	t, rows, height := m.theme, s.rows(m), s.height(h)
	name, from := 0, 0
	for _, r := range rows {
		name = max(name, width(escaped(r.name)))
		if r.setting != nil {
			from = max(from, width(escaped(r.setting.From)))
		}
	}
	name, from = min(name, w/3), min(from, w/3)
	table := s.window("Settings", len(rows), w-2, height, t, func(i int) line {
		r := rows[i]
		var l line
		if r.heading != "" {
			l.add(t.Title, " "+r.heading)
			return l
		}
		l.add(t.Text, "  ")
		l.column(t.Label, r.name, name+1)
		if r.setting == nil {
			l.wire(t.Text, t.Escape, r.value)
			if r.value == "" {
				l.add(t.Dim, r.words)
			}
			return l
		}
		l.column(t.Text, r.value, max(w-name-from-9, 8))
		style := t.Dim
		if r.setting.From != "default" {
			style = t.Good
		}
		l.wire(style, t.Escape, r.setting.From)
		return l
	})
	if m.o.Settings != nil && w >= 60 {
		table.note = strings.TrimSpace(escaped(filepath.Base(m.o.Settings.File())) + " " + table.note)
	}
	detail := section{height: h - height - 3}
	detail.lines = below(s.detail(m, rows, w-2), w-2, detail.height, t)
	return frame(w, t, []section{table, detail}, "")
}

// detail says more about the row under the cursor.
func (s *settingsScreen) detail(m *Model, rows []settingRow, w int) []line {
	t := m.theme
	p := &sheet{m: m, w: w}
	if s.fault != "" {
		p.marked(t.Marks.Refused, t.Refused, s.fault, "")
	}
	if s.cursor >= len(rows) {
		return p.lines
	}
	r := rows[s.cursor]
	p.text(t.Text, r.words)
	if x := r.setting; x != nil {
		from := x.From
		if from == "default" {
			from = "the default; a change goes into " + m.o.Settings.File()
		} else if strings.HasPrefix(from, filepath.Base(m.o.Settings.File())+":") {
			from = filepath.Join(filepath.Dir(m.o.Settings.File()), from)
		} else {
			from += ", which wins over the file"
		}
		p.fact("from", t.Text, from)
		if x.Default != "" && x.From != "default" {
			p.fact("default", t.Dim, x.Default)
		}
		if len(x.Choices) > 0 {
			p.fact("one of", t.Dim, strings.Join(x.Choices, ", "))
		}
	}
	return p.lines
}

// changeSetting asks for another value of the setting under the cursor.
func (m *Model) changeSetting() tea.Cmd {
	r := m.settings.row(m)
	x := r.setting
	switch {
	case r.profile != "":
		return tea.Batch(m.goTo("compose"), m.takeProfile(r.profile))
	case x == nil:
		m.say(r.words)
		return nil
	case x.Name == "screen.theme":
		return m.askTheme()
	case len(x.Choices) == 2:
		other := x.Choices[(slices.Index(x.Choices, x.Value)+1)%2]
		return m.keepSetting(x.Name, other)
	case len(x.Choices) > 0:
		p := picker{title: x.Name, verb: "keep it"}
		for _, c := range x.Choices {
			p.choices = append(p.choices, choice{c, "", "", func(m *Model) tea.Cmd { return m.keepSetting(x.Name, c) }})
		}
		return m.pick(p, max(slices.Index(x.Choices, x.Value), 0))
	}
	value := x.Value
	if x.From == "default" {
		value = ""
	}
	m.askSetting(x.Name, x.Words, value)
	return nil
}

// askSetting asks for a value. What is wrong with it is said below the line,
// and nothing is written.
func (m *Model) askSetting(name, words, value string) {
	m.ask(prompt{
		name: "setting", title: name, sign: "› ", verb: "keep it", note: words,
		accept: func(m *Model, text string) tea.Cmd {
			if m.o.Settings == nil {
				m.prompt.fault = noSettings
				return nil
			}
			m.settings.look(m)
			if err := m.o.Settings.Keep(name, text); err != nil {
				m.prompt.fault = err.Error()
				return nil
			}
			m.over = uncovered
			return m.tookSettings(name + " is kept in " + m.o.Settings.File())
		},
	}, value)
}

const noSettings = "there is no configuration file here"

// keepSetting writes a value, and goes by it.
func (m *Model) keepSetting(name, value string) tea.Cmd {
	if m.o.Settings == nil {
		m.say(noSettings)
		return nil
	}
	m.settings.look(m)
	if err := m.o.Settings.Keep(name, value); err != nil {
		m.warn(err.Error())
		return nil
	}
	if value == "" {
		return m.tookSettings(name + " is as it is by default")
	}
	return m.tookSettings(fmt.Sprintf("%s = %s, kept in %s", name, escaped(value), m.o.Settings.File()))
}

func (m *Model) defaultSetting() tea.Cmd {
	x := m.settings.row(m).setting
	switch {
	case x == nil:
		m.say("that is no setting of the file")
		return nil
	case x.From == "default":
		m.say(x.Name + " is as it is by default")
		return nil
	}
	return m.keepSetting(x.Name, "")
}

// tookSettings goes by what the file says now, and says so. What did not
// change there stays as it is on the screen.
func (m *Model) tookSettings(words string) tea.Cmd {
	s := m.settings
	was := map[string]string{}
	for _, x := range s.all {
		was[x.Name] = x.Value
	}
	o := m.o
	err := m.o.Settings.Take(&o)
	s.look(m)
	if err != nil || s.fault != "" {
		if err != nil {
			s.fault = err.Error()
		}
		m.warn(s.fault)
		return nil
	}
	m.o.Shelf, m.o.Keys, m.o.Profiles = o.Shelf, o.Keys, o.Profiles
	m.keys = newKeyMap(m.screens)
	_ = m.o.Keys.apply(m.keys, m.screens) // Take has checked them
	var cmd tea.Cmd
	for _, x := range s.all {
		if was[x.Name] == x.Value {
			continue
		}
		switch x.Name {
		case "screen.theme":
			m.o.Theme, m.theme = o.Theme, o.Theme
		case "screen.timeout":
			m.o.Timeout = o.Timeout
		case "screen.mouse":
			if m.o.Mouse = o.Mouse; m.mouse != o.Mouse {
				cmd = m.switchMouse()
			}
		}
	}
	m.say(words)
	return cmd
}

// chooseBinding has a person choose an action, and keys for it.
func (m *Model) chooseBinding() tea.Cmd {
	p := picker{title: "Keys for", verb: "its keys"}
	for _, a := range m.keys {
		keys := strings.Join(a.keys, ", ")
		p.choices = append(p.choices, choice{a.name, a.key(true), a.words, func(m *Model) tea.Cmd {
			m.askSetting("keys."+a.name, a.words+"; such as n, ctrl+n, alt+x, f7, space; empty leaves it to the palette", keys)
			return nil
		}})
	}
	return m.pick(p, 0)
}

// settingsEditedMsg says that the editor has been left.
type settingsEditedMsg struct{ err error }

// editSettings opens the file in the editor of the person.
func (m *Model) editSettings() tea.Cmd {
	if m.o.Settings == nil {
		m.say(noSettings)
		return nil
	}
	name := m.o.Settings.File()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		m.warn(err.Error())
		return nil
	}
	return m.inEditor(name, func(err error) tea.Msg { return settingsEditedMsg{err} })
}

func (s *settingsScreen) hear(m *Model, msg tea.Msg) tea.Cmd {
	done, ok := msg.(settingsEditedMsg)
	if !ok {
		return nil
	}
	if done.err != nil {
		m.warn("the editor: " + done.err.Error())
		return nil
	}
	return m.tookSettings("the configuration file is read again")
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
