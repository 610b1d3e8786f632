package outbox

import (
	"bytes"
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
// time share one write and one fsync: that is what lets many connections, or
// many who add, be durable at the price of one.
type journal struct {
	dir  string
	disk disk
	lock *os.File // held while the journal's file is written or replaced

	mu    sync.Mutex // guards what is gathering
	next  *batch
	busy  bool // it is being written
	armed bool // it will be in a moment

	io   sync.Mutex // guards the file
	file *os.File
	gen  int // the number in its name

	long atomic.Bool // it is time to make it short
}

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
	if urgent && !j.busy {
		j.busy = true
		go j.write()
	}
	j.arm()
	return b
}

// arm sees to it that what has gathered is written some time. j.mu must be held.
func (j *journal) arm() {
	if j.busy || j.armed || j.next == nil {
		return
	}
	j.armed = true
	time.AfterFunc(patience, func() {
		j.mu.Lock()
		j.armed = false
		idle := !j.busy && j.next != nil
		if idle {
			j.busy, j.next.urgent = true, true
		}
		j.mu.Unlock()
		if idle {
			j.write()
		}
	})
}

// write makes one batch after the other durable until none is left that
// somebody waits for.
func (j *journal) write() {
	for {
		runtime.Gosched() // whoever is about to give a record does so first
		j.mu.Lock()
		b := j.next
		if b == nil || !b.urgent {
			j.busy = false
			j.arm()
			j.mu.Unlock()
			return
		}
		j.next = nil
		j.mu.Unlock()
		b.err = j.append(b.lines)
		close(b.done)
	}
}

func (j *journal) append(lines []byte) error {
	j.io.Lock()
	defer j.io.Unlock()
	file, err := j.appendLocked(lines)
	if err == nil {
		if err = j.disk.sync(file); err != nil {
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

// appendLocked writes under the lock that all processes share. What is written
// in part, because the disk is full, is taken back.
func (j *journal) appendLocked(lines []byte) (*os.File, error) {
	if err := lock(j.lock, true); err != nil {
		return nil, err
	}
	defer unlock(j.lock)
	if err := j.current(); err != nil {
		return nil, err
	}
	info, err := j.file.Stat()
	if err != nil {
		return nil, err
	}
	if _, err := j.file.Write(lines); err != nil {
		return nil, errors.Join(err, j.file.Truncate(info.Size()))
	}
	if info.Size() > maxJournal {
		j.long.Store(true)
	}
	return j.file, nil
}

// current opens the journal that counts, if it is not open: another process
// may have begun a new one. The lock must be held.
func (j *journal) current() error {
	if j.file != nil && !removed(j.file) {
		return nil
	}
	if j.file != nil {
		_ = j.file.Close()
		j.file = nil
	}
	gen, err := generation(j.dir)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(journalName(j.dir, gen), os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := cutTorn(file); err != nil {
		_ = file.Close()
		return err
	}
	j.file, j.gen = file, gen
	return j.disk.syncDir(j.dir)
}

// cutTorn takes away a last line without an end: whoever wrote it was cut off
// and has not been told that it is there. Under the lock nobody is writing.
func cutTorn(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	end := info.Size()
	buf := make([]byte, 64<<10)
	for at := end; at > 0; {
		n := min(at, int64(len(buf)))
		at -= n
		if _, err := f.ReadAt(buf[:n], at); err != nil {
			return err
		}
		if i := bytes.LastIndexByte(buf[:n], '\n'); i >= 0 {
			at += int64(i) + 1
			if at == end {
				return nil
			}
			return f.Truncate(at)
		}
	}
	return f.Truncate(0)
}

func (j *journal) close() error {
	j.io.Lock()
	defer j.io.Unlock()
	var err error
	if j.file != nil {
		err = j.file.Close()
		j.file = nil
	}
	return errors.Join(err, j.lock.Close())
}

func journalName(dir string, gen int) string {
	return filepath.Join(dir, fmt.Sprintf("journal.%d", gen))
}
