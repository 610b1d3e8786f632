package transcript

import (
	"bytes"
	"mime"
	"strings"
	"unicode"
	"unicode/utf8"

	"ehlo/transcript/lazy"
)

// mask hides the words of a message and leaves its shape: how long each line
// is, which header fields there are, how the parts are nested.
type mask struct {
	body       bool // behind the empty line
	keep       bool // the header field under way says how the message is built
	field      string
	boundaries []string
}

// structural are the header fields without which a message cannot be taken
// apart.
var structural = []string{"mime-version", "content-type", "content-transfer-encoding"}

// line masks one line of content.
func (m *mask) line(data []byte) []byte {
	text := string(bytes.TrimRight(data, "\r\n"))
	switch {
	case m.boundary(text):
		m.body, m.field = false, ""
		return data
	case m.body:
		return masked(data, 0)
	case text == "":
		m.learn()
		m.body = true
		return data
	case text[0] == ' ' || text[0] == '\t':
		if m.keep {
			m.field += text
			return maskedNames(data)
		}
		return masked(data, 0)
	}
	m.learn()
	name, value, ok := strings.Cut(text, ":")
	m.keep = false
	for _, s := range structural {
		m.keep = m.keep || ok && strings.EqualFold(name, s)
	}
	switch {
	case m.keep:
		m.field = value
		return maskedNames(data)
	case ok:
		return masked(data, len(name)+1)
	}
	return masked(data, 0)
}

// learn takes the boundary from a field that is complete.
func (m *mask) learn() {
	if _, params, err := mime.ParseMediaType(m.field); err == nil && params["boundary"] != "" && len(m.boundaries) < 100 {
		m.boundaries = append(m.boundaries, "--"+params["boundary"])
	}
	m.field = ""
}

func (m *mask) boundary(text string) bool {
	for _, b := range m.boundaries {
		if rest, ok := strings.CutPrefix(text, b); ok && (rest == "" || rest == "--" || strings.TrimSpace(rest) == "") {
			return true
		}
	}
	return false
}

// nameOfFile is the parameter of a field that names a file.
var nameOfFile = lazy.Regexp(`(?i)\b(?:file)?name(?:\*\d*)?\*?=("[^"]*"?|[^;\s]+)`)

// maskedNames hides the names of files.
func maskedNames(data []byte) []byte {
	for _, at := range nameOfFile().FindAllSubmatchIndex(data, -1) {
		data = append(append(bytes.Clone(data[:at[2]]), masked(data[at[2]:at[3]], 0)...), data[at[3]:]...)
	}
	return data
}

// masked hides letters and digits behind an offset. What is no ASCII may be a
// letter, and each of its octets becomes an x.
func masked(data []byte, from int) []byte {
	out := bytes.Clone(data)
	for i := from; i < len(out); {
		r, n := utf8.DecodeRune(out[i:])
		switch {
		case unicode.IsDigit(r) && n == 1:
			out[i] = '0'
		case n > 1, unicode.IsLetter(r), r == utf8.RuneError:
			for j := i; j < i+n; j++ {
				out[j] = 'x'
			}
		}
		i += n
	}
	return out
}
