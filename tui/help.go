package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"ehlo/themes"
)

// help lies over a screen or a prompt and shows its keys.
type help struct {
	scroller
	under cover // what it covers
}

func (m *Model) openHelp() tea.Cmd {
	m.help = help{under: m.over}
	m.over = helping
	return nil
}

// helpKey scrolls, or closes the help: any key that does not move does.
func (m *Model) helpKey(msg tea.KeyMsg) tea.Cmd {
	a := m.keys.find(msg.String(), false, reading, everywhere)
	if a == nil {
		m.over = m.help.under
		return nil
	}
	switch a.name {
	case "up", "down", "page-up", "page-down", "first", "last", "suspend", "quit-now":
		return a.run(m)
	}
	m.over = m.help.under
	return nil
}

// helpHeight is how many lines the help has.
func (m *Model) helpHeight() int {
	_, h := m.room()
	return h - 2
}

// helpScreen shows the keys of what is under it, and the legend of the marks.
func (m *Model) helpScreen(w, h int) []string {
	return frame(w, m.theme, []section{m.help.window("Help", m.helpLines(), w-2, h-2, m.theme)}, "")
}

// helpLines sets keys and marks side by side where there is room. Below the
// marks the keys have all of it.
func (m *Model) helpLines() []line {
	w, marks := m.width-2, legend(m.theme)
	if w < 100 {
		return append(append(m.keyLines(w, w, 0), line{}), marks...)
	}
	half := w / 2
	keys := m.keyLines(half, w, len(marks))
	out := make([]line, max(len(keys), len(marks)))
	for i := range out {
		if i < len(keys) {
			out[i] = keys[i]
		}
		if i < len(marks) {
			out[i].to(half, m.theme.Text)
			out[i].pieces = append(out[i].pieces, marks[i].pieces...)
		}
	}
	return out
}

// keyLines say what the place is for and list its keys, the nearest first. The
// first so many lines are narrow ones.
func (m *Model) keyLines(narrow, w, lines int) []line {
	t := m.theme
	var out []line
	title := func(text string) {
		if len(out) > 0 {
			out = append(out, line{})
		}
		var l line
		l.add(t.Title, " "+text)
		out = append(out, l)
	}
	about := ""
	scopes := m.scopesUnder(m.help.under)
	switch m.help.under {
	case prompting:
		title(m.prompt.title)
	case picking:
		scopes = []scope{choosing, everywhere}
		title(m.picker.title)
	default:
		title(m.front().place().title)
		about = m.front().about(m)
	}
	if about != "" {
		for _, words := range wrap(about, narrow-4) {
			var l line
			l.add(t.Dim, "   "+words)
			out = append(out, l)
		}
	}
	titles := map[scope]string{tapeScope: "Playing back", m.front().place().name: m.front().place().title, watching: "Stepping", reading: "Moving, and more", everywhere: "Everywhere"}
	if len(scopes) > 1 && scopes[0] == "session" && scopes[1] == watching { // whoever asks first wants to step
		scopes = append([]scope{watching, "session"}, scopes[2:]...)
		titles["session"] = "Looking, copying, panes"
	}
	for i, in := range scopes {
		keys := m.keys.of(in)
		if len(keys) == 0 {
			continue
		}
		if i > 0 || in == tapeScope {
			title(titles[in])
		}
		for _, a := range keys {
			room := w
			if len(out) < lines {
				room = narrow
			}
			out = append(out, keyLine(a, room, t)...)
		}
	}
	return out
}

// keyLine is one key, or several, and what it does.
func keyLine(a action, w int, t theme) (out []line) {
	const column = 16
	var l line
	l.add(t.Key, "   "+fit(a.key(true), column-4)+" ")
	for _, words := range wrap(a.words, w-column-1) {
		l.to(column, t.Text)
		l.add(t.Text, words)
		out, l = append(out, l), line{}
	}
	return out
}

// legend says what each mark stands for.
func legend(t themes.Theme) []line {
	k := t.Marks
	rows := []struct {
		style style
		mark  string
		means string
	}{
		{t.Client, k.Client, "the client said"},
		{t.Server, k.Server, "the server said"},
		{t.Info, k.Info, "happened: connected, secured, closed"},
		{t.Dim, k.Secure, "under TLS"},
		{t.Key, k.Cursor, "the cursor; in a border: the keyboard"},
		{t.Key, "┃", "selected, for copying"},
		{t.Dim, "┆", "belongs to the row under the cursor"},
		{t.Refused, k.Refused, "refused, failed, or against a rule"},
		{t.Warning, k.Warning, "a rule warns: Explain says which"},
		{t.Escape, `\x1b`, "an octet without a character, in hex"},
		{t.Escape, `\n`, "a bare LF; CRLF goes without saying"},
		{t.Secret, k.Secret, "a secret, never shown"},
		{t.Good, k.Taken, "a recipient that was taken"},
		{t.Refused, k.Rejected, "a recipient that was refused"},
		{t.Dim, k.Open, "a recipient still to come"},
		{t.Key, k.Next, "the step that comes next"},
		{t.Good, k.Added, "offered now, not before"},
		{t.Warning, k.Gone, "offered before, not now"},
		{t.Refused, k.Record, "a transcript is being written"},
		{t.Key, k.Play, "a transcript is being played back"},
		{t.Key, k.Marked, "you marked the row"},
		{t.Key, k.Note, "you wrote something beside the row"},
		{t.Key, k.Fold, "lines are folded away: → shows them"},
		{t.Dim, "=", "what base64 or an encoding says"},
		{t.Dim, k.Cut, "something was cut off here"},
	}
	var head line
	head.add(t.Title, " Marks")
	out := []line{head}
	for _, r := range rows {
		var l line
		l.add(r.style, "   "+fit(r.mark, 11))
		l.add(t.Text, r.means)
		out = append(out, l)
	}
	return out
}
