package replay

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"ehlo/transcript"
	"ehlo/transcript/lazy"
	"ehlo/transcript/script"
)

// What of a message can be made anew.
const (
	RefreshDate      = "date"
	RefreshMessageID = "message-id"
	RefreshBoundary  = "boundary"
)

// Refreshes lists what can be made anew.
var refreshes = []string{RefreshDate, RefreshMessageID, RefreshBoundary}

// ParseRefresh reads a list of what to make anew.
func ParseRefresh(list string) ([]string, error) {
	words := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
	for _, w := range words {
		if !slices.Contains(refreshes, w) {
			return nil, fmt.Errorf("%q cannot be made anew; there are %s", w, strings.Join(refreshes, ", "))
		}
	}
	return words, nil
}

// renewal has what making anew needs from outside.
type renewal struct {
	now  func() time.Time
	rand *rand.Rand

	texts map[string]string // what stands for what
}

// content returns the octets of a message with what is to be new made anew.
func (w *rewriter) content(r io.ReadCloser) io.ReadCloser {
	if len(w.Refresh) == 0 {
		return r
	}
	return struct {
		io.Reader
		io.Closer
	}{w.renewed(r, false), r}
}

func (w *rewriter) renewed(r io.Reader, counted bool) *renewer {
	return &renewer{w: w, in: bufio.NewReaderSize(r, 64<<10), header: true, begun: true, counted: counted}
}

// chunked is a message that goes out in chunks, made anew as a whole: a line may
// begin in one chunk and end in the next.
type chunked struct {
	conn, message int
	at            int64 // octets that were read
	r             *renewer
	from          *script.Reader
}

func (c *chunked) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.at += int64(n)
	return n, err
}

// chunks returns the octets of a message from a part on. Whoever goes on where
// the last part ended reads nothing twice.
func (w *rewriter) chunks(t *script.Turn, p script.Part, from *transcript.Transcript, values map[string]string) io.Reader {
	c := &w.sent
	if c.r != nil && c.conn == t.Conn && c.message == p.Message && c.at == p.Offset {
		return c
	}
	if c.from != nil {
		_ = c.from.Close()
	}
	*c = chunked{conn: t.Conn, message: p.Message}
	c.from = &script.Reader{From: from, Parts: w.conns[t.Conn].Chunked[p.Message], Values: values}
	c.r = w.renewed(c.from, true)
	_, _ = io.CopyN(io.Discard, c, p.Offset) // what is wrong is told when it is read on
	return c
}

// renewer reads a message line by line. Only the header is changed, and the
// boundaries that it and the headers of parts name (RFC 2046, 5.1.1).
type renewer struct {
	w       *rewriter
	in      *bufio.Reader
	out     []byte
	counted bool // nothing may change its length
	header  bool
	part    bool // it is that of a part: its dates are its own
	begun   bool // the next octets begin a line
	field   string
	old     []string // boundaries and what became of them, in pairs
}

func (r *renewer) Read(p []byte) (int, error) {
	for len(r.out) == 0 {
		line, err := r.in.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) && len(line) == 0 {
			return 0, err
		}
		whole := r.begun
		r.begun = bytes.HasSuffix(line, []byte{'\n'})
		r.out = line
		if whole {
			r.out = r.line(line)
		}
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	return n, nil
}

// line changes one line, if it is one to change.
func (r *renewer) line(line []byte) []byte {
	text := strings.TrimRight(string(line), "\r\n")
	if !r.header || r.part {
		if put, ok := r.delimiter(text); ok {
			return append([]byte(put), line[len(text):]...)
		}
	}
	if !r.header {
		return line
	}
	if text == "" {
		r.header = false
		return line
	}
	if text[0] != ' ' && text[0] != '\t' {
		name, _, _ := strings.Cut(text, ":")
		r.field = strings.ToLower(strings.TrimSpace(name))
	}
	changed := text
	switch {
	case r.field == "date" && !r.part && slices.Contains(r.w.Refresh, RefreshDate):
		changed = dateField().ReplaceAllStringFunc(text, r.date)
	case r.field == "message-id" && !r.part && slices.Contains(r.w.Refresh, RefreshMessageID):
		changed = idField().ReplaceAllStringFunc(text, r.another)
	case r.field == "content-type" && slices.Contains(r.w.Refresh, RefreshBoundary):
		if m := boundaryField().FindStringSubmatchIndex(text); m != nil {
			old := text[m[2]:m[3]]
			put := r.another(old)
			r.old = append(r.old, old, put)
			changed = text[:m[2]] + put + text[m[3]:]
		}
	}
	return append([]byte(changed), line[len(text):]...)
}

var (
	dateField     = lazy.Regexp(`(?:[A-Z][a-z][a-z], *)?\d{1,2} [A-Z][a-z][a-z] \d{4} \d\d:\d\d(?::\d\d)? [+-]\d{4}`)
	idField       = lazy.Regexp(`[^<@: ]+@`)
	boundaryField = lazy.Regexp(`(?i)boundary="?([^";\s]+)`)
)

// date is the time of this run, as long as what it stands for if that was
// counted: RFC 5322, 3.3 leaves some freedom.
func (r *renewer) date(old string) string {
	now := r.w.renew.now()
	if !r.counted {
		return now.Format("Mon, 02 Jan 2006 15:04:05 -0700")
	}
	for _, layout := range []string{"Mon, 02 Jan 2006 15:04:05", "Mon, 2 Jan 2006 15:04:05", "Mon,2 Jan 2006 15:04:05", "02 Jan 2006 15:04:05", "2 Jan 2006 15:04:05", "2 Jan 2006 15:04"} {
		if text := now.Format(layout); len(text)+len(" +0000") <= len(old) {
			return text + strings.Repeat(" ", len(old)-len(text)-len("+0000")) + now.Format("-0700")
		}
	}
	return old // "1 Jan 2006 15:04 +0000", and today has two digits
}

// another returns as many letters and digits, others than there are, and the
// same ones where the same text stands again.
func (r *renewer) another(text string) string {
	if now, known := r.w.renew.texts[text]; known {
		return now
	}
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	out := []byte(text)
	for i, c := range out {
		if '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' {
			out[i] = letters[r.w.renew.rand.IntN(len(letters))]
		}
	}
	if r.w.renew.texts == nil {
		r.w.renew.texts = map[string]string{}
	}
	r.w.renew.texts[text] = string(out)
	return string(out)
}

// delimiter: RFC 2046, 5.1.1: two hyphens and the boundary, at the beginning
// of a line.
func (r *renewer) delimiter(text string) (string, bool) {
	for i := 0; i+1 < len(r.old); i += 2 {
		if rest, ok := strings.CutPrefix(text, "--"+r.old[i]); ok && (rest == "" || strings.HasPrefix(rest, "--")) {
			r.header, r.part, r.field = rest == "", true, ""
			return "--" + r.old[i+1] + rest, true
		}
	}
	return "", false
}
