package practice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/session"
)

func scenario(t *testing.T, rules string) Scenario {
	t.Helper()
	sc, err := ParseScenario("x.scenario", strings.NewReader("title: t\n"+rules))
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

func TestAddressesCanBeRead(t *testing.T) {
	sc, _ := Find("reject")
	c, err := New(sc, Options{}).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := c.LocalAddr().String() + " " + c.RemoteAddr().String(); got != "memory practice:reject" {
		t.Error(got)
	}
}

// TestResetIsSeenAsOne: a person must be able to tell a reset from an end.
func TestResetIsSeenAsOne(t *testing.T) {
	for how, want := range map[string]error{"reset": syscall.ECONNRESET, "close": io.EOF} {
		c, err := New(scenario(t, "on greeting: "+how), Options{}).Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, want) {
			t.Errorf("%s: %v", how, err)
		}
		c.Close()
	}
}

// TestSlowServerIsNotCutOff: each octet of a dripping server has its own time
// limit, and the last word to an idle client comes through.
func TestSlowServerIsNotCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sc, _ := Find("tarpit")
		c, _ := New(sc, Options{}).Dial(context.Background())
		said := make(chan string)
		go func() {
			all, _ := io.ReadAll(c)
			said <- string(all)
		}()
		time.Sleep(5 * time.Minute) // the greeting took 7.8 s of them
		fmt.Fprint(c, "NOOP\r\n")   // and the reply takes 4.5 s
		want := "220 practice.example ESMTP ehlo practice server\r\n250 2.0.0 Ok\r\n421 4.4.2 practice.example you have been idle for too long\r\n"
		if got := <-said; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		c.Close()
	})
}

// TestServerDoesNotWaitForNobody: neither Close nor a client that left is
// kept waiting for the end of a delay or of a long drip.
func TestServerDoesNotWaitForNobody(t *testing.T) {
	for _, rules := range []string{"on greeting: delay 1h, then go on", "on greeting: drip 1h, then go on"} {
		synctest.Test(t, func(t *testing.T) {
			srv := New(scenario(t, rules), Options{})
			client, server := net.Pipe()
			done := make(chan struct{})
			go func() {
				srv.ServeConn(server)
				close(done)
			}()
			go func() { _, _ = io.Copy(io.Discard, client) }()
			time.Sleep(time.Minute)
			start := time.Now()
			srv.Close()
			srv.Close()
			<-done
			if took := time.Since(start); took != 0 {
				t.Errorf("%s: took %s", rules, took)
			}
			client.Close()
		})
	}
}

func TestCloseEndsServe(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	sc, _ := Find(Default)
	srv := New(sc, Options{MaxConns: 1})
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	c, err := net.Dial("tcp", l.Addr().String()) // takes the only place
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Read(make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	srv.Close()
	if err := <-served; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve: %v", err)
	}
	if err := srv.Serve(l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve again: %v", err)
	}
}

// TestBothSidesAgree folds one conversation on either side of the wire.
func TestBothSidesAgree(t *testing.T) {
	for _, c := range []struct{ name, send string }{
		{"greeted", ""},
		{"ready", "EHLO c.example\r\n"},
		{"plain", "HELO c.example\r\n"},
		{"sender", "EHLO c.example\r\nMAIL FROM:<a@b.example> SIZE=10 BODY=8BITMIME\r\n"},
		{"recipients", "EHLO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<nobody@x.example>\r\nRCPT TO:<bob@x.example>\r\n"},
		{"in the content", "EHLO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<b@x.example>\r\nDATA\r\n..one\r\ntwo\n.\n"},
		{"accepted", "EHLO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<b@x.example>\r\nDATA\r\n..\r\n.\r\n"},
		{"too big", "EHLO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<b@x.example>\r\nDATA\r\n" + strings.Repeat("x", 2000) + "\r\n.\r\n"},
		{"forgotten", "EHLO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<b@x.example>\r\nRSET\r\n"},
		{"errors", "FROB\r\n\r\nRCPT TO:<b@x.example>\r\nDATA\r\nEHLO c.example\r\nMAIL\r\nSTARTTLS\r\nAUTH PLAIN\r\nBDAT 5\r\n"},
		{"over", "EHLO c.example\r\nQUIT\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sc, _ := Find(Default)
				near, far := net.Pipe()
				server := newConn(New(sc, Options{MaxSize: 1000}), far)
				ended := make(chan struct{})
				go func() {
					server.serve()
					far.Close()
					close(ended)
				}()
				client := session.New(session.Options{
					Target: session.Target{Practice: Default},
					Dial:   func(context.Context, session.Target, string) (net.Conn, error) { return near, nil },
				})
				if err := client.Do(t.Context(), session.Step{Kind: session.Connect}); err != nil {
					t.Fatal(err)
				}
				for line := range strings.Lines(c.send) {
					_ = client.Do(t.Context(), session.Step{Bytes: []byte(line)})
				}
				synctest.Wait()
				got, want := shape(server.state), shape(client.State())
				if got != want {
					t.Errorf("the server has\n%s\nthe client\n%s", got, want)
				}
				client.Close()
				<-ended
			})
		})
	}
}

// shape is what both sides of a conversation must agree on while the channel
// is open, and what remains of it after.
func shape(s session.State) string {
	var to []string
	for _, r := range s.Recipients {
		to = append(to, fmt.Sprintf("%s %s", r.Path, r.Reply))
	}
	from := "none"
	if s.ReversePath != nil {
		from = fmt.Sprintf("%+v", *s.ReversePath)
	}
	return fmt.Sprintf("%s | %s %v %v | from %s to %q | %+v | pending %d | last %s | accepted %d, %s, bad %d",
		s.Phase, s.Helo, s.ESMTP, s.Offered, from, to, s.MailData, len(s.Pending), s.Last, s.Accepted, s.Responsible, s.BadCommands)
}
