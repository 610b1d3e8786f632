package outbox

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
)

// tail is what the journal says, by message.
type tail struct {
	changes map[string][]Record
	order   []string // IDs of the messages that were added
	damaged map[string]string
	carried map[string]span // where the record of a message's files is
	end     int64           // of the last record
}

// span is the body of a line in a file.
type span struct {
	at     int64
	octets int
}

// read reads the record at a place of a file that was looked at before.
func (x span) read(f *os.File) (r Record, ok bool) {
	body := make([]byte, x.octets)
	if _, err := f.ReadAt(body, x.at); err != nil {
		return r, false
	}
	return parseRecord(body)
}

func (t *tail) add(id string, body []byte, at int64) {
	if carries(body) {
		t.carried[id] = span{at, len(body)}
	}
	r, ok := happened(body, nil)
	if !ok {
		return
	}
	if _, known := t.changes[r.ID]; !known && r.Kind == Added {
		t.order = append(t.order, r.ID)
	}
	t.changes[r.ID] = append(t.changes[r.ID], r)
}

// fold plays the index, if there is one, and the tail, and calls do for every
// message by its ID, from a certain one on, until it returns false.
func (t *tail) fold(index *os.File, from string, want func(string) bool, do func(*Message) bool, tell func(Trouble)) {
	var m Message
	more := true
	visit := func(r Record) bool {
		if m.restore(r) && t.finish(&m) {
			more = do(&m)
		}
		return more
	}
	added := t.order[sort.SearchStrings(t.order, from):]
	before := func(id string) { // those that were added since the index was written
		for more && len(added) > 0 && (id == "" || added[0] < id) {
			visit(t.changes[added[0]][0])
			added = added[1:]
		}
	}
	if index != nil {
		var fields []string
		if from != "" {
			_, _ = index.Seek(place(index, from), io.SeekStart)
		}
		err := lines(index, index.Name(), func(body []byte, _ int64) bool {
			if want != nil && !want(idOf(body)) {
				return true
			}
			r, ok := parseRecordInto(body, fields)
			if fields = r.Fields; !ok {
				return true
			}
			before(r.ID)
			return more && visit(r)
		}, func(_ []byte, x Trouble) { tell(x) })
		if err != nil {
			tell(Trouble{File: index.Name(), What: reason(err)})
		}
	}
	before("")
}

// damage notes a line that cannot be read. Often its ID still can: that
// message shall not be sent as if nothing had been on the line.
func (t *tail) damage(line []byte, at Trouble) {
	if len(line) > 9 && !carries(line[9:]) { // the files are there all the same, as a rule
		if id := idOf(line[9:]); id != "" {
			t.damaged[id] = fmt.Sprintf("%s:%d is damaged: what it said of this message is lost", filepath.Base(at.File), at.Line)
		}
	}
}

// forgot reports whether the journal ends the history of a message.
func (t *tail) forgot(id string) bool {
	return slices.ContainsFunc(t.changes[id], func(r Record) bool { return r.Kind == Forgot })
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

// lines reads the records of a file until do returns false. do is told where the
// body of each begins. A last line without an end was cut off before anybody
// relied on it.
func lines(f io.Reader, name string, do func(body []byte, at int64) bool, damage func(line []byte, t Trouble)) error {
	r := bufio.NewReaderSize(f, 256<<10)
	at := int64(0)
	for n := 1; ; n++ {
		line, octets, err := readLine(r)
		if err == io.EOF {
			return nil
		}
		if err != nil && !errors.Is(err, errLong) {
			return fmt.Errorf("read %s: %w", name, err)
		}
		begins := at
		at += octets
		if n == 1 && bytes.HasPrefix(line, []byte(indexHead)) {
			continue
		}
		if zero := bytes.LastIndexByte(line, 0); err == nil && zero >= 0 {
			// What was to stand here never came to the disk, and cost its line
			// the end; what stands behind it has been written later.
			lost := bytes.Clone(bytes.TrimRight(line[:zero], "\x00"))
			damage(lost, Trouble{name, n, "zeros stand in the line; what is before them counts for nothing", lost})
			line, begins = line[zero+1:], begins+int64(zero)+1
		}
		if body, ok := whole(line); err != nil || !ok {
			damage(line, Trouble{name, n, "the line is damaged and counts for nothing", bytes.Clone(line)})
		} else if !do(body, begins+int64(len(line)-len(body))) {
			return nil
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
