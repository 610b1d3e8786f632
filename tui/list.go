package tui

import "ehlo/themes"

// list is rows with a cursor, of which those in sight are drawn.
type list struct{ cursor, top int }

func (l *list) by(n, rows int) { l.cursor = max(min(l.cursor+n, rows-1), 0) }

// past moves over rows that are headings, of which the first row is one.
func (l *list) past(n, rows int, heading func(row int) bool) {
	l.by(n, rows)
	if l.cursor < rows && heading(l.cursor) {
		if n < 0 && l.cursor > 0 {
			l.cursor--
		} else {
			l.cursor++
		}
	}
}

// settlePast is settle for a list whose first row is a heading: that is in sight
// with the row below it.
func (l *list) settlePast(rows, h int) {
	l.cursor = max(l.cursor, min(1, rows-1))
	l.settle(rows, h)
	if l.top == 1 && l.cursor == 1 {
		l.top = 0
	}
}

// settle keeps the cursor on a row, and in sight.
func (l *list) settle(rows, h int) {
	l.cursor = max(min(l.cursor, rows-1), 0)
	if l.cursor < l.top {
		l.top = l.cursor
	}
	if l.cursor >= l.top+h {
		l.top = l.cursor - h + 1
	}
	l.top = max(min(l.top, rows-h), 0)
}

// window draws the rows in sight as a section.
func (l list) window(title string, rows, w, h int, t themes.Theme, row func(i int) line) section {
	l.settle(rows, h)
	s := section{title: title, height: h, focused: true}
	if rows > h {
		s.note = span(l.top, h, rows)
	}
	for i := l.top; i < min(l.top+h, rows); i++ {
		text := row(i)
		var head line
		head.add(t.Key, map[bool]string{true: t.Marks.Cursor, false: " "}[i == l.cursor])
		head.pieces = append(head.pieces, text.pieces...)
		s.lines = append(s.lines, head.drawOn(w, t.Text, t.Marks.Cut, ground(i == l.cursor, t)))
	}
	return s
}

// emptyList says why there are no rows.
func emptyList(text string, w int, t themes.Theme) (out []string) {
	for _, words := range wrap(text, w-3) {
		var l line
		l.add(t.Dim, "  "+words)
		out = append(out, l.draw(w, t.Text, t.Marks.Cut))
	}
	return out
}

// column puts a cell of so many cells behind a line.
func (l *line) column(style style, text string, w int) {
	l.add(style, fit(escaped(text), w)+" ")
}
