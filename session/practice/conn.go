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
	srv   *Server
	raw   net.Conn  // the channel as it was opened
	under *tls.Conn // the same under TLS, or nil
	rw    net.Conn  // whichever of the two is in use
	*buffers
	state         session.State
	seq           int
	number        int // of the connection, counted from 1
	drip          time.Duration
	dots          int64   // that were doubled in the content of this transaction
	mails         int     // MAIL commands (RFC 9422, 4.1)
	login         login   // the exchange that is under way (RFC 4954, 4), or nil
	letter        *letter // the content of this transaction; nil before there is any
	with          *party  // it was let in with, until it is heard
	abrupt        bool    // the channel is to be reset
	over          bool    // the channel is to be closed
	left          bool    // the client has closed it
	wasChallenged bool    // the event that is told of came in answer to a 334
	greets        bool    // a handshake that a rule is on is to go on

	matches   marks // of the scenario's rules in this connection
	held      bool  // the reply before was held back: more had come already
	pipelined bool  // this command and another came together
	bareLF    bool  // a line of this command or content ended with a bare LF
	eightBit  bool  // an octet of this content is none of ASCII
	cutCR     bool  // the last octet of a part of the content was a CR
}

func newConn(s *Server, raw net.Conn) *conn {
	c := &conn{srv: s, raw: raw, number: int(s.opened.Add(1))}
	if c.buffers, _ = s.buffers.Get().(*buffers); c.buffers == nil {
		c.buffers = &buffers{bufio.NewReaderSize(nil, 4096), bufio.NewWriterSize(nil, 4096)}
	}
	c.channel(raw)
	return c
}

// buffers go from one connection to the next.
type buffers struct {
	in  *bufio.Reader
	out *bufio.Writer
}

// channel reads from and writes to rw from now on. What was read ahead from
// the channel before is forgotten.
func (c *conn) channel(rw net.Conn) {
	c.rw = rw
	c.in.Reset(rw)
	c.out.Reset(rw)
}

// patience begins anew wherever the server waits: for octets of the client, or
// because a scenario says so. Until then the client has to send what is waited
// for, and to take what is written behind it. Octets that are there already
// need no clock.
func (c *conn) patience() {
	_ = c.rw.SetDeadline(time.Now().Add(c.srv.opts.IdleTimeout))
}

// apply tells the state what was read or written.
func (c *conn) apply(kind session.Kind, data []byte) {
	c.applyEvent(session.Event{Kind: kind, Data: data})
}

func (c *conn) applyEvent(e session.Event) {
	c.seq++
	e.Seq = c.seq
	c.wasChallenged = c.state.Phase == session.Challenged
	c.state.Follow(&e)
	c.srv.watch(c, e)
}

func (c *conn) serve() {
	defer c.sayGoodbye()
	defer c.forget()
	c.patience()
	c.applyEvent(session.Event{Kind: session.Opened, Facts: []session.Fact{
		{Key: "host", Value: c.srv.opts.Name}, {Key: "addr", Value: c.raw.LocalAddr().String()}, {Key: "from", Value: c.raw.RemoteAddr().String()},
	}})
	if c.beginsWithTLS() {
		if c.secure(); c.over {
			return
		}
	}
	c.act(session.Greeting, session.Command{})
	for !c.over && c.flush() {
		line, err := c.readLine()
		c.heard()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			c.idle()
			c.flush()
			return
		}
		if err != nil {
			return
		}
		c.command(line)
		if !c.state.InTransaction() { // it was given up, perhaps in the middle of the content
			c.forget()
		}
	}
	cork(c.raw)
	c.flush()
}

// heard lets in whoever stands at the door because of this client.
func (c *conn) heard() {
	if c.with != nil {
		c.with.heard()
		c.with = nil
	}
}

// idle is the last word to a client that says nothing (RFC 5321, 4.5.3.2.7).
func (c *conn) idle() {
	c.patience()
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
	if c.held = !c.over && c.lineCame(); c.held {
		return true
	}
	return c.out.Flush() == nil
}

// lineCame reports whether all of the next line is there.
func (c *conn) lineCame() bool {
	came, _ := c.in.Peek(c.in.Buffered())
	return bytes.IndexByte(came, '\n') >= 0
}

// readLine reads up to and including a line feed. Of a line that is too long
// it returns the beginning, longer than most by its CRLF.
func (c *conn) readLine() ([]byte, error) {
	if !c.lineCame() {
		c.patience()
	}
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
		c.endLogin(c.coded(c.respond(line)))
		return
	}
	cmd := session.ParseCommand(line)
	c.bareLF, c.pipelined = cmd.Ending == "\n", c.held || c.in.Buffered() > 0 && cmd.Verb != "BDAT" && cmd.Verb != "STARTTLS"
	if len(line) > maxLine && (cmd.Verb != "AUTH" || len(line) > maxLogin) {
		c.tooLong(cmd, line)
		return
	}
	c.applyEvent(session.Event{Kind: session.Sent, Data: line, Facts: c.together()})
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

// together says for the watcher that a command did not come alone: more came
// behind it at once, or it came behind one whose reply had not gone out.
func (c *conn) together() []session.Fact {
	switch {
	case !c.pipelined || c.srv.opts.Watch == nil:
		return nil
	case c.in.Buffered() > 0:
		return []session.Fact{{Key: "together", Value: "before"}}
	}
	return []session.Fact{{Key: "together", Value: "behind"}}
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
		if size, _ := session.ChunkSize(cmd.Arg); c.state.Offered.Has("CHUNKING") && !c.takeChunk(size) {
			return
		}
		fallthrough
	default:
		c.write(c.coded(reply("500 5.5.2 Line too long")))
	}
}

// write sends a reply of one line or more. The state decides whether the
// channel is to be closed after it.
func (c *conn) write(reply string) {
	taken := c.state.Accepted
	for line := range strings.SplitAfterSeq(reply, "\n") {
		if line != "" {
			c.apply(session.Received, []byte(line))
		}
	}
	// RFC 5321, 4.2.5: with the reply the server takes responsibility, so that
	// the message is kept before.
	if c.state.Accepted > taken && !c.keep(*c.state.Finished) {
		c.hangUp(true)
		return
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

// ended tells the watcher that the channel is closed.
func (c *conn) ended() {
	by := "client"
	if c.over && !c.left {
		by = "server"
	}
	c.applyEvent(session.Event{Kind: session.Closed, Facts: []session.Fact{{Key: "by", Value: by}}})
	c.channel(nil)
	c.srv.buffers.Put(c.buffers)
}
