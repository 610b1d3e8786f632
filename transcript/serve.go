package transcript

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"

	"ehlo/session"
)

// ServeOptions say how a transcript is served.
type ServeOptions struct {
	// Loop begins with the first session of the transcript again when a
	// client connects after the last one was played.
	Loop bool
	// Variables has values of ${name}.
	Variables map[string]string
	// Certificate is shown in TLS handshakes. Default: one that is made for
	// this server alone; see [Server.Roots].
	Certificate *tls.Certificate
	// Idle is how long a client may say nothing, or take nothing, before it is
	// told 421 and left. Default: five minutes.
	Idle time.Duration
	// Log, if set, is told of each problem as it happens.
	Log func(problem string)
}

// idleTime: RFC 5321, 4.5.3.2.7: a server waits at least five minutes for the
// next command.
const idleTime = 5 * time.Minute

// maxBackoff bounds the wait behind an error of accept that will pass.
const maxBackoff = time.Second

// Server plays the server's side of a transcript: a fake server to test a
// client with. The n-th connection gets the n-th session of the transcript.
//
// A client is matched by its verbs. What the transcript does not have is
// answered with a 503 that says so and names the line, and is a problem.
// Nothing is forwarded and nothing is stored.
type Server struct {
	t      *Transcript
	script *script
	opts   ServeOptions
	done   chan struct{} // closed by Close

	identity func() (tls.Certificate, error) // made when it is first needed

	mu        sync.Mutex
	closed    bool
	next      int // session for the next connection
	begun     int // sessions that were begun
	problems  []string
	listeners []net.Listener
	conns     map[net.Conn]bool
}

// NewServer returns a server that plays the server's side of t.
func NewServer(t *Transcript, o ServeOptions) *Server {
	if o.Idle <= 0 {
		o.Idle = idleTime
	}
	s := &Server{t: t, script: newScript(t), opts: o, done: make(chan struct{}), conns: map[net.Conn]bool{}}
	s.identity = sync.OnceValues(func() (tls.Certificate, error) {
		if o.Certificate != nil {
			return *o.Certificate, nil
		}
		return newCertificate(s.script.hosts())
	})
	return s
}

// Roots returns what a client must trust to verify this server, if it made
// its certificate itself.
func (s *Server) Roots() (*x509.CertPool, error) {
	cert, err := s.identity()
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return pool, nil
}

// Serve accepts connections until the listener fails or the server is closed,
// and plays a session for each in a goroutine of its own. Where the system has
// no room for another connection it waits a little and goes on.
func (s *Server) Serve(l net.Listener) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return l.Close()
	}
	s.listeners = append(s.listeners, l)
	s.mu.Unlock()
	var backoff time.Duration
	for {
		c, err := l.Accept()
		switch {
		case err == nil:
			backoff = 0
			go s.ServeConn(c)
			continue
		case s.isClosed(), errors.Is(err, net.ErrClosed):
			return nil
		case !passes(err):
			return err
		}
		if backoff == 0 {
			s.log(fmt.Sprintf("%v; going on", err))
		}
		backoff = min(max(2*backoff, 5*time.Millisecond), maxBackoff)
		if !s.wait(backoff) {
			return nil
		}
	}
}

// passes reports whether accept may succeed again after such an error: there
// are too many open files just now, or the client has left already.
func passes(err error) bool {
	for _, passing := range []error{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.ECONNRESET, syscall.EINTR, syscall.EAGAIN,
	} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return false
}

func (s *Server) isClosed() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// wait reports false if the server was closed meanwhile.
func (s *Server) wait(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.done:
		return false
	}
}

// ServeConn plays one session and closes c.
func (s *Server) ServeConn(c net.Conn) {
	defer c.Close()
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.conns[c] = true
	n := s.next
	s.next++
	if s.opts.Loop && len(s.script.conns) > 0 {
		n %= len(s.script.conns)
	}
	s.begun = max(s.begun, n+1)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	}()
	if n >= len(s.script.conns) {
		s.problem("a client connected, and the transcript has no session for it")
		fmt.Fprint(c, "421 4.3.2 ehlo-serve: the transcript has no further session\r\n")
		return
	}
	newSpeaker(s, c, &s.script.conns[n]).play()
}

// Close ends Serve and every connection. It can be called more than once.
func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	close(s.done)
	for _, l := range s.listeners {
		l.Close()
	}
	for c := range s.conns {
		c.Close()
	}
}

func (s *Server) problem(format string, args ...any) {
	text := session.Escape(fmt.Sprintf(format, args...)) // what clients say is in it
	s.mu.Lock()
	s.problems = append(s.problems, text)
	s.mu.Unlock()
	s.log(text)
}

func (s *Server) log(text string) {
	if s.opts.Log != nil {
		s.opts.Log(text)
	}
}

// Problems says what the clients did that the transcript does not have, and
// what of it was never played. It is empty if all went as recorded.
func (s *Server) Problems() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	problems := slices.Clone(s.problems)
	for i := s.begun; i < len(s.script.conns); i++ {
		problems = append(problems, fmt.Sprintf("line %d: this session was never played", max(s.script.conns[i].line, 1)))
	}
	return problems
}
