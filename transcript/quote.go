package transcript

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"ehlo/session"
)

const hexDigits = "0123456789abcdef"

// clean marks the octets of ASCII that stand for themselves everywhere, TAB
// not among them.
var clean = func() (t [256]bool) {
	for c := ' '; c < 0x7f; c++ {
		t[c] = true
	}
	return t
}()

// literalText reports whether a literal line can hold text: what a person can
// see, and no blank at its end, where an editor or a mail would lose it.
func literalText(text []byte) bool {
	if n := len(text); n > 0 && (text[n-1] == ' ' || text[n-1] == '\t') {
		return false
	}
	return forbidden(text) < 0
}

// forbidden reports the offset of the first octet that a line of a file may
// not hold, or -1.
//
// What a terminal would act upon is never literal in a transcript, so that
// looking at a hostile one is safe: what a file may hold is what
// [session.Escape] leaves as it is.
func forbidden(text []byte) int {
	i := printable(text)
	for i < len(text) {
		c := text[i]
		if clean[c] || c == '\t' {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			return i
		}
		r, n := utf8.DecodeRune(text[i:])
		if !visible(r, n) {
			return i
		}
		i += n
	}
	return -1
}

// printable counts the octets at the beginning that are printable ASCII, eight
// at a time; there may be up to seven more.
func printable(text []byte) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(text); i += 8 {
		// In a lane without carry: below 0x20 borrows, 0x7f overflows.
		w := binary.LittleEndian.Uint64(text[i:])
		if (w|(w-0x20*ones)|(w+ones))&high != 0 {
			break
		}
	}
	return i
}

// visible is [session.Visible] for a rune that was decoded from n octets.
func visible(r rune, n int) bool {
	return session.Visible(r) && !(r == utf8.RuneError && n <= 1)
}

// appendQuoted adds data as it stands between quotes or in a template.
func appendQuoted(dst, data []byte) []byte {
	for i := 0; i < len(data); {
		c := data[i]
		switch {
		case c == '"' || c == '\\' || c == '$':
			dst = append(dst, '\\', c)
		case clean[c]:
			dst = append(dst, c)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		case c == 0:
			dst = append(dst, `\0`...)
		default:
			if r, n := utf8.DecodeRune(data[i:]); visible(r, n) && c >= utf8.RuneSelf {
				dst = append(dst, data[i:i+n]...)
				i += n
				continue
			}
			dst = append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
	}
	return dst
}

// unquote resolves escapes and finds variables in text, and appends the
// octets to dst. Vars count from base.
func unquote(dst []byte, base int, text []byte) ([]byte, []Var, error) {
	var vars []Var
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '\\':
			b, n, err := unescape(text[i:])
			if err != nil {
				return dst, vars, &columnError{i, err}
			}
			dst = append(dst, b)
			i += n
		case c == '$' && i+1 < len(text) && text[i+1] == '{':
			name, n, err := variable(text[i:])
			if err != nil {
				return dst, vars, &columnError{i, err}
			}
			vars = append(vars, Var{len(dst) - base, len(dst) - base + n, name})
			dst = append(dst, text[i:i+n]...)
			i += n
		case c == '"':
			return dst, vars, &columnError{i, errors.New(`a quote inside must be written as \"`)}
		default:
			dst = append(dst, c)
			i++
		}
	}
	return dst, vars, nil
}

// columnError is an error at an offset of what was parsed.
type columnError struct {
	at  int
	err error
}

func (e *columnError) Error() string { return e.err.Error() }
func (e *columnError) Unwrap() error { return e.err }

// unescape reads one escape and returns its length.
func unescape(text []byte) (b byte, n int, err error) {
	if len(text) < 2 {
		return 0, 0, errors.New(`a \ at the end escapes nothing`)
	}
	switch c := text[1]; c {
	case 'r':
		return '\r', 2, nil
	case 'n':
		return '\n', 2, nil
	case 't':
		return '\t', 2, nil
	case '0':
		return 0, 2, nil
	case '\\', '"', '$':
		return c, 2, nil
	case 'x':
		if len(text) >= 4 {
			hi, lo := unhex(text[2]), unhex(text[3])
			if hi >= 0 && lo >= 0 {
				return byte(hi<<4 | lo), 4, nil
			}
		}
		return 0, 0, errors.New(`\x wants two hexadecimal digits`)
	default:
		return 0, 0, fmt.Errorf(`unknown escape \%s; there are \r \n \t \0 \\ \" \$ \xHH`, session.Escape(string(c)))
	}
}

func unhex(c byte) int {
	if 'A' <= c && c <= 'F' {
		c += 'a' - 'A'
	}
	return strings.IndexByte(hexDigits, c)
}

// variable reads ${name} and returns its length.
func variable(text []byte) (name string, n int, err error) {
	end := bytes.IndexByte(text, '}')
	if end < 0 {
		return "", 0, errors.New("${ is not closed by }")
	}
	name = string(text[2:end])
	if !isName(name) {
		return "", 0, fmt.Errorf("%q is no name of a variable", name)
	}
	return name, end + 1, nil
}

func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z':
		case i > 0 && ('0' <= c && c <= '9' || c == '_' || c == '.' || c == '-'):
		default:
			return false
		}
	}
	return s != ""
}
