package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"syscall"
	"time"
)

const (
	// readSize is how much one read may bring, shortRead how much it may until
	// one has brought as much.
	readSize  = 32 << 10
	shortRead = 4 << 10
	writeSize = 256 << 10
	// inline is how much content goes into the log line by line unless a
	// session is told otherwise, mostInline how much may.
	inline     = 64 << 10
	mostInline = 16 << 20
	// bulkSize is how much content one event stands for.
	bulkSize = 1 << 20
	// inFlight is how long the reader holds back what it read while content is
	// being written. A server may refuse before it has all of it.
	inFlight = 2 * time.Second
)

// settleTime is how long a failed write waits for the server's last words: it
// may have said why before it closed the channel.
const settleTime = 2 * time.Second

// listenTime is how long a server gets to answer an end of data that is none.
const listenTime = 5 * time.Second

var (
	errWrite = errors.New("write")
	errFlood = errors.New("the server sent too much")
)

// say writes a group of steps in one write.
func (s *Session) say(ctx context.Context, group []Step) error {
	var data []byte
	for _, st := range group {
		data = append(data, st.Bytes...)
	}
	n, err := s.write(ctx, data, false)
	return s.wrote(err, func() {
		events := s.few[:0]
		for _, step := range group {
			size := min(n, len(step.Bytes))
			events = s.sentLines(events, data[:size:size], step.ID)
			data, n = data[size:], n-size
		}
		s.appendFew(events)
	})
}

// appendFew appends events that stand in the memory of s.few, if it was large
// enough for them, and keeps that for the next.
func (s *Session) appendFew(events []Event) {
	s.append(events...)
	if clear(events); cap(events) <= 256 {
		s.few = events
	}
}

// sentLines adds the Sent events of one step. They keep data.
func (s *Session) sentLines(events []Event, data []byte, id int) []Event {
	events = slices.Grow(events, bytes.Count(data, []byte{'\n'})+1)
	for len(data) > 0 {
		end := bytes.IndexByte(data, '\n') + 1
		if end == 0 {
			end = len(data)
		}
		events = append(events, Event{Kind: Sent, Block: s.writeBlock, Step: id, Data: data[:end:end]})
		data = data[end:]
	}
	return events
}

// write writes data and leaves the session locked in the "writing" sense:
// [Session.wrote] must follow, to log what went out and let the reader go on.
// early says that the server may reply before it has all of data.
func (s *Session) write(ctx context.Context, data []byte, early bool) (int, error) {
	s.mu.Lock()
	conn := s.conn
	if conn == nil {
		s.mu.Unlock()
		return 0, ErrNotOpen
	}
	s.block++
	s.writeBlock = s.block
	s.writing, s.early = make(chan struct{}), early
	s.mu.Unlock()

	limit := blockTimeout
	if s.opts.Timeout > 0 {
		limit = s.opts.Timeout
	}
	_ = conn.SetWriteDeadline(time.Now().Add(limit))
	stop := context.AfterFunc(ctx, func() { _ = conn.SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()
	n, err := conn.Write(data)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return n, err
}

// wrote logs what a write put on the wire, and its error.
func (s *Session) wrote(err error, log func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(err, ErrNotOpen) {
		return err
	}
	log()
	close(s.writing)
	s.writing = nil
	s.reset = s.reset || errors.Is(err, syscall.ECONNRESET)
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
	case errors.Is(err, os.ErrDeadlineExceeded):
		s.append(Event{Kind: Failed, Fault: FaultTimeout, Text: "the server takes nothing any more: " + reason(err)})
	default:
		s.append(Event{Kind: Failed, Fault: FaultWrite, Text: "write: " + reason(err)})
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errWrite, err)
	}
	return nil
}

// startReading begins to read from the channel. s.mu must be held.
func (s *Session) startReading(conn net.Conn) {
	done := make(chan struct{})
	s.reading = done
	go func() {
		defer close(done)
		s.read(conn)
	}()
}

// read takes everything from one channel until it ends or is paused.
func (s *Session) read(conn net.Conn) {
	decoder := NewDecoder(s.opts.Limits)
	buf := make([]byte, shortRead)
	for {
		n, err := conn.Read(buf)
		s.waitForWrite()
		s.mu.Lock()
		if s.conn != conn { // hung up
			s.mu.Unlock()
			return
		}
		if n > 0 {
			s.logOutflow() // what the server may be answering
		}
		if n > 0 && !s.within(s.receive(decoder, bytes.Clone(buf[:n]))) {
			err = errFlood
		}
		if err != nil {
			if !s.pausing || !errors.Is(err, os.ErrDeadlineExceeded) {
				s.ended(conn, err)
			}
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		if n == len(buf) && n < readSize {
			buf = make([]byte, readSize)
		}
	}
}

// waitForWrite lets a write that is under way come first in the log. The reply
// to a command can be here before the write of that command has returned; were
// it logged first, nobody would have asked for it.
func (s *Session) waitForWrite() {
	s.mu.Lock()
	writing, early := s.writing, s.early
	s.mu.Unlock()
	if writing == nil {
		return
	}
	var late <-chan time.Time
	if early {
		timer := time.NewTimer(inFlight)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-writing:
	case <-late:
	}
}

// receive logs what one read brought and returns how much that was, each
// event counted with 64 octets for itself.
func (s *Session) receive(d *Decoder, data []byte) (size int64) {
	s.block++
	events := s.few[:0]
	d.Feed(data, func(p Piece) {
		size += int64(len(p.Data)) + 64
		if p.Cut {
			events = append(events, Event{
				Kind: Noted, Text: fmt.Sprintf("more than %d octets in a line or %d in a reply: the rest is not kept",
					s.opts.Limits.Line, s.opts.Limits.Reply),
			})
			return
		}
		events = append(events, Event{Kind: Received, Block: s.block, Data: p.Data, Lost: p.Lost})
	})
	s.appendFew(events)
	return size
}

// within adds to what the server has sent and reports whether it is still
// within the limit.
func (s *Session) within(size int64) bool {
	s.received += size
	return s.received <= s.opts.Limits.Session
}

// ended logs why a channel is no more.
func (s *Session) ended(conn net.Conn, err error) {
	s.logOutflow()
	how, text := "fin", "closed by the server"
	by := "server"
	switch {
	case errors.Is(err, errFlood):
		s.append(Event{Kind: Failed, Fault: FaultLimit, Text: fmt.Sprintf("the server sent more than %d octets: hanging up", s.opts.Limits.Session)})
		by, text = "client", "closed by the client"
	case errors.Is(err, io.EOF) && !s.reset:
	case s.reset, errors.Is(err, syscall.ECONNRESET):
		how, text = "rst", "reset by the server"
	default:
		how, text = "error", "lost: "+reason(err)
	}
	_ = conn.Close()
	s.append(s.closedBy(by, how, text))
	s.conn = nil
}
