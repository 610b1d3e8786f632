package main

import (
	"errors"
	"fmt"
	"io"
	"syscall"
)

// output is standard output. It remembers the first error: a session goes on
// when nobody reads its log any more, and the program says so in the end.
type output struct {
	io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.Writer.Write(p)
	o.err = err
	return n, err
}

// failed returns why output was lost. A reader that has seen enough, as head
// does, is no failure.
func (o *output) failed() error {
	if o.err == nil || errors.Is(o.err, syscall.EPIPE) || errors.Is(o.err, io.ErrClosedPipe) {
		return nil
	}
	return fmt.Errorf("write the output: %w", o.err)
}

// printf writes to a stream whose errors are told in the end, by [run].
func printf(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }
