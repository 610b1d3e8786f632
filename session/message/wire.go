package message

import (
	"bytes"
	"fmt"
	"io"

	"ehlo/session"
)

// openWire opens content with the line endings that it has on the wire, dots
// not doubled and the final dot not added.
func openWire(c *session.Content) (io.ReadCloser, error) {
	if c.Wire {
		return nil, fmt.Errorf("the content is a recording of the wire")
	}
	r, err := c.Open()
	if err != nil || !c.Local {
		return r, err
	}
	return &liner{r: r, buf: make([]byte, 32<<10)}, nil
}

// liner gives every LF a CR.
type liner struct {
	r    io.ReadCloser
	buf  []byte
	out  []byte
	left []byte // of out
	cr   bool   // the last octet read was a CR
	err  error
}

func (l *liner) Read(p []byte) (int, error) {
	for len(l.left) == 0 && l.err == nil {
		var n int
		n, l.err = l.r.Read(l.buf)
		l.left = l.convert(l.buf[:n])
	}
	if len(l.left) == 0 {
		return 0, l.err
	}
	n := copy(p, l.left)
	l.left = l.left[n:]
	return n, nil
}

func (l *liner) convert(p []byte) []byte {
	l.out = l.out[:0]
	for len(p) > 0 {
		n := bytes.IndexByte(p, '\n')
		if n < 0 {
			l.cr = p[len(p)-1] == '\r'
			l.out = append(l.out, p...)
			break
		}
		l.out = append(l.out, p[:n]...)
		if n > 0 && p[n-1] != '\r' || n == 0 && !l.cr {
			l.out = append(l.out, '\r')
		}
		l.out = append(l.out, '\n')
		l.cr, p = false, p[n+1:]
	}
	return l.out
}

func (l *liner) Close() error { return l.r.Close() }
