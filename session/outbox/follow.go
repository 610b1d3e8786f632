package outbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// follower reads what is appended to a journal, by whichever process.
type follower struct {
	file    *os.File
	at      int64
	carried map[string]span // files that it carried at first
}

// errReplaced says that a new journal has begun: what is known must be read
// anew.
var errReplaced = errors.New("outbox: the journal was made short")

// records calls do for each record that was appended since the last call.
func (f *follower) records(do func(Record)) error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	if removed(f.file) {
		return errReplaced
	}
	if info.Size() <= f.at {
		return nil
	}
	if info.Size()-f.at > 4*maxJournal+maxLine {
		return fmt.Errorf("%s has grown by %d octets at once", f.file.Name(), info.Size()-f.at)
	}
	p := make([]byte, info.Size()-f.at)
	n, err := f.file.ReadAt(p, f.at)
	if err != nil && err != io.EOF {
		return err
	}
	for p = p[:n]; ; {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			return nil // it is being written
		}
		if body, ok := whole(p[:i]); ok && !carries(body) {
			if r, ok := parseRecord(body); ok {
				do(r)
			}
		}
		f.at += int64(i) + 1
		p = p[i+1:]
	}
}

func (f *follower) close() error { return f.file.Close() }
