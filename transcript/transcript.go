package transcript

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"time"

	"ehlo/session"
)

// Transcript is a file that was read.
type Transcript struct {
	Name     string
	Recorded time.Time // zero if the file does not say, or was not recorded
	By       string    // the program that recorded it
	Warnings []Warning
	Damage   []*SyntaxError // the lines that could not be read

	lines  []line
	events []session.Event
	origin []int         // for each event, the index of the line it began with
	vars   map[int][]Var // placeholders of events, by Seq
	beside *beside
}

// ReadFile reads a transcript, and checks the files beside it. Like [Parse]
// it returns what could be read beside an error. Octets that are kept beside
// the file and are not there, too few, or others than were recorded, are an
// error at the line that names them.
func ReadFile(name string) (*Transcript, error) {
	f, err := openRegular(os.OpenFile, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return read(name, f, &beside{dir: filepath.Dir(name)})
}

// Parse reads a transcript; name is for messages. Damaged lines are left out
// and the first of them is the error, a [SyntaxError]; the transcript beside
// it is complete but for those lines. What is kept beside the file cannot be
// opened, since nobody knows where that is.
func Parse(name string, r io.Reader) (*Transcript, error) { return read(name, r, nil) }

func read(name string, from io.Reader, side *beside) (*Transcript, error) {
	t := &Transcript{Name: name, beside: side}
	r := newReader(name, from, side)
	r.a.forecast = &forecast{size: sizeOf(from), s: r.s}
	var err error
	for err == nil {
		var item Item
		var damage *SyntaxError
		item, damage, err = r.line()
		if item.Line > 0 {
			t.lines = push(t.lines, keep(&item), r.a.forecast)
		}
		if damage != nil {
			t.Damage = append(t.Damage, damage)
		}
	}
	side.end()
	r.a.end()
	t.events, t.origin, t.Recorded, t.By = r.a.events, r.a.origin, r.a.date, r.a.by
	t.vars, t.Warnings = r.a.placeholders, r.s.Warnings
	switch {
	case !errors.Is(err, io.EOF):
		return t, err
	case len(t.Damage) > 0:
		return t, t.Damage[0]
	}
	return t, nil
}

// Items returns all lines of the file.
func (t *Transcript) Items() iter.Seq[Item] {
	return func(yield func(Item) bool) {
		for i := range t.lines {
			if !yield(t.lines[i].item()) {
				return
			}
		}
	}
}

// Walk returns the lines of the file, and with each the events that begin
// there.
func (t *Transcript) Walk() iter.Seq2[Item, []session.Event] {
	return func(yield func(Item, []session.Event) bool) {
		from := 0
		for i := range t.lines {
			to := from
			for to < len(t.origin) && t.origin[to] == i {
				to++
			}
			if !yield(t.lines[i].item(), t.events[from:to:to]) {
				return
			}
			from = to
		}
	}
}

// Vars returns the placeholders in the octets of an event; events are numbered
// from 1.
func (t *Transcript) Vars(seq int) []Var { return t.vars[seq] }

// Uses reports whether a variable stands in what is said: ${name}.
func (t *Transcript) Uses(name string) bool {
	for _, vars := range t.vars {
		if slices.ContainsFunc(vars, func(v Var) bool { return v.Name == name }) {
			return true
		}
	}
	return false
}

// Events returns what happened, as the log had it: folding them gives the
// states of the recorded session. The slice must not be changed.
//
// A secret stands in its event as ${secret.1}, marked as one.
func (t *Transcript) Events() []session.Event { return t.events }

// Line returns the line of the file with which an event begins; events are
// numbered from 1.
func (t *Transcript) Line(seq int) int {
	if seq < 1 || seq > len(t.origin) {
		return 0
	}
	return t.lines[t.origin[seq-1]].number
}

// State returns the state after the event numbered seq; 0 is before the first.
func (t *Transcript) State(seq int) session.State {
	var s session.State
	for _, e := range t.events[:min(max(seq, 0), len(t.events))] {
		s = s.Apply(e)
	}
	return s
}

// Open returns octets that are kept beside the file. Reading them ends with
// an error if they are not those that were recorded.
func (t *Transcript) Open(b *session.Bulk) (io.ReadCloser, error) {
	if b.Name == "" {
		return nil, errors.New("the octets were not kept")
	}
	if t.beside == nil {
		return nil, fmt.Errorf("the octets are in %s, beside a file that nobody named", session.Escape(b.Name))
	}
	return t.beside.open(b)
}
