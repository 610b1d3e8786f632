// Package shelf keeps the transcripts of all sessions without being asked: a
// folder in which each session gets a file of its own, and from which old ones
// go.
//
//	Shelf.Begin ─▶ Book (a session.Recorder) ─▶ DIR/2026-11-23T12-00-00-mail.test.example.smtp
//	                 │
//	                 └─ Book.Into ─▶ a file that a person has named takes its place
//
// A book is a transcript like any other: it grows with the session, so that a
// killed program leaves it good up to that moment. List looks into folders and
// says of each transcript what happened in it.
//
// Reading order: shelf.go, book.go, list.go.
package shelf

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"ehlo/transcript"
)

// Shelf is a folder of transcripts.
type Shelf struct {
	Dir string        // "" keeps nothing
	Max int           // how many are kept; 0 is any number
	Age time.Duration // how old one may get; 0 is any age
}

// stamp is how the name of a book begins: the files sort by time, and no other
// file in the folder is taken for one.
const stamp = "2006-01-02T15-04-05"

var bookName = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}-.*\.smtp$`)

// Books returns the paths of what is kept, the newest first.
func (s Shelf) Books() ([]string, error) {
	if s.Dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var books []string
	for _, e := range entries {
		if e.Type().IsRegular() && bookName.MatchString(e.Name()) {
			books = append(books, filepath.Join(s.Dir, e.Name()))
		}
	}
	slices.Sort(books)
	slices.Reverse(books)
	return books, err
}

// Prune removes the books that are too many or too old. What was written to
// within the last day stays, whatever its name says: a session may still run.
func (s Shelf) Prune(now time.Time) error {
	books, err := s.Books()
	errs := []error{err}
	for i, name := range books {
		info, err := os.Lstat(name)
		if err != nil {
			continue // another one was faster
		}
		age := now.Sub(info.ModTime())
		if age < 24*time.Hour || (s.Max <= 0 || i < s.Max) && (s.Age <= 0 || age < s.Age) {
			continue
		}
		errs = append(errs, transcript.Remove(name))
	}
	return errors.Join(errs...)
}

// Begin returns a book for a session with a target, or nil if nothing is kept.
// Its file is made when something happens.
func (s Shelf) Begin(target string, now time.Time) *Book {
	if s.Dir == "" {
		return nil
	}
	return &Book{dir: s.Dir, base: now.UTC().Format(stamp) + "-" + plainName(target)}
}

// plainName makes a file name of a target: a person should know it again, and
// no file system should trip over it.
func plainName(target string) string {
	const most = 60
	var b strings.Builder
	for _, r := range target {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-':
			b.WriteRune(r)
		default:
			b.WriteByte('_')
		}
		if b.Len() == most {
			break
		}
	}
	return strings.Trim(b.String(), "._")
}
