package practice

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"strings"
	"time"

	"ehlo/session"
)

// maxLine bounds a command line: RFC 5321, 4.5.3.1.4 asks for 512 octets,
// extensions for some hundred more. RFC 4954, 4 gives the lines of a login
// 12,288 octets, their line ending not counted.
const (
	maxLine  = 2048
	maxLogin = 12288 + 2
)

// conn is one client's connection.
type conn struct {
	srv    *Server
	raw    net.Conn  // the channel as it was opened
	under  *tls.Conn // the same under TLS, or nil
	rw     net.Conn  // whichever of the two is in use
	in     *bufio.Reader
	out    *bufio.Writer
	state  session.State
	seq    int
	counts map[int]int // how often each rule has matched
	drip   time.Duration
	dots   int64 // that were doubled in the content of this transaction
	mails  int   // MAIL commands (RFC 9422, 4.1)
	login  login // the exchange that is under way (RFC 4954, 4), or nil
	abrupt bool  // the channel is to be reset
	over   bool  // the channel is to be closed
}

func newConn(s *Server, raw net.Conn) *conn {
	c := &conn{srv: s, raw: raw, counts: make(map[int]int)}
	c.channel(raw)
	return c
}

// channel reads from and writes to rw from now on. What was read ahead from
// the channel before is forgotten.
func (c *conn) channel(rw net.Conn) {
	c.rw = rw
	c.in = bufio.NewReaderSize(rw, 4096)
	c.out = bufio.NewWriterSize(patient{rw, c.srv.opts.IdleTimeout}, 4096)
}

// patient gives each write its own time limit. One limit for a whole reply
// would cut off a server that drips, and a full buffer that is written when
// nobody asked for a flush would go by the limit of an earlier reply.
type patient struct {
	net.Conn
	limit time.Duration
}

func (p patient) Write(b []byte) (int, error) {
	_ = p.SetWriteDeadline(time.Now().Add(p.limit))
	return p.Conn.Write(b)
}

// apply tells the state what was read or written.
func (c *conn) apply(kind session.Kind, data []byte) {
	c.applyEvent(session.Event{Kind: kind, Data: data})
}

func (c *conn) applyEvent(e session.Event) {
	c.seq++
	e.Seq = c.seq
	c.state = c.state.Apply(e)
}

func (c *conn) serve() {
	defer c.sayGoodbye()
	c.apply(session.Opened, nil)
	if c.beginsWithTLS() {
		if c.secure(); c.over {
			return
		}
	}
	c.act(session.Greeting, session.Command{})
	for !c.over && c.flush() {
		line, err := c.readLine()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			c.idle()
			c.flush()
			return
		}
		if err != nil {
			return
		}
		c.command(line)
	}
	c.flush()
}

// idle is the last word to a client that says nothing (RFC 5321, 4.5.3.2.7).
func (c *conn) idle() {
	c.write(c.coded(reply("421 4.4.2 " + c.srv.opts.Name + " you have been idle for too long")))
}

// beginsWithTLS reports whether the handshake comes before the greeting.
func (c *conn) beginsWithTLS() bool {
	if c.srv.opts.ImplicitTLS || c.srv.scenario.implicitTLS {
		return true
	}
	e, ok := c.raw.(*end)
	return ok && e.meetsTLS(c.srv.done)
}

// flush sends what was written, unless a further command has come already:
// replies to pipelined commands may go together. It must be a whole one, since
// the client may wait for these replies before it sends the rest.
//
// RFC 2920, 3.2: a server must not hold replies back when it has to wait.
func (c *conn) flush() bool {
	if came, _ := c.in.Peek(c.in.Buffered()); !c.over && bytes.IndexByte(came, '\n') >= 0 {
		return true
	}
	return c.out.Flush() == nil
}

// readLine reads up to and including a line feed. Of a line that is too long
// it returns the beginning, longer than most by its CRLF.
func (c *conn) readLine() ([]byte, error) {
	_ = c.rw.SetReadDeadline(time.Now().Add(c.srv.opts.IdleTimeout))
	var line []byte
	const most = maxLogin // whether the line is an AUTH is not known yet
	for {
		part, err := c.in.ReadSlice('\n')
		if room := most + 1 - len(line); room > 0 {
			line = append(line, part[:min(room, len(part))]...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if len(line) > most {
			line = append(line[:most], '\r', '\n')
		}
		return line, nil
	}
}

// command answers one line: a response, if one was asked for, or a command.
func (c *conn) command(line []byte) {
	if c.state.Phase == session.Challenged {
		c.apply(session.Sent, line)
		c.write(c.coded(c.respond(line)))
		return
	}
	cmd := session.ParseCommand(line)
	if len(line) > maxLine && (cmd.Verb != "AUTH" || len(line) > maxLogin) {
		c.tooLong(cmd, line)
		return
	}
	c.apply(session.Sent, line)
	switch cmd.Verb {
	case "BDAT":
		c.bdat(cmd)
	default:
		c.act(cmd.Verb, cmd)
	}
	switch {
	case c.over:
	case c.state.Phase == session.Data && !c.state.MailData.Complete:
		c.data()
	case c.state.Phase == session.Handshake:
		c.secure()
	}
}

// tooLong refuses a line, of which the end may not have been kept. The octets
// of a chunk that it announced are read off, or else they would be commands.
//
// RFC 5321, 4.5.3.1.4; RFC 4954, 6 for that of an AUTH.
func (c *conn) tooLong(cmd session.Command, line []byte) {
	c.apply(session.Sent, line)
	switch cmd.Verb {
	case "AUTH":
		c.write(c.coded(reply("500 5.5.6 Authentication Exchange line is too long")))
	case "BDAT":
		if size, _ := chunkSize(cmd.Arg); c.state.Offered.Has("CHUNKING") && !c.takeChunk(size) {
			return
		}
		fallthrough
	default:
		c.write(c.coded(reply("500 5.5.2 Line too long")))
	}
}

// act does what the scenario says, or what a correct server does.
func (c *conn) act(what string, cmd session.Command) {
	r, ok := c.srv.scenario.find(what, cmd.Arg, c.state.Phase, c.counts)
	if !ok {
		c.write(c.answer(what, cmd))
		return
	}
	for _, a := range r.actions {
		if c.over { // by a 421, or because nobody is there any more
			return
		}
		switch a.verb {
		case "reply":
			c.write(strings.Repeat(a.text, c.due(what)))
		case "raw":
			c.write(a.text)
		case "delay":
			_ = c.out.Flush()
			c.pause(a.delay)
		case "drip":
			c.drip = a.delay
		case "go":
			c.write(c.answer(what, cmd))
		case "close", "reset":
			c.hangUp(a.verb == "reset")
			return
		}
	}
}

// pause waits, unless the server is closed.
func (c *conn) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.srv.done:
		c.over = true
	}
}

// hangUp has the channel closed. TCP and the channel in memory know a reset.
func (c *conn) hangUp(reset bool) {
	_ = c.out.Flush()
	if l, ok := c.raw.(interface{ SetLinger(sec int) error }); ok && reset {
		_ = l.SetLinger(0)
		c.abrupt = true
	}
	c.over = true
}

// write sends a reply of one line or more. The state decides whether the
// channel is to be closed after it.
func (c *conn) write(reply string) {
	for line := range strings.SplitAfterSeq(reply, "\n") {
		if line != "" {
			c.apply(session.Received, []byte(line))
		}
	}
	if c.drip > 0 {
		for i := 0; i < len(reply) && !c.over; i++ {
			_ = c.out.WriteByte(reply[i])
			if c.out.Flush() != nil { // nobody is there any more
				c.over = true
				return
			}
			c.pause(c.drip)
		}
	} else {
		_, _ = c.out.WriteString(reply)
	}
	c.over = c.over || c.state.Phase == session.Over
}

// withoutEnhanced takes the enhanced codes off every line (RFC 2034).
func withoutEnhanced(reply string) string {
	var b strings.Builder
	for line := range strings.SplitAfterSeq(reply, "\n") {
		if l := session.ParseReplyLine([]byte(line)); l.Enhanced != "" {
			line = line[:4] + strings.TrimPrefix(line[4+len(l.Enhanced):], " ")
		}
		b.WriteString(line)
	}
	return b.String()
}

func contains(list []string, word string) bool {
	for _, w := range list {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}
