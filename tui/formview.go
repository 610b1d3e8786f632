package tui

import (
	"bufio"
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
	tlsField: "(never)", heloField: "(the address of this end)", fromField: "(null reverse-path)",
	messageField: "(none: subject and body are the message)", loginField: "(nobody)", attachField: "(nothing)",
}

// draw draws the form, and beside it, where there is room, what it becomes.
func (f *form) draw(m *Model, w, whole int) []string {
	t := m.theme
	if f.preview.on {
		return frame(w, t, []section{f.preview.window("Preview", m.previewLines(w-2), w-2, whole-2, t)}, "")
	}
	left := w
	if w >= wideForm {
		left = w * 55 / 100
	}
	hint := hintHeight(whole)
	h := whole - 2
	if hint > 0 {
		h -= hint + 1
	}
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

// hintHeight is how many lines there are for a word on the field, below a
// form so high; in a very low terminal the footer has to do.
func hintHeight(h int) int {
	switch {
	case low(h):
		return 0
	case h < 27:
		return 4
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

// formLines draws the fields, each with what is wrong in it beside it.
func (m *Model) formLines(w, h int) []string {
	airy := h >= int(fields)+9
	bodyHeight := h - int(fields) + 1
	if airy {
		bodyHeight -= 4
	}
	bodyHeight = max(bodyHeight, min(leastBody, h))
	var out []string
	blank := m.theme.Text.Render(blanks(w))
	from, to := 0, 0 // the lines of the field with the keyboard
	for i := field(0); i < fields; i++ {
		if airy && (i == targetField || i == loginField || i == fromField || i == bodyField) {
			out = append(out, blank)
		}
		if i == m.form.at {
			from = len(out)
		}
		if i == bodyField {
			out = append(out, m.bodyLines(w, bodyHeight)...)
		} else {
			out = append(out, m.fieldLine(i, w))
		}
		if i == m.form.at {
			to = len(out)
		}
	}
	top := max(min(from, to-h), 0)
	if to > h {
		top = to - h
	}
	return out[top:min(top+h, len(out))]
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

func (m *Model) fieldLine(i field, w int) string {
	t, f := m.theme, m.form
	room := w - nameColumn - 1
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
	input := room
	if n := beside.width(); n > 0 {
		used := width(escaped(f.value(i))) + 2
		input = max(room-n-1, min(used, room/2), 8)
		if room-input < 12 {
			input = max(room-3, 1)
		}
	}
	style := t.Text
	if i == subjectField && f.file != "" {
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
	return count(c.Octets) + " octets, " + plural(int(c.Lines), "line", "lines")
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
