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
		want := "220 practice.example ESMTP ehlo practice server 0.1.0\r\n250 2.0.0 Ok\r\n421 4.4.2 practice.example you have been idle for too long\r\n"
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
