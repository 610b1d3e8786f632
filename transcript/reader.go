package transcript

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"ehlo/session"
)

// maxDamage is after how many damaged lines a file is given up: it is
// something else than a transcript.
const maxDamage = 100

// maxJoined bounds the line that a Reader joins from pieces, in octets.
const maxJoined = 1 << 20

// Reader gives the events of a transcript one by one, in memory that does not
// grow with the file.
//
//	for {
//		event, err := r.Next()
//		if err == io.EOF {
//			break
//		}
//		…
//	}
//
// An error that is a [SyntaxError] concerns one line: Next can be called
// again and goes on behind it.
type Reader struct {
	s      *Scanner
	a      assembler
	beside *beside
	file   *os.File // what Close closes, if anything
	margin *margin  // nil if nobody asks for it

	blob    string // content is kept under this name, and nothing says yet how much
	lines   int
	first   *SyntaxError // damage
	damaged int

	ready []session.Event
	err   error // what comes behind them
	final bool  // and whether it stays
}

// NewReader returns a reader; name is for messages. What is kept beside the
// file is not looked at.
func NewReader(name string, r io.Reader) *Reader { return newReader(name, r, nil) }

func newReader(name string, r io.Reader, side *beside) *Reader {
	return &Reader{s: NewScanner(name, r), beside: side}
}

// OpenFile returns a reader of a file, which also checks what is kept beside
// it, as [ReadFile] does.
func OpenFile(name string) (*Reader, error) {
	f, err := openRegular(os.OpenFile, name)
	if err != nil {
		return nil, err
	}
	r := newReader(name, f, &beside{dir: filepath.Dir(name)})
	r.file = f
	return r, nil
}

// Close closes what OpenFile has opened.
func (r *Reader) Close() error {
	r.beside.end()
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}

// Warnings returns what is odd and no error in what was read so far.
func (r *Reader) Warnings() []Warning { return r.s.Warnings }

// Next returns the next event.
func (r *Reader) Next() (session.Event, error) {
	r.a.joined = maxJoined
	for len(r.ready) == 0 {
		if err := r.err; err != nil {
			if !r.final {
				r.err = nil
			}
			return session.Event{}, err
		}
		_, damage, err := r.line()
		switch {
		case err != nil:
			r.a.end()
			r.ready, r.err, r.final = r.a.drain(0), err, true
		case damage != nil:
			r.ready, r.err = r.a.drain(0), damage
		default:
			r.ready = r.a.drain(1) // a later line may add to the last event
		}
	}
	e := r.ready[0]
	r.ready = r.ready[1:]
	return e, nil
}

// line reads one line and makes events of it. The error is io.EOF, or says
// that there is no use in going on; item has no line number if there was none.
func (r *Reader) line() (item Item, damage *SyntaxError, err error) {
	item, err = r.s.Next()
	if err == io.EOF && r.blob != "" {
		item, err = r.cut()
	}
	if err != nil {
		if damage = damageOf(err); damage == nil {
			return Item{}, nil, err
		}
		err = nil
	}
	switch {
	case item.Kind == Fact && item.Key == "blob":
		r.blob, _, _ = paramValue(item.Text)
	case item.Bulk != nil:
		r.blob = ""
	}
	wrong := r.a.add(&item, r.lines)
	r.lines++
	if r.margin != nil {
		r.margin.add(&item, r.a.seq)
	}
	switch {
	case wrong != nil && r.s.torn:
		r.s.warn("the last line is cut off and was left out: " + wrong.Error())
		err = io.EOF
	case wrong != nil:
		damage = r.s.wrong(wrong)
	case damage == nil && item.Bulk != nil:
		// The event stays: so much was sent, whatever became of the octets.
		if err := r.beside.check(item.Bulk); err != nil {
			damage = r.s.wrong(err)
		}
	}
	if wrong != nil {
		item = Item{Line: r.s.line, Kind: Damage, Text: wrong.Error()}
	}
	if damage == nil {
		return item, nil, err
	}
	if r.first == nil {
		r.first = damage
	}
	if r.damaged++; r.damaged >= maxDamage {
		err = fmt.Errorf("%w; and %d lines more: this is no transcript", r.first, maxDamage-1)
	}
	return item, damage, err
}

// cut is for a recording that ends within content that is kept beside it: the
// file there is as long as it came.
func (r *Reader) cut() (Item, error) {
	name := r.blob
	r.blob = ""
	if r.beside == nil || !filepath.IsLocal(name) {
		return Item{}, io.EOF
	}
	f, err := r.beside.find(name)
	if err != nil {
		return Item{}, io.EOF // nothing had come
	}
	defer f.Close()
	b, err := measure(f)
	if err != nil || b.Octets == 0 {
		return Item{}, io.EOF
	}
	b.Name = name
	r.s.warn(fmt.Sprintf("the recording was cut off in the middle of content; %d octets of it are in %s", b.Octets, name))
	return Item{Line: r.s.line, Kind: Octets, Dir: FromClient, Op: '@', Bulk: b}, nil
}

// damageOf returns what is wrong with one line, or nil if it is something else.
func damageOf(err error) *SyntaxError {
	var damage *SyntaxError
	errors.As(err, &damage)
	return damage
}
