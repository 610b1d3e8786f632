package convert

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

const (
	maxHead = 256 << 10 // octets that are looked at to recognise a format
	maxLine = maxHead   // octets of one line
)

// source gives the lines of a file, without what a terminal, a mail or a
// browser has done to them.
type source struct {
	r    *bufio.Reader
	read int // lines that were read
	line int // number of the line that next gave last
	warn func(line int, text string)

	quotes int  // "> " before every line
	indent int  // blanks before every line
	html   bool // entities, and <br> for a line end
	trail  bool // blanks behind every line
	ruled  bool // bars behind every line
	typed  bool // an editor has changed hyphens and blanks behind codes
	mail   bool // quoted-printable
	double bool // an empty line behind every line
	empty  int  // empty lines that came in a row
	pair   emphasis
	before prefix // of every line: a container, syslog
	end    string // what a log has put for the CR at the end of every line

	raw     []string                    // the head as it was read, until the format is known
	held    []numbered                  // warnings, until then
	tell    func(line int, text string) // takes them
	long    int                         // the first line, if any, that the head is too short for
	waiting []numbered                  // lines that were read and not given yet
}

// numbered is a line and its number in the file.
type numbered struct {
	text string
	line int
}

// newSource looks at the beginning of a file to see what was done to it. The
// head that it returns is cleaned.
func newSource(r io.Reader, warn func(line int, text string)) (*source, []string) {
	s := &source{r: bufio.NewReaderSize(r, maxHead), warn: warn}
	head, err := s.r.Peek(maxHead)
	if bom := []byte("\xef\xbb\xbf"); bytes.HasPrefix(head, bom) {
		_, _ = s.r.Discard(len(bom))
		head = head[len(bom):]
	}
	if s.decoded(head) {
		head, err = s.r.Peek(maxHead)
	}
	whole := err != nil // the head is all there is
	lines := strings.Split(string(head), "\n")
	if n := len(lines) - 1; !whole {
		if len(lines[n]) > maxHead/2 {
			s.long = n + 1
		}
		if n > 0 {
			lines = lines[:n]
		}
	}
	s.raw, s.tell, s.warn = lines, warn, s.hold
	s.study(lines)
	return s, s.cleaned(lines)
}

func (s *source) cleaned(lines []string) []string {
	var clean []string
	for _, l := range lines {
		clean = append(clean, s.clean(strings.TrimSuffix(l, "\r"))...)
	}
	return clean
}

// next returns the next line, without its end.
func (s *source) next() (string, bool) {
	if !s.fill(1) {
		return "", false
	}
	n := s.waiting[0]
	s.waiting, s.line = s.waiting[1:], n.line
	return n.text, true
}

// peek returns the line behind the next i lines without taking it.
func (s *source) peek(i int) (string, bool) {
	if !s.fill(i + 1) {
		return "", false
	}
	return s.waiting[i].text, true
}

// maxPeeked is how many lines are looked at to tell how a file is to be read.
const maxPeeked = 300

// peekHead returns the next lines, some hundred of them.
func peekHead(s *source) []string {
	var head []string
	for i := range maxPeeked {
		l, ok := s.peek(i)
		if !ok {
			break
		}
		head = append(head, l)
	}
	return head
}

func (s *source) fill(n int) bool {
	for len(s.waiting) < n {
		text, ok := s.readLine()
		if !ok {
			return false
		}
		if s.spare(text) {
			continue
		}
		if strings.IndexByte(text, '\b') >= 0 {
			s.warn(s.read, "the cursor goes back in this line; what is shown in the end was taken")
		}
		for _, part := range s.clean(text) {
			s.waiting = append(s.waiting, numbered{part, s.read})
		}
	}
	return true
}

// spare reports whether a line is one of the empty ones that stand behind every
// line.
func (s *source) spare(text string) bool {
	if strings.TrimSpace(text) != "" {
		s.empty = 0
		return false
	}
	s.empty++
	return s.double && s.empty%2 == 1
}

func (s *source) readLine() (string, bool) {
	text, err := s.r.ReadSlice('\n')
	if len(text) == 0 && err != nil {
		return "", false
	}
	s.read++
	kept := string(text)
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(kept) == len(text) {
			s.warn(s.read, "the line is longer than 256 KiB; what is behind that was left out")
		}
		text, err = s.r.ReadSlice('\n')
		kept = kept[:min(len(kept), maxLine)]
	}
	kept = strings.TrimSuffix(strings.TrimSuffix(kept, "\n"), "\r")
	if rest, soft := strings.CutSuffix(kept, "="); soft && s.mail && len(rest) < maxLine {
		if more, ok := s.readLine(); ok {
			return rest + more, true
		}
	}
	return kept, true
}
