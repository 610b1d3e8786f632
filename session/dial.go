package session

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// DialTCP is the default way to open a channel.
func DialTCP(ctx context.Context, _ Target, addr string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", addr)
}

func (s *Session) resolve(ctx context.Context) error {
	host := s.opts.Target.Host
	began := s.opts.Now()
	ctx, cancel := context.WithTimeout(ctx, s.connectLimit())
	defer cancel()
	addrs, err := s.opts.Lookup(ctx, host)
	if err == nil && len(addrs) == 0 {
		err = errors.New("no address")
	}
	if err != nil {
		s.fail(FaultResolve, fmt.Sprintf("resolve %s: %s", host, reason(err)))
		return fmt.Errorf("resolve %s: %w", host, err)
	}
	facts := []Fact{{"host", host}}
	for _, a := range addrs {
		facts = append(facts, Fact{"addr", a})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.append(Event{
		Kind: Resolved, Facts: facts,
		Text: fmt.Sprintf("%s is %s%s", host, strings.Join(addrs, ", "), s.took(began)),
	})
	return nil
}

// connect tries the addresses of the target in order until one answers.
func (s *Session) connect(ctx context.Context) error {
	s.mu.Lock()
	open := s.conn != nil
	s.mu.Unlock()
	if open {
		return errors.New("connect: a channel is open already; hang up first")
	}
	t := s.opts.Target
	addrs := s.State().Addresses
	if t.Practice != "" || len(addrs) == 0 {
		addrs = []string{t.Host}
	}
	var last error
	for _, a := range addrs {
		if last = s.connectTo(ctx, t, a); last == nil {
			return nil
		}
		if ctx.Err() != nil {
			break
		}
	}
	return last
}

func (s *Session) connectTo(ctx context.Context, t Target, addr string) error {
	if t.Practice == "" {
		addr = net.JoinHostPort(addr, strconv.Itoa(t.Port))
	} else {
		addr = t.String()
	}
	began := s.opts.Now()
	ctx, cancel := context.WithTimeout(ctx, s.connectLimit())
	defer cancel()
	conn, err := s.opts.Dial(ctx, t, addr)
	if err != nil {
		s.fail(FaultConnect, fmt.Sprintf("connect to %s: %s", addr, reason(err)))
		return fmt.Errorf("connect to %s: %w", addr, err)
	}
	mode := "none"
	if s.opts.TLS.Implicit {
		mode = "implicit"
	}
	s.mu.Lock()
	s.conn, s.reset = conn, false
	s.block++
	s.append(Event{
		Kind: Opened,
		Facts: []Fact{
			{"host", t.hostName()}, {"addr", conn.RemoteAddr().String()},
			{"from", conn.LocalAddr().String()}, {"tls", mode},
		},
		Text: fmt.Sprintf("connected to %s%s", addr, s.took(began)),
	})
	if !s.opts.TLS.Implicit {
		s.startReading(conn)
	}
	s.mu.Unlock()
	if s.opts.TLS.Implicit {
		return s.handshake(ctx, conn)
	}
	return nil
}

func (t Target) hostName() string {
	if t.Practice != "" {
		return t.String()
	}
	return t.Host
}

func (s *Session) connectLimit() time.Duration {
	if s.opts.Timeout > 0 {
		return s.opts.Timeout
	}
	return connectTimeout
}

// took says how long something lasted, if that can be noticed.
func (s *Session) took(since time.Time) string {
	if d := s.opts.Now().Sub(since).Round(time.Millisecond); d > 0 {
		return " in " + d.String()
	}
	return ""
}

// reason returns the part of a network error that tells a person something.
func reason(err error) string {
	var op *net.OpError
	var dns *net.DNSError
	var errno syscall.Errno
	switch {
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
