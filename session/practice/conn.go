package practice

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"ehlo/session"
)

// maxLine bounds a command line: RFC 5321, 4.5.3.1.4 asks for 512 octets,
// extensions for some hundred more.
const maxLine = 2048

// conn is one client's connection.
type conn struct {
	srv    *Server
	rw     net.Conn
	in     *bufio.Reader
	out    *bufio.Writer
	state  session.State
	seq    int
	counts map[int]int // how often each rule has matched
	drip   time.Duration
	dots   int64 // that were doubled in the content of this transaction
	over   bool  // the channel is to be closed
}

func newConn(s *Server, rw net.Conn) *conn {
	return &conn{
		srv: s, rw: rw, counts: make(map[int]int),
		in:  bufio.NewReaderSize(rw, 4096),
		out: bufio.NewWriterSize(patient{rw, s.opts.IdleTimeout}, 4096),
	}
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
	c.seq++
	c.state = c.state.Apply(session.Event{Seq: c.seq, Kind: kind, Data: data})
}

func (c *conn) serve() {
	c.apply(session.Opened, nil)
	c.act(session.Greeting, session.Command{})
	for !c.over && c.flush() {
		line, err := c.readLine()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			c.write("421 4.4.2 " + c.srv.opts.Name + " you have been idle for too long\r\n")
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

// readLine reads up to and including a line feed.
func (c *conn) readLine() ([]byte, error) {
	_ = c.rw.SetReadDeadline(time.Now().Add(c.srv.opts.IdleTimeout))
	var line []byte
	for {
		part, err := c.in.ReadSlice('\n')
		if room := maxLine + 1 - len(line); room > 0 {
			line = append(line, part[:min(room, len(part))]...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if len(line) > maxLine {
			line = append(line[:maxLine], '\r', '\n')
			return line, nil
		}
		return line, nil
	}
}

// command answers one line.
func (c *conn) command(line []byte) {
	c.apply(session.Sent, line)
	cmd := session.ParseCommand(line)
	if len(line) > maxLine {
		c.write("500 5.5.2 Line too long\r\n")
		return
	}
	c.act(cmd.Verb, cmd)
	if c.state.Phase == session.Data && !c.over {
		c.data()
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
		case "reply", "raw":
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
	if l, ok := c.rw.(interface{ SetLinger(sec int) error }); ok && reset {
		_ = l.SetLinger(0)
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

// data reads content up to CRLF.CRLF and gives the verdict. The content
// itself is thrown away; its size is in the state's mail data.
func (c *conn) data() {
	if c.out.Flush() != nil {
		c.over = true
		return
	}
	c.dots = 0
	start := true // of a line: CRLF ends one, a bare LF does not (RFC 5321, 2.3.8)
	for c.state.Phase == session.Data && !c.state.MailData.Complete {
		_ = c.rw.SetReadDeadline(time.Now().Add(c.srv.opts.IdleTimeout))
		part, err := c.in.ReadSlice('\n')
		if len(part) > 0 {
			c.apply(session.Sent, part)
			if start && part[0] == '.' && string(part) != ".\r\n" {
				c.dots++ // RFC 5321, 4.5.2
			}
			start = bytes.HasSuffix(part, []byte("\r\n"))
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				c.write("421 4.4.2 " + c.srv.opts.Name + " you have been idle for too long\r\n")
			}
			c.over = c.over || err == io.EOF || c.state.Phase == session.Data
			return
		}
	}
	c.act(session.EndOfData, session.Command{})
}

func contains(list []string, word string) bool {
	for _, w := range list {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}
