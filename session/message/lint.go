package message

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"ehlo/session"
)

// LintOptions say what the content is judged against.
type LintOptions struct {
	// EightBit: the transaction has BODY=8BITMIME (RFC 6152).
	EightBit bool
	// SMTPUTF8: the transaction has that parameter (RFC 6531).
	SMTPUTF8 bool
	// LookupTXT finds the keys of DKIM signatures. nil leaves signatures
	// alone, and so does wire content; a lookup needs a time limit of its own.
	LookupTXT func(domain string) ([]string, error)
}

// The rules that hold for every line.
var (
	rLong    = rule{session.Wrong, "the line has more than 998 octets", "RFC 5322, 2.1.1; RFC 5321, 4.5.3.1.6"}
	rWide    = rule{session.Note, "the line has more than 78 characters", "RFC 5322, 2.1.1"}
	rBareCR  = rule{session.Wrong, "a CR without an LF", "RFC 5321, 2.3.8"}
	rBareLF  = rule{session.Wrong, "an LF without a CR", "RFC 5321, 2.3.8"}
	rNUL     = rule{session.Wrong, "a NUL octet", "RFC 5322, 4.1; RFC 2045, 2.8"}
	rEight   = rule{session.Wrong, "octets over 127 need BODY=8BITMIME", "RFC 6152, 3; RFC 5321, 2.4"}
	rHigh    = rule{session.Wrong, "octets over 127 in the header need SMTPUTF8", "RFC 6531, 3.4; RFC 5322, 2.2"}
	rNotUTF8 = rule{session.Wrong, "the header is not UTF-8", "RFC 6532, 3.1"}
	rDot     = rule{session.Note, "the line begins with a dot: another is put before it on the wire", "RFC 5321, 4.5.2"}
	rOddEnd  = rule{session.Warning, "a dot alone between line endings that are not both CRLF: some servers take it for the end of data (SMTP smuggling)", "RFC 5321, 4.1.1.4"}
	rEarly   = rule{session.Warning, "the data ends here: what follows is read as commands", "RFC 5321, 4.1.1.4"}
	rNoEnd   = rule{session.Warning, "the octets are sent as they are and do not end with CRLF.CRLF", "RFC 5321, 4.1.1.4"}
	rUnended = rule{session.Note, "the last line has no ending: CRLF is added on the wire", "RFC 5321, 4.1.1.4"}
)

// Lint reads the content once, in constant memory (twice if there are
// signatures to verify), and says what the RFCs think of it. It lists at most
// 20 findings of a kind. The error is that of reading.
//
// Content with LF line endings is judged as what it becomes on the wire.
func Lint(c *session.Content, o LintOptions) ([]Finding, error) {
	r, err := c.Open()
	if err != nil {
		return nil, fmt.Errorf("lint: %w", err)
	}
	defer r.Close()
	l := linter{o: o, wire: c.Wire, line: 1}
	l.header.f = &l.findings
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		p, err := in.ReadSlice('\n')
		if len(p) > 0 {
			l.take(p)
		}
		if err == io.EOF {
			break
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return l.sorted(), fmt.Errorf("lint: %w", err)
		}
	}
	l.end()
	if !c.Wire && o.LookupTXT != nil && l.header.count["dkim-signature"] > 0 {
		if err := l.verify(c); err != nil {
			return l.sorted(), fmt.Errorf("lint: %w", err)
		}
	}
	return l.sorted(), nil
}

// linter follows content line by line. A line longer than the buffer comes in
// pieces.
type linter struct {
	findings
	o      LintOptions
	wire   bool
	header headerLint
	body   bodyLint

	line, offset  int64 // of the piece that is taken
	start         int64 // offset of the line
	length, chars int64 // of the line so far
	known, local  bool  // the form of line endings: local is LF
	mid           bool  // the piece does not begin a line
	cr            bool  // the piece before ended with CR
	before        ending
	nulled        bool // the line has a NUL
	ended         bool // CRLF.CRLF has come, in wire content
}

// ending is how the line before ended.
type ending uint8

const (
	atCRLF ending = iota // and the start of the content
	atLF
)

func (l *linter) take(p []byte) {
	whole := p[len(p)-1] == '\n'
	text := p
	var by ending
	if whole {
		text = p[:len(p)-1]
		by = l.lineEnd(&text)
	}
	if !l.mid {
		l.start, l.length, l.chars, l.nulled = l.offset, 0, 0, false
		l.lineStart(text, whole, by)
	}
	l.octets(text, whole)
	l.offset += int64(len(p))
	if l.mid = !whole; whole {
		l.lineDone()
		l.line++
		l.before = by
	}
}

// lineEnd takes the CR of a CRLF from the text, and says how the line ends.
func (l *linter) lineEnd(text *[]byte) ending {
	t := *text
	cr := len(t) > 0 && t[len(t)-1] == '\r'
	split := len(t) == 0 && l.mid && l.cr // a CRLF in two pieces
	if cr {
		*text = t[:len(t)-1]
	}
	if split {
		l.length--
		l.cr = false
	}
	crlf := cr || split
	if !l.known {
		l.known, l.local = true, !crlf && !l.wire
	}
	if crlf || l.local {
		return atCRLF
	}
	l.add(l.line, l.offset+int64(len(t)), rBareLF)
	return atLF
}

// lineStart looks at what only the beginning of a line shows.
func (l *linter) lineStart(text []byte, whole bool, by ending) {
	if l.ended {
		l.add(l.line, l.start, rEarly)
		l.ended = false
	}
	if len(text) > 0 && text[0] == '.' {
		l.dot(text, whole, by)
	}
	if l.header.done {
		l.body.lineStart(l.header.delimiter, text)
	} else {
		l.header.lineStart(l.line, l.start, text)
	}
}

// dot judges a line that begins with one.
func (l *linter) dot(text []byte, whole bool, by ending) {
	alone := len(text) == 1 && whole
	switch {
	case alone && (l.before != atCRLF || by != atCRLF):
		l.add(l.line, l.start, rOddEnd)
	case alone && l.wire:
		l.ended = true
	case len(text) > 1 && text[1] == '\r':
		l.add(l.line, l.start, rOddEnd)
	case !l.wire:
		l.add(l.line, l.start, rDot)
	}
}

// octets looks at each of a piece of a line, a word of them at a time.
func (l *linter) octets(text []byte, whole bool) {
	if len(text) == 0 {
		return
	}
	l.length += int64(len(text))
	if l.cr {
		l.bareCR(l.offset-1, text)
	}
	last := len(text) - 1
	l.cr = !whole && text[last] == '\r'
	inner := text
	if l.cr {
		inner = text[:last]
	}
	nul, cr, high := scan(inner)
	if cr {
		for at := 0; ; at++ {
			n := bytes.IndexByte(inner[at:], '\r')
			if n < 0 {
				break
			}
			at += n
			l.bareCR(l.offset+int64(at), inner[at+1:])
		}
	}
	if nul && !l.nulled {
		l.nulled = true
		l.add(l.line, l.offset+int64(bytes.IndexByte(text, 0)), rNUL)
	}
	if high {
		l.eight(text)
	}
	if l.o.SMTPUTF8 && high {
		l.chars += int64(utf8.RuneCount(text))
	} else {
		l.chars += int64(len(text))
	}
}

func (l *linter) bareCR(offset int64, rest []byte) {
	l.add(l.line, offset, rBareCR)
	if dotAlone(rest) {
		l.add(l.line, offset+1, rOddEnd)
	}
}

// dotAlone reports whether a dot stands between a bare CR and another end of
// line.
func dotAlone(rest []byte) bool {
	return len(rest) > 0 && rest[0] == '.' && (len(rest) == 1 || rest[1] == '\r')
}

// eight judges octets over 127 in a line that the header or body has begun.
func (l *linter) eight(text []byte) {
	l.body.high = l.body.high || l.header.done
	switch {
	case !l.header.done && !l.o.SMTPUTF8:
		l.add(l.line, l.start, rHigh)
	case !l.header.done && len(text) < 60<<10 && !utf8.Valid(text):
		l.add(l.line, l.start, rNotUTF8)
	case l.header.done && !l.o.EightBit && !l.o.SMTPUTF8:
		l.add(l.line, l.start, rEight)
	}
}

func (l *linter) lineDone() {
	switch {
	case l.length > 998:
		l.tell(l.line, l.start, rLong, fmt.Sprintf(": %d", l.length))
	case l.chars > 78:
		l.add(l.line, l.start, rWide)
	}
}

// end judges the content as a whole.
func (l *linter) end() {
	if l.cr {
		l.add(l.line, l.offset-1, rBareCR)
	}
	if l.mid {
		l.lineDone()
		if !l.wire {
			l.add(l.line, l.offset, rUnended)
		}
	}
	if l.wire && !l.ended {
		l.add(0, l.offset, rNoEnd)
	}
	l.header.end()
	l.body.end(&l.header)
}

// scan reports what is in a piece of a line. Most lines have none of it.
func scan(p []byte) (nul, cr, high bool) {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	var odd uint64
	for q := p; ; q = q[8:] {
		if len(q) < 8 {
			for _, c := range q {
				if c == 0 || c == '\r' || c >= 0x80 {
					odd |= tops
				}
			}
			break
		}
		v := binary.LittleEndian.Uint64(q)
		// The classic test for a zero octet; x is zero where v is a CR.
		x := v ^ ones*'\r'
		odd |= v | (v-ones) & ^v | (x-ones) & ^x
	}
	if odd&tops == 0 {
		return false, false, false
	}
	for _, c := range p {
		high = high || c >= 0x80
	}
	return bytes.IndexByte(p, 0) >= 0, bytes.IndexByte(p, '\r') >= 0, high
}
