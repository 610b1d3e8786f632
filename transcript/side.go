package transcript

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
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
		s.file, s.size = f, 0
		return err == nil, err
	}
}

// add keeps p and says where.
func (s *side) add(p []byte) (name string, offset int64, sum string, err error) {
	offset = s.size
	// The session waits for both, and they need not wait for each other.
	digest := make(chan [sha256.Size]byte, 1)
	go func() { digest <- sha256.Sum256(p) }()
	n, err := s.file.Write(p)
	sum256 := <-digest
	s.size += int64(n)
	if err != nil {
		return "", 0, "", err
	}
	return s.base(), offset, hex.EncodeToString(sum256[:]), nil
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
