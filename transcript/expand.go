package transcript

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"ehlo/session"
)

var errNotKept = errors.New("the content was not kept, so it cannot be sent again")

// MissingError says that a variable or a secret has no value.
type MissingError struct {
	Name string
	File string
	Line int
}

func (e *MissingError) Error() string {
	where := ""
	if e.Line > 0 {
		where = fmt.Sprintf("%s:%d: ", session.Escape(e.File), e.Line)
	}
	return where + "no value is known for ${" + e.Name + "}"
}

// expand puts values in the place of variables.
func expand(data []byte, vars []Var, values map[string]string) ([]byte, error) {
	if len(vars) == 0 {
		return data, nil
	}
	var out []byte
	at := 0
	for _, v := range vars {
		value, ok := values[v.Name]
		if !ok {
			return nil, &MissingError{Name: v.Name}
		}
		out = append(out, data[at:v.From]...)
		out = append(out, value...)
		at = v.To
	}
	return append(out, data[at:]...), nil
}

// partReader reads parts one after the other, and opens each file when it is
// its turn.
type partReader struct {
	from   *Transcript
	parts  []part
	values map[string]string
	r      io.Reader
	file   io.Closer
	line   int // of the part that is being read from a file
}

func (r *partReader) wrong(err error) error {
	return fmt.Errorf("%s:%d: %w", session.Escape(r.from.Name), r.line, err)
}

func (r *partReader) Read(p []byte) (int, error) {
	for {
		if r.r == nil {
			if len(r.parts) == 0 {
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

func (r *partReader) next() error {
	part := r.parts[0]
	r.parts = r.parts[1:]
	if part.bulk != nil {
		r.line = part.line
		if part.bulk.Name == "" {
			r.r = filler(part.bulk)
			return nil
		}
		f, err := r.from.Open(part.bulk)
		if err != nil {
			return r.wrong(err)
		}
		r.r, r.file = f, f
		return nil
	}
	data, err := expand(part.data, part.vars, r.values)
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

func (r *partReader) Close() error {
	if r.file == nil {
		return nil
	}
	err := r.file.Close()
	r.file = nil
	return err
}
