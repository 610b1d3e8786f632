package shelf

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"ehlo/session"
	"ehlo/transcript"
)

// Book records one session. It is a [session.Recorder]. Name, Close and Into can
// be called for a nil Book, which records nothing.
type Book struct {
	dir, base string

	mu     sync.Mutex
	rec    *transcript.Recorder
	name   string
	closed bool
}

// tries bounds how many sessions may begin in one second.
const tries = 1000

// Record implements [session.Recorder].
func (b *Book) Record(events []session.Event) error {
	rec, err := b.open(len(events) > 0)
	if rec == nil || err != nil {
		return err
	}
	return rec.Record(events)
}

// Bulk implements [session.Recorder].
func (b *Book) Bulk(p []byte) (name string, offset int64, sum string, err error) {
	rec, err := b.open(true)
	if err != nil {
		return "", 0, "", err
	}
	return rec.Bulk(p)
}

// open makes the file as soon as there is something to write.
func (b *Book) open(needed bool) (*transcript.Recorder, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rec != nil || !needed {
		return b.rec, nil
	}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return nil, err
	}
	for n := 1; n < tries; n++ {
		name := filepath.Join(b.dir, b.base+".smtp")
		if n > 1 {
			name = filepath.Join(b.dir, fmt.Sprintf("%s-%d.smtp", b.base, n))
		}
		if _, err := os.Lstat(name); err == nil { // an empty one may be another program's
			continue
		}
		rec, err := transcript.Create(name)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		b.rec, b.name = rec, name
		return rec, err
	}
	return nil, fmt.Errorf("no free name for %s in %s", b.base, b.dir)
}

// Name is the path of the file, or "" if there is none.
func (b *Book) Name() string {
	if b == nil {
		return ""
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.name
}

// Close ends the file, if that was not done before.
func (b *Book) Close() error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rec == nil || b.closed {
		return nil
	}
	b.closed = true
	return b.rec.Close()
}

// Into has a session recorded into a file that a person has named: all that
// has happened, the content that the book has kept, and what will happen. The
// file takes the place of the book.
func (b *Book) Into(name string, s *session.Session) (*transcript.Recorder, error) {
	rec, err := transcript.Create(name)
	if err != nil {
		return nil, err
	}
	rec.By = "ehlo/" + session.Version
	if err := s.Record(&copied{Recorder: rec, from: b.Name()}); err != nil {
		return rec, err
	}
	if old := b.Name(); old != "" {
		err = errors.Join(b.Close(), transcript.Remove(old))
		b.mu.Lock()
		b.name = ""
		b.mu.Unlock()
	}
	return rec, err
}

// copied records a session that was recorded before.
type copied struct {
	*transcript.Recorder
	from string // the transcript whose content is taken over, "" if there is none
	done bool
}

// Record is given the whole log first.
func (c *copied) Record(events []session.Event) error {
	if c.done || c.from == "" {
		return c.Recorder.Record(events)
	}
	c.done = true
	for _, e := range events {
		if e.Bulk != nil && e.Bulk.Name != "" {
			bulk := *e.Bulk
			if err := c.content(&bulk); err != nil {
				return err
			}
			e.Bulk = &bulk
		}
		if err := c.Recorder.Record([]session.Event{e}); err != nil {
			return err
		}
	}
	return nil
}

// content copies the octets of a bulk, and names the copy in it.
func (c *copied) content(b *session.Bulk) error {
	root, err := os.OpenRoot(filepath.Dir(c.from))
	if err != nil {
		return err
	}
	defer root.Close()
	f, err := root.Open(filepath.FromSlash(b.Name))
	if err != nil {
		return err
	}
	defer f.Close()
	buf := make([]byte, 64<<10)
	for at := int64(0); at < b.Octets; {
		n, err := f.ReadAt(buf[:min(int64(len(buf)), b.Octets-at)], b.Offset+at)
		if n == 0 {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return fmt.Errorf("copy the content: %w", err)
		}
		name, offset, _, err := c.Bulk(buf[:n])
		if err != nil {
			return err
		}
		if at == 0 {
			b.Name, b.Offset = name, offset
		}
		at += int64(n)
	}
	return nil
}
