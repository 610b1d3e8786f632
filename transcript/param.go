package transcript

import (
	"fmt"

	"ehlo/session"
)

// maxValue is how many octets of a parameter's value are written, so that no
// line grows beyond what editors and mail take.
const maxValue = 900

// ParseParams reads key=value pairs, keeping their order.
func ParseParams(text string) ([]session.Fact, error) {
	var facts []session.Fact
	for at := 0; ; {
		for at < len(text) && text[at] == ' ' {
			at++
		}
		if at == len(text) {
			return facts, nil
		}
		end := at
		for end < len(text) && keyChar(text[end]) {
			end++
		}
		if end == at || end == len(text) || text[end] != '=' {
			return facts, &columnError{at, fmt.Errorf("expected key=value")}
		}
		value, n, err := paramValue(text[end+1:])
		if err != nil {
			return facts, &columnError{end + 1, err}
		}
		facts = append(facts, session.Fact{Key: text[at:end], Value: value})
		at = end + 1 + n
	}
}

// paramValue reads a value, quoted or not, and returns its length.
func paramValue(text string) (value string, n int, err error) {
	if text == "" || text[0] != '"' {
		for n < len(text) && text[n] != ' ' {
			n++
		}
		return text[:n], n, nil
	}
	for n = 1; n < len(text) && text[n] != '"'; n++ {
		if text[n] == '\\' {
			n++
		}
	}
	if n >= len(text) {
		return "", 0, fmt.Errorf("the quote is not closed")
	}
	data, _, err := unquote(nil, 0, []byte(text[1:n]))
	if err != nil {
		return "", 0, err
	}
	return string(data), n + 1, nil
}

func keyChar(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '-'
}

// appendKey adds a key, with hyphens for what a key cannot hold.
func appendKey(dst []byte, key string) []byte {
	for i := range len(key) {
		if c := key[i]; keyChar(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '-')
		}
	}
	if key == "" {
		dst = append(dst, '-')
	}
	return dst
}

// appendValue adds a value, quoted if it must be.
func appendValue(dst []byte, value string) []byte {
	if len(value) > maxValue {
		value = value[:maxValue] + "…"
	}
	plain := value != ""
	for i := 0; i < len(value) && plain; i++ {
		c := value[i]
		plain = clean[c] && c != ' ' && c != '"' && c != '\\'
	}
	if plain {
		return append(dst, value...)
	}
	dst = append(dst, '"')
	dst = appendQuoted(dst, []byte(value))
	return append(dst, '"')
}
