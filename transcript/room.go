package transcript

import (
	"io"
	"os"
	"slices"
)

// line is an Item as a Transcript keeps it: what every line of content has is
// here, and only other lines have more. There can be millions.
type line struct {
	number int
	dir    Dir
	op     byte
	data   []byte
	rest   *Item // the whole item, if it is more than plain octets
}

func keep(it *Item) line {
	if it.Kind == Octets && it.Vars == nil && it.Bulk == nil && it.Op != '*' {
		return line{number: it.Line, dir: it.Dir, op: it.Op, data: it.Data}
	}
	rest := *it
	return line{number: it.Line, rest: &rest}
}

func (l *line) item() Item {
	if l.rest != nil {
		return *l.rest
	}
	return Item{Line: l.number, Kind: Octets, Dir: l.dir, Op: l.op, Data: l.data}
}

// forecast says how long lists will grow while a file is read, from how long
// they are when a part of it is read. Copying a list of millions each time
// that it is full takes longer than reading.
type forecast struct {
	size int64 // of the file, 0 if nobody knows
	s    *Scanner
}

// room returns for how many more than n there should be room. It may be
// wrong by much, but is never more than n 64 times.
func (f *forecast) room(n int) int {
	if f == nil || f.size <= f.s.taken || f.s.taken <= 0 || n < 1024 {
		return max(n, 64)
	}
	left := float64(n) * float64(f.size-f.s.taken) / float64(f.s.taken)
	return min(int(left*1.02)+64, 64*n)
}

// sizeOf returns how much there is to read, or 0.
func sizeOf(r io.Reader) int64 {
	switch r := r.(type) {
	case interface{ Len() int }:
		return int64(r.Len())
	case *os.File:
		if info, err := r.Stat(); err == nil && info.Mode().IsRegular() {
			return info.Size()
		}
	}
	return 0
}

func push[T any](list []T, v T, f *forecast) []T {
	if len(list) == cap(list) {
		list = slices.Grow(list, f.room(len(list)))
	}
	return append(list, v)
}
