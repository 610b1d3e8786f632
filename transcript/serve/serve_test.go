package serve

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/session"
	"ehlo/transcript"
)

// TestSilentClient: it is told 421 and left, and the problem says what was
// waited for.
func TestSilentClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := New(parse(t, "S: 220 a\nC: EHLO b\nS: 250 a\n"), Options{})
		defer srv.Close()
		client, server := net.Pipe()
		began := time.Now()
		go srv.ServeConn(server)
		said, err := io.ReadAll(client)
		if err != nil || string(said) != "220 a\r\n421 4.4.2 ehlo-serve: nothing came within 5m0s\r\n" {
			t.Errorf("%q, %v", said, err)
		}
		if took := time.Since(began); took != idleTime {
			t.Errorf("it took %s", took)
		}
		synctest.Wait()
		if p := srv.Problems(); len(p) != 1 || p[0] != "line 2: the client did nothing for 5m0s and was left without EHLO" {
			t.Errorf("%q", p)
		}
	})
}

// TestClientTakesNothing: a client that does not read is left too.
func TestClientTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := New(parse(t, "S: 220 a\n"), Options{Idle: time.Minute})
		defer srv.Close()
		client, server := net.Pipe()
		defer client.Close()
		srv.ServeConn(server)
		if p := srv.Problems(); len(p) != 1 || !strings.HasPrefix(p[0], "line 1: the client did nothing for 1m0s") {
			t.Errorf("%q", p)
		}
	})
}

// crowded is a listener on a system that is out of descriptors for a while.
type crowded struct {
	net.Listener
	errs  []error
	waits []time.Duration
	last  time.Time
}

func (l *crowded) Accept() (net.Conn, error) {
	l.waits = append(l.waits, time.Since(l.last))
	l.last = time.Now()
	if len(l.errs) == 0 {
		return nil, net.ErrClosed
	}
	err := l.errs[0]
	l.errs = l.errs[1:]
	return nil, &net.OpError{Op: "accept", Err: err}
}

func (l *crowded) Close() error { return nil }

func TestServeWaitsForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		srv := New(parse(t, "S: 220 a\n"), Options{Log: func(_ int, p string) { told = append(told, p) }})
		defer srv.Close()
		l := &crowded{last: time.Now()}
		for range 20 {
			l.errs = append(l.errs, syscall.EMFILE)
		}
		if err := srv.Serve(l); err != nil {
			t.Fatal(err)
		}
		if len(l.waits) != 21 || l.waits[1] != 5*time.Millisecond || l.waits[20] != maxBackoff {
			t.Errorf("waited %v", l.waits)
		}
		if len(told) != 1 || !strings.Contains(told[0], "too many open files; going on") {
			t.Errorf("%q", told)
		}
		l.errs = []error{errors.New("broken")}
		if err := srv.Serve(l); err == nil || !strings.Contains(err.Error(), "broken") {
			t.Error(err)
		}
	})
}

func parse(t *testing.T, text string) *transcript.Transcript {
	t.Helper()
	tr, err := transcript.Parse("test.smtp", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// TestWhoeverWatchesSeesNoSecrets: what a client says of its login is marked.
func TestWhoeverWatchesSeesNoSecrets(t *testing.T) {
	var seen strings.Builder
	srv := New(parse(t, "S: 220 a\nC: EHLO b\nS: 250-a\nS: 250 AUTH PLAIN LOGIN\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\n"), Options{Match: MatchAny, Watch: func(_ int, e session.Event) {
		if e.Kind == session.Sent {
			seen.Write(e.Public("***"))
		}
	}})
	defer srv.Close()
	client, server := net.Pipe()
	go func() {
		defer client.Close()
		in := bufio.NewReader(client)
		hears := func(lines int) {
			for range lines {
				_, _ = in.ReadString('\n')
			}
		}
		hears(1)
		for _, line := range []string{"EHLO b", "AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=", "AUTH LOGIN", "YWxpY2U="} {
			_, _ = io.WriteString(client, line+"\r\n")
			if hears(1); line == "EHLO b" {
				hears(1)
			}
		}
	}()
	srv.ServeConn(server)
	if text := seen.String(); text != "EHLO b\r\nAUTH PLAIN ***\r\nAUTH LOGIN\r\n***\r\n" {
		t.Errorf("%q", text)
	}
}
