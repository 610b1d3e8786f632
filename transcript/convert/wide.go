package convert

import (
	"bufio"
	"bytes"
	"io"
	"unicode/utf16"
)

// decoded reads what is neither UTF-8 nor has lines that end in LF: UTF-16 from
// Windows, with a mark at its beginning or without, and the CR of old Macs and
// of terminals.
func (s *source) decoded(head []byte) (changed bool) {
	big, mark := bytes.HasPrefix(head, []byte("\xfe\xff")), 2
	switch {
	case big, bytes.HasPrefix(head, []byte("\xff\xfe")):
		s.warn(1, "the file is UTF-16; it was read as such")
	case wide(head, 0), wide(head, 1):
		s.warn(1, "every second octet is a NUL: the file was read as UTF-16")
		big, mark = wide(head, 0), 0
	case bytes.IndexByte(head, '\n') < 0 && bytes.Count(head, []byte{'\r'}) > 1:
		s.warn(1, "the lines end in CR alone; it was taken for the end of a line")
		s.r = bufio.NewReaderSize(&crReader{s.r}, maxHead)
		return true
	default:
		return false
	}
	_, _ = s.r.Discard(mark)
	s.r = bufio.NewReaderSize(&wideReader{r: s.r, big: big}, maxHead)
	return true
}

// wide reports whether every second octet is a NUL and no other, as where
// ASCII is written as UTF-16.
func wide(head []byte, from int) bool {
	head = head[:min(len(head), 512)]
	for i, c := range head {
		if (c == 0) != (i%2 == from) {
			return false
		}
	}
	return len(head) > 32
}

// crReader makes the end of a line of each CR.
type crReader struct{ r io.Reader }

func (c *crReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	for i := range p[:n] {
		if p[i] == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// wideReader turns UTF-16 into UTF-8, a little at a time.
type wideReader struct {
	r     *bufio.Reader
	big   bool
	half  []uint16 // the first half of a character
	out   []byte
	ended bool
}

func (w *wideReader) Read(p []byte) (int, error) {
	for len(w.out) == 0 {
		if w.ended {
			return 0, io.EOF
		}
		var raw [4096]byte
		n, err := io.ReadFull(w.r, raw[:])
		w.ended = err != nil
		units := make([]uint16, 0, n/2+1)
		units = append(units, w.half...)
		w.half = nil
		for i := 0; i+1 < n; i += 2 {
			u := uint16(raw[i]) | uint16(raw[i+1])<<8
			if w.big {
				u = uint16(raw[i])<<8 | uint16(raw[i+1])
			}
			units = append(units, u)
		}
		if last := len(units) - 1; !w.ended && last >= 0 && 0xd800 <= units[last] && units[last] < 0xdc00 {
			w.half, units = units[last:], units[:last]
		}
		w.out = []byte(string(utf16.Decode(units)))
	}
	n := copy(p, w.out)
	w.out = w.out[n:]
	return n, nil
}
