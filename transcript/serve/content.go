package serve

import (
	"bytes"
	"errors"
	"io"
)

// likeness compares content with what was recorded, octet by octet, while it
// comes.
type likeness struct {
	then io.ReadCloser
	same int64 // octets
	off  bool  // the next one differs
	buf  []byte
}

// Write takes what the client says.
func (l *likeness) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 && !l.off {
		if l.buf == nil {
			l.buf = make([]byte, 32<<10)
		}
		want := l.buf[:min(len(p), len(l.buf))]
		got, err := io.ReadFull(l.then, want)
		k := got
		if !bytes.Equal(p[:got], want[:got]) {
			for k = 0; p[k] == want[k]; k++ {
			}
		}
		l.same += int64(k)
		l.off = k < len(want) || err != nil && !errors.Is(err, io.EOF)
		p = p[k:]
	}
	return n, nil
}

// complete reports whether all of it came, and nothing else.
func (l *likeness) complete() bool {
	if l.off {
		return false
	}
	n, _ := io.ReadFull(l.then, make([]byte, 1))
	return n == 0
}

// compares begins to compare the content of the unit that is expected, where
// octets count.
func (p *speaker) compares(verb string) {
	if p.srv.opts.Match != MatchOctets || p.like != nil || p.said >= len(p.c.Units) || p.c.Units[p.said].Verb != verb {
		return
	}
	if then := p.c.Content(&p.c.Units[p.said], p.p.t, p.values); then != nil {
		p.like = &likeness{then: then}
	}
}

// Write takes octets of content for whoever compares them.
func (p *speaker) Write(data []byte) (int, error) {
	if p.like == nil {
		return len(data), nil
	}
	return p.like.Write(data)
}

// compared ends that, and tells what differs.
func (p *speaker) compared() {
	if p.like == nil {
		return
	}
	if !p.like.complete() {
		p.problem(p.c.Units[p.said].Line, "the content is not the recorded one: octet %d differs", p.like.same+1)
	}
	_ = p.like.then.Close()
	p.like = nil
}
