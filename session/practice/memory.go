package practice

import (
	"bytes"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// window bounds what one direction of a channel in memory holds, in octets:
// who writes more waits until the other side has read.
const window = 64 << 10

// inMemory returns the two ends of a channel that needs no port. It has
// addresses that a person can read, and like TCP it holds some octets on the
// way, can be closed for one direction, and can be reset. A pipe that holds
// nothing would not do: a client that writes a pipelined group and a server
// that answers the first command of it would wait for each other.
func inMemory(scenario string) (client, server *end) {
	name := address("practice:" + scenario)
	up, down := newStream(), newStream()
	client = &end{in: down, out: up, local: clientAddress, remote: name}
	server = &end{in: up, out: down, local: name, remote: clientAddress}
	for _, e := range []*end{client, server} {
		e.readBy, e.writeBy = newDeadline(), newDeadline()
	}
	return client, server
}

// address is one end of a channel in memory.
type address string

func (address) Network() string  { return "memory" }
func (a address) String() string { return string(a) }

const clientAddress = address("memory")

// stream is one direction of a channel.
type stream struct {
	mu    sync.Mutex
	held  bytes.Buffer
	ended bool          // nothing more will be written
	left  bool          // nobody will read any more
	reset bool          // ended by a reset
	asked bool          // somebody has waited for octets
	moved chan struct{} // closed and made anew whenever something changes
}

func newStream() *stream { return &stream{moved: make(chan struct{})} }

// change alters the stream and wakes whoever waits for it.
func (s *stream) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	close(s.moved)
	s.moved = make(chan struct{})
}

// read takes what is held. Without anything to say yet, it returns the channel
// to wait on. What came before a reset can still be read.
func (s *stream) read(p []byte) (n int, wait <-chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.left:
		return 0, nil, net.ErrClosed
	case s.held.Len() > 0:
		n, _ = s.held.Read(p)
		close(s.moved)
		s.moved = make(chan struct{})
		return n, nil, nil
	case s.reset:
		return 0, nil, syscall.ECONNRESET
	case s.ended:
		return 0, nil, io.EOF
	}
	if !s.asked {
		s.asked = true
		close(s.moved)
		s.moved = make(chan struct{})
	}
	return 0, s.moved, nil
}

// write puts in what there is room for.
func (s *stream) write(p []byte) (n int, wait <-chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended:
		return 0, nil, net.ErrClosed
	case s.left && s.reset:
		return 0, nil, syscall.ECONNRESET
	case s.left:
		return 0, nil, syscall.EPIPE
	}
	if n = min(len(p), window-s.held.Len()); n > 0 {
		s.held.Write(p[:n])
		close(s.moved)
		s.moved = make(chan struct{})
	}
	if n < len(p) {
		wait = s.moved
	}
	return n, wait, nil
}

// end is one side of a channel in memory. All its methods may be called at
// the same time.
type end struct {
	in, out         *stream
	local, remote   net.Addr
	readBy, writeBy *deadline
	trust           *trust // of the client's side

	mu     sync.Mutex
	abrupt bool // closing is a reset
}

// meetsTLS waits for the first thing that the client does, and reports whether
// that is a ClientHello: it says something before it has asked for the greeting,
// and that is a TLS record (RFC 8446, 5.1: a handshake has the type 22). In
// memory there are no ports by which to tell implicit TLS.
func (e *end) meetsTLS(stop <-chan struct{}) bool {
	for {
		e.in.mu.Lock()
		said, first, spoke := e.in.held.Bytes(), e.in.moved, e.in.ended || e.in.left
		tls := len(said) > 0 && said[0] == 22
		spoke = spoke || len(said) > 0
		e.in.mu.Unlock()
		e.out.mu.Lock()
		listens, second := e.out.asked || e.out.left, e.out.moved
		e.out.mu.Unlock()
		if spoke || listens {
			return tls
		}
		select {
		case <-first:
		case <-second:
		case <-stop:
			return false
		}
	}
}

func (e *end) LocalAddr() net.Addr  { return e.local }
func (e *end) RemoteAddr() net.Addr { return e.remote }

func (e *end) fail(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &net.OpError{Op: op, Net: "memory", Source: e.local, Addr: e.remote, Err: err}
}

func (e *end) Read(p []byte) (int, error) {
	for {
		over := e.readBy.wait()
		if isClosed(over) {
			return 0, e.fail("read", os.ErrDeadlineExceeded)
		}
		if len(p) == 0 {
			return 0, nil
		}
		n, wait, err := e.in.read(p)
		if n > 0 || err != nil {
			return n, e.fail("read", err)
		}
		select {
		case <-wait:
		case <-over:
		}
	}
}

func (e *end) Write(p []byte) (int, error) {
	total := 0
	for {
		over := e.writeBy.wait()
		if isClosed(over) {
			return total, e.fail("write", os.ErrDeadlineExceeded)
		}
		n, wait, err := e.out.write(p[total:])
		total += n
		if wait == nil || err != nil {
			return total, e.fail("write", err)
		}
		select {
		case <-wait:
		case <-over:
		}
	}
}

// CloseWrite ends this side's direction. The other one goes on.
func (e *end) CloseWrite() error {
	e.out.change(func() { e.out.ended = true })
	return nil
}

// Close ends both directions. What was written before can still be read.
func (e *end) Close() error {
	e.mu.Lock()
	abrupt := e.abrupt
	e.mu.Unlock()
	e.out.change(func() { e.out.ended, e.out.reset = true, e.out.reset || abrupt })
	e.in.change(func() {
		e.in.left, e.in.reset = true, e.in.reset || abrupt
		e.in.held = bytes.Buffer{}
	})
	e.readBy.set(time.Time{})
	e.writeBy.set(time.Time{})
	return nil
}

// SetLinger does for zero seconds what it does on TCP: closing is a reset.
func (e *end) SetLinger(sec int) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.abrupt = sec == 0
	return nil
}

func (e *end) SetDeadline(t time.Time) error {
	e.readBy.set(t)
	e.writeBy.set(t)
	return nil
}

func (e *end) SetReadDeadline(t time.Time) error {
	e.readBy.set(t)
	return nil
}

func (e *end) SetWriteDeadline(t time.Time) error {
	e.writeBy.set(t)
	return nil
}

// deadline is a moment that can be moved, also while somebody waits for it.
type deadline struct {
	mu    sync.Mutex
	timer *time.Timer
	over  chan struct{} // closed when the moment has come
}

func newDeadline() *deadline { return &deadline{over: make(chan struct{})} }

func (d *deadline) wait() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.over
}

// set moves the deadline; the zero time is never.
func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil && !d.timer.Stop() {
		<-d.over // the timer is about to close it
	}
	d.timer = nil
	if isClosed(d.over) {
		d.over = make(chan struct{})
	}
	switch left := time.Until(t); {
	case t.IsZero():
	case left <= 0:
		close(d.over)
	default:
		over := d.over
		d.timer = time.AfterFunc(left, func() { close(over) })
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
