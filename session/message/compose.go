package message

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"
)

// Draft is a message as a person thinks of it.
type Draft struct {
	From    string   // address, or name and address; "" makes no From field
	To      []string // addresses
	Subject string
	Body    string    // UTF-8; any line endings
	Date    time.Time // Date field (RFC 5322, 3.6.1)
	// ID is the Message-ID without brackets (RFC 5322, 3.6.4). "" makes none.
	ID string
}

// Compose writes the message with CRLF line endings. Header text outside
// ASCII becomes encoded words (RFC 2047); a body outside ASCII or with lines
// over 998 octets becomes quoted-printable (RFC 2045, 6.7), so that the
// content is 7bit whatever the server offers.
func Compose(d Draft) ([]byte, error) {
	for name, value := range map[string]string{"subject": d.Subject, "from": d.From, "to": strings.Join(d.To, "")} {
		if strings.ContainsAny(value, "\r\n\x00") {
			return nil, fmt.Errorf("compose: the %s has a line break or NUL in it", name)
		}
	}
	if !utf8.ValidString(d.Body) {
		return nil, fmt.Errorf("compose: the body is not UTF-8; send it as a whole message instead")
	}
	var b bytes.Buffer
	field := func(name, value string) {
		if value != "" {
			b.WriteString(fold(name+": "+value) + "\r\n")
		}
	}
	field("Date", d.Date.Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	field("From", address(d.From))
	var to []string
	for _, a := range d.To {
		to = append(to, address(a))
	}
	field("To", strings.Join(to, ", "))
	field("Subject", mime.QEncoding.Encode("utf-8", d.Subject))
	if d.ID != "" {
		field("Message-ID", "<"+d.ID+">")
	}
	field("MIME-Version", "1.0")
	body := crlf(d.Body)
	if plainEnough(body) {
		field("Content-Type", "text/plain; charset="+charset(body))
		field("Content-Transfer-Encoding", "7bit")
		b.WriteString("\r\n" + body)
		return b.Bytes(), nil
	}
	field("Content-Type", "text/plain; charset="+charset(body))
	field("Content-Transfer-Encoding", "quoted-printable")
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	if _, err := io.WriteString(w, body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// address writes a mailbox for a header field. What is no address stays as it
// was typed: this is a debugger.
func address(text string) string {
	if a, err := mail.ParseAddress(text); err == nil && a.Name != "" {
		return a.String()
	}
	return text
}

// crlf gives every line CRLF, the last one too.
func crlf(body string) string {
	if body == "" {
		return ""
	}
	body = strings.ReplaceAll(body, "\r\n", "\n")
	body = strings.ReplaceAll(body, "\r", "\n")
	body = strings.TrimSuffix(body, "\n")
	return strings.ReplaceAll(body, "\n", "\r\n") + "\r\n"
}

func plainEnough(body string) bool {
	if charset(body) != "us-ascii" || strings.ContainsRune(body, 0) {
		return false
	}
	for line := range strings.SplitSeq(body, "\r\n") {
		if len(line) > 998 { // RFC 5322, 2.1.1
			return false
		}
	}
	return true
}

func charset(body string) string {
	for i := range len(body) {
		if body[i] >= 0x80 {
			return "utf-8"
		}
	}
	return "us-ascii"
}

// fold breaks a header field at blanks so that its lines have 78 octets where
// that is possible (RFC 5322, 2.1.1 and 2.2.3).
func fold(field string) string {
	var b strings.Builder
	for len(field) > 78 {
		at := strings.LastIndexByte(field[:78], ' ')
		if at <= strings.IndexByte(field, ':')+1 {
			next := strings.IndexByte(field[78:], ' ')
			if next < 0 {
				break
			}
			at = 78 + next
		}
		b.WriteString(field[:at] + "\r\n")
		field = field[at:]
	}
	b.WriteString(field)
	return b.String()
}
