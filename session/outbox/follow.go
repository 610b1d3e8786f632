package outbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// follower reads what is appended to a journal, by whichever process.
type follower struct {
	file    *os.File
	era     era
	at      int64
	carried map[string]span // files that it carried at first
	buf     []byte
	fields  [16]string // of a record, as a rule
}

// errReplaced says that a new journal has begun: what is known must be read
// anew.
var errReplaced = errors.New("outbox: the journal was made short")

// records calls do for each record of certain messages that was appended since
// the last call; nil is all of them. The record's fields are only good until do
// returns. Where a record will be there are zeros until it is written.
func (f *follower) records(want func(id []byte) bool, do func(Record)) error {
	if removed(f.file) || f.era.over() {
		return errReplaced
	}
	for size := 4 << 10; ; {
		f.buf = slices.Grow(f.buf[:0], size)[:size]
		n, err := f.file.ReadAt(f.buf, f.at)
		if err != nil && err != io.EOF {
			return err
		}
		took := f.take(f.buf[:n], want, do)
		f.at += int64(took)
		switch {
		case n < size || bytes.IndexByte(f.buf[took:n], 0) >= 0:
			return nil // the rest, if there is one, is being written
		case took > 0:
		case size > maxLine:
			return fmt.Errorf("%s: the line at %d is longer than any record", f.file.Name(), f.at)
		default:
			size *= 2
		}
	}
}

// take does so for the whole lines among some octets, and returns how many those
// are.
func (f *follower) take(p []byte, want func(id []byte) bool, do func(Record)) (took int) {
	for {
		i := bytes.IndexByte(p[took:], '\n')
		if i < 0 || bytes.IndexByte(p[took:took+i], 0) >= 0 {
			return took
		}
		body, ok := whole(p[took : took+i])
		took += i + 1
		if id, _, _ := bytes.Cut(body, []byte("\t")); !ok || want != nil && !want(id) {
			continue
		}
		if r, ok := happened(body, f.fields[:0]); ok {
			do(r)
		}
	}
}

func (f *follower) close() error { return f.file.Close() }
