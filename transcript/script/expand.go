package script

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"ehlo/session"
	"ehlo/transcript"
)

var ErrNotKept = errors.New("the content was not kept, so it cannot be sent again")

// Expand puts values in the place of variables.
func Expand(data []byte, vars []transcript.Var, values map[string]string) ([]byte, error) {
	if len(vars) == 0 {
		return data, nil
	}
	var out []byte
	at := 0
	for _, v := range vars {
		value, ok := values[v.Name]
		if !ok {
			return nil, &transcript.MissingError{Name: v.Name}
		}
		out = append(out, data[at:v.From]...)
		out = append(out, value...)
		at = v.To
	}
	return append(out, data[at:]...), nil
}

// Reader reads parts one after the other, and opens each file when it is
// its turn.
type Reader struct {
	From   *transcript.Transcript
	Parts  []Part
	Values map[string]string
	r      io.Reader
	file   io.Closer
	line   int // of the part that is being read from a file
}

func (r *Reader) wrong(err error) error {
	return fmt.Errorf("%s:%d: %w", session.Escape(r.From.Name), r.line, err)
}

func (r *Reader) Read(p []byte) (int, error) {
	for {
		if r.r == nil {
			if len(r.Parts) == 0 {
				return 0, io.EOF
			}
			if err := r.next(); err != nil {
				return 0, err
			}
		}
		n, err := r.r.Read(p)
		switch {
		case errors.Is(err, io.EOF):
			r.r, err = nil, r.Close()
		case err != nil:
			err = r.wrong(err)
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (r *Reader) next() error {
	part := r.Parts[0]
	r.Parts = r.Parts[1:]
	if part.Bulk != nil {
		r.line = part.Line
		if part.Bulk.Name == "" {
			r.r = filler(part.Bulk)
			return nil
		}
		f, err := r.From.Open(part.Bulk)
		if err != nil {
			return r.wrong(err)
		}
		r.r, r.file = f, f
		return nil
	}
	data, err := Expand(part.Data, part.Vars, r.Values)
	r.r = bytes.NewReader(data)
	return err
}

// filler is what goes out for octets that were not kept: as many, in lines.
func filler(b *session.Bulk) io.Reader {
	const line = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"
	ending := "\r\n"
	if b.MidLine || b.Octets < 2 {
		ending = "xx"[:min(b.Octets, 2)]
	}
	return io.MultiReader(io.LimitReader(&repeater{text: line}, b.Octets-int64(len(ending))), strings.NewReader(ending))
}

// repeater says the same again and again.
type repeater struct {
	text string
	at   int
}

func (r *repeater) Read(p []byte) (int, error) {
	for n := range p {
		p[n] = r.text[r.at]
		r.at = (r.at + 1) % len(r.text)
	}
	return len(p), nil
}

func (r *Reader) Close() error {
	if r.file == nil {
		return nil
	}
	err := r.file.Close()
	r.file = nil
	return err
}
