package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// clicked gives the keyboard to the field that was clicked on, and puts the
// caret there.
func (f *form) clicked(m *Model, lines []string, x, y int) tea.Cmd {
	w, whole := m.room()
	w = formWidth(w)
	top := 0
	for top < len(lines) && !strings.HasPrefix(lines[top], "╭") {
		top++
	}
	rows, height := f.formRows(formHeight(whole))
	n := y - top - 1
	if f.preview.on || n < 0 || n >= len(rows) || rows[n].none || x < 1 || x > w-2 {
		return nil
	}
	r, cell := rows[n], max(x-1-nameColumn, 0)
	focused := f.at == r.of
	if r.of == bodyField {
		f.clickedBody(areaTop(&f.body, height, focused)+r.nth, cell, w-2-nameColumn-1, focused)
		return nil
	}
	in := &f.inputs[r.of]
	text := []rune(in.Value())
	at := runeAt(text, min(in.Position(), len(text)), m.inputWidth(r.of, w-2, m.besideField(r.of)), cell, focused)
	if r.of == passwordField {
		at = min(cell, len(text)) // a dot is a letter
	}
	f.focus(r.of)
	in.SetCursor(at)
	return nil
}

func (f *form) clickedBody(line, cell, w int, focused bool) {
	f.focus(bodyField)
	lines := splitLines(f.body.Value())
	line = min(line, len(lines)-1)
	at := 0
	if info := f.body.LineInfo(); focused && f.body.Line() == line {
		at = info.StartColumn + info.ColumnOffset
	} else {
		focused = false
	}
	text := []rune(lines[line])
	at = runeAt(text, min(at, len(text)), w, cell, focused)
	for f.body.Line() < line {
		f.body.CursorDown()
	}
	for f.body.Line() > line {
		f.body.CursorUp()
	}
	f.body.SetCursor(at)
}
