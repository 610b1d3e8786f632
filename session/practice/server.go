package practice

import (
	"context"
	"crypto/tls"
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
	ImplicitTLS   bool          // the handshake comes before the greeting (RFC 8314, 3)
	// Authority issues the server's certificate. Default: one of its own.
	Authority *Authority
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

	done chan struct{} // closed by Close, so that nobody goes on waiting

	ownAuthority func() (*Authority, error) // each is made when it is first needed
	tls          func() (*tls.Config, error)
	accounts     func() map[string]account

	mu        sync.Mutex
	conns     map[net.Conn]bool
	listeners map[net.Listener]bool
	closed    bool
}

// New returns a server that listens nowhere yet.
func New(sc Scenario, o Options) *Server {
	s := &Server{
		scenario: sc, opts: o.filled(), done: make(chan struct{}),
		conns: make(map[net.Conn]bool), listeners: make(map[net.Listener]bool),
		ownAuthority: sync.OnceValues(NewAuthority),
		accounts:     sync.OnceValue(makeAccounts),
	}
	s.tls = sync.OnceValues(s.makeTLS)
	return s
}

// Dial returns a client's end of a channel to the server, in memory.
func (s *Server) Dial(ctx context.Context) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	client, server := inMemory(s.scenario.Name)
	client.trust = &trust{s}
	go s.ServeConn(server)
	return client, nil
}

// Serve answers clients until the listener or the server is closed. It closes
// the listener, and always returns an error: [net.ErrClosed] for a good end.
func (s *Server) Serve(l net.Listener) error {
	defer l.Close()
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return net.ErrClosed
	}
	s.listeners[l] = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.listeners, l)
		s.mu.Unlock()
	}()
	slots := make(chan struct{}, s.opts.MaxConns)
	for {
		select {
		case slots <- struct{}{}:
		case <-s.done:
			return net.ErrClosed
		}
		c, err := s.accept(l)
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

// Close ends every connection and every Serve. It may be called twice.
func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.done)
	}
	for l := range s.listeners {
		_ = l.Close()
	}
	for c := range s.conns {
		_ = c.Close()
	}
}
