package main

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// screenful is what a terminal shows: cells with a character and a look. It
// knows as much of a terminal as the program makes use of.
type screenful struct {
	w, h int
	rows [][]cell
	x, y int
	look look
}

type cell struct {
	text string // "" behind a wide character
	look
}

type look struct {
	fg, bg                   string // "#rrggbb", "" is the terminal's own
	bold, underline, reverse bool
}

func newScreenful(w, h int) *screenful {
	s := &screenful{w: w, h: h}
	s.erase()
	return s
}

func (s *screenful) erase() {
	s.rows = make([][]cell, s.h)
	for y := range s.rows {
		s.rows[y] = make([]cell, s.w)
		for x := range s.rows[y] {
			s.rows[y][x].text = " "
		}
	}
}

// write takes what the program writes and returns what is not whole yet.
func (s *screenful) write(text string) (rest string) {
	for text != "" {
		if text[0] == '\x1b' {
			n := s.escape(text)
			if n == 0 {
				return text
			}
			text = text[n:]
			continue
		}
		if !utf8.FullRuneInString(text) {
			return text
		}
		_, n := utf8.DecodeRuneInString(text)
		s.put(text[:n])
		text = text[n:]
	}
	return ""
}

func (s *screenful) put(char string) {
	switch char {
	case "\n":
		s.y++
	case "\r":
		s.x = 0
	}
	w := ansi.StringWidth(char)
	if w == 0 || s.y >= s.h || s.x+w > s.w {
		return
	}
	s.rows[s.y][s.x] = cell{char, s.look}
	for i := 1; i < w; i++ {
		s.rows[s.y][s.x+i] = cell{"", s.look}
	}
	s.x += w
}

// escape carries out a sequence and returns how long it is; 0 if its end has
// not come.
func (s *screenful) escape(text string) int {
	if len(text) < 2 {
		return 0
	}
	if text[1] != '[' {
		if end := strings.Index(text, "\x1b\\"); strings.ContainsRune("_]P^", rune(text[1])) {
			return max(end+2, 0)
		}
		return 2
	}
	end := 2
	for end < len(text) && (text[end] < '@' || text[end] > '~') {
		end++
	}
	if end == len(text) {
		return 0
	}
	args := strings.Split(text[2:end], ";")
	number := func(i, otherwise int) int {
		if i < len(args) {
			if n, err := strconv.Atoi(args[i]); err == nil {
				return n
			}
		}
		return otherwise
	}
	switch text[end] {
	case 'H':
		s.y, s.x = number(0, 1)-1, number(1, 1)-1
	case 'J':
		s.erase()
	case 'm':
		s.dress(args)
	}
	return end + 1
}

// dress is SGR, as far as themes use it.
func (s *screenful) dress(args []string) {
	for i := 0; i < len(args); i++ {
		switch n, _ := strconv.Atoi(args[i]); {
		case n == 0:
			s.look = look{}
		case n == 1:
			s.look.bold = true
		case n == 4:
			s.look.underline = true
		case n == 7:
			s.look.reverse = true
		case n == 38 && i+4 < len(args):
			s.look.fg = colour(args[i+2:])
			i += 4
		case n == 48 && i+4 < len(args):
			s.look.bg = colour(args[i+2:])
			i += 4
		}
	}
}

func colour(rgb []string) string {
	text := "#"
	for _, part := range rgb[:3] {
		n, _ := strconv.Atoi(part)
		text += strconv.FormatInt(int64(n&0xff|0x100), 16)[1:]
	}
	return text
}

// String is the screen without its colours.
func (s *screenful) String() string {
	var b strings.Builder
	for _, row := range s.rows {
		line := ""
		for _, c := range row {
			line += c.text
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

func TestScreenful(t *testing.T) {
	s := newScreenful(10, 2)
	if rest := s.write("\x1b[2J\x1b[1;1Hab\x1b[1;38;2;255;0;16mc日\x1b[0md\x1b[2;3H│\x1b_x\x1b\\x\x1b[38;2"); rest != "\x1b[38;2" {
		t.Errorf("the rest is %q", rest)
	}
	if got := s.String(); got != "abc日d\n  │x\n" {
		t.Errorf("%q", got)
	}
	if c := s.rows[0][2]; c.fg != "#ff0010" || !c.bold || s.rows[0][5].bold {
		t.Errorf("%+v", c)
	}
}
