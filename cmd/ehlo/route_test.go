package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"ehlo/session"
	"ehlo/session/channel"
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
		{"nowhere.example", exitConnect, []string{"NXDOMAIN"}},
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
