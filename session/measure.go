package session

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"runtime"
	"sync"
)

// Measure reads the content once, in constant memory.
func (c *Content) Measure() error {
	r, err := c.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	var m measure
	if _, err := io.Copy(&m, r); err != nil {
		return err
	}
	c.measured(m)
	return nil
}

// measured keeps what was found out.
func (c *Content) measured(m measure) {
	c.Octets, c.Lines, c.Longest = m.read, m.lines, max(m.longest, m.line)
	c.EightBit, c.NUL, c.Local, c.Bare = m.eight, m.nul, m.local && !c.Binary, m.returns-m.ends
	if m.line > 0 {
		c.Lines++
	}
	if m.local {
		m.open = false
	} else {
		c.Bare += m.feeds
	}
	if c.Binary {
		return
	}
	if m.local {
		c.Octets += m.feeds // the CRs that will be added
	}
	if m.line > 0 || m.open {
		c.Octets += 2 // a last line has no ending
	}
}

const (
	// partSize is how long a part of a file is that is worth a processor.
	partSize = 16 << 20
	// seekLine is how far the end of a line is looked for.
	seekLine = 1 << 20
)

// measureFile measures a long file in parts at the same time: nothing can be
// sent before its size is known.
func (c *Content) measureFile(name string, size int64) error {
	n := min(int64(runtime.GOMAXPROCS(0)), size/partSize)
	if n < 2 {
		return c.Measure()
	}
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	return c.measureParts(file, size, n)
}

func (c *Content) measureParts(r io.ReaderAt, size, n int64) error {
	parts, errs := make([]measure, n), make([]error, n)
	var all sync.WaitGroup
	from := int64(0)
	for i := range n {
		to := size
		if i < n-1 {
			to = max(from, behindLine(r, size*(i+1)/n, size))
		}
		part := io.NewSectionReader(r, from, to-from)
		all.Go(func() { _, errs[i] = io.Copy(&parts[i], part) })
		from = to
	}
	all.Wait()
	for _, part := range parts[1:] {
		parts[0].add(part)
	}
	c.measured(parts[0])
	return errors.Join(errs...)
}

// behindLine is where the next line begins, or the end.
func behindLine(r io.ReaderAt, at, end int64) int64 {
	buf := make([]byte, 64<<10)
	for from := at; at < end && at-from < seekLine; at += int64(len(buf)) {
		n, err := r.ReadAt(buf, at)
		if i := bytes.IndexByte(buf[:n], '\n'); i >= 0 {
			return at + int64(i) + 1
		}
		if err != nil {
			break
		}
	}
	return end
}

// measure counts octets, which may be a part of content that begins with a
// line.
type measure struct {
	read, lines, longest int64
	line                 int64 // octets since the last LF
	returns, ends, feeds int64 // CRs, those that an LF follows, and LFs that follow none
	eight, nul, local    bool
	known                bool // the first line, and so whether its ending is local
	cr                   bool // the last octet is a CR
	open                 bool // the last LF follows no CR
}

// Write implements [io.Writer]: content in memory is measured where it is.
func (m *measure) Write(p []byte) (int, error) {
	m.take(p)
	return len(p), nil
}

// take counts the next octets. Content may be long, and looking at each octet
// by itself would take longer than sending it: what can be is asked of all of
// them at once, and only the lines are gone through.
func (m *measure) take(p []byte) {
	m.read += int64(len(p))
	m.returns += int64(bytes.Count(p, []byte{'\r'}))
	m.eight = m.eight || eightBit(p)
	m.nul = m.nul || bytes.IndexByte(p, 0) >= 0
	for len(p) > 0 {
		n := bytes.IndexByte(p, '\n')
		if n < 0 {
			m.part(p)
			return
		}
		m.part(p[:n])
		m.lineEnd()
		p = p[n+1:]
	}
}

// part takes octets of a line, without its line feed.
func (m *measure) part(p []byte) {
	if n := len(p); n > 0 {
		m.cr = p[n-1] == '\r'
		m.line += int64(n)
	}
}

func (m *measure) lineEnd() {
	if !m.known {
		m.known, m.local = true, !m.cr
	}
	if m.open = !m.cr; m.cr {
		m.line--
		m.ends++
	} else {
		m.feeds++
	}
	m.lines++
	m.longest = max(m.longest, m.line)
	m.line, m.cr = 0, false
}

// add puts the part that follows behind this one, which ends with a line.
func (m *measure) add(next measure) {
	if next.read == 0 {
		return
	}
	m.read += next.read
	m.lines += next.lines
	m.longest = max(m.longest, next.longest)
	m.returns, m.ends, m.feeds = m.returns+next.returns, m.ends+next.ends, m.feeds+next.feeds
	m.eight, m.nul = m.eight || next.eight, m.nul || next.nul
	if !m.known {
		m.known, m.local = next.known, next.local
	}
	m.line, m.cr = next.line, next.cr
	if next.lines > 0 {
		m.open = next.open
	}
}

// eightBit looks at 32 octets at a time.
func eightBit(p []byte) bool {
	const high = 0x8080808080808080
	for len(p) >= 32 {
		if (binary.LittleEndian.Uint64(p)|binary.LittleEndian.Uint64(p[8:])|
			binary.LittleEndian.Uint64(p[16:])|binary.LittleEndian.Uint64(p[24:]))&high != 0 {
			return true
		}
		p = p[32:]
	}
	for _, c := range p {
		if c >= 0x80 {
			return true
		}
	}
	return false
}
