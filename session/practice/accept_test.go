package practice

import (
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// poorListener fails some times before it gives a client.
type poorListener struct {
	errs  []error
	conns chan net.Conn
	asked int
}

func (l *poorListener) Accept() (net.Conn, error) {
	l.asked++
	if len(l.errs) > 0 {
		err := l.errs[0]
		l.errs = l.errs[1:]
		return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept", err)}
	}
	if c, ok := <-l.conns; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (l *poorListener) Close() error   { return nil }
func (l *poorListener) Addr() net.Addr { return address("poor") }

// TestServeWaitsForDescriptors: what passes is waited for, ever longer.
func TestServeWaitsForDescriptors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sc, _ := Find(Default)
		srv := New(sc, Options{})
		l := &poorListener{conns: make(chan net.Conn, 1)}
		for range 12 {
			l.errs = append(l.errs, syscall.EMFILE)
		}
		client, server := inMemory("x")
		l.conns <- server
		served := make(chan error)
		start := time.Now()
		go func() { served <- srv.Serve(l) }()
		if _, err := client.Read(make([]byte, 3)); err != nil {
			t.Fatal(err)
		}
		// 5 ms, doubled seven times, and then a second each.
		if took, want := time.Since(start), 255*5*time.Millisecond+4*time.Second; took != want {
			t.Errorf("took %s, want %s", took, want)
		}
		close(l.conns)
		if err := <-served; !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		client.Close()
	})
}

func TestServeEndsWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sc, _ := Find(Default)
		srv := New(sc, Options{})
		l := &poorListener{errs: []error{syscall.ENFILE}}
		served := make(chan error)
		go func() { served <- srv.Serve(l) }()
		synctest.Wait()
		start := time.Now()
		srv.Close()
		if err := <-served; !errors.Is(err, net.ErrClosed) || time.Since(start) != 0 || l.asked != 1 {
			t.Errorf("%v after %s, asked %d times", err, time.Since(start), l.asked)
		}
	})
}

func TestServeEndsOnOtherErrors(t *testing.T) {
	sc, _ := Find(Default)
	l := &poorListener{errs: []error{syscall.EINVAL}}
	if err := New(sc, Options{}).Serve(l); !errors.Is(err, syscall.EINVAL) {
		t.Error(err)
	}
}
