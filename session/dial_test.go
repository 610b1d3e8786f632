package session

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

// behind is raw behind somebody who takes a preamble of n octets off, and
// gives it to got.
func behind(c Channel, got chan<- string, serve func(net.Conn)) Options {
	o := raw(func(conn net.Conn) {
		p := make([]byte, len(c.Preamble))
		if _, err := io.ReadFull(conn, p); err != nil {
			got <- err.Error()
			return
		}
		got <- string(p)
		serve(conn)
	})
	dial := o.Dial
	o.Dial = func(ctx context.Context, t Target, addr string) (net.Conn, error) {
		conn, err := dial(ctx, t, addr)
		ch := c
		ch.Conn = conn
		return &ch, err
	}
	return o
}

func hello(c net.Conn) {
	fmt.Fprint(c, "220 x\r\n")
	readLine(c)
	fmt.Fprint(c, "250 hello\r\n")
	readLine(c) // until the client hangs up
}

func TestPreambleIsSentAndLoggedAndNoCommand(t *testing.T) {
	for name, preamble := range map[string]string{
		"v1":     "PROXY TCP4 192.0.2.1 192.0.2.2 1234 25\r\n",
		"v2":     "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x01\xc0\x00\x02\x02\x04\xd2\x00\x19",
		"a word": "AUTH PLAIN secret\r\nno end",
	} {
		t.Run(name, func(t *testing.T) {
			got := make(chan string, 1)
			s := New(behind(Channel{Preamble: []byte(preamble)}, got, hello))
			defer s.Close()
			if err := s.Do(t.Context(), Step{Kind: Connect}, Line("EHLO client.example")); err != nil {
				t.Fatal(err)
			}
			if p := <-got; p != preamble {
				t.Errorf("it came as %q", p)
			}
			events := s.Log().Since(0)
			if n := events[0].Fact("preamble"); n != fmt.Sprint(len(preamble)) {
				t.Errorf("the fact says %q octets", n)
			}
			var logged []byte
			for _, e := range events {
				if e.Kind == Sent {
					logged = append(logged, e.Data...)
				}
			}
			if want := preamble + "EHLO client.example\r\n"; string(logged) != want {
				t.Errorf("logged %q", logged)
			}
			st := State{}
			for _, e := range events {
				if st = st.Apply(e); len(st.Remarks) > 0 {
					t.Errorf("%s %q: %v", e.Kind, e.Data, st.Remarks)
				}
			}
			if st.Phase != Ready || len(st.Pending) > 0 || st.Preamble() != 0 || st.Helo != "client.example" {
				t.Errorf("%s, %d pending, helo %q", st.Phase, len(st.Pending), st.Helo)
			}
		})
	}
}

func TestOctetsBehindThePreambleAreTooEarly(t *testing.T) {
	st := State{}.Apply(Event{Seq: 1, Kind: Opened, Facts: []Fact{{"preamble", "4"}}})
	st = st.Apply(Event{Seq: 2, Kind: Sent, Data: []byte("ab")})
	if st.Preamble() != 2 || len(st.Remarks) != 0 {
		t.Errorf("%d octets, %v", st.Preamble(), st.Remarks)
	}
	st = st.Apply(Event{Seq: 3, Kind: Sent, Data: []byte("cdEHLO x\r\n")})
	if len(st.Remarks) != 1 || len(st.Pending) != 2 || st.Pending[1].Verb != "EHLO" {
		t.Errorf("%v, %v", st.Remarks, st.Pending)
	}
	for _, odd := range []string{"-1", "x", "99999999999999999999"} {
		if n := (State{}.Apply(Event{Kind: Opened, Facts: []Fact{{"preamble", odd}}})).Preamble(); n != 0 {
			t.Errorf("preamble=%s is %d octets", odd, n)
		}
	}
}

func TestPreambleComesBeforeTLS(t *testing.T) {
	cert, roots := certificate(t, "server.example", time.Now().Add(time.Hour))
	got := make(chan string, 1)
	o := behind(Channel{Preamble: []byte("PROXY UNKNOWN\r\n")}, got, func(c net.Conn) {
		hello(tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}}))
	})
	dial := o.Dial
	o.Dial = func(ctx context.Context, _ Target, addr string) (net.Conn, error) {
		return dial(ctx, o.Target, addr)
	}
	o.Target = Target{Host: "server.example", Port: 465, TLS: true}
	o.TLS.Roots = roots
	s := New(o)
	defer s.Close()
	if err := s.Do(t.Context(), Step{Kind: Connect}, Line("EHLO client.example")); err != nil {
		t.Fatal(err)
	}
	if st := s.State(); !st.Secure || !st.Verified || st.Phase != Ready {
		t.Errorf("%s, secure %t, verified %t", st.Phase, st.Secure, st.Verified)
	}
	want := "= opened\nC: PROXY UNKNOWN\n= secured\nS: 220 x\nC: EHLO client.example\nS: 250 hello\n"
	if got := dialogue(s.Log()); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestPreambleThatNobodyTakes(t *testing.T) {
	for _, implicit := range []bool{false, true} {
		tried := 0
		s := New(Options{
			Target: Target{Host: "mail.test.example", Port: 25, TLS: implicit},
			Lookup: func(context.Context, string) ([]string, error) { return []string{"192.0.2.1", "192.0.2.2"}, nil },
			Dial: func(context.Context, Target, string) (net.Conn, error) {
				tried++
				client, server := net.Pipe()
				server.Close()
				return &Channel{Conn: client, Preamble: []byte("PROXY UNKNOWN\r\n")}, nil
			},
		})
		err := s.Do(t.Context(), Step{Kind: Resolve}, Step{Kind: Connect})
		if err == nil || !strings.Contains(err.Error(), "preamble") {
			t.Errorf("implicit %t: %v", implicit, err)
		}
		if st := s.State(); st.Open || tried != 1 {
			t.Errorf("implicit %t: open %t, %d tries\n%s", implicit, st.Open, tried, dialogue(s.Log()))
		}
	}
}

func TestChannelTellsFacts(t *testing.T) {
	got := make(chan string, 1)
	o := behind(Channel{
		Facts:    []Fact{{"via", "socks5://192.0.2.9:1080"}, {"via-reply", "succeeded"}},
		Farewell: func() []Fact { return []Fact{{"exit", "75"}} },
	}, got, func(c net.Conn) { fmt.Fprint(c, "220 x\r\n"); c.Close() })
	s := New(o)
	_ = s.Do(t.Context(), Step{Kind: Connect})
	for s.State().Open {
		if _, err := s.Log().Wait(t.Context(), s.State().Seq); err != nil {
			t.Fatal(err)
		}
	}
	events := s.Log().Since(0)
	opened, closed := events[0], events[len(events)-1]
	if opened.Fact("via-reply") != "succeeded" || !strings.Contains(opened.Text, " by way of socks5://192.0.2.9:1080") {
		t.Errorf("opened: %v %q", opened.Facts, opened.Text)
	}
	if closed.Fact("exit") != "75" || closed.Text != "closed by the server; exit: 75" {
		t.Errorf("closed: %v %q", closed.Facts, closed.Text)
	}
}

func TestStageOfAConnectionIsTold(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{&StageError{"socks5 192.0.2.9:1080", errors.New("no")}, "connect to 192.0.2.1:25: socks5 192.0.2.9:1080: no"},
		{&StageError{"http 192.0.2.9:80", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}, "connect to 192.0.2.1:25: http 192.0.2.9:80: connection refused"},
		{fmt.Errorf("x: %w", &StageError{"a", &StageError{"b", context.DeadlineExceeded}}), "connect to 192.0.2.1:25: a: b: timed out"},
	} {
		s := New(Options{
			Target: Target{Host: "192.0.2.1", Port: 25},
			Dial:   func(context.Context, Target, string) (net.Conn, error) { return nil, c.err },
		})
		if err := s.Do(t.Context(), Step{Kind: Connect}); !errors.Is(err, c.err) {
			t.Errorf("%v", err)
		}
		if st := s.State(); st.FaultText != c.want || st.Fault != FaultConnect {
			t.Errorf("%s: %s", st.Fault, st.FaultText)
		}
	}
}

func TestLMTPSaysLHLO(t *testing.T) {
	m := mailTo("a@x.example", "b@x.example")
	m.Target.LMTP = true
	s := New(Options{Target: m.Target, Dial: script{
		{"EHLO", "500 this is LMTP\r\n"}, {"HELO", "500 this is LMTP\r\n"},
		{".", "250 2.1.5 a ok\r\n452 4.2.2 b is full\r\n"},
	}.dial(t)})
	st := run(t, s, m)
	if st.Finished == nil || st.Finished.Recipients[0].Final.Code != 250 || st.Finished.Recipients[1].Final.Code != 452 {
		t.Errorf("finished: %+v", st.Finished)
	}
	m.Target.LMTP = true
	refusing := New(Options{Target: m.Target, Dial: script{{"LHLO", "500 what?\r\n"}}.dial(t)})
	run(t, refusing, m)
	if got := dialogue(refusing.Log()); strings.Contains(got, "C: HELO") || strings.Contains(got, "C: EHLO") {
		t.Errorf("it fell back:\n%s", got)
	}
}

func TestNameThatStaysAName(t *testing.T) {
	s := New(Options{
		Target: Target{Host: "mail.test.example", Port: 25},
		Now:    func() time.Time { return time.Unix(0, 0) }, // or the text says how long it took
		Lookup: func(_ context.Context, host string) ([]string, error) { return []string{host}, nil },
		Dial: func(_ context.Context, _ Target, addr string) (net.Conn, error) {
			return nil, errors.New("asked for " + addr)
		},
	})
	err := s.Do(t.Context(), Step{Kind: Resolve}, Step{Kind: Connect})
	if err == nil || !strings.Contains(err.Error(), "asked for mail.test.example:25") {
		t.Error(err)
	}
	if text := s.Log().Since(0)[0].Text; text != "mail.test.example stays a name: who connects looks it up" {
		t.Error(text)
	}
}
