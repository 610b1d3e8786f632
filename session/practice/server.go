package practice

import (
	"context"
	"net"
	"sync"
	"time"
)

// Options set what a server is and how much it takes. Zero fields have
// defaults.
type Options struct {
	Name          string        // its domain; default practice.example
	MaxSize       int64         // octets of a message; default 10 MiB (RFC 1870, 4)
	MaxRecipients int           // of a transaction; default 100 (RFC 5321, 4.5.3.1.8 asks for as many)
	IdleTimeout   time.Duration // between commands; default 5 minutes (RFC 5321, 4.5.3.2.7)
	MaxConns      int           // at the same time over TCP; default 1024
}

func (o Options) filled() Options {
	if o.Name == "" {
		o.Name = "practice.example"
	}
	if o.MaxSize == 0 {
		o.MaxSize = 10 << 20
	}
	if o.MaxRecipients == 0 {
		o.MaxRecipients = 100
	}
	if o.IdleTimeout == 0 {
		o.IdleTimeout = 5 * time.Minute
	}
	if o.MaxConns == 0 {
		o.MaxConns = 1024
	}
	return o
}

// Server plays one scenario to any number of clients.
type Server struct {
	scenario Scenario
	opts     Options

	mu     sync.Mutex
	conns  map[net.Conn]bool
	closed bool
}

// New returns a server that listens nowhere yet.
func New(sc Scenario, o Options) *Server {
	return &Server{scenario: sc, opts: o.filled(), conns: make(map[net.Conn]bool)}
}

// Dial returns a client's end of a channel to the server, in memory.
func (s *Server) Dial(ctx context.Context) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	client, server := net.Pipe()
	go s.ServeConn(server)
	return named{client, s.scenario.Name}, nil
}

// named gives a channel in memory the addresses that a person can read.
type named struct {
	net.Conn
	scenario string
}

type memory string

func (memory) Network() string  { return "memory" }
func (m memory) String() string { return string(m) }

func (n named) RemoteAddr() net.Addr { return memory("practice:" + n.scenario) }
func (n named) LocalAddr() net.Addr  { return memory("memory") }

// Serve answers clients until the listener or the server is closed.
func (s *Server) Serve(l net.Listener) error {
	slots := make(chan struct{}, s.opts.MaxConns)
	for {
		slots <- struct{}{}
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer func() { <-slots }()
			s.ServeConn(c)
		}()
	}
}

// ServeConn answers one client, and closes the channel in the end.
func (s *Server) ServeConn(c net.Conn) {
	defer c.Close()
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.conns[c] = true
	s.mu.Unlock()
	newConn(s, c).serve()
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
}

// Close ends every connection. The listener is its owner's to close.
func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for c := range s.conns {
		_ = c.Close()
	}
}
