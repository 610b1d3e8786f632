package tui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"ehlo/themes"
)

// line is one line of the screen before it is drawn: pieces of text, each
// with a style. Drawing cuts or fills it to a width.
type line struct{ pieces []piece }

type piece struct {
	style themes.Style
	text  string
}

// add puts text of this program behind the line.
func (l *line) add(style themes.Style, text string) {
	if text != "" {
		l.pieces = append(l.pieces, piece{style, text})
	}
}

// wire puts foreign text behind the line: what has no character of its own
// becomes an escape, in a style that tells it from the letters \x00.
func (l *line) wire(style, escape themes.Style, text string) {
	runs(text, func(run string, strange bool) {
		if strange {
			l.add(escape, escapes(run))
			return
		}
		l.add(style, run)
	})
}

// to fills the line with blanks up to a column.
func (l *line) to(column int, style themes.Style) {
	if gap := column - l.width(); gap > 0 {
		l.add(style, blanks(gap))
	}
}

func (l *line) width() int {
	w := 0
	for _, p := range l.pieces {
		w += width(p.text)
	}
	return w
}

// cut shortens the line to a width; a mark says so.
func (l *line) cut(w int, style themes.Style, mark string) {
	if l.width() <= w {
		return
	}
	room := max(w-width(mark), 0)
	for i, p := range l.pieces {
		if n := width(p.text); n <= room {
			room -= n
			continue
		}
		l.pieces = append(l.pieces[:i:i], piece{p.style, ansi.Truncate(p.text, room, "")}, piece{style, mark})
		return
	}
}

// draw returns the line, exactly so wide. What does not fit ends in the mark
// for it.
func (l *line) draw(w int, ground themes.Style, cut string) string {
	return l.drawOn(w, ground, cut, nil)
}

// drawOn draws the line on the ground of another style.
func (l *line) drawOn(w int, text themes.Style, cut string, ground *themes.Style) string {
	if w <= 0 {
		return ""
	}
	var b strings.Builder
	room := w
	if l.width() > w {
		room = w - width(cut)
	}
	put := func(style themes.Style, s string) {
		if ground != nil {
			style = style.On(*ground)
		}
		b.WriteString(style.Render(s))
	}
	for _, p := range l.pieces {
		n := width(p.text)
		if n <= room {
			put(p.style, p.text)
			room -= n
			continue
		}
		short := ansi.Truncate(p.text, max(room, 0), "")
		put(p.style, short+blanks(room-width(short)))
		put(p.style, cut)
		return b.String()
	}
	put(text, blanks(room))
	return b.String()
}

// width is how many cells a text takes.
func width(text string) int {
	for i := range len(text) {
		if text[i] < ' ' || text[i] >= 0x7f {
			return ansi.StringWidth(text)
		}
	}
	return len(text)
}

const space = "                                                                                                                                "

func blanks(n int) string {
	switch {
	case n <= 0:
		return ""
	case n <= len(space):
		return space[:n]
	}
	return strings.Repeat(" ", n)
}

// fit cuts or fills plain text to a width.
func fit(text string, w int) string {
	n := width(text)
	switch {
	case w <= 0:
		return ""
	case n > w:
		text = ansi.Truncate(text, w, "…")
		n = width(text)
	}
	return text + blanks(w-n)
}

// wrap breaks text into lines of at most w cells, at blanks where it can.
func wrap(text string, w int) []string {
	var lines []string
	if w < 1 {
		return nil
	}
	for paragraph := range strings.SplitSeq(text, "\n") {
		current := ""
		for word := range strings.FieldsSeq(paragraph) {
			for width(word) > w {
				if current != "" {
					lines = append(lines, current)
					current = ""
				}
				head := ansi.Truncate(word, w, "")
				if head == "" { // a wide character in a column of one cell
					return lines
				}
				lines = append(lines, head)
				word = word[len(head):]
			}
			switch {
			case current == "":
				current = word
			case width(current)+1+width(word) <= w:
				current += " " + word
			default:
				lines = append(lines, current)
				current = word
			}
		}
		lines = append(lines, current)
	}
	return lines
}
