//go:build unix

package outbox

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// folder is that of a message. In one that is open files are found faster than
// through all the folders above it.
//
// It asks the system itself: an [os.File] is registered with what waits for
// channels, and looked after when it is garbage, which takes as long as to read
// a small file.
type folder struct {
	name string
	fd   int // if it is open
}

const notOpen = unix.AT_FDCWD

func folderAt(name string) *folder { return &folder{name, notOpen} }

func openFolder(name string) (*folder, error) {
	fd, err := folderAt(name).open("", unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	return &folder{name, fd}, nil
}

func (f *folder) close() error { return unix.Close(f.fd) }

// path is the name of a file as the system finds it.
func (f *folder) path(name string) string {
	switch {
	case name == "":
		return f.name
	case f.fd == notOpen:
		return filepath.Join(f.name, name)
	}
	return name
}

// tryLock takes an exclusive lock on the folder if nobody has one.
func (f *folder) tryLock() (bool, error) {
	err := retried(func() error { return unix.Flock(f.fd, unix.LOCK_EX|unix.LOCK_NB) })
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, f.wrong("lock", "", err)
}

// open opens something to be read, and does not wait for whoever should write
// if it is a pipe.
func (f *folder) open(name string, how int) (fd int, err error) {
	path := f.path(name)
	err = retried(func() (err error) {
		fd, err = unix.Openat(f.fd, path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC|how, 0)
		return err
	})
	return fd, f.wrong("open", name, err)
}

// read reads a small file, and not much more of it than most octets.
func (f *folder) read(name string, most int) ([]byte, error) {
	fd, err := f.open(name, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var info unix.Stat_t
	if err = retried(func() error { return unix.Fstat(fd, &info) }); err == nil && info.Mode&unix.S_IFMT != unix.S_IFREG {
		err = errors.New("is no file")
	}
	if err != nil {
		return nil, f.wrong("read", name, err)
	}
	text := make([]byte, min(info.Size, int64(most)+1))
	for read := 0; read < len(text); {
		n := 0
		err := retried(func() (err error) {
			n, err = unix.Read(fd, text[read:])
			return err
		})
		if err != nil {
			return nil, f.wrong("read", name, err)
		}
		if n == 0 { // it has become shorter just now
			return text[:read], nil
		}
		read += n
	}
	return text, nil
}

// look returns which file has a name, how long it is, and when it was written.
func (f *folder) look(name string) (look, error) {
	var info unix.Stat_t
	err := retried(func() error { return unix.Fstatat(f.fd, f.path(name), &info, unix.AT_SYMLINK_NOFOLLOW) })
	if err != nil {
		return look{}, f.wrong("lstat", name, err)
	}
	return look{uint64(info.Dev), uint64(info.Ino), info.Size, time.Unix(info.Mtim.Unix())}, nil
}

// wrong says what did not work, and with which file.
func (f *folder) wrong(what, name string, err error) error {
	if err == nil {
		return nil
	}
	return &os.PathError{Op: what, Path: filepath.Join(f.name, name), Err: err}
}

// retried does something until no signal interrupts it.
func retried(do func() error) error {
	for {
		if err := do(); err != syscall.EINTR {
			return err
		}
	}
}
