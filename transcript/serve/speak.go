package serve

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"time"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/normalise"
	"ehlo/transcript/script"
)

// splitPause is between two writes of which the first ended in the middle of a
// line: who wants a split reply wants it to arrive in two pieces.
const splitPause = 20 * time.Millisecond

// speaker plays the server of one session. It follows its own conversation
// with the same state as a client does: what comes from the client is Sent,
// what it says itself is Received.
type speaker struct {
	srv    *Server
	client int
	tcp    net.Conn // the channel itself, below TLS and time limit
	net    net.Conn
	in     *bufio.Reader
	p      *played
	c      *script.Conn
	st     session.State
	veil   session.Veil
	block  int
	dir    transcript.Dir
	values map[string]string
	said   int       // units of the transcript that the client has said
	octets int64     // and what it said behind them
	heard  int       // lines of the transcript that were sent
	used   []bool    // units, where any will do
	helo   string    // the name that the client tried
	parted bool      // the handshake failed, as it shall: most clients leave
	like   *likeness // what is compared with the recorded content
	closed bool
	halved bool // our side of the channel is closed
}

func newSpeaker(s *Server, c net.Conn, from *played, client int) *speaker {
	limited := patient{c, s.opts.Idle}
	p := &speaker{
		srv: s, client: client, tcp: c, net: limited, in: bufio.NewReaderSize(limited, 64<<10), p: from, c: from.c,
		values: maps.Clone(from.sc.Set), used: make([]bool, len(from.c.Units)),
	}
	if p.values == nil {
		p.values = map[string]string{}
	}
	for _, id := range from.c.IDs {
		p.values[id.Token] = id.Text
	}
	maps.Copy(p.values, s.opts.Variables)
	p.values["client.addr"] = normalise.Host(c.RemoteAddr().String())
	p.values["client.helo"] = "client"
	return p
}

// play is the whole session.
func (p *speaker) play() {
	defer func() { p.net.Close() }() // under TLS, with a close-notify
	p.apply(session.Event{Kind: session.Opened, Facts: []session.Fact{{Key: "from", Value: p.tcp.RemoteAddr().String()}, {Key: "addr", Value: p.tcp.LocalAddr().String()}}})
	by := "server"
	for !p.closed {
		if err := p.speak(); err != nil {
			p.left(err)
			break
		}
		if p.over() {
			break
		}
		if err := p.listen(); err != nil {
			by = "client"
			p.left(err)
			break
		}
	}
	p.apply(session.Event{Kind: session.Closed, Facts: []session.Fact{{Key: "by", Value: by}}})
}

// apply takes the state on, and tells whoever watches.
func (p *speaker) apply(e session.Event) {
	e.Seq = p.st.Seq + 1
	dir := transcript.FromServer
	if e.Kind == session.Sent {
		dir = transcript.FromClient
	}
	if dir != p.dir {
		p.block, p.dir = p.block+1, dir
	}
	e.Block = p.block
	if p.srv.opts.Watch != nil {
		p.veil.Mark(&p.st, &e)
	}
	p.st = p.st.Apply(e)
	if p.srv.opts.Watch != nil {
		e.At = time.Now()
		e.Data = append([]byte(nil), e.Data...)
		p.srv.opts.Watch(p.client, e)
	}
}

func (p *speaker) problem(line int, format string, args ...any) {
	p.srv.problem(p.client, "%s: %s", p.p.line(line), fmt.Sprintf(format, args...))
}

// speak sends what is due: every line whose command has been said. Lines that
// were one block are one write again.
func (p *speaker) speak() error {
	if p.srv.opts.Match == MatchAny && p.said > 0 {
		return nil // each command is answered where it is matched
	}
	due := func(h *script.Heard) bool { return h.Need < p.said || h.Need == p.said && h.After <= p.octets }
	for p.heard < len(p.c.Heard) && due(&p.c.Heard[p.heard]) {
		n, err := p.sayBlock(p.c.Heard[p.heard:], due)
		p.heard += n
		if err != nil {
			return err
		}
	}
	return nil
}

// sayBlock sends the first lines that are one block, or makes a handshake. It
// returns how many lines that were.
func (p *speaker) sayBlock(lines []script.Heard, due func(*script.Heard) bool) (int, error) {
	first := &lines[0]
	switch {
	case first.Failed:
		return 1, p.refuse()
	case first.Secure:
		return 1, p.handshake(first.Line)
	}
	wait := first.Wait
	if p.srv.opts.Timing {
		wait = max(wait, first.Gap)
	}
	if !p.srv.wait(wait) {
		return 0, net.ErrClosed
	}
	if first.Bulk != nil {
		// Nobody knows which replies these are, and so what comes when.
		p.problem(first.Line, "replies that are kept beside the file cannot be served")
		return 0, errTold
	}
	var block []byte
	n := 0
	p.values["now"] = time.Now().Format("Mon, 02 Jan 2006 15:04:05 -0700")
	for ; n < len(lines); n++ {
		h := &lines[n]
		if h.Secure || h.Bulk != nil || !due(h) || h.Block != first.Block {
			break
		}
		for _, v := range h.Vars { // nobody needs what a server repeats of a secret
			if _, known := p.values[v.Name]; v.Secret() && !known {
				p.values[v.Name] = normalise.Veiled
			}
		}
		data, err := script.Expand(h.Data, h.Vars, p.values)
		if err != nil {
			p.problem(h.Line, "%s", err)
			return n, errTold
		}
		block = append(block, data...)
		p.apply(session.Event{Kind: session.Received, Data: data})
	}
	if _, err := p.net.Write(block); err != nil {
		return 0, err
	}
	if k := len(block); n < len(lines) && k > 0 && block[k-1] != '\n' && !p.srv.opts.Timing && !p.srv.wait(splitPause) {
		return n, net.ErrClosed
	}
	return n, nil
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
		if plain := (tls.RecordHeaderError{}); errors.As(err, &plain) {
			p.problem(line, "the client went on in the clear where a TLS handshake belongs")
		} else {
			p.problem(line, "TLS handshake: %v", err)
		}
		return errTold
	}
	p.net, p.in = conn, bufio.NewReaderSize(conn, 64<<10)
	state := conn.ConnectionState()
	p.apply(session.Event{Kind: session.Secured, Facts: []session.Fact{
		{Key: "version", Value: tls.VersionName(state.Version)}, {Key: "cipher", Value: tls.CipherSuiteName(state.CipherSuite)},
	}})
	return nil
}

// refuse lets a handshake fail, as it did in the recording. A client that goes
// on in the clear, as some did then, may.
func (p *speaker) refuse() error {
	p.parted = true
	p.apply(session.Event{Kind: session.Failed, Fault: session.FaultTLS, Text: "TLS handshake: it shall fail"})
	if first, err := p.in.Peek(1); err != nil || first[0] != 22 {
		return nil // whoever left, or says something in the clear, is heard soon
	}
	head, err := p.in.Peek(5)
	if err != nil {
		return err
	}
	if _, err := p.in.Discard(5 + int(head[3])<<8 + int(head[4])); err != nil {
		return err
	}
	// RFC 8446, 6: a fatal alert, handshake_failure, in a record of TLS 1.2.
	_, err = p.net.Write([]byte{21, 3, 3, 0, 2, 2, 40})
	return err
}

// errTold ends a session whose trouble was told of already.
var errTold = errors.New("this was told")

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
	if p.srv.opts.Match == MatchAny {
		if p.st.Phase == session.Over {
			p.unused("the client left")
			return true
		}
		return false
	}
	if p.halved || p.heard < len(p.c.Heard) || p.said < len(p.c.Units) {
		return false
	}
	e := p.c.Closed
	switch {
	case e != nil && e.Fact("by") == "server":
		return p.close(e)
	case e == nil:
		return p.st.Phase == session.Over // RFC 5321, 4.1.1.10: the server closes after its 221
	}
	return false
}

// close ends the channel as the recorded server did: behind so many octets of
// what the client was saying, and by a reset if it was one.
func (p *speaker) close(e *session.Event) bool {
	if more := p.c.After - p.octets; more > 0 {
		n, _ := io.CopyN(io.Discard, p.in, more)
		p.apply(session.Event{Kind: session.Sent, Bulk: &session.Bulk{Octets: n}})
	}
	switch tcp, ok := p.tcp.(*net.TCPConn); {
	case !ok:
	case e.Fact("how") == "rst":
		_ = tcp.SetLinger(0)
		_ = tcp.Close() // TLS would say goodbye
	case e.Fact("how") == "half":
		_ = tcp.CloseWrite()
		p.halved = true
		return false
	}
	return true
}
