package outbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ehlo/session"
)

// The files of a message: how they are written, and how they are read again.
//
// To wait for the disk until two files and their folders are durable takes many
// times as long as to wait for the journal, which many share. So the journal
// carries the files of a small message itself, until they are durable, too:
//
//	Add       writes them, and a record with the same; waits for that
//	compact   looks whether they are as they should be, waits for all of them
//	          at once, and only then is the journal gone that carried them
//	mend      writes again what a power cut has taken in between

// maxCarried is how long content may be that the journal carries, in octets.
const maxCarried = 32 << 10

// makeFolder makes the folder of a message, unless there is one.
func (s *Spool) makeFolder(id string) error {
	dir := s.folder(id)
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(filepath.Dir(dir), 0o700); err == nil {
			err = os.Mkdir(dir, 0o700)
		}
	}
	return err
}

// makeAttempt makes the file of the first attempt, which nearly every message
// will have. Until something is written into it there has been none. To make a
// file takes longer than all else that an attempt does with the disk, and
// whoever adds waits for it anyway.
func (s *Spool) makeAttempt(id string) error {
	if err := os.Mkdir(s.attempts(id), 0o700); err != nil {
		return err
	}
	return writeNew(s.AttemptFile(id, 1), nil)
}

// store writes envelope and content. If they are not durable yet, it returns
// what a record carries of them.
func (s *Spool) store(e *Envelope, c *session.Content) (carried []string, err error) {
	dir := s.folder(e.ID)
	if err := s.makeAttempt(e.ID); err != nil {
		return nil, err
	}
	r, err := c.Open()
	if err != nil {
		return nil, fmt.Errorf("read the content: %w", err)
	}
	defer r.Close()
	e.Content = *c
	e.Content.Open = nil
	var begin bytes.Buffer
	begin.Grow(int(min(max(c.Octets, 0), maxCarried)) + bytes.MinRead)
	if _, err := begin.ReadFrom(io.LimitReader(r, maxCarried+1)); err != nil {
		return nil, fmt.Errorf("read the content: %w", err)
	}
	small := begin.Bytes()
	if e.Sum, err = copyContent(filepath.Join(dir, "content"), small, r); err != nil {
		return nil, err
	}
	envelope := e.encode()
	if err := writeNew(filepath.Join(dir, "envelope"), envelope); err != nil {
		return nil, err
	}
	if s.disk.carry && len(small) <= maxCarried && len(envelope) <= maxCarried {
		return []string{string(envelope), string(small)}, nil
	}
	return nil, s.disk.syncFolder(dir, carriedFiles[:]...)
}

func sumOf(p []byte) string {
	sum := sha256.Sum256(p)
	return hex.EncodeToString(sum[:])
}

// writeNew writes a file that is not there.
func writeNew(name string, p []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if len(p) > 0 {
		_, err = f.Write(p)
	}
	return errors.Join(err, f.Close())
}

// copyContent writes content of any length, of which the beginning was read
// already, and returns its digest.
func copyContent(name string, begin []byte, rest io.Reader) (sum string, err error) {
	if len(begin) <= maxCarried {
		return sumOf(begin), writeNew(name, begin)
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	all := struct{ io.Reader }{io.MultiReader(bytes.NewReader(begin), rest)}
	if _, err := io.CopyBuffer(io.MultiWriter(f, hash), all, make([]byte, 256<<10)); err != nil {
		return "", errors.Join(err, f.Close())
	}
	return hex.EncodeToString(hash.Sum(nil)), f.Close()
}

// Envelope reads the envelope of a message.
func (s *Spool) Envelope(id string) (*Envelope, error) {
	return s.envelope(folderAt(s.folder(id)), id)
}

func (s *Spool) envelope(dir *folder, id string) (*Envelope, error) {
	e, err := readEnvelope(dir)
	if err != nil && s.mend(id) {
		e, err = readEnvelope(folderAt(dir.name))
	}
	if err == nil && e.ID != id {
		err = fmt.Errorf("%s: the envelope is that of %s", dir.name, e.ID)
	}
	return e, err
}

// untouched reports whether the files of a message can be those that a record
// carries: as long, and not written after it was added.
func (f *folder) untouched(r Record, added time.Time) bool {
	for i, file := range carriedFiles {
		is, err := f.look(file)
		if err != nil || is.octets != int64(len(r.Fields[i])) || is.written.Sub(added) > time.Second {
			return false
		}
	}
	return true
}

// carriedFiles are the files that a record carries, in its order. Behind them is
// the message as it was added.
var carriedFiles = [...]string{"envelope", "content"}

// files reads both from the record that carries them, which takes less than to
// open two files.
func (r Record) files() (*Envelope, *session.Content, error) {
	if r.Kind != Carried || len(r.Fields) < len(carriedFiles) {
		return nil, nil, fmt.Errorf("the record of %s carries nothing", r.ID)
	}
	e, err := parseEnvelope([]byte(r.Fields[0]))
	if err != nil {
		return nil, nil, err
	}
	c := e.Content
	c.Open = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(r.Fields[1])), nil }
	return e, &c, nil
}

// Content returns what a message says, to be read as often as it is needed. It
// fails if that is not what was added, as far as a look can tell: small content
// is compared with its digest, and of what is longer the length.
func (s *Spool) Content(e *Envelope) (*session.Content, error) {
	return s.content(folderAt(s.folder(e.ID)), e)
}

func (s *Spool) content(dir *folder, e *Envelope) (*session.Content, error) {
	c, name := e.Content, s.ContentFile(e.ID)
	if c.Octets > maxSmall {
		c.Open = func() (io.ReadCloser, error) { return os.Open(name) }
		return &c, e.asLong(name)
	}
	p, err := dir.read("content", maxSmall)
	good := err == nil && sumOf(p) == e.Sum
	if !good && s.mend(e.ID) {
		p, err = folderAt(dir.name).read("content", maxSmall)
		good = err == nil && sumOf(p) == e.Sum
	}
	if err == nil && !good {
		err = fmt.Errorf("%s has changed since it was added", name)
	}
	c.Open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(p)), nil }
	return &c, err
}

// maxSmall is how many octets content that the journal carries may count: each
// of its line ends may become two, and one may be added.
const maxSmall = 2*maxCarried + 2

// asLong checks that content is as long as it was when it was added.
func (e *Envelope) asLong(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if c := e.Content; !c.Local && !c.Binary && (info.Size() > c.Octets || info.Size()+2 < c.Octets) {
		return fmt.Errorf("%s: %d octets, not the %d that were added", name, info.Size(), c.Octets)
	}
	return nil
}

// carriedRecord is the record that carries a message's files, if the journal
// still has it.
func (s *Spool) carriedRecord(id string) (r Record, ok bool) {
	l, err := s.openShared()
	if err != nil {
		return r, false
	}
	defer l.close()
	t, err := l.tail(func(x string) bool { return x == id }, func(Trouble) {})
	at, carried := t.carried[id]
	if err != nil || !carried || t.forgot(id) {
		return r, false
	}
	return at.read(l.journal)
}

func (s *Spool) carries(id string) bool {
	_, ok := s.carriedRecord(id)
	return ok
}

// mend writes the files of a message again if the journal carries them, and
// reports whether they are there.
func (s *Spool) mend(id string) bool {
	r, ok := s.carriedRecord(id)
	return ok && s.mendFrom(r)
}

func (s *Spool) mendFrom(r Record) bool {
	changed, err := s.restore(r)
	if err != nil {
		s.tell(Trouble{File: s.folder(r.ID), What: "could not be written again from the journal: " + reason(err)})
	} else if changed {
		s.tell(Trouble{File: s.folder(r.ID), What: "was not as it was added, and is written again from the journal"})
	}
	return err == nil
}

// restore makes the files of a message what a record carries, where they are
// anything else.
func (s *Spool) restore(r Record) (changed bool, err error) {
	if _, _, err := r.files(); err != nil {
		return false, err
	}
	dir := s.folder(r.ID)
	for i, file := range carriedFiles {
		name := filepath.Join(dir, file)
		if p, err := folderAt(dir).read(file, len(r.Fields[i])); err == nil && string(p) == r.Fields[i] {
			continue
		}
		changed = true
		if err := errors.Join(os.MkdirAll(s.attempts(r.ID), 0o700), os.RemoveAll(name+".new")); err != nil {
			return changed, err
		}
		if err := errors.Join(writeNew(name+".new", []byte(r.Fields[i])), os.Rename(name+".new", name)); err != nil {
			return changed, errors.Join(err, os.Remove(name+".new"))
		}
	}
	return changed, nil
}
