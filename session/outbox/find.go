package outbox

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"ehlo/session"
)

// ErrNoMessage says that there is no message with an ID.
var ErrNoMessage = errors.New("there is no such message in the outbox")

// Find returns one message. It looks where the index, which goes by ID, must
// have it; only what is not there is looked for everywhere.
func (s *Spool) Find(id string) (*Message, error) {
	l, err := s.openShared()
	if err != nil {
		return nil, err
	}
	defer l.close()
	only := func(x string) bool { return x == id }
	t, err := l.tail(only, s.tell)
	if err != nil {
		return nil, err
	}
	var found *Message
	if r, ok := seek(l.index, id); ok {
		if m := new(Message); m.restore(r) && t.finish(m) {
			found = m
		}
	} else {
		index := l.index
		if len(t.order) > 0 {
			index = nil
		}
		t.fold(index, "", only, func(m *Message) bool { found = m; return false }, s.tell)
	}
	if found == nil {
		return nil, fmt.Errorf("%s: %w", session.Escape(id), ErrNoMessage)
	}
	return found, nil
}

// seek finds the record of a message in the index.
func seek(index *os.File, id string) (found Record, ok bool) {
	if index == nil {
		return found, false
	}
	body, _, _ := lineFrom(index, place(index, id))
	if idOf(body) != id {
		return found, false
	}
	return parseRecord(body)
}

// place returns where the first line of the index begins whose ID is this one
// or comes behind it. It goes by halves.
func place(index *os.File, id string) int64 {
	info, err := index.Stat()
	if err != nil {
		return 0
	}
	low, high := int64(0), info.Size() // it begins at low or behind it, and not behind high
	for low < high {
		middle := low + (high-low)/2
		body, begins, ends := lineFrom(index, middle)
		if x := idOf(body); x != "" && begins < high && x < id {
			low = ends
		} else {
			high = middle
		}
	}
	return low
}

// lineFrom returns the first whole line that begins at an offset or behind it,
// and where it does and ends.
func lineFrom(f *os.File, at int64) (body []byte, begins, ends int64) {
	begins = max(at-1, 0) // one octet before: it may be the end of a line
	r := bufio.NewReader(io.NewSectionReader(f, begins, math.MaxInt64-begins))
	for first := at > 0; ; first = false {
		line, octets, err := readLine(r)
		if err != nil {
			return nil, 0, 0
		}
		ends = begins + octets
		body, ok := whole(line)
		if !first && ok {
			return body, begins, ends
		}
		begins = ends
	}
}
