package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// goSMTP is a server that is independent of ehlo, in this process: a small
// backend on emersion/go-smtp. At 0 it offers STARTTLS, at 1 it is in TLS
// from the start, at 2 it speaks LMTP. It knows alice and bob, josé, and full,
// whose mailbox is.
type goSMTP struct {
	mu      sync.Mutex
	letters []letter
}

// letter is what the server was told.
type letter struct {
	from    string
	options smtp.MailOptions
	to      []string
	params  []smtp.RcptOptions
	content []byte
}

func startGoSMTP(t *testing.T) (*goSMTP, peer) {
	t.Helper()
	cert, ca := ownCertificate(t)
	// The certificate of a client is asked for and trusted if it is the server's.
	roots := x509.NewCertPool()
	roots.AddCert(cert.Leaf)
	config := &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: roots}
	g := &goSMTP{}
	p := peer{name: "go-smtp", user: "alice", ca: ca, addrs: make([]string, 3)}
	for i := range p.addrs {
		s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
			return &goSession{server: g, conn: c}, nil
		}))
		s.Domain, s.TLSConfig, s.LMTP = "gosmtp.test.example", config, i == 2
		s.MaxMessageBytes, s.AllowInsecureAuth = 10<<20, true
		s.EnableSMTPUTF8, s.EnableBINARYMIME, s.EnableDSN, s.EnableREQUIRETLS = true, true, true, true
		s.EnableRRVS, s.EnableDELIVERBY, s.EnableMTPRIORITY = true, true, true
		s.ReadTimeout, s.WriteTimeout = time.Minute, time.Minute
		s.ErrorLog = silent{}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		p.addrs[i] = l.Addr().String()
		if i == 1 {
			l = tls.NewListener(l, config)
		}
		served := make(chan struct{})
		go func() { defer close(served); _ = s.Serve(l) }()
		// Shutdown waits for the connections. Close would not, and would touch
		// those whose clients have gone while the server still has to see that.
		t.Cleanup(func() { l.Close(); <-served; _ = s.Shutdown(context.Background()) })
	}
	return g, p
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

// last returns the newest message.
func (g *goSMTP) last(t *testing.T) letter {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.letters) == 0 {
		t.Fatal("no message came")
	}
	return g.letters[len(g.letters)-1]
}

type goSession struct {
	server *goSMTP
	conn   *smtp.Conn
	letter letter
}

func (s *goSession) Reset()        { s.letter = letter{} }
func (s *goSession) Logout() error { return nil }

func (s *goSession) Mail(from string, o *smtp.MailOptions) error {
	s.letter = letter{from: from, options: *o}
	return nil
}

func (s *goSession) Rcpt(to string, o *smtp.RcptOptions) error {
	switch local, _, _ := strings.Cut(to, "@"); local {
	case "alice", "bob", "josé", "full":
		s.letter.to, s.letter.params = append(s.letter.to, to), append(s.letter.params, *o)
		return nil
	}
	return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
}

// Data runs beside the connection where the content comes in chunks. If that
// goes wrong the connection has been reset, and the letter is its own again.
func (s *goSession) Data(r io.Reader) error {
	content, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	letter := s.letter
	letter.content = content
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.letters = append(s.server.letters, letter)
	return nil
}

func (s *goSession) LMTPData(r io.Reader, status smtp.StatusCollector) error {
	err := s.Data(r)
	if err != nil {
		return err
	}
	for _, to := range s.letter.to {
		if strings.HasPrefix(to, "full@") {
			status.SetStatus(to, &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"})
		} else {
			status.SetStatus(to, err)
		}
	}
	return err
}

func (s *goSession) AuthMechanisms() []string {
	mechs := []string{"PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER", "ANONYMOUS"}
	if _, secure := s.conn.TLSConnectionState(); secure {
		mechs = append(mechs, "EXTERNAL")
	}
	return mechs
}

func (s *goSession) Auth(mech string) (sasl.Server, error) {
	check := func(good bool) error {
		if !good {
			return smtp.ErrAuthFailed
		}
		return nil
	}
	switch mech {
	case "PLAIN":
		return sasl.NewPlainServer(func(_, user, password string) error {
			return check(user == "alice" && password == "wonderland")
		}), nil
	case "OAUTHBEARER":
		return sasl.NewOAuthBearerServer(func(o sasl.OAuthBearerOptions) *sasl.OAuthBearerError {
			if o.Token != "wonderland" {
				return &sasl.OAuthBearerError{Status: "invalid_token", Schemes: "bearer"}
			}
			return nil
		}), nil
	case "ANONYMOUS":
		return sasl.NewAnonymousServer(func(string) error { return nil }), nil
	case "EXTERNAL":
		return sasl.NewExternalServer(func(string) error {
			state, _ := s.conn.TLSConnectionState()
			return check(len(state.VerifiedChains) > 0)
		}), nil
	case "LOGIN":
		return &asking{[]string{"Username:", "Password:"}, "alice\nwonderland", nil}, nil
	case "XOAUTH2":
		return &asking{[]string{""}, "user=alice\x01auth=Bearer wonderland\x01\x01", nil}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

// asking is a mechanism of fixed challenges and answers.
type asking struct {
	challenges []string
	want       string
	got        []string
}

func (a *asking) Next(response []byte) ([]byte, bool, error) {
	if response != nil {
		a.got = append(a.got, string(response))
	}
	switch {
	case len(a.got) < len(a.challenges):
		return []byte(a.challenges[len(a.got)]), false, nil
	case strings.Join(a.got, "\n") != a.want:
		return nil, true, smtp.ErrAuthFailed
	}
	return nil, true, nil
}

// ownCertificate makes a certificate for 127.0.0.1 that vouches for itself,
// and a folder with cert.pem and key.pem; it returns the former's name.
func ownCertificate(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "gosmtp.test.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err1 := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	secret, err2 := x509.MarshalPKCS8PrivateKey(key)
	dir := t.TempDir()
	var certPEM, keyPEM bytes.Buffer
	err3 := pem.Encode(&certPEM, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	err4 := pem.Encode(&keyPEM, &pem.Block{Type: "PRIVATE KEY", Bytes: secret})
	err5 := os.WriteFile(filepath.Join(dir, "cert.pem"), certPEM.Bytes(), 0o600)
	err6 := os.WriteFile(filepath.Join(dir, "key.pem"), keyPEM.Bytes(), 0o600)
	cert, err7 := tls.X509KeyPair(certPEM.Bytes(), keyPEM.Bytes())
	if err := errors.Join(err1, err2, err3, err4, err5, err6, err7); err != nil {
		t.Fatal(err)
	}
	return cert, filepath.Join(dir, "cert.pem")
}
