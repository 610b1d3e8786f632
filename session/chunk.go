package session

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// sayChunk sends a BDAT command and its octets. They follow it without a
// reply in between, so a short chunk shares the write (RFC 3030, 2).
func (s *Session) sayChunk(ctx context.Context, st Step) error {
	r, err := s.supply.at(st.Content, st.Part.From)
	if err != nil {
		return s.noContent(err, "; the chunk was not begun")
	}
	left := st.Part.Octets
	if left <= s.opts.Inline {
		data := append([]byte(nil), st.Bytes...)
		data = append(data, make([]byte, left)...)
		if _, err := io.ReadFull(r, data[len(st.Bytes):]); err != nil {
			return s.noContent(err, "; the chunk was not begun")
		}
		s.supply.took(left)
		st.Bytes = data
		return s.say(ctx, []Step{st})
	}
	if err := s.say(ctx, []Step{st}); err != nil {
		return err
	}
	out := &outflow{s: s, ctx: ctx, step: st.ID}
	s.sending(out)
	defer s.sending(nil)
	if s.supply.buf == nil {
		s.supply.buf = make([]byte, writeSize)
	}
	for left > 0 {
		buf := s.supply.buf
		n, err := io.ReadFull(r, buf[:min(int64(len(buf)), left)])
		if werr := out.flush(buf[:n]); werr != nil {
			return werr
		}
		s.supply.took(int64(n))
		left -= int64(n)
		if err != nil {
			// The server waits for the rest, which nobody has: only closing
			// the channel can end this.
			return s.noContent(err, "; the chunk is not whole")
		}
	}
	return nil
}

// noContent says that content could not be read to its end.
func (s *Session) noContent(err error, then string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("it is shorter than it was when it was measured")
	}
	s.supply.close()
	s.sending(nil)
	s.fail(FaultContent, "content: "+err.Error()+then)
	return fmt.Errorf("content: %w", err)
}

// supply reads content for one chunk after the other, and stays open between
// them: to begin anew for each would read a long message once for every chunk.
type supply struct {
	content *Content
	offset  int64
	r       io.ReadCloser
	buf     []byte // memory to send from
}

// at returns a reader that stands at an octet of the content.
func (p *supply) at(c *Content, offset int64) (io.Reader, error) {
	if p.r == nil || p.content != c || p.offset != offset {
		p.close()
		r, err := c.wire()
		if err != nil {
			return nil, err
		}
		p.content, p.offset, p.r = c, offset, r
		if _, err := io.CopyN(io.Discard, r, offset); err != nil {
			p.close()
			return nil, err
		}
	}
	return p.r, nil
}

// took notes how far the reader has come, and closes it at the end.
func (p *supply) took(n int64) {
	if p.offset += n; p.r != nil && p.offset >= p.content.Octets {
		p.close()
	}
}

func (p *supply) close() {
	if p.r != nil {
		_ = p.r.Close()
	}
	p.content, p.offset, p.r = nil, 0, nil
}

// wire opens the content as a chunk has it: line endings as on the wire, dots
// not doubled, no final dot.
func (c *Content) wire() (io.ReadCloser, error) {
	r, err := c.Open()
	switch {
	case err != nil || c.Wire || c.Binary:
		return r, err
	case !c.Local && c.Octets > 0:
		return &lastLine{ReadCloser: r, left: c.Octets}, nil
	}
	return &wireReader{src: r, stuff: stuffer{undoubled: true}, buf: make([]byte, 64<<10)}, nil
}

// lastLine adds the CRLF that the last line of measured content may lack.
type lastLine struct {
	io.ReadCloser
	left int64 // of what was measured
}

func (l *lastLine) Read(p []byte) (int, error) {
	n, err := l.ReadCloser.Read(p)
	l.left -= int64(n)
	if n == 0 && err == io.EOF && l.left > 0 && l.left <= int64(len("\r\n")) {
		n = copy(p, "\r\n"[len("\r\n")-int(l.left):])
		l.left -= int64(n)
		return n, nil
	}
	return n, err
}

// wireReader gives every line of a local text its CRLF.
type wireReader struct {
	src   io.ReadCloser
	stuff stuffer
	buf   []byte // what is read at once
	out   []byte // memory for the wire form of it
	rest  []byte // of out, not given away yet
	ended error
}

func (w *wireReader) Read(p []byte) (int, error) {
	for len(w.rest) == 0 {
		if w.ended != nil {
			return 0, w.ended
		}
		n, err := w.src.Read(w.buf)
		w.out = w.stuff.append(w.out[:0], w.buf[:n])
		if err == io.EOF {
			w.out = w.stuff.lastLine(w.out)
		}
		w.rest, w.ended = w.out, err
	}
	n := copy(p, w.rest)
	w.rest = w.rest[n:]
	return n, nil
}

func (w *wireReader) Close() error { return w.src.Close() }
