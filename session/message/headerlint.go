package message

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/mail"
	"strings"

	"ehlo/session"
)

// The rules for the header and for the form of the body.
var (
	rMbox       = rule{session.Wrong, `"From " begins a file in mbox form, not a message`, "RFC 4155"}
	rBlank      = rule{session.Wrong, "a blank line comes first: there is no header", "RFC 5322, 2.1"}
	rNoField    = rule{session.Wrong, "this is no header field; a blank line ends the header", "RFC 5322, 2.1 and 2.2"}
	rNoStart    = rule{session.Wrong, "a continuation, and no field before it", "RFC 5322, 2.2.3"}
	rOnlyBlanks = rule{session.Warning, "a folded line with nothing but blanks", "RFC 5322, 3.2.2"}
	rNoBlank    = rule{session.Warning, "the header does not end with a blank line", "RFC 5322, 2.1"}
	rTwice      = rule{session.Wrong, "the field is there already: ", "RFC 5322, 3.6"}
	rNoDate     = rule{session.Wrong, "there is no Date", "RFC 5322, 3.6.1"}
	rNoFrom     = rule{session.Wrong, "there is no From", "RFC 5322, 3.6.2"}
	rNoID       = rule{session.Warning, "there is no Message-ID", "RFC 5322, 3.6.4"}
	rDate       = rule{session.Wrong, "the Date cannot be read", "RFC 5322, 3.3"}
	rFrom       = rule{session.Wrong, "the From is no list of addresses", "RFC 5322, 3.6.2"}
	rType       = rule{session.Wrong, "the Content-Type cannot be read", "RFC 2045, 5.1"}
	rNoVersion  = rule{session.Wrong, "MIME fields and no MIME-Version", "RFC 2045, 4"}
	rLie        = rule{session.Wrong, "octets over 127 do not go with the encoding", "RFC 2045, 2.7 and 6.2"}
	rNoBoundary = rule{session.Wrong, "a multipart without a boundary parameter", "RFC 2046, 5.1.1"}
	rNoParts    = rule{session.Wrong, "the boundary of the multipart is never used", "RFC 2046, 5.1.1"}
	rUnclosed   = rule{session.Wrong, "the multipart has no closing boundary", "RFC 2046, 5.1.1"}
)

// maxField bounds how much of a field is looked at.
const maxField = 8 << 10

// headerLint follows the header. Fields are judged when the next one begins.
type headerLint struct {
	f      *findings
	done   bool
	began  bool  // a field has begun
	line   int64 // of the field
	offset int64
	name   string
	value  []byte
	count  map[string]int

	multipart bool
	delimiter []byte // of the outermost multipart, without the hyphens
	encoding  string
}

func (h *headerLint) lineStart(line, offset int64, text []byte) {
	text = text[:min(len(text), maxField)]
	switch {
	case len(text) == 0:
		if !h.began {
			h.f.add(line, offset, rBlank)
		}
		h.field()
		h.done = true
	case blank(text[0]) && !h.began:
		h.f.add(line, offset, rNoStart)
	case blank(text[0]):
		if len(bytes.Trim(text, " \t")) == 0 {
			h.f.add(line, offset, rOnlyBlanks)
		}
		h.value = append(h.value, text[:min(len(text), maxField-len(h.value))]...)
	case line == 1 && bytes.HasPrefix(text, []byte("From ")):
		h.f.add(line, offset, rMbox)
	default:
		h.begin(line, offset, text)
	}
}

// begin takes the first line of a field.
func (h *headerLint) begin(line, offset int64, text []byte) {
	h.field()
	name, value, ok := bytes.Cut(text, []byte(":"))
	name = bytes.TrimRight(name, " \t") // RFC 5322, 4.5: blanks before the colon are obsolete
	for _, c := range name {
		ok = ok && c > ' ' && c < 0x7f
	}
	if !ok || len(name) == 0 {
		h.f.add(line, offset, rNoField)
		h.done = true // that is how most readers see it
		return
	}
	h.began = true
	h.line, h.offset, h.name = line, offset, string(bytes.ToLower(name))
	h.value = append(h.value[:0], value...)
}

// once: the table in RFC 5322, 3.6, and RFC 2045, 3.
func once(name string) bool {
	switch name {
	case "date", "from", "sender", "reply-to", "to", "cc", "bcc", "message-id", "in-reply-to", "references", "subject",
		"mime-version", "content-type", "content-transfer-encoding", "content-id", "content-description":
		return true
	}
	return false
}

// field judges the field that has come to its end.
func (h *headerLint) field() {
	name, value := h.name, strings.Trim(string(h.value), " \t")
	if h.name = ""; name == "" {
		return
	}
	if h.count == nil {
		h.count = make(map[string]int)
	}
	switch {
	case once(name):
		if h.count[name]++; h.count[name] > 1 {
			h.f.tell(h.line, h.offset, rTwice, name)
			return
		}
	case name == "dkim-signature":
		h.count[name]++
	}
	switch name {
	case "date":
		if _, err := mail.ParseDate(value); err != nil {
			h.f.add(h.line, h.offset, rDate)
		}
	case "from":
		if _, err := (&mail.AddressParser{WordDecoder: anyWord()}).ParseList(value); err != nil {
			h.f.add(h.line, h.offset, rFrom)
		}
	case "content-transfer-encoding":
		h.encoding = strings.ToLower(value)
	case "content-type":
		h.contentType(value)
	}
}

func (h *headerLint) contentType(value string) {
	kind, params, err := mime.ParseMediaType(value)
	h.multipart = strings.HasPrefix(kind, "multipart/")
	switch {
	case err != nil:
		h.f.add(h.line, h.offset, rType)
	case h.multipart && params["boundary"] == "":
		h.f.add(h.line, h.offset, rNoBoundary)
	}
	h.delimiter = []byte(params["boundary"])
}

func (h *headerLint) end() {
	if !h.done {
		h.field()
		h.f.add(0, 0, rNoBlank)
	}
	for _, need := range []struct {
		name string
		rule
	}{{"date", rNoDate}, {"from", rNoFrom}, {"message-id", rNoID}} {
		if h.count[need.name] == 0 {
			h.f.add(0, 0, need.rule)
		}
	}
	if h.count["mime-version"] == 0 && h.count["content-type"]+h.count["content-transfer-encoding"] > 0 {
		h.f.add(0, 0, rNoVersion)
	}
}

// bodyLint follows the outermost multipart.
type bodyLint struct {
	parted, closed bool // its boundary was seen; the closing one was
	high           bool // octets over 127
}

func (b *bodyLint) lineStart(delimiter, text []byte) {
	if len(text) < 2 || text[0] != '-' || text[1] != '-' || len(delimiter) == 0 {
		return
	}
	rest, ok := bytes.CutPrefix(text[2:], delimiter)
	if !ok {
		return
	}
	switch rest = bytes.TrimRight(rest, " \t"); {
	case len(rest) == 0:
		b.parted = true
	case string(rest) == "--":
		b.closed = true
	}
}

func (b *bodyLint) end(h *headerLint) {
	if h.multipart && len(h.delimiter) > 0 {
		switch {
		case !b.parted:
			h.f.add(0, 0, rNoParts)
		case !b.closed:
			h.f.add(0, 0, rUnclosed)
		}
	}
	if b.high && !h.multipart && (h.encoding == sevenBit || h.encoding == quotedPrintable || h.encoding == base64Encoding) {
		h.f.tell(0, 0, rLie, fmt.Sprintf(" (%s)", h.encoding))
	}
}

// anyWord takes encoded words of every charset: their form matters here, not
// what they say.
func anyWord() *mime.WordDecoder {
	return &mime.WordDecoder{CharsetReader: func(_ string, r io.Reader) (io.Reader, error) { return r, nil }}
}
