package outbox

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// The index is the journal made short: a line for each message as it stood
// when the index was written, by ID, behind a first line that names the journal
// that goes on from it. The journal is short, so what it says is held in
// memory; the index is read line by line.

const indexHead = "ehlo-outbox 1 journal "

const (
	maxLine = 64 << 20 // octets of a record; a longer line is damage
	// maxJournal is how long a journal may grow before it is made short.
	maxJournal = 8 << 20
)

// generation returns the number of the journal that counts: the index names
// it. Without an index it is 1; if the index is damaged, the newest there is.
func generation(dir string) (int, error) {
	f, err := os.Open(filepath.Join(dir, "index"))
	if errors.Is(err, fs.ErrNotExist) {
		return 1, nil
	}
	if err != nil {
		return newest(dir)
	}
	defer f.Close()
	head := make([]byte, len(indexHead)+20)
	n, _ := io.ReadFull(f, head)
	line, _, _ := strings.Cut(string(head[:n]), "\n")
	gen := 0
	if _, err := fmt.Sscanf(line, indexHead+"%d", &gen); err != nil || gen < 1 {
		return newest(dir)
	}
	return gen, nil
}

// era is the time in which one journal counts: as long as the index beside it is
// the same.
type era struct {
	dir   *folder
	index look // zero if there is none
}

// eraOf returns the one that it is now. The lock must be held.
func eraOf(dir string) era {
	e := era{dir: folderAt(dir)}
	e.index, _ = e.dir.look("index")
	return e
}

// over reports whether another journal has begun. The old one tells nobody of
// that if whoever began the new one was cut off before it was removed.
func (e era) over() bool {
	now, err := e.dir.look("index")
	return err == nil && now != e.index // without one nobody has put another in its place
}

// newest is the highest number that a journal has.
func newest(dir string) (gen int, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "journal.*"))
	for _, name := range names {
		if n, err := strconv.Atoi(strings.TrimPrefix(filepath.Ext(name), ".")); err == nil {
			gen = max(gen, n)
		}
	}
	return max(gen, 1), err
}

// Trouble is something in the spool that is not as it should be. Everything
// else goes on.
type Trouble struct {
	File string
	Line int // 0 if it is the whole file
	What string
	Data []byte // of the line, if there is one
}

func (t Trouble) String() string {
	if t.Line > 0 {
		return fmt.Sprintf("%s:%d: %s", t.File, t.Line, t.What)
	}
	return t.File + ": " + t.What
}

// Each calls do for every message, the oldest first, until it returns false.
// The message is only good until do returns. It needs memory for the journal
// and for one message, however many there are.
func (s *Spool) Each(do func(*Message) bool) error { return s.each(nil, do) }

// each does so for messages with certain IDs; nil is all of them.
func (s *Spool) each(want func(id string) bool, do func(*Message) bool) error {
	f, err := s.follow(want, do)
	if err != nil {
		return err
	}
	return f.close()
}

// follow does what each does, and returns what learns of everything that
// happens from that moment on.
func (s *Spool) follow(want func(id string) bool, do func(*Message) bool) (*follower, error) {
	return s.followFrom("", want, do)
}

// followFrom does so for messages from a certain ID on. Damage is told of by
// whoever reads the whole index, who knows in which line it is.
func (s *Spool) followFrom(from string, want func(id string) bool, do func(*Message) bool) (*follower, error) {
	l, err := s.openShared()
	if err != nil {
		return nil, err
	}
	t, err := l.tail(want, s.tell)
	if err != nil {
		return nil, errors.Join(err, l.close())
	}
	tell := s.tell
	if from != "" {
		tell = func(Trouble) {}
	}
	t.fold(l.index, from, want, do, tell)
	f := &follower{file: l.journal, era: l.era, at: t.end, carried: t.carried}
	l.journal = nil
	return f, l.close()
}

// pair is index and journal that belong together, open to be read.
type pair struct {
	index   *os.File // nil if there is none that can be read
	journal *os.File
	era     era
	end     int64 // of the journal when it was opened: what is behind is being written
}

// openShared opens both while nobody writes.
func (s *Spool) openShared() (*pair, error) {
	shared, err := os.Open(filepath.Join(s.dir, "lock"))
	if err != nil {
		return nil, err
	}
	defer shared.Close()
	if err := lock(shared, false); err != nil {
		return nil, err
	}
	l, err := s.openBoth()
	if l != nil && err != nil {
		s.tell(Trouble{File: filepath.Join(s.dir, "index"), What: reason(err)})
		err = nil
	}
	return l, err
}

// openBoth opens both under the lock. With an error there may be a journal all
// the same.
func (s *Spool) openBoth() (l *pair, err error) {
	gen, err := generation(s.dir)
	if err != nil {
		return nil, err
	}
	l = &pair{era: eraOf(s.dir)}
	index, lost := os.Open(filepath.Join(s.dir, "index"))
	if lost == nil {
		l.index = index
	}
	if errors.Is(lost, fs.ErrNotExist) {
		lost = nil
	}
	if l.journal, err = os.Open(journalName(s.dir, gen)); err == nil {
		l.end, err = endOf(l.journal)
	}
	if err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, lost
}

// endOf returns where the last record ends that is whole. Behind it there may
// be room.
func endOf(journal *os.File) (int64, error) {
	info, err := journal.Stat()
	if err != nil {
		return 0, err
	}
	text, err := lastBut(journal, info.Size(), 0)
	if err != nil {
		return 0, err
	}
	return lastOf(journal, text, '\n')
}

func (l *pair) close() error {
	var errs []error
	for _, f := range []*os.File{l.index, l.journal} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}

// tail reads the journal, what concerns certain messages; nil is all of them.
func (l *pair) tail(want func(id string) bool, tell func(Trouble)) (*tail, error) {
	t := &tail{changes: map[string][]Record{}, damaged: map[string]string{}, carried: map[string]span{}, end: l.end}
	err := lines(io.NewSectionReader(l.journal, 0, l.end), l.journal.Name(), func(body []byte, at int64) bool {
		if id := idOf(body); id != "" && (want == nil || want(id)) {
			t.add(id, body, at)
		}
		return true
	}, func(line []byte, x Trouble) { t.damage(line, x); tell(x) })
	slices.Sort(t.order)
	return t, err
}
