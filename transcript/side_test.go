package transcript

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
)

// TestSumWithoutWhatTheDiskDidNotTake: the digest of what is kept later has
// nothing in it of what could not be.
func TestSumWithoutWhatTheDiskDidNotTake(t *testing.T) {
	s := side{name: filepath.Join(t.TempDir(), "a.smtp")}
	if _, err := s.begin(); err != nil {
		t.Fatal(err)
	}
	defer s.end()
	file := s.file
	full, err := os.Open(file.Name()) // which cannot be written to
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	s.file = full
	if err := s.add([]byte("lost")); err == nil {
		t.Fatal("it was written")
	}
	if name, _, _ := s.kept(); name != "" {
		t.Errorf("%s has what was not written", name)
	}
	s.file = file
	err = s.add([]byte("kept"))
	want := sha256.Sum256([]byte("kept"))
	if name, _, sum := s.kept(); name == "" || sum != hex.EncodeToString(want[:]) || err != nil {
		t.Errorf("kept in %q as %s: %v", name, sum, err)
	}
}
