package outbox

import (
	"os"

	"golang.org/x/sys/unix"
)

const (
	carrying = true
	ahead    = 256 << 10
)

// syncData is fdatasync.
func syncData(file *os.File) error {
	err := retried(func() error { return unix.Fdatasync(int(file.Fd())) })
	if err != nil {
		err = &os.PathError{Op: "fdatasync", Path: file.Name(), Err: err}
	}
	return err
}

// syncAll is syncfs: one call for thousands of small files.
func syncAll(file *os.File) (bool, error) {
	err := unix.Syncfs(int(file.Fd()))
	if err == unix.ENOSYS || err == unix.EPERM {
		return false, nil
	}
	if err != nil {
		err = &os.PathError{Op: "syncfs", Path: file.Name(), Err: err}
	}
	return true, err
}
