package outbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// journal is where records are appended. Records that are given at the same
// time share one write and one wait for the disk: that is what lets many
// connections, or many who add, be durable at the price of one.
type journal struct {
	dir  string
	disk disk
	lock *os.File // held while the journal's file is written or replaced

	mu    sync.Mutex // guards what is gathering
	next  *batch
	phase phase

	io    sync.Mutex // guards the file
	paper *paper     // nil if it is not open

	long atomic.Bool // it is time to make it short
}

// phase is what becomes of the records that gather.
type phase uint8

const (
	resting phase = iota // there are none
	patient              // they wait for others
	writing              // others are written; then it is their turn, or they wait
)

// batch is records that become durable together.
type batch struct {
	lines  []byte
	urgent bool // somebody waits
	done   chan struct{}
	err    error
}

// wait returns when the records are on the disk, or cannot be.
func (b *batch) wait() error {
	<-b.done
	return b.err
}

// commit returns when the records are durable.
func (j *journal) commit(records ...Record) error { return j.gather(true, records).wait() }

// submit takes records that nobody waits for, and returns the batch that they
// are part of. They go with the next that somebody waits for, if there are such
// soon.
func (j *journal) submit(records ...Record) *batch { return j.gather(false, records) }

// patience is how long records wait for others. It is no longer than a disk
// takes: whoever is cut off in between does not know what it said.
const patience = time.Millisecond

func (j *journal) gather(urgent bool, records []Record) *batch {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.next == nil {
		j.next = &batch{done: make(chan struct{})}
	}
	b := j.next
	for _, r := range records {
		b.lines = append(b.lines, r.line()...)
	}
	b.urgent = b.urgent || urgent
	switch {
	case j.phase == writing:
	case urgent:
		j.phase = writing
		go j.write()
	case j.phase == resting:
		j.linger()
	}
	return b
}

// linger gives records some time to wait for others. A timer that is left from
// an earlier wait may end this one before its time. j.mu must be held.
func (j *journal) linger() {
	j.phase = patient
	time.AfterFunc(patience, func() {
		j.mu.Lock()
		over := j.phase == patient
		if over {
			j.phase = writing
		}
		j.mu.Unlock()
		if over {
			j.write()
		}
	})
}

// write makes one batch after the other durable until none is left that
// somebody waits for.
func (j *journal) write() {
	for more := true; more; {
		b := j.take()
		b.err = j.append(b.lines)
		close(b.done)
		more = j.more()
	}
}

// enough is how many octets are written without asking whether there are more.
const enough = 64 << 10

// take returns the batch that is written next. Whoever is about to give a record
// does so first: to wait for the disk once more takes longer than to ask, as long
// as somebody is.
func (j *journal) take() *batch {
	for before := -1; ; {
		runtime.Gosched()
		j.mu.Lock()
		b := j.next
		if n := len(b.lines); n > before && n < enough {
			before = n
			j.mu.Unlock()
			continue
		}
		j.next = nil
		j.mu.Unlock()
		return b
	}
}

// more reports whether somebody waits for what has gathered in the meantime.
func (j *journal) more() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.next == nil:
		j.phase = resting
	case !j.next.urgent:
		j.linger()
	}
	return j.phase == writing
}

func (j *journal) append(lines []byte) error {
	j.io.Lock()
	defer j.io.Unlock()
	err := j.appendLocked(lines)
	if err == nil {
		if err = j.disk.syncData(j.paper.file); err != nil {
			err = fmt.Errorf("%w: %w", errSync, err)
		}
	}
	if err != nil {
		err = fmt.Errorf("outbox: %w", err)
	}
	return err
}

// errSync says that nobody knows whether records are on the disk.
var errSync = errors.New("whether it is on the disk nobody can say")

// appendLocked writes under the lock that all processes share.
func (j *journal) appendLocked(lines []byte) error {
	if err := lock(j.lock, true); err != nil {
		return err
	}
	defer unlock(j.lock)
	if err := j.current(); err != nil {
		return err
	}
	if err := j.paper.write(lines, j.disk.ahead); err != nil {
		return err
	}
	if j.paper.end > maxJournal {
		j.long.Store(true)
	}
	return nil
}

// current has the journal that counts open, and knows its end: another process
// may have written to it, or begun a new one. The lock must be held.
func (j *journal) current() error {
	if j.paper != nil {
		err := j.paper.catchUp()
		if !errors.Is(err, errReplaced) {
			return err
		}
		_ = j.paper.file.Close()
		j.paper = nil
	}
	gen, err := generation(j.dir)
	if err != nil {
		return err
	}
	if j.paper, err = openPaper(j.dir, gen); err != nil {
		return err
	}
	return j.disk.syncDir(j.dir)
}

func (j *journal) close() error {
	j.io.Lock()
	defer j.io.Unlock()
	var err error
	if j.paper != nil {
		if err = lock(j.lock, true); err == nil {
			err = j.paper.close()
		}
		j.paper = nil
	}
	return errors.Join(err, j.lock.Close())
}

func journalName(dir string, gen int) string {
	return filepath.Join(dir, fmt.Sprintf("journal.%d", gen))
}
