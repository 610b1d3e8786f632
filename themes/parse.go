package themes

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/charmbracelet/lipgloss"
)

// parse reads a theme file, one meaning a line:
//
//	# a comment
//	base    = dark
//	text    = #d5dbe3 on #12161c
//	refused = bright-red bold
//	title   = bold underline
//	mark.refused = !
//
// Colours are #rrggbb or the names of the terminal's own sixteen. A style
// without a background stands on that of text. What is not set looks as in the
// base, a built-in theme, or without one like text.
func parse(name, file, data string) (Theme, error) {
	t := Theme{Name: name, Marks: defaultMarks()}
	based, about := false, ""
	seen := map[string]int{}
	for i, line := range strings.Split(data, "\n") {
		line = strings.TrimSpace(line)
		if i == 0 && strings.HasPrefix(line, "#") {
			about, _, _ = strings.Cut(strings.TrimSpace(line[1:]), ". ")
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		wrong := func(format string, args ...any) (Theme, error) {
			return Theme{}, fmt.Errorf("%s:%d: %s", file, i+1, fmt.Sprintf(format, args...))
		}
		meaning, look, ok := strings.Cut(line, "=")
		meaning, look = strings.TrimSpace(meaning), strings.TrimSpace(look)
		if !ok || meaning == "" {
			return wrong("expected MEANING = LOOK")
		}
		if before := seen[meaning]; before > 0 {
			return wrong("%s was set in line %d already", meaning, before)
		}
		seen[meaning] = i + 1
		var err error
		switch {
		case meaning == "base" && len(seen) > 1:
			err = errors.New("base comes first")
		case meaning == "base":
			based = true
			t, err = Find(look)
			t.Name = name
		default:
			err = t.set(meaning, look)
		}
		if err != nil {
			return wrong("%v", err)
		}
	}
	t.complete(based, seen)
	t.About = strings.TrimSuffix(about, ".")
	return t, nil
}

// set gives a meaning or a mark its look.
func (t *Theme) set(meaning, look string) error {
	if mark, ok := strings.CutPrefix(meaning, "mark."); ok {
		marks := t.marks()
		if marks[mark] == nil {
			return fmt.Errorf("no mark is called %q; there are %s", mark, names(marks))
		}
		if err := checkMark(look); err != nil {
			return fmt.Errorf("%s: %w", meaning, err)
		}
		*marks[mark] = look
		return nil
	}
	styles := t.styles()
	if styles[meaning] == nil {
		return fmt.Errorf("no meaning is called %q; there are base, %s", meaning, names(styles))
	}
	style, err := parseStyle(look)
	if err != nil {
		return fmt.Errorf("%s: %w", meaning, err)
	}
	*styles[meaning] = style
	return nil
}

// complete fills in what a file has left open.
func (t *Theme) complete(based bool, seen map[string]int) {
	for meaning, style := range t.styles() {
		if seen[meaning] == 0 && !based {
			*style = t.Text
		}
		if seen[meaning] == 0 && based && seen["text"] > 0 && !grounds[meaning] {
			style.BG = "" // it stands on the new ground
		}
		if style.BG == "" {
			style.BG = t.Text.BG
		}
		if style.FG == "" {
			style.FG = t.Text.FG
		}
		*style = style.ready()
	}
}

// grounds are the meanings whose background is their own.
var grounds = map[string]bool{"selection": true, "caret": true}

// A mark is a character or two; a secret hides its length behind more.
const maxMark = 8

// checkMark keeps out what would move a cursor or upset the columns.
func checkMark(mark string) error {
	w := 0
	for _, r := range mark {
		n := lipgloss.Width(string(r))
		if !unicode.IsPrint(r) || n < 1 {
			return fmt.Errorf("%+q is no character to show", r)
		}
		w += n
	}
	if w < 1 || w > maxMark {
		return fmt.Errorf("a mark takes 1 to %d cells, not %d", maxMark, w)
	}
	return nil
}

func parseStyle(look string) (Style, error) {
	var s Style
	words := strings.Fields(look)
	for i := 0; i < len(words); i++ {
		switch word := words[i]; {
		case word == "bold":
			s.Bold = true
		case word == "underline":
			s.Underline = true
		case word == "reverse":
			s.Reverse = true
		case word == "on":
			i++
			if i == len(words) || !isColour(words[i]) {
				return s, errors.New("expected a colour behind \"on\", #rrggbb or a name")
			}
			s.BG = words[i]
		case isColour(word) && s.FG == "":
			s.FG = word
		default:
			return s, fmt.Errorf("%q is no colour (#rrggbb, default, %s or bright- before one), on, bold, underline or reverse",
				word, strings.Join(sixteen[:8], ", "))
		}
	}
	return s, nil
}

// sixteen are the names of the colours that a terminal has of its own, by
// number; "default" is what it writes with if nobody says otherwise.
var sixteen = [...]string{
	"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
	"bright-black", "bright-red", "bright-green", "bright-yellow",
	"bright-blue", "bright-magenta", "bright-cyan", "bright-white",
}

func isColour(word string) bool {
	if word == "default" || slices.Contains(sixteen[:], word) {
		return true
	}
	if len(word) != 7 || word[0] != '#' {
		return false
	}
	return strings.Trim(word[1:], "0123456789abcdefABCDEF") == ""
}

// styles names the styles as theme files do.
func (t *Theme) styles() map[string]*Style {
	return map[string]*Style{
		"text": &t.Text, "dim": &t.Dim, "title": &t.Title, "label": &t.Label,
		"border": &t.Border, "focused": &t.Focused, "selection": &t.Selection,
		"caret": &t.Caret, "key": &t.Key,
		"client": &t.Client, "server": &t.Server, "info": &t.Info, "content": &t.Content,
		"good": &t.Good, "temporary": &t.Temporary, "refused": &t.Refused,
		"failure": &t.Failure, "warning": &t.Warning, "secret": &t.Secret, "escape": &t.Escape,
	}
}

func (t *Theme) marks() map[string]*string {
	m := &t.Marks
	return map[string]*string{
		"client": &m.Client, "server": &m.Server, "info": &m.Info, "secure": &m.Secure,
		"cursor": &m.Cursor, "refused": &m.Refused, "warning": &m.Warning, "secret": &m.Secret,
		"taken": &m.Taken, "rejected": &m.Rejected, "open": &m.Open, "next": &m.Next,
		"added": &m.Added, "gone": &m.Gone, "record": &m.Record, "play": &m.Play,
		"caret": &m.Caret, "cut": &m.Cut, "fold": &m.Fold, "marked": &m.Marked, "note": &m.Note,
	}
}

func names[V any](known map[string]V) string {
	list := make([]string, 0, len(known))
	for name := range known {
		list = append(list, name)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}
