package convert

import (
	"bufio"
	"io"
	"unicode/utf16"
)

// wideReader turns UTF-16 into UTF-8, a little at a time.
type wideReader struct {
	r    *bufio.Reader
	big  bool
	done bool // the mark at the beginning was taken
	out  []byte
}

func (w *wideReader) Read(p []byte) (int, error) {
	for len(w.out) == 0 {
		var raw [4096]byte
		n, err := io.ReadFull(w.r, raw[:])
		if n < 2 {
			return 0, io.EOF
		}
		units := make([]uint16, 0, n/2)
		for i := 0; i+1 < n; i += 2 {
			u := uint16(raw[i]) | uint16(raw[i+1])<<8
			if w.big {
				u = uint16(raw[i])<<8 | uint16(raw[i+1])
			}
			if !w.done {
				w.done = true // the byte order mark
				continue
			}
			units = append(units, u)
		}
		w.out = []byte(string(utf16.Decode(units)))
		if err != nil && len(w.out) == 0 {
			return 0, io.EOF
		}
	}
	n := copy(p, w.out)
	w.out = w.out[n:]
	return n, nil
}
