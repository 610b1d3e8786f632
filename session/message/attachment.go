package message

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Attachment is a file that goes with the message.
type Attachment struct {
	Path string // of a regular file; "" if Open is given
	Name string // what the recipient sees; "" takes the last part of Path
	// Type is the media type, with parameters if it has any. "" goes by the
	// extension of the name, then by the first octets.
	Type string
	// Open gives the octets as often as they are needed, Size of them.
	Open func() (io.ReadCloser, error)
	Size int64
}

// ParseAttachment reads a file name, and behind semicolons what is not to follow
// from it: "data.bin;type=text/calendar;name=invitation.ics".
func ParseAttachment(text string) Attachment {
	a := Attachment{Path: text}
	for {
		i := strings.LastIndexByte(a.Path, ';')
		if i < 0 {
			return a
		}
		switch key, value, _ := strings.Cut(a.Path[i+1:], "="); key {
		case "type":
			a.Type = value
		case "name":
			a.Name = value
		default:
			return a
		}
		a.Path = a.Path[:i]
	}
}

// entity looks at the attachment and its first octets, and leaves the rest
// for later.
func (a Attachment) entity(raw bool) (entity, error) {
	if a.Name == "" && a.Path != "" {
		a.Name = filepath.Base(a.Path)
	}
	if err := a.locate(); err != nil {
		return entity{}, &PartError{"attachment", err}
	}
	head, err := a.head()
	if err != nil {
		return entity{}, &PartError{"attachment", err}
	}
	for _, h := range []Header{{"name", a.Name}, {"type", a.Type}} {
		if err := h.check(); err != nil {
			return entity{}, fmt.Errorf("attachment %q: %w", a.Name, err)
		}
	}
	if a.Type == "" {
		a.Type = mediaType(a.Name, head)
	} else if kind, _, err := mime.ParseMediaType(a.Type); err != nil || !strings.Contains(kind, "/") || !isASCII(a.Type) {
		return entity{}, fmt.Errorf("attachment %q: %q is no media type", a.Name, a.Type)
	}
	disposition := "attachment" // RFC 2183
	if a.Name != "" {
		disposition += parameter("filename", a.Name, raw)
	}
	return entity{
		header: []Header{
			{"Content-Type", a.Type}, {"Content-Transfer-Encoding", base64Encoding}, {"Content-Disposition", disposition},
		},
		body: []piece{{file: &a}},
	}, nil
}

// locate finds out the size of a file and how to open it.
func (a *Attachment) locate() error {
	if a.Open != nil {
		return nil
	}
	info, err := os.Stat(a.Path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &os.PathError{Op: "read", Path: a.Path, Err: errors.New("not a regular file")}
	}
	name := a.Path
	a.Size = info.Size()
	a.Open = func() (io.ReadCloser, error) { return os.Open(name) }
	return nil
}

func (a *Attachment) head() ([]byte, error) {
	r, err := a.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, 4096))
}

// mediaType guesses. message/rfc822 must not be base64 (RFC 2046, 5.2.1), so
// that a message is attached as octets.
func mediaType(name string, head []byte) string {
	guess, _, _ := strings.Cut(mime.TypeByExtension(filepath.Ext(name)), ";")
	if guess == "" {
		guess = sniff(head)
	}
	switch {
	case strings.HasPrefix(guess, "message/"), strings.HasPrefix(guess, "multipart/"):
		return "application/octet-stream"
	case strings.HasPrefix(guess, "text/") && readable(head):
		return guess + "; charset=utf-8"
	}
	return guess
}

func sniff(head []byte) string {
	for _, magic := range [...]struct{ start, kind string }{
		{"%PDF-", "application/pdf"}, {"\x89PNG\r\n\x1a\n", "image/png"}, {"\xff\xd8\xff", "image/jpeg"},
		{"GIF8", "image/gif"}, {"PK\x03\x04", "application/zip"}, {"\x1f\x8b", "application/gzip"},
	} {
		if bytes.HasPrefix(head, []byte(magic.start)) {
			return magic.kind
		}
	}
	if readable(head) {
		return "text/plain"
	}
	return "application/octet-stream"
}

// readable reports whether octets look like UTF-8 text. The last character
// may be cut.
func readable(head []byte) bool {
	for cut := 0; cut < utf8.UTFMax && cut <= len(head); cut++ {
		if utf8.Valid(head[:len(head)-cut]) {
			return bytes.IndexByte(head, 0) < 0
		}
	}
	return false
}

// counted reads an attachment that must be as long as it was when its size
// was taken: the size has been told to the server (RFC 1870).
type counted struct {
	r    io.Reader
	name string
	left int64
}

func (c *counted) Read(p []byte) (int, error) {
	if c.left == 0 {
		var one [1]byte
		if n, err := io.ReadFull(c.r, one[:]); n > 0 {
			return 0, fmt.Errorf("attachment %q has grown since its size was taken", c.name)
		} else if err != io.EOF {
			return 0, err
		}
		return 0, io.EOF
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	if err == io.EOF && c.left > 0 {
		return n, fmt.Errorf("attachment %q has shrunk since its size was taken", c.name)
	}
	if err == io.EOF {
		err = nil // asked again, it will say so
	}
	return n, err
}
