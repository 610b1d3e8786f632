package outbox

import (
	"errors"
	"slices"
	"sync"
	"time"

	"ehlo/session"
)

// Recorder keeps the log of an attempt, outside of the outbox. Its Event may be
// given no state.
type Recorder interface {
	session.Recorder
	// End records the last events, and ends the record.
	End(last []session.Event) error
	// Mark returns what was made of the events up to now, and Resume goes on from
	// what another recorder has made of the same.
	Mark() any
	Resume(mark any)
}

// tap stands between a session and the recorders of the attempts that share
// its connection. What happens from the connecting to the first MAIL is part
// of each of them, so that every record can be read by itself.
type tap struct {
	log *session.Log

	mu    sync.Mutex
	head  []session.Event // how the connection came about
	mark  any             // of a recorder that was told of it
	to    Recorder        // of the attempt that is under way or was the last one
	told  int             // events that it was given since it was last flushed
	lost  error           // why it is not kept any further
	timer *time.Timer     // of flushSoon
}

// begin ends the record of the attempt before, and begins the next, which may
// be nil, with how the connection came about.
func (t *tap) begin(next Recorder) error {
	begun := t.log.Len() > 0
	if t.head == nil && begun {
		t.head = slices.Clone(opening(t.log.Since(0)))
	}
	t.log.Forget(t.log.Len()) // of the mail before all is in its record
	t.mu.Lock()
	defer t.mu.Unlock()
	err := t.finish()
	if t.to = next; next == nil || !begun {
		return err // it will see all of it
	}
	if t.mark != nil {
		next.Resume(t.mark)
		return err
	}
	for i := range t.head {
		next.Event(&t.head[i], nil)
	}
	t.mark = next.Mark()
	return err
}

func (t *tap) end() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.finish()
}

func (t *tap) finish() error {
	if t.to == nil {
		return nil
	}
	if t.timer != nil {
		t.timer.Stop()
	}
	err := errors.Join(t.lost, t.to.End(nil))
	t.to, t.lost, t.told = nil, nil, 0
	return err
}

// opening returns the events of the last connection up to its first MAIL, and
// what was resolved before.
func opening(events []session.Event) []session.Event {
	begin, end := 0, len(events)
	for i, e := range events {
		switch {
		case e.Kind == session.Opened:
			begin, end = i, len(events)
		case e.Kind == session.Sent && i < end && session.ParseCommand(e.Data).Verb == "MAIL":
			end = i
		}
	}
	kept := events[begin:end:end]
	for _, e := range events[:begin] {
		if e.Kind == session.Resolved {
			kept = append([]session.Event{e}, kept...)
		}
	}
	return kept
}

// Event implements [session.Recorder].
func (t *tap) Event(e *session.Event, after *session.State) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.to != nil && t.lost == nil {
		t.to.Event(e, after)
		t.told++
	}
}

// maxHeld is how many events wait to be written together.
const maxHeld = 64

// Flush implements [session.Recorder], and waits until there is more. A record
// that cannot be kept does not keep a message from going out.
func (t *tap) Flush() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.told >= maxHeld {
		t.hand()
	}
	return nil
}

// moment is how long a server may think about a message until what was said
// before is written: most have decided by then, and one write does for all.
const moment = 10 * time.Millisecond

// flushSoon is called before the final dot goes out: whoever is cut off while the
// server thinks about it finds in the file what was said until then.
func (t *tap) flushSoon() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.timer == nil {
		t.timer = time.AfterFunc(moment, t.flush)
	} else {
		t.timer.Reset(moment)
	}
}

// flush hands on what was held back.
func (t *tap) flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hand()
}

func (t *tap) hand() {
	if t.told > 0 && t.to != nil && t.lost == nil {
		t.lost = t.to.Flush()
	}
	t.told = 0
}

// Bulk implements [session.Recorder].
func (t *tap) Bulk(p []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.hand(); t.to == nil || t.lost != nil {
		return nil
	}
	return t.to.Bulk(p)
}

// Kept implements [session.Recorder].
func (t *tap) Kept() (name string, offset int64, sum string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.to == nil || t.lost != nil {
		return "", 0, ""
	}
	return t.to.Kept()
}
