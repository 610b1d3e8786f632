package transcript

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
)

// maxLine is how long a line of a file may be. What is written here stays
// below 4.3 KB.
const maxLine = 64 << 10

var errLong = errors.New("the line is longer than 64 KiB")

// Scanner reads a transcript line by line, in memory that does not grow with
// the file.
//
//	for {
//		item, err := s.Next()
//		if err == io.EOF {
//			break
//		}
//		…
//	}
//
// An error that is a [SyntaxError] concerns one line: Next can be called
// again and goes on behind it.
type Scanner struct {
	// Warnings collects what is odd and no error.
	Warnings []Warning

	unknown []string // keys that were told of

	name  string
	from  io.Reader
	r     *bufio.Reader
	line  int
	taken int64  // octets read
	exact bool   // the header was seen: nothing is mended
	loose *loose // reads what has no header
	torn  bool   // the last line has no end
	arena []byte // octets of items are cut from it
	err   error
}

// NewScanner returns a scanner; name is for messages.
func NewScanner(name string, r io.Reader) *Scanner {
	room := int64(maxLine + 2)
	if size := sizeOf(r); size > 0 {
		room = min(room, size+2) // thousands of small files need no large buffer each
	}
	s := &Scanner{name: name, from: r, r: bufio.NewReaderSize(r, int(room))}
	s.loose = &loose{s: s}
	return s
}

// Next returns the next line of the file.
func (s *Scanner) Next() (Item, error) {
	if !s.exact || len(s.loose.ready) > 0 {
		return s.loose.next()
	}
	return s.strict()
}

// strict reads a line of a file that says what it is.
func (s *Scanner) strict() (Item, error) {
	text, whole, err := s.read()
	if err != nil {
		return Item{Line: s.line, Kind: Damage, Text: err.Error()}, err
	}
	if whole && len(text) > 3 && (text[0] == 'C' || text[0] == 'S') && text[1] == ':' && text[2] == ' ' && forbidden(text[3:]) < 0 {
		s.torn = false // by far the most
		return Item{Line: s.line, Kind: Octets, Dir: Dir(text[0]), Op: ':', Data: s.keep(text[3:], "\r\n")}, nil
	}
	item, err := s.parse(text)
	item.Line = s.line
	if err == nil {
		s.notice(&item)
		if s.torn = !whole; s.torn {
			s.warn("the last line has no end: it may have been cut off")
		}
		return item, nil
	}
	if !whole {
		s.warn("the last line is cut off and was left out: " + err.Error())
		s.err = io.EOF
		return Item{}, io.EOF
	}
	return Item{Line: s.line, Kind: Damage, Text: err.Error()}, s.wrong(err)
}

// read returns one line without its end. whole is false for a last line that
// has none.
func (s *Scanner) read() (text []byte, whole bool, err error) {
	if s.err != nil {
		return nil, false, s.err
	}
	text, err = s.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) && s.r.Size() < maxLine+2 { // the file has grown
		s.r = bufio.NewReaderSize(io.MultiReader(bytes.NewReader(bytes.Clone(text)), s.from), maxLine+2)
		text, err = s.r.ReadSlice('\n')
	}
	s.line++
	s.taken += int64(len(text))
	switch {
	case err == nil:
	case errors.Is(err, bufio.ErrBufferFull):
		for errors.Is(err, bufio.ErrBufferFull) {
			text, err = s.r.ReadSlice('\n')
			s.taken += int64(len(text))
		}
		if err != nil {
			s.err = err
		}
		return nil, false, s.wrong(errLong)
	case errors.Is(err, io.EOF) && len(text) > 0:
		s.err = io.EOF
	default:
		s.err = err
		return nil, false, err
	}
	whole = text[len(text)-1] == '\n'
	text = bytes.TrimSuffix(text, []byte{'\n'})
	text = bytes.TrimSuffix(text, []byte{'\r'})
	if s.line == 1 {
		text = bytes.TrimPrefix(text, []byte("\ufeff"))
	}
	return text, whole, nil
}

// maxWarnings bounds the list of them.
const maxWarnings = 1000

func (s *Scanner) warn(text string) { s.warnAt(s.line, text) }

func (s *Scanner) warnAt(line int, text string) {
	if len(s.Warnings) >= maxWarnings {
		return
	}
	at := len(s.Warnings)
	for at > 0 && s.Warnings[at-1].Line > line {
		at-- // prose is judged only when a dialogue has begun behind it
	}
	s.Warnings = slices.Insert(s.Warnings, at, Warning{line, text})
}

// wrong makes a SyntaxError of what is wrong with the current line.
func (s *Scanner) wrong(err error) *SyntaxError {
	e := &SyntaxError{File: s.name, Line: s.line, Col: 1, Text: err.Error()}
	var at *columnError
	if errors.As(err, &at) {
		e.Col += at.at
	}
	return e
}

// keep copies octets, and a line ending behind them, to where they can stay.
func (s *Scanner) keep(data []byte, ending string) []byte {
	n := len(data) + len(ending)
	if cap(s.arena)-len(s.arena) < n {
		s.arena = make([]byte, 0, max(n, min(2*cap(s.arena), maxLine), 4<<10))
	}
	at := len(s.arena)
	s.arena = append(s.arena, data...)
	s.arena = append(s.arena, ending...)
	return s.arena[at : at+n : at+n]
}
