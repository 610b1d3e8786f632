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
	lost   error // why there is no file
	closed bool
}

// tries bounds how many sessions may begin in one second.
const tries = 1000

// Event implements [session.Recorder].
func (b *Book) Event(e *session.Event, after *session.State) {
	if rec, err := b.open(); err == nil { // else Flush tells
		rec.Event(e, after)
	}
}

// Flush implements [session.Recorder].
func (b *Book) Flush() error {
	b.mu.Lock()
	rec, err := b.rec, b.lost
	b.mu.Unlock()
	if rec == nil {
		return err // nil if nothing has happened
	}
	return rec.Flush()
}

// Bulk implements [session.Recorder].
func (b *Book) Bulk(p []byte) error {
	rec, err := b.open()
	if err != nil {
		return err
	}
	return rec.Bulk(p)
}

// Kept implements [session.Recorder].
func (b *Book) Kept() (name string, offset int64, sum string) {
	rec, err := b.open()
	if err != nil {
		return "", 0, ""
	}
	return rec.Kept()
}

// open makes the file as soon as there is something to write.
func (b *Book) open() (*transcript.Recorder, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rec == nil && b.lost == nil {
		b.rec, b.name, b.lost = b.create()
	}
	return b.rec, b.lost
}

func (b *Book) create() (*transcript.Recorder, string, error) {
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return nil, "", err
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
		return rec, name, err
	}
	return nil, "", fmt.Errorf("no free name for %s in %s", b.base, b.dir)
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
	lost error  // why it could not be
}

// Event takes over content as well, until the first Flush: up to there come the
// events that the book has.
func (c *copied) Event(e *session.Event, after *session.State) {
	if c.from == "" || e.Bulk == nil || e.Bulk.Name == "" {
		c.Recorder.Event(e, after)
		return
	}
	own, bulk := *e, *e.Bulk
	if c.lost == nil {
		c.lost = c.content(&bulk)
	}
	own.Bulk = &bulk
	c.Recorder.Event(&own, after)
}

// Flush implements [session.Recorder].
func (c *copied) Flush() error {
	c.from = ""
	if c.lost != nil {
		return c.lost
	}
	return c.Recorder.Flush()
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
		if err := c.Bulk(buf[:n]); err != nil {
			return err
		}
		at += int64(n)
	}
	b.Name, b.Offset, b.Sum = c.Kept()
	return nil
}
