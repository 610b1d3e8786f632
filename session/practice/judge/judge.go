package judge

import (
	"fmt"
	"sync"
	"time"

	"ehlo/session"
)

// Judge watches a client, through all its connections.
type Judge struct {
	mu     sync.Mutex
	found  map[string]*Finding
	visits []*visit
	open   map[int]*visit

	// What is remembered from one connection to the next.
	refused  map[string]bool      // addresses that were refused for good
	deferred map[string]time.Time // that failed for now, and when
	cut      time.Time            // when a verdict was lost, zero if none was
	settled  map[string]bool      // addresses that were taken, or refused for good, in the end
}

// maxVisits bounds the connections that are kept; all are judged.
const maxVisits = 100

// New returns a judge who has seen nothing.
func New() *Judge {
	j := &Judge{
		found: make(map[string]*Finding), open: make(map[int]*visit),
		refused: make(map[string]bool), deferred: make(map[string]time.Time), settled: make(map[string]bool),
	}
	for _, r := range Rules() {
		j.found[r.Name] = &Finding{Rule: r, Verdict: Open}
	}
	return j
}

// Watch takes what happens on a connection. It is made for practice.Options.
func (j *Judge) Watch(conn int, e session.Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	v := j.open[conn]
	if v == nil {
		v = &visit{judge: j, number: conn, began: e.At}
		j.open[conn] = v
		if len(j.visits) < maxVisits {
			j.visits = append(j.visits, v)
		}
	}
	v.watch(e)
	if e.Kind == session.Closed {
		delete(j.open, conn)
	}
}

// Quiet reports since when there is no connection, and how many there were.
func (j *Judge) Quiet() (since time.Time, connections int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.visits) > 0 && len(j.open) == 0 {
		since = j.visits[len(j.visits)-1].ended
	}
	return since, len(j.visits)
}

// kept notes that a situation came up and the client did right.
func (j *Judge) kept(rule string) {
	if f := j.found[rule]; f.Verdict == Open {
		f.Verdict = Kept
	}
}

func (j *Judge) broken(rule, format string, args ...any) {
	f := j.found[rule]
	f.Times++
	if f.Verdict != Broken {
		f.Verdict, f.Why = Broken, session.Escape(fmt.Sprintf(format, args...))
	}
}

// either is kept or broken.
func (j *Judge) either(rule string, ok bool, format string, args ...any) {
	if ok {
		j.kept(rule)
	} else {
		j.broken(rule, format, args...)
	}
}
