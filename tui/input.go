package tui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/bubbles/cursor"
	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textarea"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
	"ehlo/themes"
)

// The bubbles do the editing; drawing is done here, so that a theme paints
// every cell, nothing unprintable gets through, and no blinking cursor keeps
// the processor awake.

func newInput(value string) textinput.Model {
	in := textinput.New()
	in.Prompt = ""
	in.Cursor.SetMode(cursor.CursorStatic)
	in.SetValue(value)
	return in
}

// maxBody is how many lines the body may have: a whole message comes from a
// file.
const maxBody = 2000

func newArea(value string) textarea.Model {
	area := textarea.New()
	area.ShowLineNumbers = false
	area.Prompt = ""
	area.CharLimit = 0
	area.MaxHeight = maxBody
	area.SetWidth(1 << 15) // lines are not wrapped: they are shown as they go out
	area.SetHeight(1 << 10)
	area.Cursor.SetMode(cursor.CursorStatic)
	area.SetValue(value)
	return area
}

// asText keeps letters that came in one piece from being taken for the name of
// a key: somebody who types fast types "home".
func asText(msg tea.KeyMsg) tea.KeyMsg {
	if msg.Type == tea.KeyRunes && len(msg.Runes) > 1 && !msg.Alt {
		msg.Paste = true
	}
	return msg
}

// changedByPasting says what of a pasted text a field cannot hold; lines says
// that it holds several lines.
func changedByPasting(msg tea.KeyMsg, lines bool) string {
	if !msg.Paste {
		return ""
	}
	text := strings.ReplaceAll(strings.TrimRight(string(msg.Runes), "\r\n"), "\r\n", "\n")
	breaks, lost := 0, 0
	for _, r := range text {
		switch {
		case r == '\n' || r == '\r':
			breaks++
		case r != '\t' && unicode.IsControl(r) || r == utf8.RuneError:
			lost++
		}
	}
	var parts []string
	if breaks > 0 && !lines {
		parts = append(parts, session.Count(breaks, "line break became a blank", "line breaks became blanks"))
	}
	if lost > 0 {
		parts = append(parts, session.Count(lost, "control character was left out", "control characters were left out"))
	}
	if len(parts) == 0 {
		return ""
	}
	return "pasted: " + strings.Join(parts, "; ")
}

// typeInto gives a key to a text field.
func typeInto(in *textinput.Model, msg tea.KeyMsg) tea.Cmd {
	msg = asText(msg)
	if msg.Paste { // the end of a line that was copied whole: a password does not end with a blank
		msg.Runes = []rune(strings.TrimRight(string(msg.Runes), "\r\n"))
	}
	if key.Matches(msg, in.KeyMap.DeleteWordForward) && in.Position() >= len([]rune(in.Value()))-1 {
		msg = tea.KeyMsg{Type: tea.KeyDelete} // the bubble looks beyond its end
	}
	var cmd tea.Cmd
	*in, cmd = in.Update(msg)
	return cmd
}

// inputLine draws a text field with its caret, scrolled so that the caret is
// in sight.
func inputLine(in *textinput.Model, w int, focused bool, style themes.Style, t themes.Theme) string {
	return caretLine([]rune(in.Value()), in.Position(), w, focused, style, t)
}

// hiddenLine draws a text field with a dot for each letter.
func hiddenLine(in *textinput.Model, w int, focused bool, t themes.Theme) string {
	dots := []rune(strings.Repeat("•", min(len([]rune(in.Value())), 64)))
	return caretLine(dots, min(in.Position(), len(dots)), w, focused, t.Secret, t)
}

// caretLine draws text with a caret in front of the rune at position at.
func caretLine(text []rune, at, w int, focused bool, style themes.Style, t themes.Theme) string {
	var l line
	at = min(max(at, 0), len(text))
	if !focused {
		l.wire(style, t.Escape, string(text))
		return l.draw(w, t.Text, t.Marks.Cut)
	}
	from := caretFrom(text, at, w)
	if from > 0 {
		l.add(t.Dim, t.Marks.Cut)
	}
	l.wire(style, t.Escape, string(text[from:at]))
	under := " "
	if at < len(text) {
		under = escaped(string(text[at]))
	}
	if t.Caret.Shows() {
		l.add(t.Caret, under)
	} else {
		l.add(t.Caret, t.Marks.Caret)
		if at < len(text) {
			l.wire(style, t.Escape, string(text[at]))
		}
	}
	if at < len(text) {
		l.wire(style, t.Escape, string(text[at+1:]))
	}
	return l.draw(w, t.Text, t.Marks.Cut)
}

// caretFrom is the first rune in sight where the caret is at another.
func caretFrom(text []rune, at, w int) int {
	from := 0
	if room := w - 2; width(escaped(string(text[:at]))) > room {
		for from < at && width(escaped(string(text[from:at]))) > room-1 {
			from++
		}
	}
	return from
}

// runeAt is the rune of a line that stands in a cell, as caretLine draws it
// with the caret at another; behind its end it is the end.
func runeAt(text []rune, at, w, cell int, focused bool) int {
	from := 0
	if focused {
		if from = caretFrom(text, at, w); from > 0 {
			cell-- // the mark for what is cut off
		}
	}
	for i := from; i < len(text); i++ {
		if cell -= width(escaped(string(text[i]))); cell < 0 {
			return i
		}
	}
	return len(text)
}

// areaTop is the first line in sight of a text area.
func areaTop(area *textarea.Model, h int, focused bool) int {
	if row := area.Line(); focused && row >= h {
		return row - h + 1
	}
	return 0
}

// areaLines draws the lines of a text area that are in sight.
func areaLines(area *textarea.Model, w, h int, focused bool, t themes.Theme) []string {
	lines := splitLines(area.Value())
	row := min(area.Line(), len(lines)-1)
	top := areaTop(area, h, focused)
	var out []string
	for i := top; i < min(top+h, len(lines)); i++ {
		info := area.LineInfo()
		out = append(out, caretLine([]rune(lines[i]), info.StartColumn+info.ColumnOffset, w, focused && i == row, t.Text, t))
	}
	if hidden := len(lines) - top - h; hidden > 0 && h > 1 {
		var l line
		l.add(t.Dim, t.Marks.Cut+" "+session.Count(hidden+1, "line", "lines")+" more")
		if !(focused && row == top+h-1) {
			out[len(out)-1] = l.draw(w, t.Text, t.Marks.Cut)
		}
	}
	for len(out) < h {
		out = append(out, t.Text.Render(blanks(w)))
	}
	return out
}
