package themes

import (
	"slices"
	"strconv"

	"github.com/charmbracelet/lipgloss"
)

// Style is how a piece of text looks. The zero Style changes nothing.
type Style struct {
	FG, BG                   string // "#rrggbb" or "bright-red"; "default" or "" is the terminal's own
	Bold, Underline, Reverse bool

	open string // the escape sequence that turns it on
}

const reset = "\x1b[0m"

// Render returns text in this style. The text must be a single line without
// escape sequences.
func (s Style) Render(text string) string {
	if s.open == "" || text == "" {
		return text
	}
	return s.open + text + reset
}

// Shows reports whether the style changes anything, and so whether it can say
// something without the help of a mark.
func (s Style) Shows() bool { return s.open != "" }

// On returns the style on the ground of another one: its background, or
// reverse where a theme has none. What is reversed has one colour: the
// terminal's own turned around would be a row of patches.
func (s Style) On(ground Style) Style {
	if ground.BG != "" {
		s.BG = ground.BG
	}
	if s.FG == "" {
		s.FG = ground.FG
	}
	if ground.Reverse {
		s.Reverse, s.FG = true, ground.FG
	}
	return s.ready()
}

// ready works out the escape sequence, once, for the colours that the
// terminal has.
func (s Style) ready() Style {
	codes := ""
	add := func(code string) {
		switch {
		case code == "":
		case codes == "":
			codes = code
		default:
			codes += ";" + code
		}
	}
	if s.Bold {
		add("1")
	}
	if s.Underline {
		add("4")
	}
	if s.Reverse {
		add("7")
	}
	profile := lipgloss.ColorProfile()
	for _, c := range []struct {
		name string
		back bool
	}{{s.FG, false}, {s.BG, true}} {
		if n := slices.Index(sixteen[:], c.name); n >= 0 {
			c.name = strconv.Itoa(n)
		}
		if c.name != "" && c.name != "default" {
			add(profile.Color(c.name).Sequence(c.back))
		}
	}
	s.open = ""
	if codes != "" {
		s.open = "\x1b[" + codes + "m"
	}
	return s
}
