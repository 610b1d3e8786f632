package tui

import "ehlo/session"

// promptHeight is how many lines the prompt takes, with its border.
func promptHeight(s shape) int { return 3 + promptRoom(s) }

// promptRoom is how many lines there are for advice.
func promptRoom(s shape) int {
	if s == single {
		return 2
	}
	return 3
}

// overlay puts the prompt over the last lines of the session screen.
func (m *Model) overlay(lines []string, l layout) []string {
	t, p := m.theme, &m.prompt
	room := promptRoom(l.shape)
	notes := m.promptNotes(room)
	w := m.width
	var head line
	head.add(t.Key, map[bool]string{true: ": ", false: "› "}[p.kind == sayRaw])
	body := []string{head.draw(3, t.Text, "") + inputLine(&p.input, w-5, true, t.Text, t)}
	for i := range notes {
		body = append(body, notes[i].draw(w-2, t.Text, t.Marks.Cut))
	}
	box := frame(w, t, []section{{title: p.title(), lines: body, height: 1 + room, focused: true}}, "")
	if l.shape == single { // its pane has made room
		foot := lines[len(lines)-1]
		return append(append(lines[:len(lines)-1], box...), foot)
	}
	copy(lines[len(lines)-1-len(box):], box)
	return lines
}

// promptNotes says what there is to say about what has been typed, in so many
// lines.
func (m *Model) promptNotes(room int) []line {
	t, p := m.theme, &m.prompt
	w := m.width - 4
	var notes []line
	add := func(style style, mark, text, source string) {
		if len(notes) == room {
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
	case p.speaks() && p.input.Value() == "":
		add(t.Dim, " ", "advice stands here while you type; nothing is forbidden", "")
	case p.speaks():
		list := session.Advise(m.live.now, []byte(p.input.Value()+"\r\n"))
		for i, r := range list {
			if i > 0 && i == room-1 && len(list) > room {
				add(t.Dim, t.Marks.Cut, plural(len(list)-i, "remark", "remarks")+" more", "")
				break
			}
			mark, style := t.Marks.Warning, t.Warning
			switch r.Severity {
			case session.Wrong:
				mark, style = t.Marks.Refused, t.Refused
			case session.Note:
				mark, style = t.Marks.Open, t.Text
			}
			add(style, mark, r.Text, r.Source)
		}
		if len(list) == 0 {
			fine := "nothing speaks against this line"
			if code := session.Expect(m.live.now, []byte(p.input.Value()+"\r\n")); code != 0 {
				fine += ": a correct server answers " + code.String()
			}
			add(t.Good, t.Marks.Taken, fine, "")
		}
	case p.kind == saveAs:
		add(t.Dim, " ", "all that has happened is written, and all that will; secrets are not", "")
	default:
		add(t.Dim, " ", "a transcript (.smtp) to walk through", "")
	}
	return notes
}
