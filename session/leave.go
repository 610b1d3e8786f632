package session

import (
	"context"
	"errors"
	"net"
	"time"
)

// How a client leaves a channel, and how it is silent on one.

// Close hangs up if the channel is open.
func (s *Session) Close() error {
	err := s.hangUp()
	s.goOn(false)
	if s.doing.TryLock() { // else Do sees that the channel is closed
		s.rest()
		s.doing.Unlock()
	}
	return err
}

// hangUp closes the channel. The server may have been faster.
func (s *Session) hangUp() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closeAs("fin", "closed by the client")
}

// reset closes the channel so that the server sees RST, not FIN: what was on
// its way is lost. A channel without TCP below it is closed like any other.
func (s *Session) resetChannel() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := below(s.conn).(interface{ SetLinger(int) error }); ok && c.SetLinger(0) == nil {
		return s.closeAs("rst", "reset by the client")
	}
	return s.closeAs("fin", "closed by the client; this channel knows no reset")
}

// closeAs closes the channel and logs how. s.mu must be held.
func (s *Session) closeAs(how, text string) error {
	if s.conn == nil {
		return nil
	}
	conn := s.conn
	if how == "rst" {
		conn = below(conn) // no good-bye from TLS
	}
	err := conn.Close()
	if below(conn) != conn {
		err = nil // the good-bye of TLS finds nobody where the server was faster
	}
	s.conn = nil
	s.logOutflow()
	s.append(s.closedBy("client", how, text))
	return err
}

// below is the channel under TLS, or the channel itself.
func below(conn net.Conn) net.Conn {
	if c, ok := conn.(interface{ NetConn() net.Conn }); ok {
		return c.NetConn()
	}
	return conn
}

// halfClose ends what the client sends, and goes on reading.
func (s *Session) halfClose() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return ErrNotOpen
	}
	c, ok := s.conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.New("this channel cannot be closed in one direction alone")
	}
	err := c.CloseWrite()
	if err == nil {
		s.half = true
		s.append(Event{Kind: Noted, Text: "half-closed: the client sends nothing more, and reads on"})
	}
	return err
}

// closedBy makes the Closed event of a channel. s.mu must be held.
func (s *Session) closedBy(who, how, text string) Event {
	facts, more := s.farewells()
	if s.half && who == "server" {
		facts = append([]Fact{{"half-closed", "client"}}, facts...)
	}
	return Event{Kind: Closed, Facts: append([]Fact{{"by", who}, {"how", how}}, facts...), Text: text + more}
}

// sayInPieces writes the octets of a step in several writes, with the pauses
// that were asked for between them. What the server says meanwhile is heard.
func (s *Session) sayInPieces(ctx context.Context, st Step) error {
	at := 0
	for _, gap := range append(st.Gaps[:len(st.Gaps):len(st.Gaps)], Gap{At: len(st.Bytes)}) {
		to := max(min(gap.At, len(st.Bytes)), at)
		if to > at {
			piece := st
			piece.Bytes = st.Bytes[at:to]
			if err := s.say(ctx, []Step{piece}); err != nil {
				return err
			}
		}
		at = to
		s.linger(ctx, gap.Pause)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// linger waits for so long, or until the channel is closed.
func (s *Session) linger(ctx context.Context, d time.Duration) {
	deadline := time.Now().Add(d)
	for st := s.State(); d > 0 && st.Open && s.waitUntil(ctx, deadline, st.Seq); {
		st = s.State()
	}
}
