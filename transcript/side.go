package transcript

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"os"
	"path/filepath"
)

// side keeps long content in files of a folder beside a transcript: one file
// for each message.
type side struct {
	name string // of the transcript
	n    int    // of the current file
	file *os.File
	size int64
	from int64     // where the octets begin that no event tells of
	sum  hash.Hash // of those
}

// base is the name of the current file, as a transcript refers to it.
func (s *side) base() string {
	return fmt.Sprintf("%s.d/%04d", filepath.Base(s.name), s.n)
}

// begin opens the next file if none is open, and says whether it did.
func (s *side) begin() (bool, error) {
	if s.file != nil {
		return false, nil
	}
	dir := s.name + ".d"
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return false, err
	}
	for {
		s.n++
		f, err := os.OpenFile(filepath.Join(dir, fmt.Sprintf("%04d", s.n)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) {
			continue // of an older transcript; it may still be wanted
		}
		s.file, s.size, s.from, s.sum = f, 0, 0, sha256.New()
		return err == nil, err
	}
}

// add keeps p.
func (s *side) add(p []byte) error {
	// The session waits for both, and they need not wait for each other.
	hashed := make(chan struct{})
	go func() {
		defer close(hashed)
		s.sum.Write(p)
	}()
	n, err := s.file.Write(p)
	<-hashed
	s.size += int64(n)
	return err
}

// kept says where the octets are that were added since it was asked last.
func (s *side) kept() (name string, offset int64, sum string) {
	if s.file == nil {
		return "", 0, ""
	}
	if s.from < s.size {
		name, offset, sum = s.base(), s.from, hex.EncodeToString(s.sum.Sum(nil))
	}
	s.from = s.size
	s.sum.Reset() // of what the disk did not take as well
	return name, offset, sum
}

// end closes the current file.
func (s *side) end() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}
