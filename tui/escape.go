package tui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"ehlo/session"
)

// escaped is [session.Escape] for one line of a screen: a tab is no character
// there, and neither is what would join with a character of the frame.
func escaped(text string) string {
	if ordinary(text) {
		return text
	}
	var b strings.Builder
	runs(text, func(run string, strange bool) {
		if strange {
			run = escapes(run)
		}
		b.WriteString(run)
	})
	return b.String()
}

// ordinary reports whether text is printable ASCII.
func ordinary(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] >= 0x7f {
			return false
		}
	}
	return true
}

// runs cuts text into what stands for itself and what does not.
func runs(text string, yield func(run string, strange bool)) {
	if ordinary(text) {
		if text != "" {
			yield(text, false)
		}
		return
	}
	from, was := 0, true // marks at the beginning have nothing to stand on
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		is := strange(r, n, was)
		if is != was && i > from {
			yield(text[from:i], was)
			from = i
		}
		was = is
		i += n
	}
	if from < len(text) {
		yield(text[from:], was)
	}
}

// strange reports whether a character does not stand for itself; alone says
// that no ordinary character stands in front of it.
func strange(r rune, size int, alone bool) bool {
	switch {
	case r < 0x7f:
		return r < ' '
	case r == utf8.RuneError && size == 1, !session.Visible(r), unicode.Is(unicode.Cf, r), prepended(r):
		return true
	}
	return alone && (unicode.Is(unicode.M, r) || r >= 0x1f3fb && r <= 0x1f3ff)
}

// prepended reports the letters that join with whatever stands behind them
// (Grapheme_Cluster_Break=Prepend), which may be the frame.
func prepended(r rune) bool {
	switch r {
	case 0x0d4e, 0x111c2, 0x111c3, 0x1193f, 0x11941, 0x11a3a, 0x11d46, 0x11f02:
		return true
	}
	return r >= 0x11a84 && r <= 0x11a89
}

// escapes writes every octet as an escape, but CR, LF and tab by their
// letters.
func escapes(text string) string {
	const hex = "0123456789abcdef"
	var b strings.Builder
	for _, c := range []byte(text) {
		switch c {
		case '\r':
			b.WriteString(`\r`)
		case '\n':
			b.WriteString(`\n`)
		case '\t':
			b.WriteString(`\t`)
		default:
			b.WriteString(`\x`)
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}
