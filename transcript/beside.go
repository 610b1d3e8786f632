package transcript

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"ehlo/session"
)

// beside reads what is kept in files beside a transcript. A transcript says
// how many octets there are and what their sum is; whatever does not agree is
// an error, and never taken for less content.
type beside struct {
	dir string

	// The file that was checked last stays open: long content is many lines.
	name string
	file *os.File
	bad  bool // it was told of already
}

// check reads the octets of b once. A file that is wrong is told of once,
// however many lines name it.
func (s *beside) check(b *session.Bulk) error {
	if s == nil || b.Name == "" || b.Name == s.name && s.bad {
		return nil
	}
	if b.Name != s.name {
		s.end()
		s.name, s.bad = b.Name, false
		f, err := s.find(b.Name)
		if err != nil {
			s.bad = true
			return err
		}
		s.file = f
	}
	_, err := io.Copy(io.Discard, verified(s.file, b))
	s.bad = err != nil
	return err
}

// end closes what check has left open.
func (s *beside) end() {
	if s != nil && s.file != nil {
		s.file.Close()
		s.file = nil
	}
}

// find opens a regular file. A root lets no link lead out of the folder, and
// a pipe that somebody put there must not be waited for.
func (s *beside) find(name string) (*os.File, error) {
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, err := openRegular(root.OpenFile, filepath.FromSlash(name))
	if err != nil {
		return nil, fmt.Errorf("the octets beside the file cannot be read: %w", err)
	}
	return f, nil
}

// openRegular opens a file for reading that is no folder, no device, and no
// pipe: opening a pipe would wait until somebody writes to it.
func openRegular(open func(string, int, os.FileMode) (*os.File, error), name string) (*os.File, error) {
	f, err := open(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case info.IsDir():
		err = fmt.Errorf("%s: is a folder, not a transcript", session.Escape(name))
	case !info.Mode().IsRegular():
		err = fmt.Errorf("%s: is no regular file", session.Escape(name))
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (s *beside) open(b *session.Bulk) (io.ReadCloser, error) {
	f, err := s.find(b.Name)
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{verified(f, b), f}, nil
}

// verifier reads the octets of a Bulk and compares their number and sum.
type verifier struct {
	r    io.Reader
	b    *session.Bulk
	left int64
	sum  hash.Hash // nil if none is on record
}

func verified(f io.ReaderAt, b *session.Bulk) *verifier {
	v := &verifier{r: io.NewSectionReader(f, b.Offset, b.Octets), b: b, left: b.Octets}
	if b.Sum != "" {
		v.sum = sha256.New()
	}
	return v
}

// Read gives the last octets only together with what is wrong with them.
func (v *verifier) Read(p []byte) (int, error) {
	n, err := v.r.Read(p)
	v.left -= int64(n)
	if v.sum != nil {
		v.sum.Write(p[:n])
	}
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return n, err
	case v.left > 0 && err == nil:
		return n, nil
	case v.left > 0:
		return n, fmt.Errorf("%s was cut: it has %d octets, and %d at %d were recorded",
			session.Escape(v.b.Name), v.b.Offset+v.b.Octets-v.left, v.b.Octets, v.b.Offset)
	case v.sum != nil && !strings.EqualFold(hex.EncodeToString(v.sum.Sum(nil)), v.b.Sum):
		return 0, fmt.Errorf("%s was changed: the sum of %d octets at %d is not the recorded one", session.Escape(v.b.Name), v.b.Octets, v.b.Offset)
	}
	return n, err
}

// measure counts the octets and lines of a file.
func measure(r io.Reader) (*session.Bulk, error) {
	var b session.Bulk
	buf := make([]byte, 64<<10)
	var last [2]byte
	for {
		n, err := r.Read(buf)
		b.Octets += int64(n)
		b.Lines += int64(bytes.Count(buf[:n], []byte{'\n'}))
		if n > 1 {
			copy(last[:], buf[n-2:n])
		} else if n == 1 {
			last = [2]byte{last[1], buf[0]}
		}
		if errors.Is(err, io.EOF) {
			b.MidLine = string(last[:]) != "\r\n"
			return &b, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
