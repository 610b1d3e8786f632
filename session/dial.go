package session

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Channel is a [net.Conn] that has more to tell. What [Options].Dial returns
// may be one, and then the session takes it apart: it reads and writes the
// Conn itself.
type Channel struct {
	net.Conn
	// Facts are added to those of the Opened event: by way of whom the
	// channel was opened, and what they replied. Nothing in them is secret.
	Facts []Fact
	// Preamble is written before anything else, TLS included, and logged as
	// every other octet: the header of the PROXY protocol.
	Preamble []byte
	// Farewell tells, once the channel is closed by either side, what is only
	// known then: how a process ended, and what it complained of. Its facts
	// are added to those of the Closed event. It does not wait. May be nil.
	Farewell func() []Fact
}

// StageError is an error of one of the stages that opening a channel takes.
type StageError struct {
	Stage string // what was being done: "socks5 127.0.0.1:1080"
	Err   error
}

func (e *StageError) Error() string { return e.Stage + ": " + e.Err.Error() }
func (e *StageError) Unwrap() error { return e.Err }

// DialTCP is the default way to open a channel. It knows no other targets than
// hosts.
func DialTCP(ctx context.Context, t Target, addr string) (net.Conn, error) {
	if !t.IsHost() {
		return nil, errors.New("only a host can be reached over TCP")
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", addr)
}

func (s *Session) resolve(ctx context.Context) error {
	if domain := s.opts.Target.MX; domain != "" {
		return s.findRoute(ctx, domain)
	}
	host := s.opts.Target.Host
	began := s.opts.Now()
	ctx, cancel := context.WithTimeout(ctx, s.connectLimit())
	defer cancel()
	addrs, err := s.opts.Lookup(ctx, host)
	if err == nil && len(addrs) == 0 {
		err = errors.New("no address")
	}
	if err = s.hurried(ctx, err); err != nil {
		err = &networkError{"resolve " + host, err}
		s.fail(FaultResolve, err.Error())
		return err
	}
	if s.opts.Vouch != nil {
		s.opts.Vouch(ctx, host, s.opts.Target.Port, s.Note)
	}
	facts := []Fact{{"host", host}}
	for _, a := range addrs {
		facts = append(facts, Fact{"addr", a})
	}
	text := fmt.Sprintf("%s is %s", host, strings.Join(addrs, ", "))
	if len(addrs) == 1 && addrs[0] == host {
		text = host + " stays a name: who connects looks it up"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.append(Event{Kind: Resolved, Facts: facts, Text: text + s.took(began)})
	return nil
}

// connect tries the addresses of the target in order until one answers.
func (s *Session) connect(ctx context.Context, st Step) error {
	t, addrs := s.opts.Target, s.State().Addresses
	if st.To != nil {
		t, addrs = *st.To, []string{st.Addr}
	}
	if !t.IsHost() || len(addrs) == 0 || addrs[0] == "" {
		addrs = []string{t.Host}
	}
	s.mu.Lock()
	open := s.conn != nil
	s.target = t
	s.mu.Unlock()
	if open {
		return errors.New("connect: a channel is open already; hang up first")
	}
	var last error
	for _, a := range addrs {
		if last = s.connectTo(ctx, t, a); last == nil {
			return nil
		}
		// A channel that was open and is no more answered for this target,
		// whether the write or the reader has found out first.
		if ctx.Err() != nil || errors.Is(last, errWrite) || errors.Is(last, ErrNotOpen) {
			break
		}
	}
	return last
}

func (s *Session) connectTo(ctx context.Context, t Target, addr string) error {
	if t.IsHost() {
		addr = net.JoinHostPort(addr, strconv.Itoa(t.Port))
	} else {
		addr = t.String()
	}
	began := s.opts.Now()
	ctx, cancel := context.WithTimeout(ctx, s.connectLimit())
	defer cancel()
	conn, err := s.opts.Dial(ctx, t, addr)
	if err != nil {
		err = &networkError{"connect to " + addr, err}
		s.fail(FaultConnect, err.Error())
		return err
	}
	c, ok := conn.(*Channel)
	if !ok {
		c = &Channel{Conn: conn}
	}
	s.mu.Lock()
	s.conn, s.reset, s.half, s.farewell = c.Conn, false, false, c.Farewell
	s.block++
	e := s.openedBy(c)
	e.Text = fmt.Sprintf("connected to %s%s%s", addr, byWay(e), s.took(began))
	s.append(e)
	if !s.opts.TLS.Implicit {
		s.startReading(c.Conn)
	}
	s.mu.Unlock()
	if err := s.sayPreamble(ctx, c.Preamble); err != nil {
		return err
	}
	if s.opts.TLS.Implicit {
		return s.handshake(ctx, c.Conn, nil)
	}
	return nil
}

// openedBy makes the Opened event of a channel, without its words.
func (s *Session) openedBy(c *Channel) Event {
	mode := "none"
	if s.opts.TLS.Implicit {
		mode = "implicit"
	}
	facts := append([]Fact{
		{"host", s.target.hostName()}, {"addr", c.RemoteAddr().String()},
		{"from", c.LocalAddr().String()}, {"tls", mode},
	}, c.Facts...)
	if n := len(c.Preamble); n > 0 {
		facts = append(facts, Fact{"preamble", strconv.Itoa(n)})
	}
	return Event{Kind: Opened, Facts: facts}
}

// byWay names the proxy of a channel, if there is one.
func byWay(e Event) string {
	if via := e.Fact("via"); via != "" {
		return " by way of " + via
	}
	return ""
}

// sayPreamble writes what stands before the conversation.
func (s *Session) sayPreamble(ctx context.Context, preamble []byte) error {
	if len(preamble) == 0 {
		return nil
	}
	n, err := s.write(ctx, preamble, false)
	err = s.wrote(err, func() {
		s.append(s.sentLines(nil, bytes.Clone(preamble[:n]), 0)...)
	})
	if err == nil {
		return nil
	}
	if s.opts.TLS.Implicit { // nobody reads, so nobody else finds out
		_ = s.hangUp()
	}
	return fmt.Errorf("preamble: %w", err)
}

func (t Target) hostName() string {
	if !t.IsHost() {
		return t.String()
	}
	return t.Host
}

// farewells returns what a channel that has just been closed had left to tell:
// facts, and the same in words. s.mu must be held.
func (s *Session) farewells() (facts []Fact, text string) {
	if s.farewell != nil {
		facts = s.farewell()
		s.farewell = nil
	}
	for _, f := range facts {
		text += "; " + f.Key + ": " + f.Value
	}
	return facts, text
}

func (s *Session) connectLimit() time.Duration {
	if s.opts.Timeout > 0 {
		return s.opts.Timeout
	}
	return connectTimeout
}

// hurried says of a question to the DNS that failed if it was given no more time.
func (s *Session) hurried(ctx context.Context, err error) error {
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &limitError{s.connectLimit(), err}
	}
	return err
}

// limitError is that of something that was given a time, and needed more.
type limitError struct {
	limit time.Duration
	err   error
}

func (e *limitError) Error() string { return fmt.Sprintf("%s; it had %s", reason(e.err), e.limit) }
func (e *limitError) Unwrap() error { return e.err }

// took says how long something lasted, if that can be noticed.
func (s *Session) took(since time.Time) string {
	if d := s.opts.Now().Sub(since).Round(time.Millisecond); d > 0 {
		return " in " + d.String()
	}
	return ""
}

// networkError says of an error of the network what tells a person something.
type networkError struct {
	doing string
	err   error
}

func (e *networkError) Error() string { return e.doing + ": " + reason(e.err) }
func (e *networkError) Unwrap() error { return e.err }

// reason returns the part of a network error that tells a person something.
func reason(err error) string {
	var op *net.OpError
	var dns *net.DNSError
	var errno syscall.Errno
	var stage *StageError
	var record tls.RecordHeaderError
	var limit *limitError
	switch {
	case errors.As(err, &limit):
		return limit.Error()
	case errors.As(err, &record):
		// Some servers leave TLS before they say why they hang up.
		return fmt.Sprintf("what came is no TLS record, and may be plain text: %q…", record.RecordHeader[:])
	case errors.As(err, &stage):
		return stage.Stage + ": " + reason(stage.Err)
	case errors.Is(err, context.DeadlineExceeded):
		return "timed out"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.As(err, &dns):
		return dns.Err
	case errors.As(err, &errno):
		return errno.Error()
	case errors.As(err, &op):
		return op.Err.Error()
	}
	return err.Error()
}
