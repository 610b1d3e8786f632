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
	index, jour, err := s.openShared()
	if err != nil {
		return nil, err
	}
	defer jour.Close()
	if index != nil {
		defer index.Close()
	}
	only := func(x string) bool { return x == id }
	t, err := readTail(jour, only, s.tell)
	if err != nil {
		return nil, err
	}
	var found *Message
	if r, ok := seek(index, id); ok {
		if m := new(Message); m.restore(r) && t.finish(m) {
			found = m
		}
	} else {
		if len(t.order) > 0 {
			index = nil
		}
		t.fold(index, only, func(m *Message) bool { found = m; return false }, s.tell)
	}
	if found == nil {
		return nil, fmt.Errorf("%s: %w", session.Escape(id), ErrNoMessage)
	}
	return found, nil
}

// seek finds the record of a message in the index, by halves.
func seek(index *os.File, id string) (found Record, ok bool) {
	if index == nil {
		return found, false
	}
	info, err := index.Stat()
	if err != nil {
		return found, false
	}
	low, high := int64(0), info.Size() // the line begins at low or behind it, and before high
	for low < high {
		middle := low + (high-low)/2
		body, begins, ends := lineFrom(index, middle)
		switch x := idOf(body); {
		case body == nil || begins >= high || x == "":
			high = middle
		case x == id:
			return parseRecord(body)
		case x < id:
			low = ends
		default:
			high = middle
		}
	}
	return found, false
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
