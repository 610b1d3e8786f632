//go:build unix

package outbox

import (
	"os"
	"syscall"
)

// lock waits for a lock on an open file, shared or exclusive. It is gone when
// the file is closed, and so when the process ends, however it ends.
func lock(f *os.File, exclusive bool) error {
	how := syscall.LOCK_SH
	if exclusive {
		how = syscall.LOCK_EX
	}
	return flock(f, how)
}

func unlock(f *os.File) error { return flock(f, syscall.LOCK_UN) }

func flock(f *os.File, how int) error {
	if err := retried(func() error { return syscall.Flock(int(f.Fd()), how) }); err != nil {
		return &os.PathError{Op: "lock", Path: f.Name(), Err: err}
	}
	return nil
}

// removed reports whether an open file has lost its name.
func removed(f *os.File) bool {
	var info syscall.Stat_t
	err := retried(func() error { return syscall.Fstat(int(f.Fd()), &info) })
	return err != nil || info.Nlink == 0
}

func unnamed(info os.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Nlink == 0
}
