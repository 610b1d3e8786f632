package practice

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// written counts the files that this process has put into maildirs: the names
// of two must differ.
var written atomic.Int64

// writeMaildir puts a message into the maildir of its mailbox, below dir.
func writeMaildir(dir string, m Message) error {
	_, err := WriteMaildir(filepath.Join(dir, folder(m.Mailbox)), m.At, m.Data)
	return err
}

// WriteMaildir puts a message into a maildir, which it makes if need be: into
// tmp first, then as a whole into new. It returns the name of the file.
func WriteMaildir(box string, at time.Time, data []byte) (file string, err error) {
	for _, sub := range []string{"tmp", "new", "cur"} {
		if err := os.MkdirAll(filepath.Join(box, sub), 0o700); err != nil {
			return "", fmt.Errorf("maildir: %w", err)
		}
	}
	name := fmt.Sprintf("%d.M%dP%dQ%d.%s", at.Unix(), at.Nanosecond()/1000, os.Getpid(), written.Add(1), "ehlo")
	tmp, file := filepath.Join(box, "tmp", name), filepath.Join(box, "new", name)
	// Mail on a disk has the line ends of that disk.
	if err := writeNew(tmp, bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))); err != nil {
		return "", fmt.Errorf("maildir: %w", err)
	}
	if err := os.Rename(tmp, file); err != nil {
		_ = os.Remove(tmp)
		return "", fmt.Errorf("maildir: %w", err)
	}
	return file, nil
}

// writeNew writes a file that is not there yet, and sees to it that it is on
// the disk (RFC 5321, 4.2.5: a message must not be lost for frivolous reasons).
func writeNew(name string, data []byte) (err error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(name)
		}
	}()
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// folder makes the name of a mailbox one that stays in its place: what is no
// letter, digit or one of a few marks is written as %XX.
func folder(mailbox string) string {
	var b strings.Builder
	for i := range len(mailbox) {
		c := mailbox[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '@', c == '-', c == '_', c == '+', c == '=', c == '.' && i > 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	if name := b.String(); len(name) <= 200 {
		return name
	}
	return fmt.Sprintf("%.160s%%%x", b.String(), sha256.Sum256([]byte(mailbox)))[:200]
}
