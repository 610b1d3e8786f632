package channel

import (
	"errors"
	"strings"
)

// Words splits a command line into words by a part of the rules of sh (POSIX,
// 2.2): blanks, tabs and line feeds part words; single quotes keep everything;
// double quotes keep everything but a backslash before $, `, ", \ or a line
// feed; outside of quotes a backslash keeps what follows. Nothing is expanded:
// no variables, no globs, no comments, no pipes, no redirections.
func Words(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	begun := false
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch c {
		case ' ', '\t', '\n':
			if begun {
				words = append(words, word.String())
				word.Reset()
			}
			begun = false
			continue
		case '\'':
			n := strings.IndexByte(line[i+1:], '\'')
			if n < 0 {
				return nil, errors.New("a single quote is not closed")
			}
			word.WriteString(line[i+1 : i+1+n])
			i += n + 1
		case '"':
			n, err := doubleQuoted(&word, line[i+1:])
			if err != nil {
				return nil, err
			}
			i += n + 1
		case '\\':
			if i++; i == len(line) {
				return nil, errors.New("nothing stands behind the last backslash")
			}
			if line[i] == '\n' { // POSIX, 2.2.1: a continued line
				continue
			}
			word.WriteByte(line[i])
		default:
			word.WriteByte(c)
		}
		begun = true
	}
	if begun {
		words = append(words, word.String())
	}
	return words, nil
}

// doubleQuoted adds what stands up to the closing quote, and returns where
// that quote is.
func doubleQuoted(word *strings.Builder, text string) (int, error) {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '"':
			return i, nil
		case c == '\\' && i+1 < len(text) && strings.IndexByte("$`\"\\\n", text[i+1]) >= 0:
			if i++; text[i] != '\n' {
				word.WriteByte(text[i])
			}
		default:
			word.WriteByte(c)
		}
	}
	return 0, errors.New("a double quote is not closed")
}
