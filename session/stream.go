package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// sayContent streams content and the final dot. Short content is logged line
// by line, long content as [Bulk].
func (s *Session) sayContent(ctx context.Context, st Step) error {
	r, err := st.Content.Open()
	if err != nil {
		s.fail(FaultContent, "content: "+err.Error())
		return fmt.Errorf("content: %w", err)
	}
	defer r.Close()
	out := &outflow{s: s, ctx: ctx, step: st.ID, inline: st.Content.Octets <= s.opts.Inline}
	s.sending(out)
	defer s.sending(nil)
	var stuff stuffer
	size := int64(writeSize)
	var dst []byte
	if n := st.Content.Octets; n > 0 && n < size { // a small message needs no large buffer
		size = max(n+1, 4<<10)
		if out.inline {
			dst = make([]byte, 0, n+n/32+int64(len("\r\n.\r\n"))) // and some dots
		}
	}
	if int64(len(s.source)) < size {
		s.source = make([]byte, size)
	}
	src := s.source[:size]
	for {
		n, err := r.Read(src)
		if st.Content.Wire {
			dst = append(dst, src[:n]...)
		} else {
			dst = stuff.append(dst, src[:n])
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			// The end of data is not sent: half a message must not pass for
			// a whole one.
			_ = out.flush(dst)
			s.sending(nil)
			s.fail(FaultContent, "content: "+err.Error()+"; the final dot was not sent")
			return fmt.Errorf("content: %w", err)
		}
		out.inline = out.inline && int64(len(dst)) <= 2*s.opts.Inline // unmeasured content may be longer than it said
		if len(dst) >= writeSize && !out.inline {
			if err := out.flush(dst); err != nil {
				return err
			}
			dst = dst[:0]
		}
	}
	if out.inline {
		if !st.Content.Wire {
			dst = stuff.end(dst)
		}
		return out.inlined(dst)
	}
	if st.Content.Wire {
		return out.end(dst)
	}
	return out.endWithDot(dst, &stuff)
}

// outflow writes content and logs it.
type outflow struct {
	s      *Session
	ctx    context.Context
	step   int
	inline bool

	// What was sent and is not logged yet.
	octets, lines int64
	lost          bool // some of it could not be kept
	at            dots // where the line stands behind it
}

// take notes octets that were sent, and has them kept.
func (o *outflow) take(p []byte) {
	o.octets += int64(len(p))
	o.lines += int64(bytes.Count(p, []byte{'\n'}))
	o.at = after(p, o.at)
	if o.s.recorder == nil || o.lost || len(p) == 0 {
		return
	}
	if err := o.s.recorder.Bulk(p); err != nil {
		o.lost = true
		o.s.unsaid = fmt.Errorf("content cannot be kept: %w", err)
		o.s.append(Event{Kind: Noted, Text: o.s.unsaid.Error()})
	}
}

// sending notes whose content is going out, so that what was written is logged
// however the channel or the content ends.
func (s *Session) sending(o *outflow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logOutflow()
	s.outflow = o
	if o != nil && !o.inline { // which may take long
		s.flush()
	}
}

// logOutflow logs content that was written and not logged yet. s.mu must be
// held.
func (s *Session) logOutflow() {
	if s.outflow != nil {
		s.outflow.log()
	}
}

// inlined sends all the content in one write and logs its lines.
func (o *outflow) inlined(p []byte) error {
	n, err := o.s.write(o.ctx, p, true)
	return o.s.wrote(err, func() {
		o.s.appendFew(o.s.sentLines(o.s.few[:0], p[:n], o.step))
	})
}

// flush writes p and logs it as bulk once there is enough of it.
func (o *outflow) flush(p []byte) error {
	n, err := o.s.write(o.ctx, p, true)
	return o.s.wrote(err, func() {
		o.take(p[:n])
		if o.octets >= bulkSize || err != nil {
			o.log()
		}
	})
}

// log puts what was sent since the last event into the log.
func (o *outflow) log() {
	if o.octets == 0 {
		return
	}
	// RFC 5321, 4.1.1.4: only behind CRLF is a dot the end of data.
	b := &Bulk{Octets: o.octets, Lines: o.lines, MidLine: o.at != lineStart}
	if r := o.s.recorder; r != nil {
		if name, offset, sum := r.Kept(); !o.lost {
			b.Name, b.Offset, b.Sum = name, offset, sum
		}
	}
	o.octets, o.lines, o.lost = 0, 0, false
	o.s.append(Event{Kind: Sent, Block: o.s.writeBlock, Step: o.step, Bulk: b})
}

// endWithDot sends the rest of the content and the final dot, which is an
// event of its own.
func (o *outflow) endWithDot(rest []byte, stuff *stuffer) error {
	all := stuff.end(rest)
	return o.finish(all, len(all)-len(".\r\n"))
}

// end sends the rest of content that has its final dot already.
func (o *outflow) end(rest []byte) error {
	body := len(rest)
	if bytes.HasSuffix(rest, []byte(".\r\n")) {
		body -= len(".\r\n")
	}
	return o.finish(rest, body)
}

func (o *outflow) finish(all []byte, body int) error {
	n, err := o.s.write(o.ctx, all, true)
	if errors.Is(err, ErrNotOpen) {
		return err
	}
	return o.s.wrote(err, func() {
		o.take(all[:min(n, body)])
		o.log()
		o.s.appendFew(o.s.sentLines(o.s.few[:0], bytes.Clone(all[min(n, body):n]), o.step))
	})
}
