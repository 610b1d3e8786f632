package outbox

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
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
	f, err := s.follow("", want, do)
	if err != nil {
		return err
	}
	return f.close()
}

// follow does what each does, from a certain ID on, and returns what learns of
// everything that happens from that moment on. Damage is told of by whoever
// reads the whole index, who knows in which line it is.
func (s *Spool) follow(from string, want func(id string) bool, do func(*Message) bool) (*follower, error) {
	index, jour, err := s.openShared()
	if err != nil {
		return nil, err
	}
	if index != nil {
		defer index.Close()
	}
	f := &follower{file: jour}
	t, err := readTail(jour, want, s.tell)
	if err != nil {
		return nil, errors.Join(err, f.close())
	}
	f.at, f.carried = t.end, t.carried
	tell := s.tell
	if from != "" {
		tell = func(Trouble) {}
	}
	t.fold(index, from, want, do, tell)
	return f, nil
}

// openShared opens index and journal while nobody makes the journal short. The
// index is nil if there is none that can be read.
func (s *Spool) openShared() (index, jour *os.File, err error) {
	shared, err := os.Open(filepath.Join(s.dir, "lock"))
	if err != nil {
		return nil, nil, err
	}
	defer shared.Close()
	if err := lock(shared, false); err != nil {
		return nil, nil, err
	}
	index, jour, err = s.openBoth()
	if jour != nil && err != nil {
		s.tell(Trouble{File: filepath.Join(s.dir, "index"), What: reason(err)})
		err = nil
	}
	return index, jour, err
}

// openBoth opens index and journal that belong together, under the lock. The
// index is nil if there is none yet; with an error there may be a journal.
func (s *Spool) openBoth() (index, jour *os.File, err error) {
	gen, err := generation(s.dir)
	if err != nil {
		return nil, nil, err
	}
	index, lost := os.Open(filepath.Join(s.dir, "index"))
	if lost != nil {
		index = nil
	}
	if errors.Is(lost, fs.ErrNotExist) {
		lost = nil
	}
	if jour, err = os.Open(journalName(s.dir, gen)); err != nil {
		if index != nil {
			_ = index.Close()
		}
		return nil, nil, err
	}
	return index, jour, lost
}
