package plain

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
)

// maxTyped bounds a line that is typed, in octets. It is far more than any
// server takes, and people want to see that.
const maxTyped = 1 << 20

// mostOfTerminal is how many octets of a line Linux keeps until Enter; the rest
// of it is lost, and nobody is told.
const mostOfTerminal = 4095

// typed is a line of input without its end. long is set if it was too long and
// its rest was thrown away.
type typed struct {
	text string
	long bool
}

// lines reads input to its end.
func lines(ctx context.Context, in io.Reader, out chan<- typed) {
	defer close(out)
	r := bufio.NewReaderSize(in, 64<<10)
	for {
		line, err := oneLine(r)
		if line != nil {
			select {
			case out <- *line:
			case <-ctx.Done():
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// oneLine reads a line; nil if there is none before the end.
func oneLine(r *bufio.Reader) (*typed, error) {
	var text []byte
	long := false
	for {
		part, err := r.ReadSlice('\n')
		if len(text)+len(part) > maxTyped {
			long = true
		} else {
			text = append(text, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if len(text) == 0 && !long {
			return nil, err
		}
		line := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
		return &typed{line, long}, err
	}
}
