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
	out := &outflow{s: s, ctx: ctx, step: st.ID, inline: st.Content.Octets <= inline}
	s.sending(out)
	defer s.sending(nil)
	var stuff stuffer
	src := make([]byte, writeSize)
	var dst []byte
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
		out.inline = out.inline && len(dst) <= 2*inline // unmeasured content may be longer than it said
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
	kept   []byte // sent, not logged yet
	at     dots   // where the line stands behind what was logged
}

// sending notes whose content is going out, so that what was written is logged
// however the channel or the content ends.
func (s *Session) sending(o *outflow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logOutflow()
	s.outflow = o
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
		st := o.s.State()
		if lines := o.s.sentLines(&st, p[:n], o.step); len(lines) > 0 {
			o.s.append(lines...)
		}
	})
}

// flush writes p and logs it as bulk once there is enough of it.
func (o *outflow) flush(p []byte) error {
	n, err := o.s.write(o.ctx, p, true)
	return o.s.wrote(err, func() {
		o.kept = append(o.kept, p[:n]...)
		if len(o.kept) >= bulkSize || err != nil {
			o.log()
		}
	})
}

// log puts what was sent since the last event into the log.
func (o *outflow) log() {
	if len(o.kept) == 0 {
		return
	}
	if o.at == afterCR && o.kept[0] == '\n' && len(o.kept) == 1 {
		o.at = lineStart // a CRLF in two events
	} else {
		o.at = after(o.kept, o.at)
	}
	// RFC 5321, 4.1.1.4: only behind CRLF is a dot the end of data.
	b := &Bulk{
		Octets: int64(len(o.kept)), Lines: int64(bytes.Count(o.kept, []byte{'\n'})),
		MidLine: o.at != lineStart,
	}
	if r := o.s.recorder; r != nil {
		var err error
		b.Name, b.Offset, b.Sum, err = r.Bulk(o.kept)
		if err != nil {
			o.s.append(Event{Kind: Noted, Text: "content cannot be kept: " + err.Error()})
		}
	}
	o.kept = o.kept[:0]
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
		o.kept = append(o.kept, all[:min(n, body)]...)
		o.log()
		st := o.s.State()
		if lines := o.s.sentLines(&st, all[min(n, body):n], o.step); len(lines) > 0 {
			o.s.append(lines...)
		}
	})
}
