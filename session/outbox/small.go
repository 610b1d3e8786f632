//go:build unix

package outbox

import (
	"errors"
	"os"
	"syscall"
)

// readSmall reads a file, and not much more of it than most octets. It asks the
// system itself: an [os.File] is registered with what waits for channels, and
// looked after when it is garbage, which takes as long as to read a small file.
func readSmall(name string, most int) ([]byte, error) {
	var fd int
	err := retried(func() (err error) {
		fd, err = syscall.Open(name, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
		return err
	})
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	defer syscall.Close(fd)
	var info syscall.Stat_t
	if err = retried(func() error { return syscall.Fstat(fd, &info) }); err == nil && info.Mode&syscall.S_IFMT != syscall.S_IFREG {
		err = errors.New("is no file")
	}
	if err != nil {
		return nil, &os.PathError{Op: "read", Path: name, Err: err}
	}
	p := make([]byte, min(info.Size, int64(most)+1))
	for read := 0; read < len(p); {
		var n int
		err := retried(func() (err error) {
			n, err = syscall.Read(fd, p[read:])
			return err
		})
		if err != nil {
			return nil, &os.PathError{Op: "read", Path: name, Err: err}
		}
		if n == 0 { // it has become shorter just now
			return p[:read], nil
		}
		read += n
	}
	return p, nil
}

// retried does something until no signal interrupts it.
func retried(do func() error) error {
	for {
		if err := do(); err != syscall.EINTR {
			return err
		}
	}
}
