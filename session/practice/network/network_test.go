package network

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/session"
	"ehlo/session/practice"
	"ehlo/session/route"
)

// send hands a mail to the origin, and waits until it has come to rest.
func send(t *testing.T, n *Network, from session.Envelope, to ...session.Envelope) session.State {
	t.Helper()
	origin := session.Target{Host: n.Origin().Name, Port: session.SubmissionPort}
	s := session.New(session.Options{Target: origin, Dial: n.Dial, Lookup: n.Lookup})
	defer s.Close()
	m := session.Mail{Target: origin, Helo: "laptop.client.example", Letter: session.Letter{
		From: from, To: to, Content: session.BytesContent([]byte("Subject: hops\r\n\r\nHello.\r\n")),
	}}
	for range 50 {
		st, ok := m.Next(s.State())
		if !ok {
			break
		}
		if err := s.Do(t.Context(), st); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s.State()
}

func alice() session.Envelope { return session.Envelope{Path: "alice@client.example"} }

// in runs a test with a network, under a clock of its own.
func in(t *testing.T, o Options, f func(*testing.T, *Network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := New(o)
		f(t, n)
		n.Close()
		synctest.Wait()
	})
}

func only(t *testing.T, n *Network, host, box string) string {
	t.Helper()
	list := n.Host(host).Server.Store().Messages(box)
	if len(list) != 1 {
		for _, h := range n.Hosts() {
			for _, e := range h.Log() {
				t.Logf("%s %s", e.Host, e.Text)
			}
		}
		t.Fatalf("%s has %d messages", box, len(list))
	}
	return string(list[0].Data)
}

// TestHops: from origin to mailbox, each host on the way on top of the one
// before (RFC 5321, 4.4).
func TestHops(t *testing.T) {
	in(t, Options{}, func(t *testing.T, n *Network) {
		if st := send(t, n, alice(), session.To("bob@destination.example")...); st.Accepted != 1 {
			t.Fatalf("%+v", st.Last)
		}
		text := only(t, n, "store.destination.example", "bob@destination.example")
		want := regexp.MustCompile(`(?s)^Return-Path: <alice@client\.example>\r\n` +
			`Received: from mx2\.destination\.example \(\[198\.51\.100\.2\]\)\r\n\tby store\.destination\.example .*?with LMTPS id .*?` +
			`Received: from relay\.origin\.example \(\[192\.0\.2\.2\]\)\r\n\tby mx2\.destination\.example .*?with ESMTPS id .*?` +
			`Received: from submit\.origin\.example \(\[192\.0\.2\.1\]\)\r\n\tby relay\.origin\.example .*?` +
			`Received: from laptop\.client\.example \(\[192\.0\.2\.99\]\)\r\n\tby submit\.origin\.example .*?with ESMTP id .*?` +
			`Message-ID: <\w+@submit\.origin\.example>\r\nDate: [^\r]*\r\nSubject: hops\r\n\r\nHello\.\r\n$`)
		if !want.MatchString(text) {
			t.Errorf("%s", text)
		}
		log := ""
		for _, e := range n.Host("relay.origin.example").Log() {
			log += e.Text + "\n"
		}
		for _, want := range []string{"MX of destination.example: 10 mx1", "198.51.100.1:25: connection refused", "<bob@destination.example> taken by mx2.destination.example: 250"} {
			if !strings.Contains(log, want) {
				t.Errorf("no %q in\n%s", want, log)
			}
		}
	})
}

// TestQueue: a host that is down for now, and one that stays so.
func TestQueue(t *testing.T) {
	in(t, Options{}, func(t *testing.T, n *Network) {
		if err := n.SetDown("mx2.destination.example", true); err != nil {
			t.Fatal(err)
		}
		go func() {
			time.Sleep(7 * time.Second)
			relay := n.Host("relay.origin.example")
			if q := relay.Queue(); len(q) != 1 || q[0].Attempts != 2 || q[0].Why != "nobody answers" || q[0].Next.IsZero() {
				t.Errorf("%+v", q)
			}
			n.SetDown("mx2.destination.example", false)
		}()
		start := time.Now()
		send(t, n, alice(), session.To("bob@destination.example")...)
		if took := time.Since(start); took != 20*time.Second {
			t.Errorf("took %s", took)
		}
		only(t, n, "store.destination.example", "bob@destination.example")
		if q := n.Host("relay.origin.example").Queue(); len(q) != 0 {
			t.Errorf("%+v", q)
		}
		n.SetDown("mx2.destination.example", true)
		send(t, n, alice(), session.To("carol@destination.example")...)
		text := only(t, n, "submit.origin.example", "alice@client.example")
		for _, want := range []string{"Final-Recipient: rfc822;carol@destination.example\r\nAction: failed\r\nStatus: 4.4.1\r\n", "Reporting-MTA: dns; relay.origin.example", "Return-Path: <>\r\n"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
	})
}

// TestWhatComesBack: each way in which a mail can fail.
func TestWhatComesBack(t *testing.T) {
	for to, want := range map[string]string{
		"nobody@destination.example": "Status: 5.1.1\r\nRemote-MTA: dns; mx2.destination.example\r\n",
		"full@destination.example":   "Status: 4.2.2\r\nRemote-MTA: dns; store.destination.example\r\n",
		"bob@nosuch.example":         "Status: 5.1.2\r\n",
	} {
		t.Run(to, func(t *testing.T) {
			in(t, Options{}, func(t *testing.T, n *Network) {
				send(t, n, alice(), session.To(to, "bob@destination.example")...)
				text := only(t, n, "submit.origin.example", "alice@client.example")
				if !strings.Contains(text, "Final-Recipient: rfc822;"+to+"\r\nAction: failed\r\n"+want) || strings.Contains(text, "rfc822;bob@destination") {
					t.Errorf("%s", text)
				}
				only(t, n, "store.destination.example", "bob@destination.example")
			})
		})
	}
}

// TestNullMX: refused before it is taken, and where it cannot be known before,
// after (RFC 7505, 4).
func TestNullMX(t *testing.T) {
	in(t, Options{}, func(t *testing.T, n *Network) {
		st := send(t, n, alice(), session.To("bob@null.example")...)
		if st.Answers.Rcpt.Code != 556 || st.Answers.Rcpt.Enhanced != "5.1.10" {
			t.Errorf("%+v", st.Answers.Rcpt)
		}
		_, err := route.Find(t.Context(), route.Options{Domain: "null.example", Resolver: n.Resolver()})
		if err == nil || !strings.Contains(err.Error(), "null MX") {
			t.Errorf("%v", err)
		}
	})
}

// TestSuccessIsTold by the host that delivers.
func TestSuccessIsTold(t *testing.T) {
	in(t, Options{}, func(t *testing.T, n *Network) {
		send(t, n, alice(), session.Envelope{Path: "bob@destination.example", Params: []session.Param{{Key: "NOTIFY", Value: "SUCCESS"}}})
		text := only(t, n, "submit.origin.example", "alice@client.example")
		if !strings.Contains(text, "Reporting-MTA: dns; store.destination.example") || !strings.Contains(text, "Action: delivered") {
			t.Errorf("%s", text)
		}
	})
}

// TestGateway: the trace goes on where SMTP does not (RFC 5321, 3.7.2).
func TestGateway(t *testing.T) {
	for name, transport := range map[string]Transport{"FILE": Maildir(t.TempDir()), "PIPE": Pipe("cat"), "memory": nil} {
		t.Run(name, func(t *testing.T) {
			n := New(Options{Transport: transport}) // a process needs a real clock
			defer n.Close()
			send(t, n, alice(), session.To("bob@elsewhere.example")...)
			text := only(t, n, "back.elsewhere.example", "bob@elsewhere.example")
			via := strings.Replace(name, "memory", "FILE", 1)
			want := regexp.MustCompile(`(?s)Received: from gateway\.elsewhere\.example\r\n\tby back\.elsewhere\.example \(ehlo practice server\)\r\n\tvia ` + via +
				` with local id .*X-Gateway: .*Received: from relay\.origin\.example \(\[192\.0\.2\.2\]\)\r\n\tby gateway\.elsewhere\.example .*Received: .*\r\n\r\nHello\.\r\n$`)
			if !want.MatchString(text) {
				t.Errorf("%s", text)
			}
		})
	}
	n := New(Options{Transport: Pipe("false"), Retry: []time.Duration{}})
	defer n.Close()
	send(t, n, alice(), session.To("bob@elsewhere.example")...)
	only(t, n, "submit.origin.example", "alice@client.example") // it came back
}

// TestLoop: RFC 5321, 6.3.
func TestLoop(t *testing.T) {
	n := New(Options{})
	defer n.Close()
	err := n.Origin().forward(practice.Mail{To: session.To("x@destination.example"), Content: []byte(strings.Repeat("x\r\nReceived: y\r\n", 101))})
	if err == nil {
		t.Error("101 hops were taken")
	}
}

func TestListenDNS(t *testing.T) {
	n := New(Options{})
	defer n.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	addr, err := n.ListenDNS(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r, err := route.NewResolver(addr.String())
	if err != nil {
		t.Fatal(err)
	}
	way, err := route.Find(t.Context(), route.Options{Domain: "destination.example", Resolver: r, Family: 4})
	if err != nil || len(way.Tried()) != 2 || way.Tried()[0].Host != "mx1.destination.example" {
		t.Errorf("%+v %v", way, err)
	}
	if _, err := route.Find(t.Context(), route.Options{Domain: "nosuch.example", Resolver: r}); err == nil {
		t.Error("nosuch.example is there")
	}
}
