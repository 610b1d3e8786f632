package message

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime/quotedprintable"
	"strings"

	"ehlo/session"
)

// The encodings of RFC 2045, 6.1.
const (
	sevenBit        = "7bit"
	eightBit        = "8bit"
	quotedPrintable = "quoted-printable"
	base64Encoding  = "base64"
)

// entity is a header and a body (RFC 2045, 2.4). The body is in pieces, each
// of whole lines: attachments stay where they are.
type entity struct {
	header []Header
	body   []piece
}

// piece is octets, or an attachment that will be read.
type piece struct {
	octets []byte
	file   *Attachment
}

// pieces is the entity as it is sent.
func (e entity) pieces() []piece {
	var b bytes.Buffer
	for _, h := range e.header {
		b.WriteString(fold(h.Name+": "+h.Value) + "\r\n")
	}
	b.WriteString("\r\n")
	return append([]piece{{octets: b.Bytes()}}, e.body...)
}

// text makes an entity of text.
func (d Draft) text(subtype, text string) entity {
	text = crlf(text)
	charset := "us-ascii"
	if !isASCII(text) {
		charset = "utf-8"
	}
	encoding := d.Encoding
	if encoding == "" {
		encoding = pick(text, d.EightBit || d.SMTPUTF8)
	}
	var b bytes.Buffer
	switch encoding {
	case quotedPrintable:
		w := quotedprintable.NewWriter(&b)
		_, _ = io.WriteString(w, text) // a buffer takes everything
		_ = w.Close()
	case base64Encoding:
		_, _ = b.ReadFrom(&encoder{r: strings.NewReader(text)})
	default:
		b.WriteString(text)
	}
	if p := b.Bytes(); len(p) > 0 && !bytes.HasSuffix(p, []byte("\r\n")) {
		b.WriteString("\r\n")
	}
	return entity{
		header: []Header{{"Content-Type", "text/" + subtype + "; charset=" + charset}, {"Content-Transfer-Encoding", encoding}},
		body:   []piece{{octets: b.Bytes()}},
	}
}

// pick chooses the encoding of text that ends its lines with CRLF.
func pick(text string, eight bool) string {
	fits := strings.IndexByte(text, 0) < 0
	for line := range strings.SplitSeq(text, "\r\n") {
		fits = fits && len(line) <= 998 // RFC 5322, 2.1.1
	}
	switch {
	case fits && isASCII(text):
		return sevenBit
	case fits && eight:
		return eightBit
	}
	escaped := 0
	for i := range len(text) {
		if c := text[i]; c >= 0x7f || c == '=' || c < ' ' && !blank(c) && c != '\r' && c != '\n' {
			escaped++
		}
	}
	// RFC 2045, 6.7: three octets for one; 6.8: four for three.
	if 2*escaped > len(text)/3 {
		return base64Encoding
	}
	return quotedPrintable
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

// multiparted: RFC 2046, 5.1.1. Each part ends with CRLF, and the CRLF before a
// boundary belongs to the boundary: hence the blank line.
func multiparted(subtype, boundary string, parts []entity) entity {
	e := entity{header: []Header{{"Content-Type", "multipart/" + subtype + `; boundary="` + boundary + `"`}}}
	before := "--"
	for _, p := range parts {
		e.body = append(e.body, piece{octets: []byte(before + boundary + "\r\n")})
		e.body = append(e.body, p.pieces()...)
		before = "\r\n--"
	}
	e.body = append(e.body, piece{octets: []byte(before + boundary + "--\r\n")})
	return e
}

// content measures the entity without reading its attachments.
func (e entity) content() *session.Content {
	pieces := e.pieces()
	c := &session.Content{Open: func() (io.ReadCloser, error) { return &stream{rest: pieces}, nil }}
	for _, p := range pieces {
		if p.file != nil {
			octets, lines := encodedSize(p.file.Size)
			c.Octets += octets
			c.Lines += lines
			c.Longest = max(c.Longest, min(lineLength, octets-2*lines))
			continue
		}
		m := session.BytesContent(p.octets)
		c.Octets += m.Octets
		c.Lines += m.Lines
		c.Longest = max(c.Longest, m.Longest)
		c.EightBit, c.NUL, c.Bare = c.EightBit || m.EightBit, c.NUL || m.NUL, c.Bare+m.Bare
	}
	return c
}

// lineLength: RFC 2045, 6.8: a line of base64 has 76 characters at most.
const (
	lineLength = 76
	lineOctets = lineLength / 4 * 3
)

// encodedSize is what n octets come to as base64, with line endings.
func encodedSize(n int64) (octets, lines int64) {
	lines = (n + lineOctets - 1) / lineOctets
	return (n+2)/3*4 + 2*lines, lines
}

// stream reads pieces one after the other.
type stream struct {
	rest []piece
	now  io.Reader
	file io.Closer
}

func (s *stream) Read(p []byte) (int, error) {
	for {
		if s.now == nil {
			if len(s.rest) == 0 {
				return 0, io.EOF
			}
			if err := s.next(); err != nil {
				return 0, err
			}
		}
		n, err := s.now.Read(p)
		if err == io.EOF {
			s.now, err = nil, s.Close()
		}
		if n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
	}
}

func (s *stream) next() error {
	p := s.rest[0]
	if p.file == nil {
		s.now = bytes.NewReader(p.octets)
	} else {
		r, err := p.file.Open()
		if err != nil {
			return err
		}
		s.now, s.file = &encoder{r: &counted{r: r, name: p.file.Name, left: p.file.Size}}, r
	}
	s.rest = s.rest[1:]
	return nil
}

// Close closes the attachment that is being read, if any.
func (s *stream) Close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}

// encoder turns octets into lines of base64.
type encoder struct {
	r    io.Reader
	raw  [256 * lineOctets]byte
	out  [256 * (lineLength + 2)]byte
	left []byte // of out
	err  error
}

func (e *encoder) Read(p []byte) (int, error) {
	if len(e.left) == 0 && e.err == nil {
		e.fill()
	}
	if len(e.left) == 0 {
		return 0, e.err
	}
	n := copy(p, e.left)
	e.left = e.left[n:]
	return n, nil
}

func (e *encoder) fill() {
	n, err := io.ReadFull(e.r, e.raw[:])
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	e.err = err
	at := 0
	for raw := e.raw[:n]; len(raw) > 0; {
		line := raw[:min(len(raw), lineOctets)]
		base64.StdEncoding.Encode(e.out[at:], line)
		at += base64.StdEncoding.EncodedLen(len(line))
		at += copy(e.out[at:], "\r\n")
		raw = raw[len(line):]
	}
	e.left = e.out[:at]
}
