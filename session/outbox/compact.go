package outbox

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// shorten makes the journal short if it has grown long. If it cannot be, it
// only goes on growing.
func (s *Spool) shorten() {
	if !s.journal.long.Load() || !s.compacting.TryLock() {
		return
	}
	defer s.compacting.Unlock()
	if err := s.compact(maxJournal); err != nil {
		s.tell(Trouble{File: s.dir, What: err.Error()})
	}
}

// compact writes the index anew and begins a new journal, if this one has
// grown long. At every moment the index names the journal that goes on from it.
func (s *Spool) compact(least int64) error {
	j := s.journal
	j.io.Lock()
	defer j.io.Unlock()
	if err := lock(j.lock, true); err != nil {
		return err
	}
	defer unlock(j.lock)
	if err := j.current(); err != nil {
		return err
	}
	old := j.paper
	if old.end < s.most(least) {
		j.long.Store(false)
		return nil
	}
	if err := s.rewrite(old.gen, old.gen+1); err != nil {
		return fmt.Errorf("make the journal short: %w", err)
	}
	j.long.Store(false)
	return j.current()
}

// most is how long the journal may be: a long index is not written anew for a
// few records.
func (s *Spool) most(least int64) int64 {
	if index, err := os.Stat(filepath.Join(s.dir, "index")); err == nil {
		least += index.Size() / 4
	}
	return least
}

// rewrite writes an index that goes on with the journal of number next. The
// lock must be held, so it cannot ask for the lock again.
func (s *Spool) rewrite(gen, next int) (err error) {
	name := filepath.Join(s.dir, "index.new")
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(name)
		}
	}()
	fresh, err := os.OpenFile(journalName(s.dir, next), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer fresh.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintf(w, "%s%d\n", indexHead, next)
	if err := s.copyTo(w, bufio.NewWriter(fresh)); err != nil {
		return err
	}
	if err := errors.Join(s.disk.sync(f), f.Close(), s.disk.sync(fresh), s.disk.syncDir(s.dir)); err != nil {
		return err
	}
	if err := os.Rename(name, filepath.Join(s.dir, "index")); err != nil {
		return err
	}
	if err := s.disk.syncDir(s.dir); err != nil {
		return err
	}
	return os.Remove(journalName(s.dir, gen))
}

// copyTo writes every message as it stands, and makes sure of the files that
// the journal carries; those that it cannot write go on being carried by the
// next one. Lines that are damaged are kept in a file of their own: somebody
// may want to look.
func (s *Spool) copyTo(w, next *bufio.Writer) error {
	l, err := s.openBoth()
	if l != nil {
		defer l.close()
	}
	if err != nil {
		return err
	}
	var writing error
	tell := func(x Trouble) {
		if x.Line == 0 { // what cannot be read would be lost
			writing = errors.Join(writing, errors.New(x.String()))
			return
		}
		writing = errors.Join(writing, s.keepDamaged(x))
	}
	t, err := l.tail(nil, tell)
	if err != nil {
		return err
	}
	var open []string // that the journal carries
	t.fold(l.index, "", nil, func(m *Message) bool {
		if _, carried := t.carried[m.ID]; carried && !m.Finished() {
			open = append(open, m.ID)
		}
		_, failed := w.Write(m.record().line())
		writing = errors.Join(writing, failed)
		return writing == nil
	}, tell)
	if writing != nil {
		return writing
	}
	return errors.Join(s.settle(l.journal, t.carried, open, next), w.Flush(), next.Flush())
}

// settle makes the files of messages durable.
func (s *Spool) settle(jour *os.File, carried map[string]span, open []string, next *bufio.Writer) error {
	var files []string
	for _, id := range open {
		r, ok := carried[id].read(jour)
		if !ok {
			return fmt.Errorf("%s cannot be read", jour.Name())
		}
		_, err := s.restore(r)
		if err == nil {
			files = append(files, id)
			continue
		}
		s.tell(Trouble{File: s.folder(id), What: "cannot be written; the journal keeps it: " + reason(err)})
		r.Fields = r.Fields[:len(carriedFiles)] // the message is in the index
		if _, err := next.Write(r.line()); err != nil {
			return err
		}
	}
	if len(files) == 0 {
		return nil
	}
	done, err := s.disk.syncAll(jour)
	for i := 0; i < len(files) && !done && err == nil; i++ {
		err = s.disk.syncFolder(s.folder(files[i]), carriedFiles[:]...)
	}
	return err
}

// keepDamaged writes down a damaged line before it is gone.
func (s *Spool) keepDamaged(t Trouble) error {
	s.tell(t)
	f, err := os.OpenFile(filepath.Join(s.dir, "damaged"), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s %q\n", t, t.Data)
	return errors.Join(err, f.Close())
}
