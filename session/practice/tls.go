package practice

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"time"

	"ehlo/session"
)

// handshakeTimeout bounds a TLS handshake; no RFC names a number.
const handshakeTimeout = time.Minute

// trust is what the client's end of a channel in memory can say about its
// server. It makes nothing until somebody asks.
type trust struct{ srv *Server }

// Vouch implements [session.Vouched]: the server's own authority, and the name
// its certificate has.
func (e *end) Vouch() (*x509.CertPool, string) {
	if e.trust == nil {
		return nil, ""
	}
	name := e.trust.srv.opts.Name
	a, err := e.trust.srv.Authority()
	if err != nil {
		return x509.NewCertPool(), name // nothing verifies
	}
	return a.Roots(), name
}

// Authority returns the one that the server's certificate is from:
// Options.Authority, or one that is made when it is first needed.
func (s *Server) Authority() (*Authority, error) {
	if s.opts.Authority != nil {
		return s.opts.Authority, nil
	}
	return s.ownAuthority()
}

// makeTLS is called once, for all connections.
func (s *Server) makeTLS() (*tls.Config, error) {
	a, err := s.Authority()
	if err != nil {
		return nil, err
	}
	cert, err := s.certificate(a)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		Certificates: []tls.Certificate{cert},
		MinVersion:   tls.VersionTLS12, // RFC 8996
		// AUTH EXTERNAL needs a certificate; who issued it does not matter here.
		ClientAuth: tls.RequestClientCert,
	}, nil
}

// certificate is a good one, or what is wrong with it is what the scenario says.
func (s *Server) certificate(a *Authority) (tls.Certificate, error) {
	names := []string{s.opts.Name, "localhost", "127.0.0.1", "::1"}
	switch s.scenario.certificate {
	case "expired":
		return a.issue(time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), names)
	case "other-name":
		return a.Issue("other.example")
	case "self-signed":
		return selfSigned(names)
	case "stapled", "revoked":
		cert, err := a.Issue(names...)
		if err == nil {
			cert.OCSPStaple, err = a.staple(cert, s.scenario.certificate == "revoked")
		}
		return cert, err
	case "untrusted":
		other, err := NewAuthority()
		if err != nil {
			return tls.Certificate{}, err
		}
		return other.Issue(names...)
	}
	return a.Issue(names...)
}

// startTLS: RFC 3207, 4.
func (c *conn) startTLS(cmd session.Command) string {
	switch {
	case c.state.Secure:
		return reply("503 5.5.1 The channel is under TLS already")
	case !c.has("STARTTLS"):
		return notImplemented()
	case argument(cmd) != "":
		return reply("501 5.5.4 STARTTLS takes no argument")
	case !c.state.ESMTP:
		return reply("503 5.5.1 EHLO first")
	case c.state.InTransaction():
		return reply("503 5.5.1 A transaction is open; RSET ends it")
	}
	if _, err := c.srv.tls(); err != nil {
		return reply("454 4.7.0 TLS is not available")
	}
	return reply("220 2.0.0 Ready to start TLS")
}

// secure makes the handshake, and begins anew on the channel under TLS.
//
// Octets that came behind STARTTLS are given to TLS, which can make nothing of
// a command: they are never read as one, neither in the clear nor as if they
// had come under TLS (RFC 3207, 4 and 6).
func (c *conn) secure() {
	config, err := c.srv.tls()
	if err != nil || c.out.Flush() != nil || !c.meetsHandshake() {
		c.over = true
		return
	}
	early, _ := c.in.Peek(c.in.Buffered())
	under := tls.Server(&prefixed{Conn: c.raw, early: bytes.Clone(early)}, config)
	_ = c.raw.SetDeadline(time.Now().Add(min(handshakeTimeout, c.srv.opts.IdleTimeout)))
	err = under.Handshake()
	if err != nil {
		failed := session.Event{Kind: session.Failed, Fault: session.FaultTLS}
		if none, ok := errors.AsType[tls.RecordHeaderError](err); ok && none.Conn != nil {
			failed.Facts = []session.Fact{{Key: "tls", Value: "none"}} // it spoke, but no TLS
		}
		c.applyEvent(failed)
		c.over = true
		return
	}
	cs := under.ConnectionState()
	c.applyEvent(session.Event{Kind: session.Secured, Facts: []session.Fact{
		{Key: "version", Value: strings.ReplaceAll(tls.VersionName(cs.Version), "TLS 1", "TLSv1")},
		{Key: "cipher", Value: tls.CipherSuiteName(cs.CipherSuite)},
	}})
	c.under = under
	c.channel(under)
	c.patience()
}

// meetsHandshake does what the scenario says about a handshake, as soon as it
// begins, and reports whether it is to be made.
func (c *conn) meetsHandshake() bool {
	if !c.rulesOn(handshakeBegun) {
		return true
	}
	_ = c.rw.SetReadDeadline(time.Now().Add(min(handshakeTimeout, c.srv.opts.IdleTimeout)))
	if _, err := c.in.Peek(1); err != nil {
		return false
	}
	none := func() string { return "" }
	r, ok := c.find(handshakeBegun, session.Command{}, none)
	if !ok {
		return true
	}
	c.greets = false
	c.performRaw(r)
	return c.greets && !c.over
}

// performRaw carries out a rule on a handshake: its octets are no replies.
func (c *conn) performRaw(r rule) {
	for _, a := range r.actions {
		switch a.verb {
		case "raw":
			_, _ = c.out.WriteString(a.text)
			_ = c.out.Flush()
		case "delay":
			c.pause(a.delay)
		case "go":
			c.greets = true
		case "close", "reset":
			c.hangUp(a.verb == "reset")
		}
	}
}

// prefixed gives octets that were read before those that are still to come.
type prefixed struct {
	net.Conn
	early []byte
}

func (p *prefixed) Read(b []byte) (int, error) {
	if len(p.early) == 0 {
		return p.Conn.Read(b)
	}
	n := copy(b, p.early)
	p.early = p.early[n:]
	return n, nil
}

// sayGoodbye ends TLS in order, so that the client can tell an end from a cut
// (RFC 8446, 6.1).
func (c *conn) sayGoodbye() {
	if c.under != nil && !c.abrupt {
		_ = c.under.CloseWrite()
	}
}
