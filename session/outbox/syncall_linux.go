package outbox

import (
	"os"

	"golang.org/x/sys/unix"
)

const carrying = true

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
