package transcript

import (
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/session"
)

// TestServerFallsSilent: a report says what was waited for, and how long.
func TestServerFallsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		served := parse(t, "S: 220 a\nC: EHLO b\nS: 250 a\n@ wait 3600\nC: MAIL FROM:<>\n@ wait 3600\nS: 250 ok\n")
		played := parse(t, "S: 220 a\nC: EHLO b\nS: 250 a\nC: MAIL FROM:<>\nS: 250 ok\n")
		rep, _ := between(t, served, played, ReplayOptions{Session: session.Options{Timeout: 7 * time.Second}})
		if got := text(t, rep); rep.Same || !strings.Contains(got, "no reply: no reply to MAIL within 7s") {
			t.Error(got)
		}
	})
}

const silentThen = `= smtp-transcript 1
= recorded by=test
= connect host=a addr=192.0.2.1:25 from=b:1 tls=none
S: 220 a
C: EHLO b
S: 250 a
C: MAIL FROM:<>
= failed what=timeout text="no reply to MAIL within 5m0s"
= closed by=client how=fin
`

// TestRecordedSilence: a recording may end with a server that said no more.
func TestRecordedSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		played := parse(t, silentThen)
		rep, problems := between(t, played, played, ReplayOptions{})
		got := text(t, rep)
		if !rep.Same || len(problems) > 0 || !strings.Contains(got, "note: the recording ends here with: no reply to MAIL within 5m0s") {
			t.Errorf("%q\n%s", problems, got)
		}
		wordless := parse(t, strings.Replace(silentThen, ` text="no reply to MAIL within 5m0s"`, "", 1))
		rep, _ = between(t, wordless, wordless, ReplayOptions{})
		if got := text(t, rep); !strings.Contains(got, "note: the recording ends here with: timeout: no reply to MAIL") {
			t.Error(got)
		}
	})
}

// TestServerStaysOpen: the recorded server closed the channel.
func TestServerStaysOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const file = "S: 220 a\nC: EHLO b\nS: 250 a\n= closed by="
		rep, _ := between(t, parse(t, file+"client\n"), parse(t, file+"server\n"), ReplayOptions{})
		if got := text(t, rep); rep.Same || !strings.Contains(got, "the server closed the channel then, and does not now within 5s") {
			t.Error(got)
		}
	})
}

// TestSilentClient: it is told 421 and left, and the problem says what was
// waited for.
func TestSilentClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := NewServer(parse(t, "S: 220 a\nC: EHLO b\nS: 250 a\n"), ServeOptions{})
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
		srv := NewServer(parse(t, "S: 220 a\n"), ServeOptions{Idle: time.Minute})
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
		srv := NewServer(parse(t, "S: 220 a\n"), ServeOptions{Log: func(p string) { told = append(told, p) }})
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
