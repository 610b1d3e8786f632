package transcript

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"ehlo/session"
)

// speaker plays the server of one session. It follows its own conversation
// with the same state as a client does: what comes from the client is Sent,
// what it says itself is Received.
type speaker struct {
	srv    *Server
	tcp    net.Conn // the channel itself, below TLS and time limit
	net    net.Conn
	in     *bufio.Reader
	c      *conn
	st     session.State
	values map[string]string
	said   int // units of the transcript that the client has said
	heard  int // lines of the transcript that were sent
	closed bool
}

func newSpeaker(s *Server, c net.Conn, script *conn) *speaker {
	limited := patient{c, s.opts.Idle}
	p := &speaker{srv: s, tcp: c, net: limited, in: bufio.NewReaderSize(limited, 64<<10), c: script, values: map[string]string{}}
	maps.Copy(p.values, s.opts.Variables)
	return p
}

// play is the whole session.
func (p *speaker) play() {
	defer func() { p.net.Close() }() // under TLS, with a close-notify
	p.apply(session.Event{Kind: session.Opened})
	for !p.closed {
		if err := p.speak(); err != nil {
			p.left(err)
			return
		}
		if p.over() {
			return
		}
		if p.st.Phase == session.Handshake {
			p.srv.problem("line %d: the client may start TLS here, and the transcript does not", p.lastLine())
			return
		}
		if err := p.listen(); err != nil {
			p.left(err)
			return
		}
	}
}

func (p *speaker) apply(e session.Event) {
	e.Seq = p.st.Seq + 1
	p.st = p.st.Apply(e)
}

// speak sends what is due: every line whose command has been said. Lines that
// were one block are one write again.
func (p *speaker) speak() error {
	for p.heard < len(p.c.heard) && p.c.heard[p.heard].need <= p.said {
		first := p.c.heard[p.heard]
		if first.secure {
			if err := p.handshake(first.line); err != nil {
				return err
			}
			p.heard++
			continue
		}
		if !p.srv.wait(first.wait) {
			return net.ErrClosed
		}
		if first.bulk != nil {
			// Nobody knows which replies these are, and so what comes when.
			p.srv.problem("line %d: replies that are kept beside the file cannot be served", first.line)
			return errUnserved
		}
		var block []byte
		begun := p.heard
		for p.heard < len(p.c.heard) {
			h := p.c.heard[p.heard]
			if h.secure || h.bulk != nil || h.need > p.said || h.block != first.block {
				break
			}
			data, err := expand(h.data, h.vars, p.values)
			if err != nil {
				return fmt.Errorf("line %d: %w", h.line, err)
			}
			block = append(block, data...)
			p.apply(session.Event{Kind: session.Received, Data: data})
			p.heard++
		}
		if _, err := p.net.Write(block); err != nil {
			p.heard = begun
			return err
		}
	}
	return nil
}

// handshake starts TLS where the recording has it.
func (p *speaker) handshake(line int) error {
	cert, err := p.srv.identity()
	if err != nil {
		return err
	}
	// What the client sent ahead was read already; it must be a ClientHello.
	conn := tls.Server(readAhead{p.net, p.in}, &tls.Config{Certificates: []tls.Certificate{cert}})
	if err := conn.Handshake(); err != nil {
		p.srv.problem("line %d: TLS handshake: %v", line, err)
		return errHandshake
	}
	p.net, p.in = conn, bufio.NewReaderSize(conn, 64<<10)
	p.apply(session.Event{Kind: session.Secured})
	return nil
}

// What ends a session and was told of already.
var (
	errHandshake = errors.New("the handshake failed")
	errUnserved  = errors.New("this cannot be served")
)

// readAhead is a connection of which some octets were read already.
type readAhead struct {
	net.Conn
	in io.Reader
}

func (c readAhead) Read(p []byte) (int, error) { return c.in.Read(p) }

// patient is a connection on which each read and each write has a limit, so
// that nobody holds it for ever by doing nothing.
type patient struct {
	net.Conn
	limit time.Duration
}

func (c patient) Read(p []byte) (int, error) {
	_ = c.SetReadDeadline(time.Now().Add(c.limit))
	return c.Conn.Read(p)
}

func (c patient) Write(p []byte) (int, error) {
	_ = c.SetWriteDeadline(time.Now().Add(c.limit))
	return c.Conn.Write(p)
}

// over reports whether the session has come to its end, and ends it as
// recorded.
func (p *speaker) over() bool {
	if p.heard < len(p.c.heard) || p.said < len(p.c.units) {
		return false
	}
	e := p.c.closed
	switch {
	case e != nil && e.Fact("by") == "server":
		if tcp, ok := p.tcp.(*net.TCPConn); ok && e.Fact("how") == "rst" {
			_ = tcp.SetLinger(0)
		}
		return true
	case e == nil:
		return p.st.Phase == session.Over // RFC 5321, 4.1.1.10: the server closes after its 221
	}
	return false
}

// left says what was not played when the client went away.
func (p *speaker) left(err error) {
	if p.srv.isClosed() {
		return
	}
	how := "left"
	if errors.Is(err, os.ErrDeadlineExceeded) {
		how = fmt.Sprintf("did nothing for %s and was left", p.srv.opts.Idle)
		// RFC 5321, 3.8: who gives up says 421. Nobody may be reading.
		_, _ = fmt.Fprintf(p.net, "421 4.4.2 ehlo-serve: nothing came within %s\r\n", p.srv.opts.Idle)
	}
	var missing *MissingError
	switch {
	case errors.Is(err, errHandshake), errors.Is(err, errUnserved):
	case errors.As(err, &missing):
		p.srv.problem("%s", err)
	case p.said < len(p.c.units):
		p.srv.problem("line %d: the client %s without %s", p.c.units[p.said].line, how, p.c.units[p.said].name())
	case p.heard < len(p.c.heard):
		p.srv.problem("line %d: the client %s before this was sent", p.c.heard[p.heard].line, how)
	}
}

// name is the unit in a few words.
func (u unit) name() string {
	switch {
	case u.pattern != nil:
		return u.pattern.String()
	case u.verb == "":
		return "an empty line"
	}
	return u.verb
}

// listen reads one line from the client, or what there is of one, and takes
// what it completes.
func (p *speaker) listen() error {
	text, err := p.in.ReadSlice('\n')
	if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
		return err
	}
	p.apply(session.Event{Kind: session.Sent, Data: text})
	n := len(p.st.Pending)
	if n == 0 || p.st.Pending[n-1].Seq != p.st.Seq {
		return nil // content, or no whole line yet
	}
	said := p.st.Pending[n-1]
	line := strings.TrimRight(string(text), "\r\n")
	if said.Verb == "BDAT" {
		if err := p.chunk(said.Arg); err != nil {
			return err
		}
	}
	return p.match(said.Verb, line)
}

// chunk reads what belongs to a BDAT (RFC 3030, 2).
func (p *speaker) chunk(arg string) error {
	number, _, _ := strings.Cut(strings.TrimSpace(arg), " ")
	size, err := strconv.ParseInt(number, 10, 64)
	if err != nil || size <= 0 {
		return nil
	}
	if _, err := io.CopyN(io.Discard, p.in, size); err != nil {
		return err
	}
	p.apply(session.Event{Kind: session.Sent, Bulk: &session.Bulk{Octets: size}})
	return nil
}

// match compares what the client said with what comes next in the transcript.
func (p *speaker) match(verb, line string) error {
	if p.said >= len(p.c.units) {
		return p.mismatch(verb, fmt.Sprintf("transcript ends at line %d", p.lastLine()), session.Escape(line))
	}
	want := p.c.units[p.said]
	ok := want.verb == verb
	if want.pattern != nil {
		var captures map[string]string
		captures, ok = want.pattern.Match(line)
		maps.Copy(p.values, captures)
	}
	if !ok {
		return p.mismatch(verb, fmt.Sprintf("transcript line %d expects %s", want.line, want.name()), session.Escape(line))
	}
	p.said++
	return nil
}

func (p *speaker) lastLine() int {
	line := p.c.line
	if n := len(p.c.units); n > 0 {
		line = max(line, p.c.units[n-1].line)
	}
	if n := len(p.c.heard); n > 0 {
		line = max(line, p.c.heard[n-1].line)
	}
	return line
}

// mismatch answers what the transcript does not have. Nobody shall take the
// answer for one of the transcript's own.
func (p *speaker) mismatch(verb, why, line string) error {
	switch {
	case verb == "AUTH":
		line = "AUTH" // the rest is nobody's business
	case session.Source(verb) == "" && verb != session.EndOfData:
		line = "an unknown command" // or a password
	}
	p.srv.problem("%s: got %s", why, line)
	reply := []byte("503 5.5.1 ehlo-serve: " + session.Escape(why) + "\r\n")
	p.apply(session.Event{Kind: session.Received, Data: reply})
	p.closed = verb == "QUIT"
	_, err := p.net.Write(reply)
	return err
}
