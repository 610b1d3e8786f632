package outbox

import (
	"bufio"
	"bytes"
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
// when the index was written, behind a first line that names the journal that
// goes on from it. The journal is short, so it is held in memory; the index is
// read line by line.

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
func (s *Spool) Each(do func(*Message) bool) error { return s.each(anyID, do) }

func anyID(string) bool { return true }

// each does so for messages with certain IDs.
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
	shared, err := os.Open(filepath.Join(s.dir, "lock"))
	if err != nil {
		return nil, err
	}
	defer shared.Close()
	if err := lock(shared, false); err != nil {
		return nil, err
	}
	index, jour, err := s.openBoth()
	if jour == nil {
		return nil, err
	}
	if err != nil {
		s.tell(Trouble{File: filepath.Join(s.dir, "index"), What: reason(err)})
	}
	_ = unlock(shared)
	if index != nil {
		defer index.Close()
	}
	f := &follower{file: jour}
	if f.at, err = s.fold(index, jour, want, do, s.tell); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
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

// fold plays index and journal, and returns how far it has read the journal.
func (s *Spool) fold(index, jour *os.File, want func(string) bool, do func(*Message) bool, tell func(Trouble)) (end int64, err error) {
	tail := &tail{changes: map[string][]Record{}, damaged: map[string]string{}}
	end, err = lines(jour, func(body []byte) bool {
		if want(idOf(body)) {
			tail.add(body)
		}
		return true
	}, func(line []byte, t Trouble) { tail.damage(line, t); tell(t) })
	if err != nil {
		return end, err
	}
	var m Message
	more := true
	visit := func(r Record, ok bool) bool {
		if ok && m.restore(r) && tail.finish(&m) {
			more = do(&m)
		}
		return more
	}
	if index != nil {
		var fields []string
		_, err = lines(index, func(body []byte) bool {
			if !want(idOf(body)) {
				return true
			}
			r, ok := parseRecordInto(body, fields)
			fields = r.Fields
			return visit(r, ok)
		}, func(_ []byte, t Trouble) { tell(t) })
		if err != nil {
			tell(Trouble{File: index.Name(), What: reason(err)})
			err = nil
		}
	}
	for _, id := range tail.order {
		if more && err == nil {
			visit(tail.changes[id][0], true)
		}
	}
	return end, err
}

// lines reads the records of a file until do returns false, and returns how
// many octets that was. A last line without an end is one that is being
// written, or was cut off before anybody relied on it.
func lines(f *os.File, do func(body []byte) bool, damage func(line []byte, t Trouble)) (read int64, err error) {
	r := bufio.NewReaderSize(f, 256<<10)
	for n := 1; ; n++ {
		line, octets, err := readLine(r)
		if err == io.EOF {
			return read, nil
		}
		if err != nil && !errors.Is(err, errLong) {
			return read, fmt.Errorf("read %s: %w", f.Name(), err)
		}
		read += octets
		if n == 1 && bytes.HasPrefix(line, []byte(indexHead)) {
			continue
		}
		if body, ok := whole(line); err != nil || !ok {
			damage(line, Trouble{f.Name(), n, "the line is damaged and counts for nothing", bytes.Clone(line)})
		} else if !do(body) {
			return read, nil
		}
	}
}

var errLong = errors.New("the line is too long")

// readLine returns the next line without its end, good until the next call,
// and how many octets it took with it.
func readLine(r *bufio.Reader) (line []byte, octets int64, err error) {
	line, err = r.ReadSlice('\n')
	if err == nil {
		return line[:len(line)-1], int64(len(line)), nil
	}
	if err != bufio.ErrBufferFull {
		return nil, 0, err // io.EOF: a line without an end is none
	}
	octets = int64(len(line))
	long := bytes.Clone(line)
	for err == bufio.ErrBufferFull {
		line, err = r.ReadSlice('\n')
		octets += int64(len(line))
		if len(long) < maxLine {
			long = append(long, line...)
		}
	}
	switch {
	case err != nil:
		return nil, 0, err
	case len(long) >= maxLine:
		return long[:100], octets, errLong
	}
	return long[:len(long)-1], octets, nil
}

// tail is what the journal says, by message.
type tail struct {
	changes map[string][]Record
	order   []string // IDs of the messages that were added
	damaged map[string]string
}

func (t *tail) add(body []byte) {
	r, ok := parseRecord(body)
	if !ok {
		return
	}
	if _, known := t.changes[r.ID]; !known && r.Kind == Added {
		t.order = append(t.order, r.ID)
	}
	t.changes[r.ID] = append(t.changes[r.ID], r)
}

// damage notes a line that cannot be read. Often its ID still can: that
// message shall not be sent as if nothing had been on the line.
func (t *tail) damage(line []byte, at Trouble) {
	if len(line) > 9 {
		if id := idOf(line[9:]); id != "" {
			t.damaged[id] = fmt.Sprintf("%s:%d is damaged: what it said of this message is lost", filepath.Base(at.File), at.Line)
		}
	}
}

// finish brings a message up to date, and reports whether it is still there.
func (t *tail) finish(m *Message) bool {
	for _, r := range t.changes[m.ID] {
		if r.Kind == Forgot {
			return false
		}
		m.apply(r)
	}
	if why := t.damaged[m.ID]; why != "" && m.Held == "" {
		m.Held = why
	}
	return true
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
	info, err := j.file.Stat()
	if err != nil {
		return err
	}
	index, err := os.Stat(filepath.Join(s.dir, "index"))
	if err == nil {
		least += index.Size() / 4
	}
	if info.Size() < least {
		return nil
	}
	if err := s.rewrite(j.gen, j.gen+1); err != nil {
		return fmt.Errorf("make the journal short: %w", err)
	}
	old := j.file
	j.file = nil
	if err := j.current(); err != nil {
		return err
	}
	_ = old.Close()
	return nil
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
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintf(w, "%s%d\n", indexHead, next)
	if err := s.copyTo(w); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	fresh, err := os.OpenFile(journalName(s.dir, next), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(fresh.Sync(), fresh.Close(), syncDir(s.dir)); err != nil {
		return err
	}
	if err := os.Rename(name, filepath.Join(s.dir, "index")); err != nil {
		return err
	}
	if err := syncDir(s.dir); err != nil {
		return err
	}
	return os.Remove(journalName(s.dir, gen))
}

// copyTo writes every message as it stands. Lines that are damaged are kept in
// a file of their own: somebody may want to look.
func (s *Spool) copyTo(w *bufio.Writer) error {
	index, jour, err := s.openBoth()
	if jour != nil {
		defer jour.Close()
	}
	if err != nil {
		return err
	}
	if index != nil {
		defer index.Close()
	}
	var writing error
	_, err = s.fold(index, jour, anyID, func(m *Message) bool {
		_, writing = w.Write(m.record().line())
		return writing == nil
	}, func(t Trouble) {
		if t.Line == 0 { // what cannot be read would be lost
			writing = errors.Join(writing, errors.New(t.String()))
			return
		}
		writing = errors.Join(writing, s.keepDamaged(t))
	})
	return errors.Join(err, writing, w.Flush())
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
