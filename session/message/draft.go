package message

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"ehlo/session"
)

// Draft is a message as a person thinks of it. All text is UTF-8.
type Draft struct {
	From    string   // address, or name and address; "" makes no From field
	To, Cc  []string // the same
	Subject string
	Body    string    // the text; any line endings
	HTML    string    // an alternative to the text (RFC 2046, 5.1.4), or the only body
	Date    time.Time // Date field (RFC 5322, 3.6.1); the zero time makes none
	// ID is the Message-ID without brackets (RFC 5322, 3.6.4). "" makes none.
	// See [NewID].
	ID string
	// Headers go behind those that Compose makes, in their order. One that
	// Compose would make takes its place instead, whatever it says: a
	// Content-Type that does not fit the body is sent like that.
	Headers []Header
	// Attachments are read from where they lie each time that the content is
	// opened.
	Attachments []Attachment

	// SMTPUTF8 leaves header fields in UTF-8 (RFC 6532), for a transaction
	// with the parameter of that name (RFC 6531).
	SMTPUTF8 bool
	// EightBit lets text outside ASCII go out as 8bit: the server offers
	// 8BITMIME (RFC 6152). SMTPUTF8 implies it.
	EightBit bool
	// Encoding is the Content-Transfer-Encoding of text and HTML: 7bit, 8bit,
	// quoted-printable or base64, whether or not it fits. "" picks one.
	Encoding string
}

// Header is one field of the header.
type Header struct{ Name, Value string }

// ParseHeader reads "Name: value", as it is given on a command line.
func ParseHeader(text string) (Header, error) {
	name, value, ok := strings.Cut(text, ":")
	h := Header{strings.TrimRight(name, " \t"), strings.Trim(value, " \t")}
	if !ok {
		return Header{}, fmt.Errorf("header field %q has no colon", text)
	}
	return h, h.check()
}

// Compose makes the content of the draft: with CRLF, measured, and fit for
// [session.Mail]. Header text outside ASCII becomes encoded words (RFC 2047),
// file names become parameters of RFC 2231, and each text gets the first of
// these encodings that is right for it:
//
//   - 7bit: ASCII in lines of at most 998 octets
//   - 8bit: if the draft allows it and there is no longer line and no NUL
//   - quoted-printable or base64, whichever is shorter (RFC 2045, 6.7 and 6.8)
//
// Attachments are base64 and streamed. They must not change their size until
// the content was sent: reading it fails if they do. An error names the header
// field or the attachment that cannot be composed; no value can bring a line
// break into the header.
func Compose(d Draft) (*session.Content, error) {
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("compose: %w", err)
	}
	e, err := d.entity()
	if err != nil {
		return nil, fmt.Errorf("compose: %w", err)
	}
	top := append(d.fields(), Header{"MIME-Version", "1.0"})
	e.header = d.replaced(append(top, e.header...))
	return e.content(), nil
}

// NewID makes a Message-ID, without brackets, that nobody else makes
// (RFC 5322, 3.6.4). host is what the client calls itself.
func NewID(now time.Time, random io.Reader, host string) (string, error) {
	var p [10]byte
	if _, err := io.ReadFull(random, p[:]); err != nil {
		return "", fmt.Errorf("message-id: %w", err)
	}
	return fmt.Sprintf("%s.%s@%s", now.UTC().Format("20060102150405"), hex.EncodeToString(p[:]), host), nil
}

// PartError is an error of [Compose] that one part of the draft is to blame
// for: "body", "html", "attachment", or the header field of that name.
type PartError struct {
	Part string
	Err  error
}

func (e *PartError) Error() string { return e.Err.Error() }
func (e *PartError) Unwrap() error { return e.Err }

func (d Draft) check() error {
	values := []Header{{"From", d.From}, {"Subject", d.Subject}, {"Message-ID", d.ID}}
	for _, a := range d.To {
		values = append(values, Header{"To", a})
	}
	for _, a := range d.Cc {
		values = append(values, Header{"Cc", a})
	}
	for _, h := range append(values, d.Headers...) {
		if err := h.check(); err != nil {
			return &PartError{h.Name, err}
		}
	}
	for part, text := range map[string]string{"body": d.Body, "html": d.HTML} {
		if !utf8.ValidString(text) {
			return &PartError{part, errors.New("the body is not UTF-8; send it as a whole message instead")}
		}
	}
	switch d.Encoding {
	case "", sevenBit, eightBit, quotedPrintable, base64Encoding:
		return nil
	}
	return fmt.Errorf("unknown encoding %q: use 7bit, 8bit, quoted-printable or base64", d.Encoding)
}

// fields makes the fields that say whose message this is.
func (d Draft) fields() []Header {
	var made []Header
	add := func(name, value string) {
		if value != "" {
			made = append(made, Header{name, value})
		}
	}
	if !d.Date.IsZero() {
		add("Date", d.Date.Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	}
	add("From", addresses("From", []string{d.From}, d.SMTPUTF8))
	add("To", addresses("To", d.To, d.SMTPUTF8))
	add("Cc", addresses("Cc", d.Cc, d.SMTPUTF8))
	add("Subject", unstructured(len("Subject: "), d.Subject, d.SMTPUTF8))
	if d.ID != "" {
		add("Message-ID", "<"+d.ID+">")
	}
	return made
}

// replaced puts the draft's own fields among those that were made: in the
// place of one that has the same name, else before MIME-Version.
func (d Draft) replaced(made []Header) []Header {
	var out []Header
	placed := make([]bool, len(d.Headers))
	place := func(match func(name string) bool) (any bool) {
		for i, h := range d.Headers {
			if match(h.Name) {
				any = true
				if !placed[i] {
					placed[i] = true
					out = append(out, Header{h.Name, d.value(h)})
				}
			}
		}
		return any
	}
	isMade := func(name string) bool {
		for _, m := range made {
			if strings.EqualFold(m.Name, name) {
				return true
			}
		}
		return false
	}
	for _, m := range made {
		if m.Name == "MIME-Version" {
			place(func(name string) bool { return !isMade(name) })
		}
		if !place(func(name string) bool { return strings.EqualFold(name, m.Name) }) {
			out = append(out, m)
		}
	}
	return out
}

// value encodes what the user said in a field of his own.
func (d Draft) value(h Header) string {
	value := strings.Trim(h.Value, " \t")
	switch strings.ToLower(h.Name) {
	case "from", "sender", "reply-to", "to", "cc", "bcc":
		return addressList(h.Name, value, d.SMTPUTF8)
	}
	return unstructured(len(h.Name)+2, value, d.SMTPUTF8)
}

// entity is the body and what its header says about it.
func (d Draft) entity() (entity, error) {
	var texts []entity
	if d.Body != "" || d.HTML == "" && len(d.Attachments) == 0 {
		texts = append(texts, d.text("plain", d.Body))
	}
	if d.HTML != "" {
		texts = append(texts, d.text("html", d.HTML))
	}
	var parts []entity
	switch len(texts) {
	case 1:
		parts = texts
	case 2:
		parts = []entity{multiparted("alternative", d.boundary(1), texts)}
	}
	if len(d.Attachments) == 0 {
		return parts[0], nil
	}
	for _, a := range d.Attachments {
		e, err := a.entity(d.SMTPUTF8)
		if err != nil {
			return entity{}, err
		}
		parts = append(parts, e)
	}
	return multiparted("mixed", d.boundary(0), parts), nil
}

// boundary is the same each time that the draft is composed. Its "=_" cannot
// be in quoted-printable or base64 (RFC 2045, 6.7); other text is looked
// through.
func (d Draft) boundary(level int) string {
	for n := level; ; n += 2 {
		sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %s %s %s", n, d.ID, d.Date, d.Subject, d.Body))
		b := "=_" + hex.EncodeToString(sum[:12])
		if !strings.Contains(d.Body, b) && !strings.Contains(d.HTML, b) {
			return b
		}
	}
}
