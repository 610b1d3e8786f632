//go:build !unix

package outbox

import (
	"errors"
	"os"
	"path/filepath"
)

// Without locks an outbox would send twice; better none than that.
var errNoLocks = errors.New("outbox: this system has no locks that end with the process")

func lock(*os.File, bool) error { return errNoLocks }
func unlock(*os.File) error     { return errNoLocks }
func removed(*os.File) bool     { return false }
func unnamed(os.FileInfo) bool  { return false }

// folder is that of a message. None is ever open here.
type folder struct{ name string }

func folderAt(name string) *folder       { return &folder{name} }
func openFolder(string) (*folder, error) { return nil, errNoLocks }
func (*folder) close() error             { return nil }
func (*folder) tryLock() (bool, error)   { return false, errNoLocks }

func (f *folder) read(name string, _ int) ([]byte, error) {
	return os.ReadFile(filepath.Join(f.name, name))
}

func (f *folder) look(name string) (look, error) {
	info, err := os.Lstat(filepath.Join(f.name, name))
	if err != nil {
		return look{}, err
	}
	return look{octets: info.Size(), written: info.ModTime()}, nil
}
