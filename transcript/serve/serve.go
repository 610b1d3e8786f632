package serve

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/script"
)

// Options say how a transcript is served.
type Options struct {
	// Loop begins with the first session of the transcript again when a
	// client connects after the last one was played.
	Loop bool
	// Once closes the server when every session was played.
	Once bool
	// Jobs is how many clients are served at once; the others wait. Default:
	// all.
	Jobs int
	// Match says how a client's lines are recognised, Mismatch what is done
	// where they are not.
	Match    Match
	Mismatch Mismatch
	// Timing waits before each line as long as the recorded server did.
	Timing bool
	// Variables has values of ${name}. The server knows ${client.helo},
	// ${client.addr} and ${now} itself, and what a pattern has captured.
	Variables map[string]string
	// Certificate is shown in TLS handshakes. Default: one that is made for
	// this server alone; see [Server.Roots].
	Certificate *tls.Certificate
	// Idle is how long a client may say nothing, or take nothing, before it is
	// told 421 and left. Default: five minutes.
	Idle time.Duration
	// Log, if set, is told of each problem as it happens, and with which client;
	// 0 is none.
	Log func(client int, problem string)
	// Watch, if set, is given each event of each conversation, as a client
	// would log it: what the client says is Sent. Clients are counted from 1.
	Watch func(client int, e session.Event)
}

// idleTime: RFC 5321, 4.5.3.2.7: a server waits at least five minutes for the
// next command.
const idleTime = 5 * time.Minute

// maxBackoff bounds the wait behind an error of accept that will pass.
const maxBackoff = time.Second

// maxProblems is how many problems are kept; all are told.
const maxProblems = 1000

// Server plays the server's side of transcripts: a fake server to test a
// client with. The n-th connection gets the n-th session.
//
// What the transcript does not have is answered with a 503 that says so and
// names the line, and is a problem. Nothing is forwarded and nothing is
// stored.
type Server struct {
	sessions []played
	opts     Options
	done     chan struct{} // closed by Close
	jobs     chan struct{} // a place for each client, if they are limited

	identity func() (tls.Certificate, error) // made when it is first needed

	mu        sync.Mutex
	closed    bool
	clients   int // that have connected
	begun     int // sessions that were begun
	problems  []string
	listeners []net.Listener
	conns     map[net.Conn]bool
	ended     *sync.Cond // a connection has ended
}

// played is one session that can be played.
type played struct {
	t    *transcript.Transcript
	sc   *script.Script
	c    *script.Conn
	name string // before the numbers of lines, where there is more than one file
}

func (p *played) line(n int) string {
	if p.name == "" {
		return fmt.Sprintf("line %d", n)
	}
	return fmt.Sprintf("%s:%d", p.name, n)
}

// New returns a server that plays the server's side of t, and behind it
// that of more.
func New(t *transcript.Transcript, o Options, more ...*transcript.Transcript) *Server {
	if o.Idle <= 0 {
		o.Idle = idleTime
	}
	s := &Server{opts: o, done: make(chan struct{}), conns: map[net.Conn]bool{}}
	s.ended = sync.NewCond(&s.mu)
	if o.Jobs > 0 {
		s.jobs = make(chan struct{}, o.Jobs)
	}
	var names []string
	for _, t := range append([]*transcript.Transcript{t}, more...) {
		sc := script.New(t)
		for i := range sc.Conns {
			p := played{t: t, sc: sc, c: &sc.Conns[i]}
			if len(more) > 0 {
				p.name = t.Name
			}
			s.sessions = append(s.sessions, p)
		}
		names = append(names, hosts(sc)...)
	}
	s.identity = sync.OnceValues(func() (tls.Certificate, error) {
		if o.Certificate != nil {
			return *o.Certificate, nil
		}
		return newCertificate(names)
	})
	return s
}

// Secures reports whether a session has a TLS handshake.
func (s *Server) Secures() bool {
	for _, p := range s.sessions {
		if slices.ContainsFunc(p.c.Heard, func(h script.Heard) bool { return h.Secure }) {
			return true
		}
	}
	return false
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

// PEM is Roots for programs that read a file.
func (s *Server) PEM() ([]byte, error) {
	cert, err := s.identity()
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}), nil
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
		if !s.take() {
			return nil
		}
		c, err := l.Accept()
		switch {
		case err == nil:
			backoff = 0
			go func() {
				defer s.give()
				s.ServeConn(c)
			}()
			continue
		case s.isClosed(), errors.Is(err, net.ErrClosed):
			return nil
		case !passes(err):
			return err
		}
		s.give()
		if backoff == 0 {
			s.log(0, fmt.Sprintf("%v; going on", err))
		}
		backoff = min(max(2*backoff, 5*time.Millisecond), maxBackoff)
		if !s.wait(backoff) {
			return nil
		}
	}
}

// take waits for a place for one client more.
func (s *Server) take() bool {
	if s.jobs == nil {
		return true
	}
	select {
	case s.jobs <- struct{}{}:
		return true
	case <-s.done:
		return false
	}
}

func (s *Server) give() {
	if s.jobs != nil {
		<-s.jobs
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
	n := s.clients
	s.clients++
	client := s.clients
	if s.opts.Loop && len(s.sessions) > 0 {
		n %= len(s.sessions)
	}
	s.begun = max(s.begun, n+1)
	s.mu.Unlock()
	if n >= len(s.sessions) {
		s.problem(client, "a client connected, and the transcript has no session for it")
		fmt.Fprint(c, "421 4.3.2 ehlo-serve: the transcript has no further session\r\n")
	} else {
		newSpeaker(s, c, &s.sessions[n], client).play()
	}
	s.mu.Lock()
	delete(s.conns, c)
	last := s.opts.Once && len(s.conns) == 0 && s.begun >= len(s.sessions)
	s.ended.Broadcast()
	s.mu.Unlock()
	if last {
		s.Close()
	}
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
	s.ended.Broadcast()
}

// Finish gives clients that are still connected so much time to end their
// sessions, and closes the server. A session that did not come to its end is
// a problem.
func (s *Server) Finish(within time.Duration) {
	timer := time.AfterFunc(within, s.Close)
	defer timer.Stop()
	s.mu.Lock()
	for _, l := range s.listeners {
		l.Close()
	}
	for len(s.conns) > 0 && !s.closed {
		s.ended.Wait()
	}
	s.mu.Unlock()
	s.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.conns) > 0 {
		s.ended.Wait() // they were closed
	}
}

func (s *Server) problem(client int, format string, args ...any) {
	text := session.Escape(fmt.Sprintf(format, args...)) // what clients say is in it
	s.mu.Lock()
	if len(s.problems) < maxProblems {
		s.problems = append(s.problems, text)
	}
	s.mu.Unlock()
	s.log(client, text)
}

func (s *Server) log(client int, text string) {
	if s.opts.Log != nil {
		s.opts.Log(client, text)
	}
}

// NeverPlayed ends the problem that no client came for a session.
const NeverPlayed = "this session was never played"

// Problems says what the clients did that the transcript does not have, and
// what of it was never played. It is empty if all went as recorded.
func (s *Server) Problems() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	problems := slices.Clone(s.problems)
	for i := s.begun; i < len(s.sessions); i++ {
		p := &s.sessions[i]
		problems = append(problems, session.Escape(p.line(max(p.c.Line, 1))+": "+NeverPlayed))
	}
	return problems
}
