package tui

import (
	"strings"

	"ehlo/themes"
)

// section is a titled part of a column. Its lines are drawn already, each as
// wide as the inside of the frame.
type section struct {
	title, note string // in the border: left and right
	tabs        []tab  // in place of the title
	lines       []string
	height      int // of the inside
	focused     bool
}

type tab struct {
	title string
	on    bool
}

// frame draws sections below each other in one border:
//
//	╭ Title ───────── note ╮
//	│ …                    │
//	├ Title ───────────────┤
//	│ …                    │
//	╰──────────────────────╯
func frame(w int, t themes.Theme, sections []section, foot string) []string {
	var out []string
	inside := max(w-2, 0)
	before := false
	for i, s := range sections {
		left, right := "├", "┤"
		if i == 0 {
			left, right = "╭", "╮"
		}
		out = append(out, rule(w, t, left, right, s, s.focused || before))
		edge := t.Border
		if s.focused {
			edge = t.Focused
		}
		side := edge.Render("│")
		for n := range s.height {
			text := t.Text.Render(blanks(inside))
			if n < len(s.lines) {
				text = s.lines[n]
			}
			out = append(out, side+text+side)
		}
		before = s.focused
	}
	return append(out, rule(w, t, "╰", "╯", section{title: foot}, before))
}

// rule draws a horizontal border with a title and a note in it.
func rule(w int, t themes.Theme, left, right string, s section, lit bool) string {
	edge, title := t.Border, t.Title
	if lit {
		edge = t.Focused
	}
	if s.focused {
		title = t.Focused
	}
	var l line
	l.add(edge, left)
	room := w - 2
	note := s.note
	if note != "" && width(note)+2 > room-width(s.title)-4 {
		note = ""
	}
	if note != "" {
		room -= width(note) + 3
	}
	switch {
	case len(s.tabs) > 0:
		room -= tabTitles(&l, room, t, s, edge)
	case s.title != "" && room > 4:
		text := s.title
		if width(text) > room-3 {
			text = strings.TrimRight(fit(text, room-3), " ")
		}
		mark := " "
		if s.focused {
			mark = t.Marks.Cursor
		}
		l.add(title, mark+text+" ")
		room -= width(text) + 2
	}
	l.add(edge, strings.Repeat("─", max(room, 0)))
	if note != "" {
		l.add(t.Dim, " "+note+" ")
		l.add(edge, "─")
	}
	l.add(edge, right)
	return l.draw(w, t.Text, "…")
}

// tabTitles draws the titles of tabs and returns their width.
func tabTitles(l *line, room int, t themes.Theme, s section, edge themes.Style) int {
	used := 0
	if s.focused {
		l.add(t.Focused, t.Marks.Cursor)
		used = 1
	}
	for i, tab := range s.tabs {
		text := " " + tab.title + " "
		if used+width(text)+1 > room {
			break
		}
		if i > 0 {
			l.add(edge, "─")
			used++
		}
		style := t.Dim
		switch {
		case tab.on && s.focused:
			style = t.Focused
		case tab.on:
			style = t.Title
		}
		if tab.on {
			text = "[" + tab.title + "]"
		}
		l.add(style, text)
		used += width(text)
	}
	return used
}

// beside puts columns of the same height next to each other.
func beside(columns ...[]string) []string {
	out := make([]string, len(columns[0]))
	for i := range out {
		for _, c := range columns {
			if i < len(c) {
				out[i] += c[i]
			}
		}
	}
	return out
}
