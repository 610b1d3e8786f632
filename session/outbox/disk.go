package outbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// disk is how files become durable. The test that cuts the power has one of its
// own.
type disk struct {
	// sync makes what an open file holds durable, or the names in a folder.
	sync func(*os.File) error
	// syncData does so for the octets of a file, and not for what else is noted
	// of it, as when it was written.
	syncData func(*os.File) error
	// syncAll does so for everything on the file system that a file is on. It
	// returns false if the system has no such thing.
	syncAll func(file *os.File) (bool, error)
	// carry says that the journal carries files until it is made short: good
	// where they can all be made durable at once.
	carry bool
	// ahead is how much room a journal has behind its last record, at most.
	ahead int64
}

// look is what a look at a file tells, without opening it.
type look struct {
	device, inode uint64
	octets        int64
	written       time.Time
}

func realDisk() disk {
	return disk{sync: (*os.File).Sync, syncData: syncData, syncAll: syncAll, carry: carrying, ahead: ahead}
}

// syncDir makes the names in a folder durable.
func (d disk) syncDir(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.sync(f), f.Close())
}

// mkdirAll makes a folder and those above it that are not there, so that a
// power cut does not take them.
func (d disk) mkdirAll(name string) error {
	err := os.Mkdir(name, 0o700)
	if errors.Is(err, fs.ErrNotExist) {
		if err := d.mkdirAll(filepath.Dir(name)); err != nil {
			return err
		}
		err = os.Mkdir(name, 0o700)
	}
	if errors.Is(err, fs.ErrExist) {
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			return nil
		}
	}
	if err != nil {
		return err
	}
	return d.syncDir(filepath.Dir(name))
}

// syncFolder makes the files of a message's folder durable, and the folder.
func (d disk) syncFolder(dir string, files ...string) error {
	for _, name := range files {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if err := errors.Join(d.sync(f), f.Close()); err != nil {
			return err
		}
	}
	return errors.Join(d.syncDir(dir), d.syncDir(filepath.Dir(dir)), d.syncDir(filepath.Dir(filepath.Dir(dir))))
}
