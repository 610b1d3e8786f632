package session

import (
	"context"
	"sync"
)

// Log is the append-only list of everything that happened. It has one writer
// and any number of readers, each with a cursor of its own; there are no
// subscribers to keep. The zero Log is ready to use.
//
//	for seq := 0; ; {
//		events, err := log.Wait(ctx, seq)
//		if err != nil {
//			return err
//		}
//		for _, e := range events {
//			state = state.Apply(e)
//		}
//		seq += len(events)
//	}
type Log struct {
	mu     sync.Mutex
	gone   int // events that were forgotten
	events []Event
	grown  chan struct{} // closed at the next append; nil while nobody waits
	record func()        // puts on record what there is, before somebody reads it; may be nil
}

// Append numbers the events and adds them. It returns them as they stand in
// the log.
func (l *Log) Append(events ...Event) []Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	from := len(l.events)
	l.add(events)
	for i := range l.events[from:] {
		l.events[from+i].Seq = l.gone + from + i + 1
	}
	return l.events[from:len(l.events):len(l.events)]
}

// add adds events that have their numbers. l.mu must be held.
func (l *Log) add(events []Event) {
	l.events = append(l.events, events...)
	if l.grown != nil {
		close(l.grown)
		l.grown = nil
	}
}

// Since returns all events after the one numbered seq. The slice shares the
// log's memory and must not be changed.
func (l *Log) Since(seq int) []Event {
	n := l.Len() // what comes after that is perhaps not on record yet
	if l.record != nil {
		l.record()
	}
	return l.from(seq, n)
}

func (l *Log) from(seq, n int) []Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	seq, n = max(seq-l.gone, 0), n-l.gone
	if seq >= n {
		return nil
	}
	return l.events[seq:n:n]
}

// Forget drops all events up to the one numbered seq, for whoever needs the end
// of a long log and no more. Their memory is used again: what Since and Wait
// have returned before is no longer good.
func (l *Log) Forget(seq int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(max(seq-l.gone, 0), len(l.events))
	kept := copy(l.events, l.events[n:])
	clear(l.events[kept:])
	l.events, l.gone = l.events[:kept], l.gone+n
}

// Len returns how many events there were, which is the number of the last one.
func (l *Log) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.gone + len(l.events)
}

// Wait returns all events after the one numbered seq, as soon as there is at
// least one: everything that has piled up comes in one batch.
func (l *Log) Wait(ctx context.Context, seq int) ([]Event, error) {
	for {
		l.mu.Lock()
		if l.gone+len(l.events) > seq {
			l.mu.Unlock()
			return l.Since(seq), nil
		}
		if l.grown == nil {
			l.grown = make(chan struct{})
		}
		grown := l.grown
		l.mu.Unlock()
		select {
		case <-grown:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
