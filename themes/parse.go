package themes

import (
	"fmt"
	"sort"
	"strings"
)

// parse reads a theme file, one meaning a line:
//
//	# a comment
//	text    = #d5dbe3 on #12161c
//	refused = #ff8f88 bold
//	title   = bold underline
//	mark.refused = !
//
// Colours are #rrggbb. A style without a background stands on that of text.
func parse(name, file, data string) (Theme, error) {
	t := Theme{Name: name, Marks: defaultMarks()}
	styles, marks := t.styles(), t.marks()
	seen := map[string]int{}
	for i, line := range strings.Split(data, "\n") {
		line = strings.TrimSpace(line)
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
		if mark, ok := strings.CutPrefix(meaning, "mark."); ok {
			if marks[mark] == nil {
				return wrong("no mark is called %q; there are %s", mark, names(marks))
			}
			*marks[mark] = look
			continue
		}
		if styles[meaning] == nil {
			return wrong("no meaning is called %q; there are %s", meaning, names(styles))
		}
		style, err := parseStyle(look)
		if err != nil {
			return wrong("%s: %v", meaning, err)
		}
		*styles[meaning] = style
	}
	for meaning, style := range styles {
		if seen[meaning] == 0 {
			*style = t.Text
		}
	}
	for _, style := range styles {
		if style.BG == "" {
			style.BG = t.Text.BG
		}
		if style.FG == "" {
			style.FG = t.Text.FG
		}
		*style = style.ready()
	}
	return t, nil
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
				return s, fmt.Errorf("expected a colour behind \"on\", #rrggbb")
			}
			s.BG = words[i]
		case isColour(word) && s.FG == "":
			s.FG = word
		default:
			return s, fmt.Errorf("%q is no colour (#rrggbb), on, bold, underline or reverse", word)
		}
	}
	return s, nil
}

func isColour(word string) bool {
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
		"caret": &m.Caret, "cut": &m.Cut,
	}
}

func names[V any](known map[string]V) string {
	list := make([]string, 0, len(known))
	for name := range known {
		list = append(list, name)
	}
	sort.Strings(list)
	return strings.Join(list, ", ")
}
