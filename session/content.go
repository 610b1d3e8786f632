package session

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// Content is what follows DATA. It is a reference: Open gives the octets, as
// often as they are needed, and nobody holds all of them at once.
//
// On the wire every line ends with CRLF and a line that begins with a dot
// gets another (RFC 5321, 4.5.2). Content whose first line ends with a bare
// LF is taken for a text file of this machine, and each of its LFs becomes
// CRLF. Content whose first line ends with CRLF is taken as it is.
type Content struct {
	Open func() (io.ReadCloser, error)
	// Wire says that the octets are already as they go out, dots doubled and
	// final dot included: a recording, or content that is broken on purpose.
	// Nothing is changed or added. If it does not end with CRLF.CRLF the
	// session waits some seconds for a verdict all the same.
	Wire bool
	// Binary says that no line ending is touched, as BODY=BINARYMIME wants it:
	// only BDAT can carry that (RFC 3030, 3).
	Binary bool

	// What [Measure] found out:
	Octets   int64 // size as RFC 1870 counts it: with CRLF, without doubled dots and final dot
	Lines    int64
	Longest  int64 // octets of the longest line, without its ending
	EightBit bool  // some octet is over 127
	NUL      bool
	Local    bool  // line endings are LF and become CRLF
	Bare     int64 // bare CRs and LFs that go out as they are
}

// BytesContent is content that is in memory.
func BytesContent(p []byte) *Content {
	c := &Content{Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(p)), nil }}
	_ = c.Measure() // reading from memory does not fail
	return c
}

// FileContent is content in a file that can be read more than once.
func FileContent(name string) (*Content, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &os.PathError{Op: "read", Path: name, Err: errors.New("not a regular file")}
	}
	c := &Content{Open: func() (io.ReadCloser, error) { return os.Open(name) }}
	return c, c.measureFile(name, info.Size())
}

// WriteWire writes the content as DATA sends it, the final dot included.
func (c *Content) WriteWire(w io.Writer) error {
	r, err := c.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	if c.Wire {
		_, err := io.Copy(w, r)
		return err
	}
	var stuff stuffer
	src := make([]byte, 32<<10)
	for {
		n, err := r.Read(src)
		if _, werr := w.Write(stuff.append(nil, src[:n])); werr != nil {
			return werr
		}
		if err == io.EOF {
			_, err = w.Write(stuff.end(nil))
			return err
		}
		if err != nil {
			return err
		}
	}
}

// stuffer turns content into what goes out between the 354 and the final dot.
type stuffer struct {
	local, known bool
	undoubled    bool // dots stay as they are
	at           dots
}

// append adds the wire form of src to dst.
func (w *stuffer) append(dst, src []byte) []byte {
	if !w.known {
		if i := bytes.IndexByte(src, '\n'); i >= 0 {
			w.known = true
			w.local = !(i > 0 && src[i-1] == '\r') && !(i == 0 && w.at == afterCR)
		}
	}
	if w.known && !w.local {
		return w.appendWire(dst, src)
	}
	for len(src) > 0 {
		if w.at == lineStart && src[0] == '.' && !w.undoubled {
			dst = append(dst, '.') // RFC 5321, 4.5.2
		}
		i := bytes.IndexByte(src, '\n')
		if i < 0 {
			dst = append(dst, src...)
			w.at = after(dst, w.at)
			return dst
		}
		dst = append(dst, src[:i]...)
		if n := len(dst); i > 0 && dst[n-1] != '\r' || i == 0 && w.at != afterCR {
			dst = append(dst, '\r')
		}
		dst = append(dst, '\n')
		w.at = lineStart
		src = src[i+1:]
	}
	return dst
}

// appendWire adds content that has CRLF already: nothing but dots is added,
// and only behind a CRLF (RFC 5321, 4.5.2).
func (w *stuffer) appendWire(dst, src []byte) []byte {
	if len(src) == 0 {
		return dst
	}
	if w.at == afterCR && src[0] == '\n' { // a CRLF that two reads have parted
		dst, src, w.at = append(dst, '\n'), src[1:], lineStart
	}
	if len(src) > 0 && w.at == lineStart && src[0] == '.' && !w.undoubled {
		dst = append(dst, '.')
	}
	for {
		i := bytes.Index(src, []byte("\r\n."))
		if i < 0 || w.undoubled {
			dst = append(dst, src...)
			w.at = after(src, w.at)
			return dst
		}
		dst = append(dst, src[:i+3]...)
		dst = append(dst, '.')
		src, w.at = src[i+3:], midLine
	}
}

// after is where a line stands behind these octets.
func after(p []byte, before dots) dots {
	switch {
	case len(p) == 0:
		return before
	case bytes.HasSuffix(p, []byte("\r\n")), before == afterCR && len(p) == 1 && p[0] == '\n':
		return lineStart
	case p[len(p)-1] == '\r':
		return afterCR
	}
	return midLine
}

// end adds what is missing of CRLF.CRLF.
func (w *stuffer) end(dst []byte) []byte { return append(w.lastLine(dst), ".\r\n"...) }

// lastLine adds the CRLF that a last line lacks.
func (w *stuffer) lastLine(dst []byte) []byte {
	if w.at != lineStart {
		dst = append(dst, "\r\n"...)
	}
	return dst
}
