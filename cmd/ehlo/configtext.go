package main

import (
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// statement is a piece of a configuration file as it stands there: a header, a
// setting with all its lines, or what lies between.
type statement struct {
	text   string
	line   int      // the number of its first
	path   []string // what it is about, its table in front; nil for blank lines and comments
	header bool
}

// statements takes a configuration apart. Put together again it is the same
// text; what nobody understands is a statement without a path.
func statements(text string) []statement {
	var list []statement
	var table []string
	lines := strings.SplitAfter(text, "\n")
	for i := 0; i < len(lines); i++ {
		st := statement{text: lines[i], line: i + 1}
		switch first := strings.TrimSpace(lines[i]); {
		case first == "" || first[0] == '#':
		case first[0] == '[':
			st.header = true
			st.path = only(lines[i])
			table = st.path
		default:
			for !wholeSetting(st.text) && i+1 < len(lines) {
				i++
				st.text += lines[i]
				for !strings.ContainsAny(lines[i], "\"']}") && i+1 < len(lines) {
					i++ // nothing ends here
					st.text += lines[i]
				}
			}
			if path := only(st.text); path != nil {
				st.path = slices.Concat(table, path)
			}
		}
		list = append(list, st)
	}
	return list
}

// only is the path to the one thing that a piece of TOML is about.
func only(text string) []string {
	var anything map[string]any
	if _, err := toml.Decode(text, &anything); err != nil {
		return nil
	}
	var path []string
	for len(anything) == 1 {
		for key, value := range anything {
			path = append(path, key)
			anything, _ = value.(map[string]any)
		}
	}
	return path
}

// wholeSetting reports whether a setting is complete.
func wholeSetting(text string) bool {
	var anything map[string]any
	_, err := toml.Decode(text, &anything)
	return err == nil
}

// lineOf is the line on which a setting or a table stands, or 0.
func lineOf(text string, path ...string) int {
	for _, st := range statements(text) {
		if slices.Equal(st.path, path) {
			return st.line
		}
	}
	return 0
}

// reworded is a setting with another value. The comments that stood in it stay:
// one behind its only line there, others above it.
func (st statement) reworded(literal string) string {
	name, value := st.text, ""
	for i := range st.text {
		if st.text[i] == '=' && only(st.text[:i]+"= 0\n") != nil {
			name, value = strings.TrimRight(st.text[:i], " \t"), st.text[i+1:]
			break
		}
	}
	said := comments(value)
	text := name + " = " + literal
	if len(said) == 1 && !strings.Contains(strings.TrimRight(value, "\r\n"), "\n") {
		return text + " " + said[0] + "\n"
	}
	return strings.Join(append(said, text), "\n") + "\n"
}

// comments are those in the text of a value.
func comments(value string) (list []string) {
	for i := 0; i < len(value); i++ {
		switch c := value[i]; c {
		case '#':
			end := i + strings.IndexAny(value[i:]+"\n", "\r\n")
			list = append(list, value[i:end])
			i = end
		case '"', '\'':
			quote := value[i : i+1]
			if strings.HasPrefix(value[i:], strings.Repeat(quote, 3)) {
				quote = strings.Repeat(quote, 3)
			}
			for i += len(quote); i < len(value) && !strings.HasPrefix(value[i:], quote); i++ {
				if c == '"' && value[i] == '\\' {
					i++
				}
			}
			i += len(quote) - 1
		}
	}
	return list
}
