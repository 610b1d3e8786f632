package session

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// TLS says how a handshake is made and what is verified. The zero value asks
// for what everybody should: the system's roots, the host's name.
//
// A certificate that does not verify does not break the handshake. The verdict
// is a fact of the Secured event and part of the state; whoever drives the
// session decides.
type TLS struct {
	Implicit     bool   // handshake first, then the greeting (RFC 8314, 3); smtps:// sets it
	ServerName   string // sent as SNI; default: the target's host
	VerifyName   string // what the certificate must name; default: ServerName
	Roots        *x509.CertPool
	Certificates []tls.Certificate // of the client
	MinVersion   uint16            // default TLS 1.2 (RFC 8996), and 1.0 if MaxVersion is lower
	MaxVersion   uint16
	CipherSuites []uint16  // of TLS 1.2 and before; those of 1.3 cannot be chosen
	KeyLog       io.Writer // NSS key log, for Wireshark
	// Sessions keeps what a later handshake with the same host can resume. nil
	// makes every handshake a whole one: who debugs a server wants to see the
	// certificate that it has now.
	Sessions tls.ClientSessionCache
	// Trust judges the certificates of a host in place of Roots and VerifyName
	// where it says that it can: DANE (RFC 7672). May be nil.
	Trust func(host string, chain []*x509.Certificate, now time.Time) (judged bool, err error)
}

// Vouched is a channel that knows what its other end has to prove, such as one
// to a server in the same process. A handshake on it goes by these roots and
// this name where [TLS] and the target say nothing.
type Vouched interface {
	net.Conn
	Vouch() (roots *x509.CertPool, name string)
}

// tlsOptions fills in what follows from the target and from the channel.
func (s *Session) tlsOptions(conn net.Conn, how *Offer) TLS {
	o := how.over(s.opts.TLS)
	if o.ServerName == "" {
		s.mu.Lock()
		o.ServerName = s.target.Host
		s.mu.Unlock()
	}
	if v, ok := conn.(Vouched); ok {
		roots, name := v.Vouch()
		if o.Roots == nil {
			o.Roots = roots
		}
		if o.ServerName == "" {
			o.ServerName = name
		}
	}
	if o.VerifyName == "" {
		o.VerifyName = o.ServerName
	}
	if o.MinVersion == 0 {
		o.MinVersion = tls.VersionTLS12
		if o.MaxVersion != 0 && o.MaxVersion < tls.VersionTLS12 { // somebody wants to see what is no longer to be used
			o.MinVersion = tls.VersionTLS10
		}
	}
	return o
}

// ConnectionState tells about the TLS of the open channel, if it has one.
func (s *Session) ConnectionState() (tls.ConnectionState, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.conn.(*tls.Conn); ok {
		return c.ConnectionState(), true
	}
	return tls.ConnectionState{}, false
}

// startTLS makes a handshake on the open channel.
func (s *Session) startTLS(ctx context.Context, how *Offer) error {
	conn := s.pause()
	if conn == nil {
		return fmt.Errorf("starttls: %w", ErrNotOpen)
	}
	return s.handshake(ctx, conn, how)
}

// pause ends the reader, so that the handshake has the channel for itself,
// and returns the channel. What the server sent before is in the log.
func (s *Session) pause() net.Conn {
	s.mu.Lock()
	conn, reading := s.conn, s.reading
	s.pausing = true
	s.mu.Unlock()
	if conn != nil && reading != nil {
		_ = conn.SetReadDeadline(time.Unix(1, 0))
		<-reading
		_ = conn.SetReadDeadline(time.Time{})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pausing = false
	return s.conn // nil if the channel ended meanwhile
}

func (s *Session) handshake(ctx context.Context, conn net.Conn, how *Offer) error {
	began := s.opts.Now()
	ctx, cancel := context.WithTimeout(ctx, s.connectLimit())
	defer cancel()
	first := &overheard{Conn: conn}
	o := s.tlsOptions(conn, how)
	client := tls.Client(first, o.config())
	err := client.HandshakeContext(ctx)
	if err != nil {
		text := "TLS handshake: " + s.handshakeReason(err, first.octets)
		plain := first.plainText()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.append(Event{Kind: Failed, Fault: FaultTLS, Text: text})
		if len(plain) > 0 {
			s.receive(NewDecoder(s.opts.Limits), plain)
		}
		s.conn = nil
		_ = conn.Close()
		s.append(s.closedBy("client", "fin", "closed by the client"))
		return fmt.Errorf("tls handshake: %w", err)
	}
	first.deaf, first.octets = true, nil
	cs := client.ConnectionState()
	facts, text := s.tlsFacts(cs, o)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = client
	s.append(Event{Kind: Secured, Facts: facts, Text: text + s.took(began)})
	s.startReading(client)
	return nil
}

func (o TLS) config() *tls.Config {
	return &tls.Config{
		ServerName: o.ServerName, Certificates: o.Certificates, KeyLogWriter: o.KeyLog,
		MinVersion: o.MinVersion, MaxVersion: o.MaxVersion, CipherSuites: o.CipherSuites,
		ClientSessionCache: o.Sessions,
		// The verdict is made in tlsFacts: a debugger shows a bad certificate
		// instead of refusing to look at it.
		InsecureSkipVerify: true,
	}
}

// tlsFacts lists what the handshake agreed on, the chain, and the verdict.
// Keys come in the groups that a transcript writes as lines: version … alpn,
// then peer … sha256 for each certificate, then chain, name, reason.
func (s *Session) tlsFacts(cs tls.ConnectionState, o TLS) ([]Fact, string) {
	dash := func(v string) string {
		if v == "" {
			return "-"
		}
		return v
	}
	facts := []Fact{
		{"version", strings.ReplaceAll(tls.VersionName(cs.Version), "TLS 1", "TLSv1")},
		{"cipher", tls.CipherSuiteName(cs.CipherSuite)},
		{"group", dash(groupName(cs.CurveID))},
		{"sni", dash(cs.ServerName)}, {"alpn", dash(cs.NegotiatedProtocol)},
	}
	if o.Sessions != nil {
		facts = append(facts, Fact{"resumed", map[bool]string{true: "yes", false: "no"}[cs.DidResume]})
	}
	if len(cs.OCSPResponse) > 0 && len(cs.PeerCertificates) > 0 {
		facts = append(facts, Fact{"ocsp", stapled(cs.OCSPResponse, cs.PeerCertificates[0])})
	}
	for i, cert := range cs.PeerCertificates {
		facts = append(facts, certFacts(i, cert)...)
	}
	chain, name := s.verify(cs, o)
	text := fmt.Sprintf("%s %s, ", tls.VersionName(cs.Version), tls.CipherSuiteName(cs.CipherSuite))
	if cs.DidResume {
		text += "resumed, "
	}
	verdict := "verified"
	ok := func(err error) string {
		if err != nil {
			return "bad"
		}
		return "ok"
	}
	facts = append(facts, Fact{"chain", ok(chain)}, Fact{"name", ok(name)})
	if ocsp := (Event{Facts: facts}).Fact("ocsp"); strings.HasPrefix(ocsp, "stapled: revoked") {
		verdict += ", but " + ocsp
	}
	if err := errors.Join(chain, name); err != nil {
		reason := strings.ReplaceAll(err.Error(), "\n", "; ")
		facts = append(facts, Fact{"reason", reason})
		verdict = "NOT verified: " + reason
	}
	return facts, text + verdict
}

func groupName(id tls.CurveID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

func certFacts(i int, c *x509.Certificate) []Fact {
	sum := sha256.Sum256(c.Raw)
	sans := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		sans = append(sans, ip.String())
	}
	return []Fact{
		{"peer", fmt.Sprint(i)},
		{"subject", c.Subject.String()}, {"issuer", c.Issuer.String()},
		{"san", strings.Join(sans, ",")},
		{"not-before", c.NotBefore.UTC().Format(time.RFC3339)},
		{"not-after", c.NotAfter.UTC().Format(time.RFC3339)},
		{"key", keyName(c)},
		{"sha256", hex.EncodeToString(sum[:])},
	}
}

// keyName says which kind of key a certificate has, and how long it is.
func keyName(c *x509.Certificate) string {
	name := c.PublicKeyAlgorithm.String()
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("%s %d", name, k.N.BitLen())
	case *ecdsa.PublicKey:
		return fmt.Sprintf("%s %d", name, k.Curve.Params().BitSize)
	}
	return name
}

// verify judges the chain and the name apart: which of the two is wrong is
// what a person wants to know first.
func (s *Session) verify(cs tls.ConnectionState, o TLS) (chain, name error) {
	if len(cs.PeerCertificates) == 0 {
		return errors.New("the server sent no certificate"), nil
	}
	if o.Trust != nil {
		if judged, err := o.Trust(o.ServerName, cs.PeerCertificates, s.opts.Now()); judged {
			return err, nil
		}
	}
	leaf := cs.PeerCertificates[0]
	between := x509.NewCertPool()
	for _, c := range cs.PeerCertificates[1:] {
		if !selfSigned(c) {
			between.AddCert(c)
		}
	}
	_, chain = leaf.Verify(x509.VerifyOptions{Roots: o.Roots, Intermediates: between, CurrentTime: s.opts.Now()})
	return chain, leaf.VerifyHostname(o.VerifyName)
}

// selfSigned says whether a certificate is signed with its own key. It may be a
// root, but is no link to one: tried as that it costs a signature more, and the
// chain ends where it did before.
//
// RFC 5280, 4.2.1.1: only such a one may leave out the identifier of the key
// that signed it.
func selfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawIssuer, c.RawSubject) &&
		(len(c.AuthorityKeyId) == 0 || bytes.Equal(c.AuthorityKeyId, c.SubjectKeyId))
}

// handshakeReason says in words what a person would have to guess.
func (s *Session) handshakeReason(err error, first []byte) string {
	var record tls.RecordHeaderError
	switch isRecord := len(first) > 0 && first[0] >= 0x14 && first[0] <= 0x17; { // RFC 8446, B.1
	case errors.As(err, &record) && isRecord:
		return "the server's TLS cannot be read: " + record.Msg
	case errors.As(err, &record) && len(first) > 0:
		return fmt.Sprintf("the server answered in plain text: %q", first[:min(80, len(first))])
	}
	if errors.Is(err, io.EOF) {
		return "the server closed the channel"
	}
	// RFC 8446, 6: who gives up says why, in a word that both ends know; it
	// counts which of them it was.
	if op := (*net.OpError)(nil); errors.As(err, &op) && op.Op == "remote error" {
		return "the server gave up: " + strings.TrimPrefix(reason(err), "tls: ")
	}
	return strings.TrimPrefix(reason(err), "tls: ")
}
