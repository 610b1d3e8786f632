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
	// final dot included: a recording. Nothing is changed or added.
	Wire bool

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
	return c, c.Measure()
}

// Measure reads the content once, in constant memory.
func (c *Content) Measure() error {
	r, err := c.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	buf := make([]byte, 64<<10)
	var m measure
	for {
		n, err := r.Read(buf)
		m.take(buf[:n])
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	m.end()
	c.Octets, c.Lines, c.Longest = m.octets, m.lines, max(m.longest, m.line)
	c.EightBit, c.NUL, c.Local, c.Bare = m.eight, m.nul, m.local, m.bare
	return nil
}

type measure struct {
	octets, lines, longest, line, bare int64
	eight, nul, local, known, cr       bool
}

func (m *measure) take(p []byte) {
	for _, b := range p {
		if m.cr && b != '\n' {
			m.bare++
			m.cr = false
		}
		switch {
		case b == '\n':
			if !m.known {
				m.known, m.local = true, !m.cr
			}
			switch {
			case !m.cr && m.local:
				m.octets++ // the CR that will be added
			case !m.cr:
				m.bare++
			default:
				m.line--
			}
			m.cr = false
			m.lines++
			m.longest = max(m.longest, m.line)
			m.line = -1
		case b == '\r':
			m.cr = true
		case b >= 0x80:
			m.eight = true
		case b == 0:
			m.nul = true
		}
		m.octets++
		m.line++
	}
}

// end counts what is added behind a last line without an ending.
func (m *measure) end() {
	if m.cr {
		m.bare++
	}
	if m.line > 0 {
		m.octets += 2
		m.lines++
	}
}

// stuffer turns content into what goes out between the 354 and the final dot.
type stuffer struct {
	local, known bool
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
	for len(src) > 0 {
		if w.at == lineStart && src[0] == '.' {
			dst = append(dst, '.') // RFC 5321, 4.5.2
		}
		i := bytes.IndexByte(src, '\n')
		if i < 0 {
			w.at = midLine
			if src[len(src)-1] == '\r' {
				w.at = afterCR
			}
			return append(dst, src...)
		}
		cr := i > 0 && src[i-1] == '\r' || i == 0 && w.at == afterCR
		dst = append(dst, src[:i]...)
		if !cr && w.local {
			dst = append(dst, '\r')
			cr = true
		}
		dst = append(dst, '\n')
		w.at = midLine
		if cr {
			w.at = lineStart
		}
		src = src[i+1:]
	}
	return dst
}

// end adds what is missing of CRLF.CRLF.
func (w *stuffer) end(dst []byte) []byte {
	if w.at != lineStart {
		dst = append(dst, "\r\n"...)
	}
	return append(dst, ".\r\n"...)
}
