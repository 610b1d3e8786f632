package tui

import (
	"fmt"
	"strings"
)

// paper is a screen of text that scrolls, written anew for each frame.
type paper struct {
	bare
	scroller
	at    place
	says  string // what it is for
	write func(m *Model, w int) []line
}

func (p *paper) place() place          { return p.at }
func (p *paper) actions() []action     { return nil }
func (p *paper) about(*Model) string   { return p.says }
func (p *paper) hints(m *Model) []hint { return viewHints(m) }
func (p *paper) remark(m *Model) notice {
	return m.session.remark(m)
}

func (p *paper) move(_ *Model, by int) { p.by(by) }

func (p *paper) settle(m *Model) {
	if w, h := m.room(); p.top > 0 {
		p.scroller.settle(len(p.write(m, w-2)), h-2)
	}
}

func (p *paper) draw(m *Model, w, h int) []string {
	s := p.window(p.at.title, p.write(m, w-2), w-2, h-2, m.theme)
	if note := m.momentNote(); note != "" {
		s.note = strings.TrimSpace(note + " " + s.note)
	}
	return frame(w, m.theme, []section{s}, "")
}

// viewHints are the keys of a screen that shows the session.
func viewHints(m *Model) []hint {
	if m.tape != nil {
		return []hint{{"step", "next row"}, {"close", "session"}, {"up", ""}, {"down", ""}, {"help", ""}, {"quit", ""}}
	}
	return append(goOnHints(m), []hint{{"close", "session"}, {"up", ""}, {"down", ""}, {"help", ""}, {"quit", ""}}...)
}

// goOnHints are the keys with which the session goes on, or begins.
func goOnHints(m *Model) []hint {
	switch {
	case m.drive.sess == nil:
		return []hint{{"step", "connect"}}
	case len(m.drive.plan) == 0 && !m.drive.acting:
		return []hint{{"reconnect", ""}}
	}
	return []hint{{"step", ""}, {"run", map[bool]string{true: "pause"}[m.drive.running]}}
}

// momentNote says which moment is shown, if it is not now.
func (m *Model) momentNote() string {
	if c := m.shown(); !c.follows() && len(c.rows) > 0 {
		return fmt.Sprintf("at row %d", c.cursor+1)
	}
	return ""
}

// sheet is text while it is being written: headings, facts, sentences.
type sheet struct {
	m     *Model
	w     int
	lines []line
}

// below draws the first lines of a text, as many as there is room for, and
// marks where it was cut off.
func below(lines []line, w, h int, t theme) (out []string) {
	for i, l := range lines {
		if i == h {
			break
		}
		if i == h-1 && len(lines) > h {
			if l.width()+2 < w {
				l.add(t.Dim, " ")
			}
			l.cut(w-1, t.Text, "")
			l.add(t.Dim, t.Marks.Cut)
		}
		out = append(out, l.draw(w, t.Text, t.Marks.Cut))
	}
	return out
}

// labelled is the column of the values behind their labels.
const labelled = 15

func (s *sheet) gap() {
	if n := len(s.lines); n > 0 && len(s.lines[n-1].pieces) > 0 {
		s.lines = append(s.lines, line{})
	}
}

// title begins a part.
func (s *sheet) title(text string) {
	s.gap()
	var l line
	l.add(s.m.theme.Title, " "+escaped(text))
	s.lines = append(s.lines, l)
}

// text adds a paragraph.
func (s *sheet) text(style style, text string) { s.indented(1, style, text) }

func (s *sheet) indented(by int, style style, text string) {
	for _, words := range wrap(escapedLines(text), s.w-by-1) {
		var l line
		l.add(style, blanks(by)+words)
		s.lines = append(s.lines, l)
	}
}

// fact adds a labelled value.
func (s *sheet) fact(label string, style style, value string) {
	column := labelled
	if s.w < 50 {
		column = 12
	}
	s.beside(column, label, style, value)
}

// beside adds a label, and its value in a column beside it.
func (s *sheet) beside(column int, label string, style style, value string) {
	for _, words := range wrap(escapedLines(value), s.w-column-2) {
		var l line
		l.add(s.m.theme.Label, " "+fit(label, column))
		l.add(style, words)
		s.lines = append(s.lines, l)
		label = ""
	}
}

// verdict adds a sentence with the mark of what it says.
func (s *sheet) verdict(ok bool, text, source string) {
	t := s.m.theme
	mark, style := t.Marks.Taken, t.Good
	if !ok {
		mark, style = t.Marks.Refused, t.Refused
	}
	s.marked(mark, style, text, source)
}

// warning adds what is no fault, and may become one.
func (s *sheet) warning(text, source string) {
	s.marked(s.m.theme.Marks.Warning, s.m.theme.Warning, text, source)
}

func (s *sheet) marked(mark string, style style, text, source string) {
	words := wrap(escapedLines(text), s.w-5)
	for i := range words {
		var l line
		l.add(style, "  "+mark+" ")
		l.add(style, words[i])
		if i == len(words)-1 && source != "" && l.width()+width(source)+3 <= s.w {
			l.add(s.m.theme.Dim, "  "+source)
		}
		s.lines = append(s.lines, l)
		mark = blanks(width(mark))
	}
}
