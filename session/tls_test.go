package session

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// certificate makes a self-signed certificate for a name.
func certificate(t *testing.T, name string, notAfter time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key := newKey(t)
	leaf := issue(t, name, notAfter, key, nil, key)
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key}, roots
}

// startTLSServer offers STARTTLS; injected goes out in the clear behind its
// 220.
func startTLSServer(cert tls.Certificate, injected string) func(net.Conn) {
	return func(c net.Conn) {
		fmt.Fprint(c, "220 server.example ESMTP\r\n")
		readLine(c)
		fmt.Fprint(c, "250-server.example\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n")
		readLine(c)
		fmt.Fprint(c, "220 go\r\n"+injected)
		secure := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}})
		defer secure.Close()
		for {
			line := readLine(secure)
			switch {
			case line == "":
				return
			case strings.HasPrefix(line, "EHLO"):
				fmt.Fprint(secure, "250-server.example\r\n250 AUTH PLAIN LOGIN\r\n")
			case strings.HasPrefix(line, "QUIT"):
				fmt.Fprint(secure, "221 bye\r\n")
				return
			default:
				fmt.Fprint(secure, "250 ok\r\n")
			}
		}
	}
}

func TestSTARTTLS(t *testing.T) {
	good, roots := certificate(t, "server.example", time.Now().Add(time.Hour))
	expired, expiredRoots := certificate(t, "server.example", time.Now().Add(-time.Hour))
	for _, c := range []struct {
		name     string
		cert     tls.Certificate
		options  TLS
		insecure bool
		injected string
		want     string // what the dialogue contains
		verified bool
		reason   string
	}{
		{"verified", good, TLS{ServerName: "server.example", Roots: roots}, false, "", "= secured\nC: EHLO client.example\nS: 250-server.example\nS: 250 AUTH PLAIN LOGIN\nC: MAIL", true, ""},
		{"wrong name", good, TLS{ServerName: "other.example", Roots: roots}, false, "", "= secured\nC: QUIT", false, "other.example"},
		{"verify name apart from SNI", good, TLS{ServerName: "other.example", VerifyName: "server.example", Roots: roots}, false, "", "C: MAIL", true, ""},
		{"unknown authority", good, TLS{ServerName: "server.example"}, false, "", "= secured\nC: QUIT", false, "unknown authority"},
		{"expired", expired, TLS{ServerName: "server.example", Roots: expiredRoots}, false, "", "= secured\nC: QUIT", false, "expired"},
		{"expired, never mind", expired, TLS{ServerName: "server.example", Roots: expiredRoots}, true, "", "C: MAIL", false, "expired"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := raw(startTLSServer(c.cert, c.injected))
			o.TLS = c.options
			s := New(o)
			m := mailTo("b@x.example")
			m.TLS, m.Insecure = TLSAuto, c.insecure
			run(t, s, m)
			text := dialogue(s.Log())
			if !strings.Contains(text, c.want) {
				t.Errorf("no %q in\n%s", c.want, text)
			}
			secured := handshakeOf(s)
			if got := (State{}).Apply(secured); got.Verified != c.verified || !strings.Contains(got.Unverified, c.reason) {
				t.Errorf("verified %v, reason %q", got.Verified, got.Unverified)
			}
			if secured.Fact("subject") != "CN=server.example" || len(secured.Fact("sha256")) != 64 || secured.Fact("version") == "" {
				t.Errorf("facts %v", secured.Facts)
			}
		})
	}
}

// handshakeOf returns the event of the last handshake.
func handshakeOf(s *Session) (secured Event) {
	for _, e := range s.Log().Since(0) {
		if e.Kind == Secured {
			secured = e
		}
	}
	return secured
}

// TestSessionIsResumed: a second handshake takes up the first if, and only if,
// that is asked for.
func TestSessionIsResumed(t *testing.T) {
	cert, roots := certificate(t, "server.example", time.Now().Add(time.Hour))
	config := &tls.Config{Certificates: []tls.Certificate{cert}}
	for _, cache := range []tls.ClientSessionCache{nil, tls.NewLRUClientSessionCache(0)} {
		var seen []string
		for range 2 {
			o := raw(func(c net.Conn) { script{}.serve(tls.Server(c, config)) })
			o.TLS = TLS{Implicit: true, ServerName: "server.example", Roots: roots, Sessions: cache}
			s := New(o)
			run(t, s, mailTo("b@x.example"))
			e := handshakeOf(s)
			if e.Fact("chain") != "ok" || e.Fact("subject") == "" {
				t.Errorf("facts %v", e.Facts)
			}
			seen = append(seen, e.Fact("resumed"))
		}
		if want := map[bool]string{true: " ", false: "no yes"}[cache == nil]; strings.Join(seen, " ") != want {
			t.Errorf("resumed: %q, want %q", seen, want)
		}
	}
}

func TestImplicitTLS(t *testing.T) {
	cert, roots := certificate(t, "server.example", time.Now().Add(time.Hour))
	o := raw(func(c net.Conn) { script{}.serve(tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}})) })
	o.TLS = TLS{Implicit: true, ServerName: "server.example", Roots: roots}
	s := New(o)
	st := run(t, s, mailTo("b@x.example"))
	if st.Accepted != 1 || !strings.HasPrefix(dialogue(s.Log()), "= opened\n= secured\nS: 220") {
		t.Errorf("accepted %d\n%s", st.Accepted, dialogue(s.Log()))
	}
}

func TestInjectionBehind220IsReportedAndNeverRead(t *testing.T) {
	cert, roots := certificate(t, "server.example", time.Now().Add(time.Hour))
	o := raw(startTLSServer(cert, "250 injected\r\n"))
	o.TLS = TLS{ServerName: "server.example", Roots: roots}
	s := New(o)
	defer s.Close()
	m := mailTo("b@x.example")
	m.TLS = TLSAuto
	for s.State().Phase != Handshake {
		st, _ := m.Next(s.State())
		if err := s.Do(t.Context(), st); err != nil {
			t.Fatal(err)
		}
	}
	for seq := s.Log().Len(); s.State().Broken == ""; seq++ {
		if _, err := s.Log().Wait(t.Context(), seq); err != nil {
			t.Fatal(err)
		}
	}
	if st := s.State(); !strings.Contains(st.Broken, "injection") || st.Last.To != "STARTTLS" {
		t.Errorf("broken %q, last %s", st.Broken, st.Last)
	}
}

func TestHandshakeWithAServerThatSpeaksPlainText(t *testing.T) {
	o := raw(func(c net.Conn) {
		go fmt.Fprint(c, "220 plain.example ESMTP\r\n")
		_, _ = io.Copy(io.Discard, c)
	})
	o.TLS.Implicit = true
	s := New(o)
	st := run(t, s, mailTo("b@x.example"))
	text := ""
	for _, e := range s.Log().Since(0) {
		if e.Kind == Failed {
			text = e.Text
		}
	}
	if st.Fault != FaultTLS || !strings.Contains(text, "plain text") || !strings.Contains(text, "220 plain") {
		t.Errorf("fault %q: %s", st.Fault, text)
	}
}

// TestBrokenRecord: what begins as a record of TLS is no plain text.
func TestBrokenRecord(t *testing.T) {
	o := raw(func(c net.Conn) {
		_, _ = c.Read(make([]byte, 4<<10))
		fmt.Fprint(c, "\x16\x03\x01\xff\xff", strings.Repeat("z", 100))
	})
	o.TLS.Implicit = true
	st := run(t, New(o), mailTo("b@x.example"))
	if st.Fault != FaultTLS || strings.Contains(st.FaultText, "plain text") || !strings.Contains(st.FaultText, "oversized record") {
		t.Errorf("fault %q: %s", st.Fault, st.FaultText)
	}
}

// TestPlainTextBehindAnAlert: some servers say in plain text why the handshake
// failed. That is heard, in whatever pieces it comes, and nothing is said then.
func TestPlainTextBehindAnAlert(t *testing.T) {
	const alert, reply = "\x15\x03\x01\x00\x02\x02\x28", "554-5.7.3 no TLS\r\n554 5.7.3 today\r\n"
	for _, pieces := range [][]string{{alert + reply}, {alert, reply}, {alert + "554-5.7.3 no", " TLS\r\n554 5.", "7.3 today\r\n"}, {reply}} {
		said := make(chan string, 1)
		o := raw(func(c net.Conn) {
			hello := make([]byte, 4<<10)
			_, _ = c.Read(hello)
			for _, p := range pieces {
				fmt.Fprint(c, p)
			}
			rest, _ := io.ReadAll(c)
			said <- string(rest)
		})
		o.TLS.Implicit = true
		s := New(o)
		st := run(t, s, mailTo("b@x.example"))
		heard := ""
		for _, e := range s.Log().Since(0) {
			if e.Kind == Received {
				heard += string(e.Data)
			}
		}
		if st.Fault != FaultTLS || heard != reply || st.Last.Code != 554 {
			t.Errorf("%q: fault %q, last %s, heard %q", pieces, st.Fault, st.Last, heard)
		}
		if rest := <-said; strings.Contains(rest, "QUIT") {
			t.Errorf("%q: said %q", pieces, rest)
		}
	}
}

// TestPlainTextInsideTLS: some servers leave TLS before they say why they hang
// up.
func TestPlainTextInsideTLS(t *testing.T) {
	cert, roots := certificate(t, "server.example", time.Now().Add(time.Hour))
	o := raw(func(c net.Conn) {
		secure := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}})
		fmt.Fprint(secure, "220 server.example ESMTP\r\n")
		readLine(secure)
		fmt.Fprint(c, "554 too many errors\r\n")
		_ = c.Close()
	})
	o.TLS = TLS{Implicit: true, ServerName: "server.example", Roots: roots}
	s := New(o)
	st := run(t, s, mailTo("b@x.example"))
	text := ""
	for _, e := range s.Log().Since(0) {
		text += e.Text
	}
	if st.Phase != Over || !strings.Contains(text, `may be plain text: "554 t"`) {
		t.Errorf("%s: %s", st.Phase, text)
	}
}

// TestTLSWhereAGreetingShouldBe: a port that expects TLS answers plain text
// with an alert.
func TestTLSWhereAGreetingShouldBe(t *testing.T) {
	alert := []byte{0x15, 3, 1, 0, 2, 2, 0x28}
	s := State{}.Apply(Event{Kind: Opened}).Apply(Event{Kind: Received, Data: alert})
	if !strings.Contains(s.Broken, "speaks TLS") {
		t.Errorf("broken %q", s.Broken)
	}
	if s := (State{}).Apply(Event{Kind: Opened}).Apply(Event{Kind: Received, Data: []byte("220 x\r\n")}); s.Broken != "" {
		t.Errorf("a greeting: broken %q", s.Broken)
	}
}

// TestSilence: who waits for a greeting that does not come is told what that
// may mean long before the time is over.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(raw(func(c net.Conn) {
			time.Sleep(silence + time.Second)
			fmt.Fprint(c, "220 server.example ESMTP\r\n")
			_ = readLine(c)
		}))
		began := time.Now()
		if err := s.Do(t.Context(), Step{Kind: Connect}); err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, e := range s.Log().Since(0) {
			if e.Kind == Noted {
				said = append(said, fmt.Sprint(e.At.Sub(began), " ", e.Text))
			}
		}
		if want := "10s no greeting for 10s: " + silentTLS; len(said) != 1 || said[0] != want || s.State().Phase != Greeted {
			t.Errorf("%q, want %q once; %s", said, want, s.State().Phase)
		}
		s.Close()
	})
}

// TestSlowGreeting: a server that has begun to speak does not wait for TLS.
func TestSlowGreeting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(raw(func(c net.Conn) {
			fmt.Fprint(c, "220-server.example ESMTP\r\n")
			_ = readLine(c)
		}))
		err := s.Do(t.Context(), Step{Kind: Connect, Timeout: time.Minute})
		if want := "the greeting has not come to its end within 1m0s"; err == nil || err.Error() != want {
			t.Errorf("%v, want %q", err, want)
		}
		for _, e := range s.Log().Since(0) {
			if strings.Contains(e.Text, silentTLS) {
				t.Errorf("%s: %s", e.Kind, e.Text)
			}
		}
		s.Close()
	})
}
