package practice

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/session"
	"ehlo/session/sasl"
)

// secured is a conversation up to the second EHLO, the one under TLS.
const secured = hello + `C: STARTTLS
	S: 220 2.0.0 Ready to start TLS
	= tls
	C: EHLO client.example
	S: 250-practice.example greets client.example
	S: 250-PIPELINING
	S: 250-SIZE 1000
	S: 250-8BITMIME
	S: 250-ENHANCEDSTATUSCODES
	S: 250-AUTH SCRAM-SHA-512-PLUS SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 ANONYMOUS PLAIN LOGIN XOAUTH2 OAUTHBEARER
	S: 250-CHUNKING
	S: 250-DSN
	S: 250-SMTPUTF8
	S: 250-PRDR
	S: 250-VRFY
	S: 250-EXPN
	S: 250 HELP
	`

func TestSTARTTLSConversations(t *testing.T) {
	for _, c := range []struct{ name, scenario, conversation string }{
		{"the server forgets", "default", hello + `C: STARTTLS
			S: 220 2.0.0 Ready to start TLS
			= tls
			C: MAIL FROM:<>
			S: 503 5.5.1 EHLO or HELO first
			C: AUTH ANONYMOUS =
			S: 503 5.5.1 EHLO first`},
		{"once only", "default", secured + `C: STARTTLS
			S: 503 5.5.1 The channel is under TLS already
			C: QUIT
			S: 221 2.0.0 practice.example closing the channel
			S.`},
		{"out of place", "default", `S: 220 practice.example ESMTP ehlo practice server 0.1.0
			C: STARTTLS
			S: 503 5.5.1 EHLO first` + strings.TrimPrefix(given, "S: 220 practice.example ESMTP ehlo practice server 0.1.0") + `C: STARTTLS
			S: 503 5.5.1 A transaction is open; RSET ends it
			C: RSET
			S: 250 2.0.0 Ok
			C: STARTTLS now
			S: 501 5.5.4 STARTTLS takes no argument`},
		{"the login is forgotten", "default", hello + `C: AUTH ANONYMOUS =
			S: 235 2.7.0 Authentication successful
			C: STARTTLS
			S: 220 2.0.0 Ready to start TLS
			= tls
			C: LHLO client.example
			S: 502 Command not implemented
			C: HELO client.example
			S: 250 practice.example greets client.example`},
		{"required", "starttls-required", hello + `C: MAIL FROM:<>
			S: 530 5.7.0 Must issue a STARTTLS command first
			C: RSET
			S: 530 5.7.0 Must issue a STARTTLS command first
			C: AUTH ANONYMOUS =
			S: 530 5.7.0 Must issue a STARTTLS command first
			C: HELO client.example
			S: 530 Must issue a STARTTLS command first
			C: NOOP
			S: 250 2.0.0 Ok
			` + strings.TrimPrefix(secured, hello) + `C: MAIL FROM:<>
			S: 250 2.1.0 <> Ok`},
		{"refused", "starttls-refused", hello + `C: STARTTLS
			S: 454 4.7.0 TLS not available due to temporary reason
			C: MAIL FROM:<>
			S: 250 2.1.0 <> Ok`},
	} {
		t.Run(c.name, func(t *testing.T) { talk(t, c.scenario, c.conversation) })
	}
}

// TestWhatStandsBehindSTARTTLSIsNoCommand: whether it comes in the same write
// or in another, no octet that was in the clear is answered.
func TestWhatStandsBehindSTARTTLSIsNoCommand(t *testing.T) {
	for _, injected := range []string{"NOOP\r\n", "EHLO mallory.example\r\nMAIL FROM:<m@x.example>\r\n", "\x00", strings.Repeat("x", 9000) + "\r\n"} {
		sc, _ := Find(Default)
		srv := New(sc, Options{})
		c, err := srv.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(c, "EHLO client.example\r\nSTARTTLS\r\n"+injected)
		_ = c.(*end).CloseWrite()
		said, err := io.ReadAll(c)
		_, after, ok := strings.Cut(string(said), "220 2.0.0 Ready to start TLS\r\n")
		if err != nil || !ok || strings.Contains(after, "250") || strings.Contains(after, "\r\n") {
			t.Errorf("%.20q: behind the 220 the server said %q (%v)", injected, after, err)
		}
		c.Close()
	}
}

// TestImplicitTLS over TCP, verified by name and by each address.
func TestImplicitTLS(t *testing.T) {
	a, err := NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	sc, _ := Find(Default)
	for i, o := range []Options{{ImplicitTLS: true, Authority: a}, {Authority: a, Name: "mx.test.example"}} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			sc, _ = Find("implicit-tls")
		}
		srv := New(sc, o)
		served := make(chan error, 1)
		go func() { served <- srv.Serve(l) }()
		for _, name := range []string{"localhost", "127.0.0.1", "::1", srv.opts.Name} {
			s := session.New(session.Options{
				Target:  session.Target{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port},
				TLS:     session.TLS{Implicit: true, Roots: a.Roots(), VerifyName: name},
				Timeout: time.Minute,
			})
			if err := s.Do(t.Context(), session.Step{Kind: session.Connect}, session.Line("EHLO c.example")); err != nil {
				t.Fatal(err)
			}
			if st := s.State(); !st.Verified || !st.Secure || st.Offered.Has("STARTTLS") || st.Offered == nil {
				t.Errorf("%s: %s, offered %v", name, st.Unverified, st.Offered)
			}
			s.Close()
		}
		srv.Close()
		<-served
	}
}

// TestVouchIsWhatTheServerProves: a client in memory verifies without being
// told whom to trust, and what it is told comes first.
func TestVouchIsWhatTheServerProves(t *testing.T) {
	other, err := NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		tls  session.TLS
		want bool
	}{
		{"by itself", session.TLS{}, true},
		{"another name that the certificate has", session.TLS{VerifyName: "localhost"}, true},
		{"a name that it has not", session.TLS{ServerName: "mx.test.example"}, false},
		{"other roots", session.TLS{Roots: other.Roots()}, false},
		{"TLS 1.2", session.TLS{MaxVersion: tls.VersionTLS12}, true},
	} {
		sc, _ := Find("starttls-required")
		s := session.New(session.Options{Target: session.Target{Practice: sc.Name}, Dial: dialer(New(sc, Options{})), TLS: c.tls})
		m := session.Mail{
			Target: session.Target{Practice: sc.Name}, TLS: session.TLSRequire,
			Letter: session.Letter{To: session.To("bob@practice.example"), Content: session.BytesContent([]byte("x\r\n"))},
		}
		run(t, s, m)
		if st := s.State(); st.Verified != c.want || (st.Accepted == 1) != c.want {
			t.Errorf("%s: verified %v, accepted %d: %s", c.name, st.Verified, st.Accepted, st.Unverified)
		}
	}
}

// TestImplicitTLSInMemory: any scenario, if the client begins with TLS.
func TestImplicitTLSInMemory(t *testing.T) {
	sc, _ := Find("auth-required")
	s := session.New(session.Options{Target: session.Target{Practice: sc.Name}, Dial: dialer(New(sc, Options{})), TLS: session.TLS{Implicit: true}})
	run(t, s, session.Mail{
		Target: session.Target{Practice: sc.Name}, TLS: session.TLSRequire,
		Auth:   sasl.NewClient(sasl.Credentials{User: "alice", Password: "wonderland"}, "PLAIN"),
		Letter: session.Letter{To: session.To("bob@practice.example"), Content: session.BytesContent([]byte("x\r\n"))},
	})
	if st := s.State(); !st.Verified || st.Accepted != 1 {
		t.Errorf("verified %v, accepted %d: %s", st.Verified, st.Accepted, st.Last)
	}
}

// TestEarlyTalkerIsNoTLS: who speaks first in the clear is greeted, and who
// leaves at once is not waited for.
func TestEarlyTalkerIsNoTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sc, _ := Find(Default)
		c, _ := New(sc, Options{}).Dial(t.Context())
		fmt.Fprint(c, "QUIT\r\n")
		synctest.Wait()
		if said, err := io.ReadAll(c); !strings.HasPrefix(string(said), "220 ") || !strings.Contains(string(said), "\n221 ") || err != nil {
			t.Errorf("%q, %v", said, err)
		}
		c.Close()
		c, _ = New(sc, Options{}).Dial(t.Context())
		c.Close()
		srv := New(sc, Options{})
		c, _ = srv.Dial(t.Context())
		synctest.Wait()
		srv.Close()
		synctest.Wait()
		if _, err := c.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("after the server was closed: %v", err)
		}
	})
}

// TestCertificatesThatDoNotVerify: what is wrong is told apart, and no mail is
// sent.
func TestCertificatesThatDoNotVerify(t *testing.T) {
	for name, want := range map[string]string{"expired": "expired", "other-name": "other.example", "untrusted": "unknown authority"} {
		sc, err := Find("certificate-" + name)
		if err != nil {
			t.Fatal(err)
		}
		s := session.New(session.Options{Target: session.Target{Practice: sc.Name}, Dial: dialer(New(sc, Options{}))})
		run(t, s, session.Mail{
			Target: session.Target{Practice: sc.Name}, TLS: session.TLSAuto,
			Letter: session.Letter{To: session.To("bob@practice.example"), Content: session.BytesContent([]byte("x\r\n"))},
		})
		if st := s.State(); !st.Secure || st.Verified || st.Accepted != 0 || !strings.Contains(st.Unverified, want) {
			t.Errorf("%s: verified %v, accepted %d: %s", name, st.Verified, st.Accepted, st.Unverified)
		}
	}
}

func TestHandshakeThatComesToNothing(t *testing.T) {
	sc, _ := Find("implicit-tls")
	c, err := New(sc, Options{}).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "EHLO client.example\r\n")
	said, _ := io.ReadAll(c)
	if strings.Contains(string(said), "220") {
		t.Errorf("the server said %q", said)
	}
}

func TestAuthorityShowsNoKey(t *testing.T) {
	a, err := NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	if pem := string(a.PEM()); !strings.HasPrefix(pem, "-----BEGIN CERTIFICATE-----") || strings.Contains(pem, "KEY") {
		t.Error(pem)
	}
}
