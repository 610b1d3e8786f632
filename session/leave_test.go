package session

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// listening serves one connection over TCP and returns the options that reach
// it, and what serve returned.
func listening(t *testing.T, serve func(net.Conn) error) (Options, chan error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { l.Close() })
	end := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			end <- err
			return
		}
		defer c.Close()
		end <- serve(c)
	}()
	at := l.Addr().(*net.TCPAddr)
	return Options{Target: Target{Host: "127.0.0.1", Port: at.Port}}, end
}

// untilClosed is the state when the channel is no more.
func untilClosed(t *testing.T, s *Session) State {
	t.Helper()
	st := s.State()
	for ; st.Open; st = s.State() {
		if _, err := s.Log().Wait(t.Context(), st.Seq); err != nil {
			t.Fatal(err)
		}
	}
	return st
}

// leaves is a channel whose other side can go without a word.
type leaves struct {
	net.Conn
	gone atomic.Bool
}

func (l *leaves) Write(p []byte) (int, error) {
	if l.gone.Load() {
		return 0, syscall.EPIPE
	}
	return l.Conn.Write(p)
}

// TestHangingUpIsNoFailure: under TLS the client says good-bye, and the server
// may have gone already.
func TestHangingUpIsNoFailure(t *testing.T) {
	cert, roots := certificate(t, "server.example", time.Now().Add(time.Hour))
	o := raw(func(c net.Conn) { script{}.serve(tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}})) })
	o.TLS = TLS{Implicit: true, ServerName: "server.example", Roots: roots}
	dial, channel := o.Dial, &leaves{}
	o.Dial = func(ctx context.Context, to Target, addr string) (_ net.Conn, err error) {
		channel.Conn, err = dial(ctx, to, addr)
		return channel, err
	}
	s := New(o)
	if err := s.Do(t.Context(), Step{Kind: Connect}); err != nil {
		t.Fatal(err)
	}
	channel.gone.Store(true)
	if err := s.Do(t.Context(), Step{Kind: HangUp}); err != nil || s.State().Open {
		t.Errorf("%v\n%s", err, dialogue(s.Log()))
	}
}

func TestResetIsSeenByTheServer(t *testing.T) {
	o, end := listening(t, func(c net.Conn) error {
		fmt.Fprint(c, "220 x\r\n")
		_, err := io.Copy(io.Discard, c)
		return err
	})
	s := New(o)
	if err := s.Do(t.Context(), Step{Kind: Connect}, Step{Kind: Reset}); err != nil {
		t.Fatal(err)
	}
	if err := <-end; !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the server saw %v, not a reset", err)
	}
	if st := s.State(); st.Open || st.Closed != "client" || st.CloseReason != "rst" {
		t.Errorf("closed by %q, how %q", st.Closed, st.CloseReason)
	}
}

func TestHalfCloseReadsOn(t *testing.T) {
	o, end := listening(t, func(c net.Conn) error {
		fmt.Fprint(c, "220 x\r\n")
		if _, err := io.Copy(io.Discard, c); err != nil {
			return err
		}
		_, err := fmt.Fprint(c, "421 you have gone quiet\r\n")
		return err
	})
	s := New(o)
	if err := s.Do(t.Context(), Step{Kind: Connect}, Step{Kind: HalfClose}); err != nil {
		t.Fatal(err)
	}
	if err := <-end; err != nil {
		t.Fatal(err)
	}
	untilClosed(t, s)
	if d := dialogue(s.Log()); !strings.Contains(d, "S: 421 you have gone quiet") {
		t.Error(d)
	}
}

// TestAHalfCloseIsAnEnd: a server that hangs up because of it has not done so
// out of turn.
func TestAHalfCloseIsAnEnd(t *testing.T) {
	o, end := listening(t, func(c net.Conn) error {
		fmt.Fprint(c, "220 x\r\n")
		_, err := io.Copy(io.Discard, c)
		return err
	})
	s := New(o)
	if err := s.Do(t.Context(), Step{Kind: Connect}, Step{Kind: HalfClose}); err != nil {
		t.Fatal(err)
	}
	if err := <-end; err != nil {
		t.Fatal(err)
	}
	if st := untilClosed(t, s); st.Closed != "server" || len(st.Remarks) > 0 {
		t.Errorf("closed by the %s: %v", st.Closed, st.Remarks)
	}
}

func TestChannelWithoutHalves(t *testing.T) {
	s := New(raw(func(c net.Conn) {
		fmt.Fprint(c, "220 x\r\n")
		_, _ = io.Copy(io.Discard, c)
	}))
	if err := s.Do(t.Context(), Step{Kind: HalfClose}); !errors.Is(err, ErrNotOpen) {
		t.Error(err)
	}
	if err := s.Do(t.Context(), Step{Kind: Connect}, Step{Kind: HalfClose}); err == nil {
		t.Error("a pipe was half-closed")
	}
	if err := s.Do(t.Context(), Step{Kind: Reset}); err != nil || s.State().Open {
		t.Error(err)
	}
}

func TestLineInPiecesWithPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		s := New(raw(func(c net.Conn) {
			fmt.Fprint(c, "220 x\r\n")
			b := make([]byte, 100)
			for range 3 {
				n, err := c.Read(b)
				if err != nil {
					return
				}
				got = append(got, string(b[:n]))
			}
			fmt.Fprint(c, "250 x\r\n")
			_, _ = io.Copy(io.Discard, c)
		}))
		began := time.Now()
		line := Step{ID: 7, Bytes: []byte("NOOP\r\n"), Gaps: []Gap{{2, time.Minute}, {5, 2 * time.Second}}}
		if err := s.Do(t.Context(), Step{Kind: Connect}, line); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprintf("%q", got) != `["NO" "OP\r" "\n"]` || time.Since(began) != 62*time.Second {
			t.Errorf("%q after %s", got, time.Since(began))
		}
		if st := s.State(); st.Last.Code != 250 || st.Last.To != "NOOP" || st.Step != 7 {
			t.Errorf("%+v", st.Last)
		}
		_ = s.Close()
	})
}

func TestServerThatHangsUpInAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(raw(func(c net.Conn) {
			fmt.Fprint(c, "220 x\r\n")
			_, _ = c.Read(make([]byte, 10))
			fmt.Fprint(c, "421 too slow\r\n")
		}))
		began := time.Now()
		err := s.Do(t.Context(), Step{Kind: Connect}, Step{Bytes: []byte("NOOP\r\n"), Gaps: []Gap{{2, time.Hour}}})
		if !errors.Is(err, ErrNotOpen) || time.Since(began) > time.Minute {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}
