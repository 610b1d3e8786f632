package practice

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"syscall"
)

// inMemory returns the two ends of a channel that needs no port. It has
// addresses that a person can read, and it can be reset as TCP can: a pipe
// alone knows only an orderly end.
func inMemory(scenario string) (client, server net.Conn) {
	c, s := net.Pipe()
	reset := new(atomic.Bool)
	name := address("practice:" + scenario)
	return &clientEnd{Conn: c, server: name, reset: reset}, &serverEnd{Conn: s, name: name, reset: reset}
}

// address is one end of a channel in memory.
type address string

func (address) Network() string  { return "memory" }
func (a address) String() string { return string(a) }

const clientAddress = address("memory")

type clientEnd struct {
	net.Conn
	server address
	reset  *atomic.Bool
}

func (c *clientEnd) RemoteAddr() net.Addr { return c.server }
func (c *clientEnd) LocalAddr() net.Addr  { return clientAddress }

func (c *clientEnd) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	return n, c.reason("read", err)
}

func (c *clientEnd) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	return n, c.reason("write", err)
}

// reason says of an ended channel that it was reset.
func (c *clientEnd) reason(op string, err error) error {
	if c.reset.Load() && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe)) {
		return &net.OpError{Op: op, Net: "memory", Source: clientAddress, Addr: c.server, Err: syscall.ECONNRESET}
	}
	return err
}

type serverEnd struct {
	net.Conn
	name  address
	reset *atomic.Bool
}

func (s *serverEnd) RemoteAddr() net.Addr { return clientAddress }
func (s *serverEnd) LocalAddr() net.Addr  { return s.name }

// SetLinger does for zero seconds what it does on TCP: closing is a reset.
func (s *serverEnd) SetLinger(sec int) error {
	s.reset.Store(sec == 0)
	return nil
}
