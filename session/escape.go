package session

import (
	"strings"
	"unicode/utf8"
)

// Escape makes text safe to show: what a terminal or an eye could take for
// something else is written as an escape. Tabs and everything printable stay.
// Nothing from a wire or a file may reach a terminal without it.
func Escape(text string) string {
	plain := true
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\t' || c >= 0x7f {
			plain = false
			break
		}
	}
	if plain {
		return text
	}
	const hex = "0123456789abcdef"
	var b strings.Builder
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t' || Visible(r) && !(r == utf8.RuneError && n == 1):
			b.WriteString(text[i : i+n])
		default:
			for _, c := range []byte(text[i : i+n]) {
				b.WriteString(`\x`)
				b.WriteByte(hex[c>>4])
				b.WriteByte(hex[c&15])
			}
		}
		i += n
	}
	return b.String()
}

// Visible reports whether a character stands for itself: no control of C0 or
// C1, nothing that reverses or hides what is around it, nothing outside of
// Unicode's characters.
func Visible(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r < 0xa0,
		r == 0xad,                  // soft hyphen
		r == 0x61c,                 // Arabic letter mark
		r >= 0x200b && r <= 0x200f, // zero width, direction marks
		r >= 0x2028 && r <= 0x202e, // line and paragraph separators, embeddings
		r >= 0x2060 && r <= 0x206f, // word joiner, isolates
		r == 0xfeff,
		r >= 0xfff0 && r <= 0xfffb,
		r >= 0xe000 && r <= 0xf8ff, // private use
		r >= 0xe0000:
		return false
	}
	return true
}
