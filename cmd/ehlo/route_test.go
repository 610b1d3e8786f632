package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"ehlo/session"
	"ehlo/session/channel"
	"ehlo/session/practice"
	"ehlo/session/route"
)

// nameServer answers from a few records. It returns its address.
func nameServer(t *testing.T, records ...string) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		reply := new(dns.Msg).SetReply(q)
		reply.Rcode, reply.AuthenticatedData = dns.RcodeNameError, true
		for _, text := range records {
			rr, err := dns.NewRR(text)
			if err != nil {
				t.Error(err)
				continue
			}
			if h := rr.Header(); h.Name == q.Question[0].Name {
				reply.Rcode = dns.RcodeSuccess
				if h.Rrtype == q.Question[0].Qtype {
					reply.Answer = append(reply.Answer, rr)
				}
			}
		}
		_ = w.WriteMsg(reply)
	})}
	started := make(chan struct{})
	server.NotifyStartedFunc = func() { close(started) }
	go func() { _ = server.ActivateAndServe() }()
	<-started
	t.Cleanup(func() { _ = server.Shutdown() })
	return conn.LocalAddr().String()
}

func TestMailGoesToTheNextAddress(t *testing.T) {
	good := serveInBackground(t, "practice")
	busy := serveInBackground(t, "practice:busy-greeting")
	host, port, _ := net.SplitHostPort(good)
	busyHost, busyPort, _ := net.SplitHostPort(busy)
	names := nameServer(t,
		"test.example. MX 10 down.example.", "test.example. MX 20 mx.example.", "down.example. A 127.0.0.2", "mx.example. A "+host,
		"busy.example. MX 10 mx.busy.example.", "mx.busy.example. A "+busyHost,
		"none.example. MX 0 .", "implicit.example. A "+host,
	)
	for _, c := range []struct {
		name, port string
		args       []string
		code       int
		said       []string
	}{
		{"the second of two", port, []string{"--to", "bob@test.example", "mx:test.example"}, exitDone,
			[]string{"route: try down.example 127.0.0.2", "connection refused", "next address", "connected to " + good}},
		{"no target: the domain of the recipient", port, []string{"--to", "bob@test.example"}, exitDone, []string{"connected to " + good}},
		{"no MX", port, []string{"--to", "bob@implicit.example"}, exitDone, []string{"no MX: the domain's own address"}},
		{"null MX", port, []string{"--to", "bob@none.example"}, exitNoRoute, []string{"5.1.10"}},
		{"no such domain", port, []string{"--to", "bob@nowhere.example"}, exitNoRoute, []string{"does not exist"}},
		{"every greeting is a refusal", busyPort, []string{"--to", "bob@busy.example"}, exitGreeting, []string{"421"}},
		{"the other family", port, []string{"--to", "bob@implicit.example", "--family", "6"}, exitNoRoute, []string{"do not try"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append(send("--resolver", names, "--mx-port", c.port), c.args...)
			code, stdout, stderr := ehlo(t, "", args...)
			if code != c.code {
				t.Errorf("exit code %d, want %d: %s", code, c.code, stderr)
			}
			for _, said := range c.said {
				if !strings.Contains(stdout+stderr, said) {
					t.Errorf("not said: %q", said)
				}
			}
			if t.Failed() {
				t.Log(stdout)
			}
		})
	}
}

// TestPolicyOfTheDomain: a host that the MTA-STS policy does not name is not
// used, and one that it names has to speak TLS (RFC 8461, 5).
func TestPolicyOfTheDomain(t *testing.T) {
	host, port, _ := net.SplitHostPort(serveInBackground(t, "practice"))
	number, _ := strconv.Atoi(port)
	resolver, err := route.NewResolver(nameServer(t,
		"test.example. MX 10 other.example.", "test.example. MX 20 mx.example.",
		"other.example. A "+host, "mx.example. A "+host, `_mta-sts.test.example. TXT "v=STSv1; id=1"`))
	if err != nil {
		t.Fatal(err)
	}
	r := &routed{resolver: resolver, port: number, dane: map[string]route.DANE{},
		fetch: func(context.Context, string) ([]byte, error) {
			return []byte("version: STSv1\nmode: enforce\nmx: mx.example\nmax_age: 86400\n"), nil
		}}
	m := session.Mail{Target: session.Target{MX: "test.example"}, Helo: "c.example", Letter: session.Letter{To: session.To("bob@test.example")}}
	m.Onward = onward(m)
	s := session.New(session.Options{Target: m.Target, Dial: dialWith(channel.Dialer{}), Route: r.hops})
	var f sendFlags
	e := drive(t.Context(), s, func(st session.State) []session.Step { return f.group(st, m) })
	var notes []string
	for _, ev := range s.Log().Since(0) {
		notes = append(notes, ev.Text)
	}
	said := strings.Join(notes, "\n")
	for _, want := range []string{"MTA-STS: other.example:", "MTA-STS: mx.example:", "connected to " + host, "NOT verified"} {
		if !strings.Contains(said, want) {
			t.Errorf("not said: %q", want)
		}
	}
	if strings.Count(said, "connected to") != 1 || e.last.Ends != session.NoTLS {
		t.Errorf("ends %q\n%s", e.last.Ends, said)
	}
}

// keyOf is the SHA-256 of the public key that a server shows behind STARTTLS.
func keyOf(t *testing.T, addr string) string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	for _, say := range []string{"EHLO c.example\r\n", "STARTTLS\r\n", ""} {
		for line := "250-"; len(line) > 3 && line[3] == '-'; {
			if line, err = in.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		_, _ = conn.Write([]byte(say))
	}
	c := tls.Client(conn, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // the key is what is asked for
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(c.ConnectionState().PeerCertificates[0].RawSubjectPublicKeyInfo))
}

// TestHostHasTLSARecords: a target that is a host is judged by _PORT._tcp.HOST,
// if a resolver was named (RFC 6698, 3).
func TestHostHasTLSARecords(t *testing.T) {
	addr := serveInBackground(t, "practice")
	host, port, _ := net.SplitHostPort(addr)
	names := nameServer(t, "good.example. A "+host, "_"+port+"._tcp.good.example. TLSA 3 1 1 "+keyOf(t, addr),
		"bad.example. A "+host, "_"+port+"._tcp.bad.example. TLSA 3 1 1 "+strings.Repeat("ab", 32), "none.example. A "+host)
	to := []string{"send", "--tls", "require", "--from", "a@client.example", "--to", "bob@practice.example", "--resolver", names}
	for _, c := range []struct {
		host string
		code int
		said []string
	}{
		{"good.example", exitDone, []string{"DNS: good.example", "DANE: _" + port + "._tcp.good.example: a TLSA record has to match", ", verified"}},
		{"bad.example", exitTLS, []string{"NOT verified", "DANE: "}},
		{"none.example", exitTLS, []string{"DANE: _" + port + "._tcp.none.example: no TLSA records", "NOT verified"}},
		{"nowhere.example", exitConnect, []string{"no such host"}},
	} {
		code, stdout, stderr := ehlo(t, "", append(to, net.JoinHostPort(c.host, port))...)
		for _, want := range c.said {
			if !strings.Contains(stdout+stderr, want) {
				t.Errorf("%s: not said: %q", c.host, want)
			}
		}
		if code != c.code || t.Failed() {
			t.Errorf("%s: exit code %d, %s\n%s", c.host, code, stderr, stdout)
		}
	}
}

// hostsOfPractice starts a server for each scenario, on 127.0.0.2, .3 and so on,
// all on one port, whose certificates mx2.test.example, mx3.… are from one
// authority.
func hostsOfPractice(t *testing.T, scenarios ...string) (port, ca string) {
	t.Helper()
	a, err := practice.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	ca = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, a.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	port = "0"
	for i, name := range scenarios {
		sc, err := practice.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.%d:%s", i+2, port))
		if err != nil {
			t.Skip(err) // not every system has the whole network 127/8
		}
		_, port, _ = net.SplitHostPort(l.Addr().String())
		srv := practice.New(sc, practice.Options{Name: fmt.Sprintf("mx%d.test.example", i+2), Authority: a})
		go func() { _ = srv.Serve(l) }()
		t.Cleanup(srv.Close)
	}
	return port, ca
}

// TestNextMX: what one host does wrong the next may do right (RFC 5321, 5.1).
func TestNextMX(t *testing.T) {
	names := nameServer(t,
		"test.example. MX 10 mx2.test.example.", "test.example. MX 20 mx3.test.example.",
		"mx2.test.example. A 127.0.0.2", "mx3.test.example. A 127.0.0.3")
	for _, c := range []struct{ scenario, tls, why string }{
		{"reject", "auto", "554"},
		{"busy-greeting", "auto", "421"},
		{"tls-stripped", "require", "TLS"},
		{"tls-unavailable", "require", "454"},
		{"tls-broken", "require", "TLS"},
		{"tls-expired", "require", "expired"},
		{"tls-wrong-name", "require", "mx2.test.example"},
	} {
		t.Run(c.scenario, func(t *testing.T) {
			port, ca := hostsOfPractice(t, c.scenario, "default")
			code, stdout, stderr := ehlo(t, "", "send", "--helo", "client.example", "--from", "alice@client.example", "--to", "bob@test.example",
				"--resolver", names, "--mx-port", port, "--tls", c.tls, "--ca", ca)
			first, second, ok := strings.Cut(stdout, "=== connected to 127.0.0.3:"+port)
			if code != exitDone || !ok || !strings.Contains(first, c.why) || strings.Contains(first, "MAIL FROM") || !strings.Contains(second, "verified") {
				t.Errorf("exit code %d: %s\n%s", code, stderr, stdout)
			}
		})
	}
}

// TestPolicyOverHTTPS: the policy is fetched from the host that the resolver
// names, whose certificate is judged by --ca; without a good one there is none.
func TestPolicyOverHTTPS(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.77:443")
	if err != nil {
		t.Skipf("port 443 cannot be had: %v", err)
	}
	port, ca := hostsOfPractice(t, "default", "default")
	a, err := practice.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := a.Issue("mta-sts.test.example")
	if err != nil {
		t.Fatal(err)
	}
	both := filepath.Join(t.TempDir(), "both.pem")
	mx, _ := os.ReadFile(ca)
	if err := os.WriteFile(both, append(mx, a.PEM()...), 0o600); err != nil {
		t.Fatal(err)
	}
	mode := "enforce"
	web := &http.Server{ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != "mta-sts.test.example" || r.URL.Path != "/.well-known/mta-sts.txt" {
			t.Errorf("%s %s", r.Host, r.URL)
		}
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, "version: STSv1\r\nmode: %s\r\nmx: mx3.test.example\r\nmax_age: 86400\r\n", mode)
	})}
	go func() { _ = web.Serve(tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}})) }()
	t.Cleanup(func() { web.Close() })
	names := nameServer(t,
		"test.example. MX 10 mx2.test.example.", "test.example. MX 20 mx3.test.example.", `_mta-sts.test.example. TXT "v=STSv1; id=1"`,
		"mx2.test.example. A 127.0.0.2", "mx3.test.example. A 127.0.0.3", "mta-sts.test.example. A 127.0.0.77")
	for _, c := range []struct {
		name, ca, mode string
		args           []string
		code           int
		said           []string
		host           string // that is connected to
	}{
		{"enforce", both, "enforce", nil, exitDone, []string{"policy 1, mode enforce", "mx2.test.example matches no mx of the policy", "verified"}, "127.0.0.3"},
		{"testing", both, "testing", nil, exitDone, []string{"so it is tried"}, "127.0.0.2"},
		{"none", both, "none", nil, exitDone, []string{"mode none"}, "127.0.0.2"},
		{"nobody vouches for the web server", ca, "enforce", nil, exitDone, []string{"the policy could not be fetched", "unknown authority"}, "127.0.0.2"},
		{"enforce wants TLS", both, "enforce", []string{"--ignore", "STARTTLS"}, exitTLS, []string{"mode enforce"}, "127.0.0.3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			mode = c.mode
			args := append([]string{"send", "--mta-sts", "--helo", "client.example", "--from", "alice@client.example", "--to", "bob@test.example",
				"--resolver", names, "--mx-port", port, "--ca", c.ca}, c.args...)
			code, stdout, stderr := ehlo(t, "", args...)
			for _, want := range append(c.said, "=== connected to "+c.host+":"+port) {
				if code != c.code || !strings.Contains(stdout, want) {
					t.Errorf("exit code %d, %q is not said: %s\n%s", code, want, stderr, stdout)
				}
			}
		})
	}
}

// TestResolverFindsHosts: --resolver is asked for a host that was named, too.
func TestResolverFindsHosts(t *testing.T) {
	host, port, _ := net.SplitHostPort(serveInBackground(t, "practice"))
	names := nameServer(t, "mail.test.example. A "+host)
	for name, said := range map[string]string{
		"mail.test.example": "mail.test.example is " + host,
		"localhost":         "localhost is ",
	} {
		code, stdout, stderr := ehlo(t, "", send("--resolver", names, "--to", "bob@x.example", name+":"+port)...)
		if code != exitDone || !strings.Contains(stdout, said) {
			t.Errorf("%s: exit code %d, %s\n%s", name, code, stderr, stdout)
		}
	}
	code, _, stderr := ehlo(t, "", send("--resolver", names, "--to", "bob@x.example", "none.test.example:"+port)...)
	if code != exitConnect || !strings.Contains(stderr, "resolve none.test.example: there is no such host") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}
