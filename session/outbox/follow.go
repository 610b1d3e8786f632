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
	at      int64
	carried map[string]span // files that it carried at first
	buf     []byte
}

// errReplaced says that a new journal has begun: what is known must be read
// anew.
var errReplaced = errors.New("outbox: the journal was made short")

// records calls do for each record that was appended since the last call. Where
// a record will be there are zeros until it is written.
func (f *follower) records(do func(Record)) error {
	if removed(f.file) {
		return errReplaced
	}
	for size := 4 << 10; ; {
		f.buf = slices.Grow(f.buf[:0], size)[:size]
		n, err := f.file.ReadAt(f.buf, f.at)
		if err != nil && err != io.EOF {
			return err
		}
		took := take(f.buf[:n], do)
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

// take calls do for the records of whole lines, and returns how many octets
// those are.
func take(p []byte, do func(Record)) (took int) {
	for {
		i := bytes.IndexByte(p[took:], '\n')
		if i < 0 || bytes.IndexByte(p[took:took+i], 0) >= 0 {
			return took
		}
		if body, ok := whole(p[took : took+i]); ok {
			if r, ok := happened(body); ok {
				do(r)
			}
		}
		took += i + 1
	}
}

func (f *follower) close() error { return f.file.Close() }
