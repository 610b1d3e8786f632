package outbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// CheckOptions say how a spool is checked.
type CheckOptions struct {
	Contents bool // read every content and compare its digest
	// Repair takes whole messages that have no record back, held, and removes
	// what is left of those that were never added to the end.
	Repair bool
}

// unfinished is how old the leftovers of an Add must be to be taken for such.
const unfinished = time.Hour

// Check looks at every file of the spool and tells what is not as it should
// be, file by file.
func (s *Spool) Check(ctx context.Context, o CheckOptions, tell func(Trouble)) error {
	before := s.opts.Tell
	s.opts.Tell = tell
	defer func() { s.opts.Tell = before }()
	known := map[string]bool{}
	if err := s.Each(func(m *Message) bool {
		known[m.ID] = true
		s.checkMessage(m, o, tell)
		return ctx.Err() == nil
	}); err != nil {
		return err
	}
	s.checkTop(tell)
	shards, err := os.ReadDir(filepath.Join(s.dir, "mail"))
	if err != nil {
		return err
	}
	for _, shard := range shards {
		name := filepath.Join(s.dir, "mail", shard.Name())
		folders, err := os.ReadDir(name)
		if err != nil {
			tell(Trouble{File: name, What: reason(err)})
			continue
		}
		for _, folder := range folders {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if !known[folder.Name()] {
				s.checkOrphan(filepath.Join(name, folder.Name()), o, tell)
			}
		}
	}
	return ctx.Err()
}

// checkTop looks for files that nobody here has put there.
func (s *Spool) checkTop(tell func(Trouble)) {
	names, err := os.ReadDir(s.dir)
	if err != nil {
		tell(Trouble{File: s.dir, What: reason(err)})
		return
	}
	gen, err := generation(s.dir)
	if err != nil {
		tell(Trouble{File: filepath.Join(s.dir, "index"), What: err.Error()})
	}
	for _, x := range names {
		switch name := x.Name(); {
		case slices.Contains([]string{"lock", "index", "mail", filepath.Base(journalName("", gen))}, name):
		case name == "damaged":
			tell(Trouble{File: filepath.Join(s.dir, name), What: "holds lines of the journal that could not be read"})
		case name == "index.new", strings.HasPrefix(name, "journal."):
			tell(Trouble{File: filepath.Join(s.dir, name), What: "is left from a program that was cut off; it counts for nothing"})
		default:
			tell(Trouble{File: filepath.Join(s.dir, name), What: "is no part of an outbox"})
		}
		if info, err := x.Info(); err == nil && info.Mode().Perm()&0o077 != 0 {
			tell(Trouble{File: filepath.Join(s.dir, x.Name()), What: fmt.Sprintf("others may use it: mode %04o", info.Mode().Perm())})
		}
	}
}

// checkMessage looks at the files of a message that is not finished: of one
// that is they are kept to be looked at, and nothing hangs on them.
func (s *Spool) checkMessage(m *Message, o CheckOptions, tell func(Trouble)) {
	if m.Finished() {
		return
	}
	say := func(file, what string) {
		if s.carries(m.ID) {
			what += "; the journal has it, and it is written again when it is needed"
		}
		tell(Trouble{File: filepath.Join(s.folder(m.ID), file), What: what})
	}
	e, err := readEnvelope(folderAt(s.folder(m.ID)))
	switch {
	case err != nil:
		say("envelope", reason(err))
	case e.ID != m.ID || len(e.To) != len(m.Recipients):
		say("envelope", "it is not that of this message in the journal")
	}
	name := s.ContentFile(m.ID)
	info, err := os.Stat(name)
	switch {
	case err != nil:
		say("content", reason(err))
	case !info.Mode().IsRegular():
		say("content", "is no file")
	case o.Contents && e != nil:
		if sum, err := digest(name); err != nil {
			say("content", reason(err))
		} else if sum != e.Sum {
			say("content", "has changed since it was added")
		}
	case e != nil && e.asLong(name) != nil:
		say("content", e.asLong(name).Error())
	}
}

// checkOrphan looks at a folder that no record speaks of: an Add that did not
// come to its end, or a message whose record is lost.
func (s *Spool) checkOrphan(name string, o CheckOptions, tell func(Trouble)) {
	info, err := os.Lstat(name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			tell(Trouble{File: name, What: reason(err)})
		}
		return
	}
	id := filepath.Base(name)
	if !info.IsDir() || !validID(id) || s.folder(id) != name {
		tell(Trouble{File: name, What: "is no message of this outbox"})
		return
	}
	e, err := readEnvelope(folderAt(name))
	if err == nil && e.ID != id {
		err = fmt.Errorf("the envelope is that of %s", e.ID)
	}
	young := s.Now().Sub(info.ModTime()) < unfinished
	switch {
	case err == nil && o.Repair && !young:
		m := e.message()
		m.Held = "its record was lost, or it was never confirmed, or forgotten; release or drop it"
		what := "no record spoke of it: taken back, held"
		err := s.disk.syncFolder(name, carriedFiles[:]...) // no journal carries them
		if err == nil {
			err = s.journal.commit(m.record())
		}
		if err != nil {
			what = reason(err)
		}
		tell(Trouble{File: name, What: what})
	case err == nil:
		tell(Trouble{File: name, What: "a whole message that no record speaks of; ehlo queue check --repair takes it back, held, an hour after it was made"})
	case young:
		tell(Trouble{File: name, What: "a message that is just being added, or was cut off: " + reason(err)})
	case o.Repair:
		what := "left from a program that was cut off: removed"
		if err := os.RemoveAll(name); err != nil {
			what = reason(err)
		}
		tell(Trouble{File: name, What: what})
	default:
		tell(Trouble{File: name, What: "left from a program that was cut off, never confirmed; --repair removes it"})
	}
}

func digest(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// reason is an error without the name of its file, which is said beside it.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
