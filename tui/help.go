package tui

import (
	"fmt"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ehlo/themes"
)

// help opens the help screen over the one that is shown.
func (m *Model) help() {
	m.under, m.mode, m.helpTop = m.mode, helping, 0
}

func (m *Model) helpKey(msg tea.KeyMsg) {
	k := m.keys
	is := func(b key.Binding) bool { return key.Matches(msg, b) }
	page := max(m.height-5, 1)
	switch {
	case is(k.Close), is(k.Help), is(k.FormHelp), is(k.Quit), is(k.Enter):
		m.mode = m.under
	case is(k.Up):
		m.helpTop--
	case is(k.Down):
		m.helpTop++
	case is(k.PageUp):
		m.helpTop -= page
	case is(k.PageDown):
		m.helpTop += page
	case is(k.Home):
		m.helpTop = 0
	case is(k.End):
		m.helpTop = len(m.helpLines())
	}
	m.helpTop = max(min(m.helpTop, len(m.helpLines())-(m.height-4)), 0)
}

// helpScreen shows the keys of what is under it, and the legend of the marks.
func (m *Model) helpScreen() []string {
	t := m.theme
	h := m.height - 4
	content := m.helpLines()
	top := max(min(m.helpTop, len(content)-h), 0)
	s := section{title: "Help", height: h, focused: true}
	if len(content) > h {
		s.note = fmt.Sprintf("%d–%d of %d", top+1, top+h, len(content))
	}
	for _, line := range content[top:min(top+h, len(content))] {
		s.lines = append(s.lines, line.draw(m.width-2, t.Text, t.Marks.Cut))
	}
	lines := append([]string{m.header()}, frame(m.width, t, []section{s}, "")...)
	return append(lines, m.footer())
}

// helpLines sets keys and marks side by side where there is room.
func (m *Model) helpLines() []line {
	keys, marks := m.keyLines(), legend(m.theme)
	w := m.width - 2
	if w < 100 {
		return append(append(keys, line{}), marks...)
	}
	half := w / 2
	out := make([]line, max(len(keys), len(marks)))
	for i := range out {
		if i < len(keys) {
			out[i] = keys[i]
		}
		out[i].to(half, m.theme.Text)
		if i < len(marks) {
			out[i].pieces = append(out[i].pieces, marks[i].pieces...)
		}
	}
	return out
}

func (m *Model) keyLines() []line {
	t := m.theme
	var out []line
	for i, c := range m.chapters(m.under, m.focus) {
		if i > 0 {
			out = append(out, line{})
		}
		var head line
		head.add(t.Title, " "+c.title)
		out = append(out, head)
		for _, k := range c.keys {
			var l line
			l.add(t.Key, "   "+fit(k.Help().Key, 11))
			l.add(t.Text, k.Help().Desc)
			out = append(out, l)
		}
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
