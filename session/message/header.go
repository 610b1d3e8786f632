package message

import (
	"encoding/base64"
	"fmt"
	"net/mail"
	"strings"
	"unicode/utf8"
)

// check refuses what would end the field, or what is no field.
func (h Header) check() error {
	if h.Name == "" {
		return fmt.Errorf("a header field has no name")
	}
	for i := range len(h.Name) { // RFC 5322, 2.2: printable ASCII, no colon
		if c := h.Name[i]; c <= ' ' || c >= 0x7f || c == ':' {
			return fmt.Errorf("%q cannot be the name of a header field", h.Name)
		}
	}
	if strings.ContainsAny(h.Value, "\r\n\x00") {
		return fmt.Errorf("the %s has a line break or NUL in it", h.Name)
	}
	if !utf8.ValidString(h.Value) {
		return fmt.Errorf("the %s is not UTF-8", h.Name)
	}
	return nil
}

// maxWord is how long a word may be that no blank allows to fold: with the
// name before it a line stays within 998 octets (RFC 5322, 2.1.1).
const maxWord = 900

// unstructured writes text for a field, as it is or as encoded words
// (RFC 2047, 5). used is what stands before it on its line.
func unstructured(used int, text string, raw bool) string {
	encode := text != strings.Trim(text, " \t") // a reader would trim it
	run, blank := 0, false
	for i := range len(text) {
		c := text[i]
		encode = encode || c >= 0x80 && !raw || c < ' ' && c != '\t' || c == 0x7f
		if isBlank := c == ' ' || c == '\t'; isBlank && !blank {
			run = 0
		}
		blank = c == ' ' || c == '\t'
		run++
		encode = encode || run > maxWord
	}
	if !encode {
		return text
	}
	return encodedWords(text, used, false)
}

// encodedWords: RFC 2047, 2: a word has 75 octets at most, a line with one 76,
// and no character is torn in two. used is what stands before it on its line.
// A phrase allows fewer characters (RFC 2047, 5).
func encodedWords(text string, used int, phrase bool) string {
	quoted := 0
	for i := range len(text) {
		quoted += len(qEncoded(text[i], phrase))
	}
	q := quoted <= base64.StdEncoding.EncodedLen(len(text))
	var words []string
	for room := max(75-used, 24) - len("=?utf-8?q??="); len(text) > 0; room = 75 - len("=?utf-8?q??=") {
		n, size := 0, 0
		for n < len(text) {
			_, width := utf8.DecodeRuneInString(text[n:])
			for i := n; q && i < n+width; i++ {
				size += len(qEncoded(text[i], phrase))
			}
			if !q {
				size = base64.StdEncoding.EncodedLen(n + width)
			}
			if n > 0 && size > room {
				break
			}
			n += width
		}
		words = append(words, encodedWord(text[:n], q, phrase))
		text = text[n:]
	}
	return strings.Join(words, " ")
}

func encodedWord(text string, q, phrase bool) string {
	if !q {
		return "=?utf-8?b?" + base64.StdEncoding.EncodeToString([]byte(text)) + "?="
	}
	var b strings.Builder
	for i := range len(text) {
		b.WriteString(qEncoded(text[i], phrase))
	}
	return "=?utf-8?q?" + b.String() + "?="
}

// qEncoded: RFC 2047, 4.2.
func qEncoded(c byte, phrase bool) string {
	switch {
	case c == ' ':
		return "_"
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("!*+-/", c) >= 0:
		return string(c)
	case !phrase && c > ' ' && c < 0x7f && strings.IndexByte("=?_", c) < 0:
		return string(c)
	}
	return fmt.Sprintf("=%02X", c)
}

// addresses writes mailboxes for a header field.
func addresses(name string, list []string, raw bool) string {
	var out []string
	used := len(name) + 2
	for _, text := range list {
		out = append(out, address(text, used, raw))
		used = 1
	}
	return strings.Join(out, ", ")
}

// addressList writes a field that the user gave as one text.
func addressList(name, text string, raw bool) string {
	list, err := mail.ParseAddressList(text)
	if err != nil || isASCII(text) || raw {
		return unstructured(len(name)+2, text, raw)
	}
	var out []string
	for _, a := range list {
		out = append(out, mailbox(a, len(name)+2, raw))
	}
	return strings.Join(out, ", ")
}

// address writes one mailbox. What is no address stays as it was typed: this
// is a debugger.
func address(text string, used int, raw bool) string {
	a, err := mail.ParseAddress(text)
	switch {
	case err != nil:
		return unstructured(used, text, raw)
	case a.Name == "":
		return text
	}
	return mailbox(a, used, raw)
}

func mailbox(a *mail.Address, used int, raw bool) string {
	spec := (&mail.Address{Address: a.Address}).String()
	switch {
	case a.Name == "":
		return spec
	case isASCII(a.Name) && len(a.Name) < 75:
		return a.String()
	case raw && printable(a.Name):
		return quoted(a.Name) + " " + spec
	}
	return encodedWords(a.Name, used, true) + " " + spec
}

// parameter writes one of a Content-Type or Content-Disposition: quoted if it
// fits, else as RFC 2231, 3 and 4 have it, in pieces that can be folded.
func parameter(name, value string, raw bool) string {
	if printable(value) && len(value) <= 60 && (isASCII(value) || raw) {
		return "; " + name + "=" + quoted(value)
	}
	var pieces []string
	piece := "utf-8''"
	for i := range len(value) {
		c := value[i]
		next := string(c)
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._", c) >= 0) {
			next = fmt.Sprintf("%%%02X", c)
		}
		if len(piece)+len(next) > 60 {
			pieces, piece = append(pieces, piece), ""
		}
		piece += next
	}
	if pieces = append(pieces, piece); len(pieces) == 1 {
		return "; " + name + "*=" + piece
	}
	var b strings.Builder
	for i, p := range pieces {
		fmt.Fprintf(&b, "; %s*%d*=%s", name, i, p)
	}
	return b.String()
}

func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}

// printable reports whether there is no control character.
func printable(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] == 0x7f {
			return false
		}
	}
	return true
}

// fold breaks a header field before blanks so that its lines have 78 octets
// where that is possible (RFC 5322, 2.1.1 and 2.2.3). A line is never broken
// right behind the colon, and never so that one would have nothing but blanks
// (RFC 5322, 3.2.2).
func fold(field string) string {
	var b strings.Builder
	least := strings.IndexByte(field, ':') + 1
	for len(field) > 78 {
		at := 0
		for i := least + 1; i < len(field) && (i <= 78 || at == 0); i++ {
			if blank(field[i]) && !blank(field[i-1]) && strings.Trim(field[least:i], " \t") != "" {
				at = i
			}
		}
		if at == 0 || strings.Trim(field[at:], " \t") == "" {
			break
		}
		b.WriteString(field[:at] + "\r\n")
		field, least = field[at:], 0
	}
	b.WriteString(field)
	return b.String()
}

func blank(c byte) bool { return c == ' ' || c == '\t' }
