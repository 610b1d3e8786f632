package session

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Quote writes octets so that they can be edited as text and read back by
// [Unquote]: what cannot be seen is an escape, a backslash is two, and the
// places where a line is cut into several writes are marked.
//
//	\r  \n  \t  \\  \xHH     octets
//	\p  \p{500ms}            here another write begins, after a pause
func Quote(data []byte, gaps ...Gap) string {
	var b strings.Builder
	at := 0
	for _, g := range gaps {
		to := max(min(g.At, len(data)), at)
		quote(&b, data[at:to])
		b.WriteString(`\p`)
		if g.Pause > 0 || to < len(data) && data[to] == '{' {
			fmt.Fprintf(&b, "{%s}", g.Pause)
		}
		at = to
	}
	quote(&b, data[at:])
	return b.String()
}

func quote(b *strings.Builder, data []byte) {
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		switch {
		case r == '\\':
			b.WriteString(`\\`)
		case r == '\t':
			b.WriteString(`\t`)
		default:
			b.WriteString(Escape(string(data[:n])))
		}
		data = data[n:]
	}
}

// maxPause bounds one pause: somebody would rather cancel than wait longer.
const maxPause = time.Hour

// Unquote reads what [Quote] writes. The error says where it does not
// understand.
func Unquote(text string) (data []byte, gaps []Gap, err error) {
	for at := 0; at < len(text); {
		if text[at] != '\\' {
			data = append(data, text[at])
			at++
			continue
		}
		wrong := func(why string) error {
			return fmt.Errorf(`column %d: %s`, utf8.RuneCountInString(text[:at])+1, why)
		}
		if at+1 == len(text) {
			return nil, nil, wrong(`a backslash at the end is written \\`)
		}
		switch c := text[at+1]; c {
		case 'r', 'n', 't', '\\', '0':
			data = append(data, map[byte]byte{'r': '\r', 'n': '\n', 't': '\t', '\\': '\\', '0': 0}[c])
			at += 2
		case 'x':
			octet, ok := hexOctet(text[at+2:])
			if !ok {
				return nil, nil, wrong(`\x is followed by two hex digits`)
			}
			data = append(data, octet)
			at += 4
		case 'p':
			g := Gap{At: len(data)}
			at += 2
			if strings.HasPrefix(text[at:], "{") {
				inner, _, ok := strings.Cut(text[at+1:], "}")
				g.Pause, err = time.ParseDuration(inner)
				if !ok || err != nil || g.Pause < 0 || g.Pause > maxPause {
					return nil, nil, wrong(`a pause is written \p{500ms} or \p{2s}, and lasts an hour at most`)
				}
				at += len(inner) + 2
			}
			gaps = append(gaps, g)
		default:
			r, _ := utf8.DecodeRuneInString(text[at+1:])
			return nil, nil, wrong(`\` + Escape(string(r)) + ` is no escape; there are \r \n \t \\ \xHH, and \p for another write`)
		}
	}
	return data, gaps, nil
}

func hexOctet(text string) (byte, bool) {
	if len(text) < 2 {
		return 0, false
	}
	var octet byte
	for i := range 2 {
		n := strings.IndexByte("0123456789abcdef", text[i]|0x20)
		if n < 0 {
			return 0, false
		}
		octet = octet<<4 | byte(n)
	}
	return octet, true
}
