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

	"ehlo/transcript/lazy"
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
}

// content returns the octets of a message with what is to be new made anew.
func (w *rewriter) content(r io.ReadCloser, counted bool) io.ReadCloser {
	if len(w.Refresh) == 0 || counted {
		return r // RFC 3030, 2: a BDAT has said how many octets come
	}
	return struct {
		io.Reader
		io.Closer
	}{&renewer{w: w, in: bufio.NewReaderSize(r, 64<<10), header: true, begun: true}, r}
}

// renewer reads a message line by line. Only the header is changed, and the
// lines that are the boundary that it names.
type renewer struct {
	w      *rewriter
	in     *bufio.Reader
	out    []byte
	header bool
	begun  bool // the next octets begin a line
	field  string
	old    []string // boundaries and what became of them, in pairs
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
	if !r.header {
		return r.delimiter(line, text)
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
	case r.field == "date" && slices.Contains(r.w.Refresh, RefreshDate):
		changed = dateField().ReplaceAllStringFunc(text, func(string) string {
			return r.w.renew.now().Format("Mon, 02 Jan 2006 15:04:05 -0700")
		})
	case r.field == "message-id" && slices.Contains(r.w.Refresh, RefreshMessageID):
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

// another returns as many letters and digits, others than there are.
func (r *renewer) another(text string) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	out := []byte(text)
	for i, c := range out {
		if '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' {
			out[i] = letters[r.w.renew.rand.IntN(len(letters))]
		}
	}
	return string(out)
}

// delimiter: RFC 2046, 5.1.1: two hyphens and the boundary, at the beginning
// of a line.
func (r *renewer) delimiter(line []byte, text string) []byte {
	for i := 0; i+1 < len(r.old); i += 2 {
		if rest, ok := strings.CutPrefix(text, "--"+r.old[i]); ok && (rest == "" || strings.HasPrefix(rest, "--")) {
			return append([]byte("--"+r.old[i+1]+rest), line[len(text):]...)
		}
	}
	return line
}
