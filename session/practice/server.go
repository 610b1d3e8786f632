package practice

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/xdg-go/scram"

	"ehlo/session"
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
	// Anonymous keeps software and version out of the greeting (RFC 5321, 4.3.1).
	Anonymous bool
	// Users can log in. Default: alice.
	Users []User
	// Store keeps what is accepted. Default: one in memory.
	Store *Store
	// Forward takes what is accepted instead of the store: the server is then
	// a relay. Its error is a server's that cannot take responsibility.
	Forward func(Mail) error
	// Relays takes recipients whatever they are called: who is who only the
	// last server knows.
	Relays bool
	// Refuse says what is wrong with a recipient, as a reply without CRLF, or "".
	// It comes before everything that the server knows itself.
	Refuse func(path string) string
	// Watch is told what happens on each connection, as its server sees it:
	// Sent is what the client sent, with secrets marked, and the fact together=
	// on commands that did not come alone: "before" or "behind" others. One
	// connection calls it at a time, and its octets are good until it returns.
	Watch func(conn int, e session.Event)
	// Now is the clock. Default: time.Now.
	Now func() time.Time
	// Hurry makes the scenario's own waits that much shorter; default 1.
	Hurry float64
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
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Hurry <= 0 {
		o.Hurry = 1
	}
	if len(o.Users) == 0 {
		o.Users = []User{{Name: "alice", Password: "wonderland", Token: "t0ken"}}
	}
	if o.Store == nil {
		o.Store = NewStore("")
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

	users   map[string]User
	matches marks // of the scenario's rules in all connections
	opened  atomic.Int64
	made    atomic.Int64 // IDs of messages
	buffers sync.Pool    // of connections that have ended

	mu        sync.Mutex
	derived   map[string]scram.StoredCredentials
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
		users:        make(map[string]User), derived: make(map[string]scram.StoredCredentials),
	}
	for _, u := range s.opts.Users {
		s.users[u.Name] = u
	}
	s.tls = sync.OnceValues(s.makeTLS)
	return s
}

// Dial returns a client's end of a channel to the server, in memory.
func (s *Server) Dial(ctx context.Context) (net.Conn, error) {
	return s.DialFrom(ctx, clientAddress, address("practice:"+s.scenario.Name))
}

// DialFrom is Dial with addresses for the two ends.
func (s *Server) DialFrom(ctx context.Context, from, to net.Addr) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	client, server := inMemory(s.scenario.Name)
	client.local, client.remote, server.local, server.remote = from, to, to, from
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
	came := make(chan net.Conn, s.opts.MaxConns)
	defer close(came)
	go s.letIn(came, slots)
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
		came <- c
	}
}

// ServeConn answers one client, and closes the channel in the end.
func (s *Server) ServeConn(c net.Conn) { s.serveConn(c, nil) }

// serveConn is ServeConn for a client that came with others.
func (s *Server) serveConn(c net.Conn, with *party) {
	defer c.Close()
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.conns[c] = true
	s.mu.Unlock()
	served := newConn(s, c)
	served.with = with
	served.serve()
	served.heard()
	served.ended()
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
}

// Name is the server's domain.
func (s *Server) Name() string { return s.opts.Name }

// Store returns where the server keeps what it accepts.
func (s *Server) Store() *Store { return s.opts.Store }

// watch tells what happened, if anybody wants to know. The octets are lent: who
// keeps them takes a copy.
func (s *Server) watch(c *conn, e session.Event) {
	if s.opts.Watch == nil {
		return
	}
	e.At = s.opts.Now()
	if e.Kind == session.Sent {
		e.Secret = c.secrets(e.Data)
	}
	s.opts.Watch(c.number, e)
}

// Close ends every connection and every Serve. It may be called twice.
func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for l := range s.listeners {
		_ = l.Close()
	}
	for c := range s.conns {
		_ = c.Close()
	}
	if !s.closed { // who waits wakes up last, and finds nobody to say a word to
		s.closed = true
		close(s.done)
	}
}
