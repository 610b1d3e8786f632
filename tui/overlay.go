package tui

import "ehlo/session"

// promptHeight is how many lines the prompt takes, with its border.
func (m *Model) promptHeight(h int) int { return 3 + m.promptRoom(h) }

// promptRoom is how many lines there are for advice, on a screen so high.
func (m *Model) promptRoom(h int) int {
	least, most := 3, 6
	if low(h) {
		least, most = 2, 4
	}
	return within(len(m.promptNotes(most)), least, most)
}

// overlay puts the prompt over the last lines of a screen, or below a low
// one, which has made room for it.
func (m *Model) overlay(lines []string) []string {
	t, p, w, h := m.theme, &m.prompt, m.width, len(lines)
	room := m.promptRoom(h)
	notes := m.promptNotes(room)
	var head line
	head.add(t.Key, p.sign)
	body := []string{head.draw(3, t.Text, "") + m.promptLine(w-5)}
	for i := range notes {
		body = append(body, notes[i].draw(w-2, t.Text, t.Marks.Cut))
	}
	box := frame(w, t, []section{{title: p.title, lines: body, height: 1 + room, focused: true}}, "")
	if low(h) {
		return append(lines, box...)
	}
	return append(lines[:h-len(box)], box...)
}

// promptLine is what was typed, or a dot for each letter of a secret.
func (m *Model) promptLine(w int) string {
	p, t := &m.prompt, m.theme
	if p.hides {
		return hiddenLine(&p.input, w, true, t)
	}
	return caretLine(m.veiled(), p.input.Position(), w, true, t.Text, t)
}

// promptNotes says what there is to say about what has been typed, in so many
// lines.
func (m *Model) promptNotes(room int) []line {
	t, p := m.theme, &m.prompt
	w := m.width - 4
	var notes []line
	more := false
	add := func(style style, mark, text, source string) {
		if len(notes) == room {
			if !more {
				notes[room-1].add(t.Dim, t.Marks.Cut)
			}
			more = true
			return
		}
		var l line
		l.add(style, " "+mark+" ")
		l.wire(style, t.Escape, text)
		if source != "" && l.width()+width(source)+3 <= w {
			l.add(t.Dim, "   "+source)
		}
		notes = append(notes, l)
	}
	switch {
	case p.fault != "":
		words := wrap(escapedLines(p.fault), w-3)
		for i, line := range words {
			mark := t.Marks.Refused
			if i > 0 {
				mark = " "
			}
			add(t.Warning, mark, line, "")
		}
	case p.speaks && p.input.Value() == "" && !p.complete:
		add(t.Dim, " ", "advice stands here while you type; nothing is forbidden", "")
	case p.speaks:
		if l, ok := m.completionLine(w); ok {
			notes = append(notes, l)
		}
		s, data, err := m.typedOctets()
		if err != nil {
			add(t.Warning, t.Marks.Refused, err.Error(), "")
			break
		}
		if p.input.Value() == "" {
			add(t.Dim, " ", "advice stands here while you type; nothing is forbidden", "")
			break
		}
		m.adviceNotes(s, data, room, add)
	default:
		for _, words := range wrap(p.note, w-3) {
			add(t.Dim, " ", words, "")
		}
	}
	return notes
}

// adviceNotes says what the rules think of a line, in so many lines.
func (m *Model) adviceNotes(s session.State, data []byte, room int, add func(style style, mark, text, source string)) {
	t, list := m.theme, session.Advise(s, data)
	for i, r := range list {
		words := wrap(escapedLines(r.Text), m.width-7)
		rest := min(len(list)-1-i, 1) // a line says that there are more
		if i > 0 && len(words)+rest > room {
			add(t.Dim, t.Marks.Cut, session.Count(len(list)-i, "remark", "remarks")+" more", "")
			return
		}
		room -= len(words)
		mark, style := severityMark(r.Severity, t)
		for n, part := range words {
			source := r.Source
			if n < len(words)-1 {
				source = ""
			}
			add(style, mark, part, source)
			mark = blanks(width(mark))
		}
	}
	if len(list) == 0 {
		fine := "nothing speaks against this line"
		if code := session.Expect(s, data); code != 0 {
			fine += ": a correct server answers " + code.String()
		}
		for i, words := range wrap(fine, m.width-7) {
			add(t.Good, map[bool]string{true: t.Marks.Taken, false: " "}[i == 0], words, "")
		}
	}
}
