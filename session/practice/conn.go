package practice

import (
	"bufio"
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
	over   bool // the channel is to be closed
}

func newConn(s *Server, rw net.Conn) *conn {
	return &conn{
		srv: s, rw: rw, counts: make(map[int]int),
		in: bufio.NewReaderSize(rw, 4096), out: bufio.NewWriterSize(rw, 4096),
	}
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

// flush sends what was written, unless further commands have come already:
// replies to pipelined commands may go together (RFC 2920, 3.2).
func (c *conn) flush() bool {
	if !c.over && c.in.Buffered() > 0 {
		return true
	}
	_ = c.rw.SetWriteDeadline(time.Now().Add(c.srv.opts.IdleTimeout))
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
	r, ok := c.srv.scenario.find(what, cmd.Arg, c.counts)
	if !ok {
		c.write(c.answer(what, cmd))
		return
	}
	for _, a := range r.actions {
		switch a.verb {
		case "reply", "raw":
			c.write(a.text)
		case "delay":
			_ = c.out.Flush()
			time.Sleep(a.delay)
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

func (c *conn) hangUp(reset bool) {
	_ = c.out.Flush()
	if tcp, ok := c.rw.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0)
	}
	c.over = true
}

// write sends a reply of one line or more. The state decides whether the
// channel is to be closed after it.
func (c *conn) write(reply string) {
	if contains(c.srv.scenario.withhold, "ENHANCEDSTATUSCODES") {
		reply = withoutEnhanced(reply)
	}
	for line := range strings.SplitAfterSeq(reply, "\n") {
		if line != "" {
			c.apply(session.Received, []byte(line))
		}
	}
	if c.drip > 0 {
		for i := range len(reply) {
			_ = c.out.WriteByte(reply[i])
			_ = c.out.Flush()
			time.Sleep(c.drip)
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
	if !c.flushNow() {
		c.over = true
		return
	}
	for c.state.Phase == session.Data && !c.state.MailData.Complete {
		_ = c.rw.SetReadDeadline(time.Now().Add(c.srv.opts.IdleTimeout))
		part, err := c.in.ReadSlice('\n')
		if len(part) > 0 {
			c.apply(session.Sent, part)
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

func (c *conn) flushNow() bool {
	_ = c.rw.SetWriteDeadline(time.Now().Add(c.srv.opts.IdleTimeout))
	return c.out.Flush() == nil
}

func contains(list []string, word string) bool {
	for _, w := range list {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}
