package tui

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Names of files as they are typed into the form, with commas between several.
// One with a comma in it, or with octets that nobody can type, stands in quotes,
// with escapes as in Go: "a, b.txt", "bell\x07.txt".

// readNames takes them apart.
func readNames(text string) []string {
	var names []string
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		if quoted, err := strconv.QuotedPrefix(text); err == nil && text[0] == '"' {
			if name, err := strconv.Unquote(quoted); err == nil {
				_, rest, _ := strings.Cut(text[len(quoted):], ",")
				names, text = append(names, name), rest
				continue
			}
		}
		name, rest, _ := strings.Cut(text, ",")
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
		text = rest
	}
	return names
}

// readName is the path in a field for one.
func readName(text string) string {
	text = strings.TrimSpace(text)
	if quoted, err := strconv.QuotedPrefix(text); err == nil && text[0] == '"' {
		if name, err := strconv.Unquote(quoted); err == nil {
			return name
		}
	}
	return text
}

// writeName is a name as it is typed.
func writeName(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return r == ',' || !unicode.IsPrint(r) }) || !utf8.ValidString(name) ||
		strings.HasPrefix(name, `"`) || strings.TrimSpace(name) != name {
		return strconv.Quote(name)
	}
	return name
}

func writeNames(names []string) string {
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = writeName(name)
	}
	return strings.Join(parts, ", ")
}
