//go:build !unix

package outbox

import (
	"errors"
	"os"
)

// Without locks an outbox would send twice; better none than that.
var errNoLocks = errors.New("outbox: this system has no locks that end with the process")

func lock(*os.File, bool) error      { return errNoLocks }
func tryLock(*os.File) (bool, error) { return false, errNoLocks }
func unlock(*os.File) error          { return errNoLocks }
func removed(*os.File) bool          { return false }
func unnamed(os.FileInfo) bool       { return false }

func readSmall(name string, _ int) ([]byte, error) { return os.ReadFile(name) }
