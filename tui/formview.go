package tui

import (
	"bufio"
	"cmp"
	"io"
	"strings"

	"ehlo/session"
)

// Columns of the form.
const (
	nameColumn = 11
	wideForm   = 100 // from here on there is room for what the mail becomes
)

// absent says what an empty field stands for.
var absent = [fields]string{
	tlsField: "(never)", fromField: "(null reverse-path)",
	messageField: "(none: subject and body are the message)", loginField: "(nobody)", attachField: "(nothing)",
	headerField: "(no more fields)",
}

// draw draws the form, and beside it, where there is room, what it becomes.
func (f *form) draw(m *Model, w, whole int) []string {
	t := m.theme
	if f.preview.on {
		return frame(w, t, []section{f.preview.window("Preview", m.previewLines(w-2), w-2, whole-2, t)}, "")
	}
	left := formWidth(w)
	hint := hintHeight(whole)
	h := formHeight(whole)
	sections := []section{{title: "Compose", lines: m.formLines(left-2, h), height: h, focused: true}}
	if hint > 0 {
		sections = append(sections, m.hintSection(left-2, hint))
	}
	body := frame(left, t, sections, "")
	right := w - left
	if right == 0 {
		return body
	}
	return beside(body, frame(right, t, m.outcome(right-2, whole), ""))
}

// outcome is what the form comes to: the steps, the content, and what the
// rules say about it.
func (m *Model) outcome(w, h int) []section {
	t, f := m.theme, m.form
	lint := section{title: "Lint"}
	for _, l := range f.lintLines(w, t) {
		if len(lint.lines) == max(h/5, 2) {
			break
		}
		lint.lines = append(lint.lines, l.draw(w, t.Text, t.Marks.Cut))
	}
	lint.height = len(lint.lines)
	room := h - 4 - lint.height
	plan := min(max(room/3, 4), len(f.plan)+1, room-1)
	return []section{
		{title: "What will be said", lines: m.stepLines(f.plan, -1, w, plan), height: plan},
		{title: "Content, as it goes out", lines: m.contentPreview(w, room-plan), height: room - plan},
		lint,
	}
}

// formWidth and formHeight are the room of the fields on a screen, the width
// with its frame.
func formWidth(w int) int {
	if w >= wideForm {
		return w * 55 / 100
	}
	return w
}

func formHeight(whole int) int {
	if hint := hintHeight(whole); hint > 0 {
		return whole - 3 - hint
	}
	return whole - 2
}

// hintHeight is how many lines there are for a word on the field, below a
// form so high; in a very low terminal the footer has to do.
func hintHeight(h int) int {
	switch {
	case low(h):
		return 0
	case h < 27:
		return 3
	}
	return 5
}

// hintSection says what belongs into the field, or what is wrong with it.
func (m *Model) hintSection(w, h int) section {
	t, f := m.theme, m.form
	s := section{title: fieldNames[f.at], height: h}
	if fault := f.faults[f.at]; fault.text != "" {
		mark, style := t.Marks.Warning+" ", t.Warning
		if fault.fatal {
			mark, style = t.Marks.Refused+" ", t.Refused
		}
		for _, words := range wrap(escaped(fault.text), w-4) {
			var l line
			l.add(style, " "+mark+words)
			s.lines = append(s.lines, l.draw(w, t.Text, t.Marks.Cut))
			mark = blanks(width(mark))
		}
		s.lines = s.lines[:min(len(s.lines), h)]
	}
	words := wrap(m.fieldHint(f.at), w-2)
	for i := range words {
		if len(s.lines) == h {
			break
		}
		var l line
		l.add(t.Dim, " "+words[i])
		if len(s.lines) == h-1 && i < len(words)-1 {
			l.add(t.Dim, " "+t.Marks.Cut)
		}
		s.lines = append(s.lines, l.draw(w, t.Text, t.Marks.Cut))
	}
	return s
}

// fieldHint says what belongs into a field.
func (m *Model) fieldHint(i field) string {
	if i == loginField && m.o.Mail.Auth != nil {
		return strings.Replace(fieldHints[i], "Empty logs nobody in.", "Empty logs in as the command line says.", 1)
	}
	return fieldHints[i]
}

// leastBody is how many lines the body has at least; a form that is lower
// than its fields scrolls.
const leastBody = 3

// formRow is a line of the form: a field, and which line of it; none is a blank
// one.
type formRow struct {
	of   field
	nth  int
	none bool
}

// formRows are the lines of the form that are in sight, and how many of them
// the body has in all.
func (f *form) formRows(h int) (rows []formRow, body int) {
	airy := h >= int(fields)+9
	body = h - int(fields) + 1
	if airy {
		body -= 4
	}
	body = max(body, min(leastBody, h))
	from, to := 0, 0 // the lines of the field with the keyboard
	for i := field(0); i < fields; i++ {
		if airy && (i == targetField || i == loginField || i == fromField || i == bodyField) {
			rows = append(rows, formRow{none: true})
		}
		if i == f.at {
			from = len(rows)
		}
		lines := 1
		if i == bodyField {
			lines = body
		}
		for nth := range lines {
			rows = append(rows, formRow{of: i, nth: nth})
		}
		if i == f.at {
			to = len(rows)
		}
	}
	top := max(min(from, to-h), 0)
	if to > h {
		top = to - h
	}
	return rows[top:min(top+h, len(rows))], body
}

// formLines draws the fields, each with what is wrong in it beside it.
func (m *Model) formLines(w, h int) []string {
	rows, height := m.form.formRows(h)
	body := m.bodyLines(w, height)
	var out []string
	for _, r := range rows {
		switch {
		case r.none:
			out = append(out, m.theme.Text.Render(blanks(w)))
		case r.of == bodyField:
			out = append(out, body[r.nth])
		default:
			out = append(out, m.fieldLine(r.of, w))
		}
	}
	return out
}

func (m *Model) fieldName(i field) string {
	t, f := m.theme, m.form
	mark, style := "  ", t.Label
	if i == f.at {
		mark, style = t.Marks.Cursor+" ", t.Key
	}
	var l line
	l.add(t.Key, mark)
	l.add(style, fieldNames[i])
	return l.draw(nameColumn, t.Text, t.Marks.Cut)
}

// besideField is what stands behind a field: what is wrong in it, or of what
// size the message is.
func (m *Model) besideField(i field) line {
	t, f := m.theme, m.form
	var beside line
	if fault := f.faults[i]; fault.text != "" {
		mark, style := t.Marks.Warning, t.Warning
		if fault.fatal {
			mark, style = t.Marks.Refused, t.Refused
		}
		beside.wire(style, t.Escape, " "+mark+" "+fault.text)
	} else if i == messageField && f.content != nil && f.file != "" {
		beside.add(t.Dim, " "+contentNote(f.content))
	}
	return beside
}

// inputWidth is how many cells the text of a field has, of a line so wide.
func (m *Model) inputWidth(i field, w int, beside line) int {
	room := w - nameColumn - 1
	n := beside.width()
	if n == 0 {
		return room
	}
	used := width(escaped(m.form.value(i))) + 2
	input := max(room-n-1, min(used, room/2), 8)
	if room-input < 12 {
		input = max(room-3, 1)
	}
	return input
}

func (m *Model) fieldLine(i field, w int) string {
	t, f := m.theme, m.form
	beside := m.besideField(i)
	input := m.inputWidth(i, w, beside)
	style := t.Text
	if (i == subjectField || i == headerField) && f.file != "" {
		style = t.Dim // the message file has its own
	}
	text := inputLine(&f.inputs[i], input, i == f.at, style, t)
	if i == passwordField {
		text = hiddenLine(&f.inputs[i], input, i == f.at, t)
	}
	if i != f.at && f.value(i) == "" {
		var l line
		l.wire(t.Dim, t.Escape, m.absence(i))
		text = l.draw(input, t.Text, t.Marks.Cut)
	}
	return m.fieldName(i) + text + beside.draw(w-nameColumn-input, t.Text, t.Marks.Cut)
}

// absence says what an empty field stands for at the moment.
func (m *Model) absence(i field) string {
	f := m.form
	switch {
	case i == messageField && f.copied != nil:
		return "(as it was in " + f.copiedFrom + ", " + contentNote(f.copied) + ")"
	case i == loginField && m.o.Mail.Auth != nil:
		return "(as on the command line)"
	case i == heloField:
		target, _ := session.ParseTarget(strings.TrimSpace(m.form.value(targetField)))
		return "(" + cmp.Or(m.o.Helo(target), "the address of this end") + ")"
	}
	return absent[i]
}

func (m *Model) bodyLines(w, h int) []string {
	t, f := m.theme, m.form
	lines := areaLines(&f.body, w-nameColumn-1, h, f.inBody(), t)
	for i := range lines {
		name := t.Text.Render(blanks(nameColumn))
		if i == 0 {
			name = m.fieldName(bodyField)
		}
		lines[i] = name + lines[i] + t.Text.Render(" ")
	}
	return lines
}

func contentNote(c *session.Content) string {
	return session.Digits(c.Octets) + " octets, " + session.Count(int(c.Lines), "line", "lines")
}

// contentPreview shows the beginning of the content, dots doubled.
func (m *Model) contentPreview(w, h int) []string {
	t := m.theme
	var out []string
	add := func(style style, text string) {
		var l line
		l.wire(style, t.Escape, " "+text)
		out = append(out, l.draw(w, t.Text, t.Marks.Cut))
	}
	c := m.form.content
	if c == nil {
		add(t.Dim, "there is none yet")
		return out
	}
	r, err := c.Open()
	if err != nil {
		add(t.Warning, err.Error())
		return out
	}
	defer r.Close()
	read := bufio.NewReader(io.LimitReader(r, 64<<10))
	for len(out) < h-1 {
		text, err := read.ReadString('\n')
		if text == "" && err != nil {
			add(t.Client, ".")
			add(t.Dim, contentNote(c))
			return out[:min(len(out), h)]
		}
		text, _ = cutEnding(text)
		if len(text) > 0 && text[0] == '.' {
			text = "." + text
		}
		add(t.Content, text)
	}
	add(t.Dim, t.Marks.Cut+" "+contentNote(c)+" in all")
	return out
}
