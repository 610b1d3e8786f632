package practice

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestNobodyWaitsForTheOther: a client may write a whole group while the
// server writes its replies; a pipe without a buffer would stand still.
func TestNobodyWaitsForTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sc, _ := Find(Default)
		srv := New(sc, Options{})
		c, _ := srv.Dial(t.Context())
		group := strings.Repeat("NOOP\r\n", 1000)
		_ = c.SetWriteDeadline(time.Now().Add(time.Minute))
		if n, err := io.WriteString(c, group+"QUIT\r\n"); err != nil {
			t.Fatalf("%d octets, %v", n, err)
		}
		said, err := io.ReadAll(c)
		if n := bytes.Count(said, []byte("250 2.0.0 Ok\r\n")); n != 1000 || err != nil {
			t.Errorf("%d replies, %v", n, err)
		}
		c.Close()
	})
}

func TestWindowIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := inMemory("x")
		_ = client.SetWriteDeadline(time.Now().Add(time.Second))
		n, err := client.Write(make([]byte, window+1))
		if n != window || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%d octets, %v", n, err)
		}
		_ = client.SetWriteDeadline(time.Time{})
		wrote := make(chan error)
		go func() {
			_, err := client.Write([]byte("more"))
			client.Close()
			wrote <- err
		}()
		all, err := io.ReadAll(server)
		if len(all) != window+4 || err != nil || <-wrote != nil {
			t.Errorf("%d octets, %v", len(all), err)
		}
	})
}

func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := inMemory("x")
		p := make([]byte, 10)
		_ = client.SetReadDeadline(time.Now().Add(time.Second))
		if _, err := client.Read(p); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("overdue: %v", err)
		}
		if ne := net.Error(nil); !errors.As(client.fail("read", os.ErrDeadlineExceeded), &ne) || !ne.Timeout() {
			t.Error("not a timeout for others")
		}
		_ = client.SetReadDeadline(time.Unix(1, 0)) // as the session does to wake its reader
		if _, err := client.Read(p); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("long past: %v", err)
		}
		_ = client.SetDeadline(time.Time{})
		read := make(chan string)
		go func() {
			n, err := client.Read(p)
			read <- string(p[:n]) + reasonOf(err)
		}()
		synctest.Wait()
		_, _ = server.Write([]byte("hi"))
		if got := <-read; got != "hi" {
			t.Errorf("after the deadline was taken back: %q", got)
		}
		go func() {
			_, err := client.Read(p)
			read <- reasonOf(err)
		}()
		synctest.Wait()
		_ = client.SetReadDeadline(time.Now().Add(-time.Second)) // while somebody waits
		if got := <-read; got != "i/o timeout" {
			t.Errorf("woken: %q", got)
		}
	})
}

func reasonOf(err error) string {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err.Error()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestHalfClose(t *testing.T) {
	client, server := inMemory("x")
	_, _ = client.Write([]byte("all of it"))
	_ = client.CloseWrite()
	if all, err := io.ReadAll(server); string(all) != "all of it" || err != nil {
		t.Errorf("%q, %v", all, err)
	}
	if _, err := client.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("write: %v", err)
	}
	_, _ = server.Write([]byte("the answer"))
	server.Close()
	if all, err := io.ReadAll(client); string(all) != "the answer" || err != nil {
		t.Errorf("%q, %v", all, err)
	}
}

// TestEndedChannel: what each side sees of the other's end, and of its own.
func TestEndedChannel(t *testing.T) {
	p := make([]byte, 10)
	for _, c := range []struct {
		name        string
		reset       bool
		read, write error // on the other side
	}{
		{"closed", false, io.EOF, syscall.EPIPE},
		{"reset", true, syscall.ECONNRESET, syscall.ECONNRESET},
	} {
		client, server := inMemory("x")
		_, _ = server.Write([]byte("bye"))
		if c.reset {
			_ = server.SetLinger(0)
		}
		server.Close()
		server.Close()
		if n, err := client.Read(p); string(p[:n]) != "bye" || err != nil {
			t.Errorf("%s: the last words: %q, %v", c.name, p[:n], err)
		}
		if _, err := client.Read(p); !errors.Is(err, c.read) {
			t.Errorf("%s: read: %v", c.name, err)
		}
		if _, err := client.Write(p); !errors.Is(err, c.write) {
			t.Errorf("%s: write: %v", c.name, err)
		}
		if _, err := server.Read(p); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: own read: %v", c.name, err)
		}
		if _, err := server.Write(p); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: own write: %v", c.name, err)
		}
	}
}

// TestClosingWakesWhoeverWaits, on both sides.
func TestClosingWakesWhoeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := inMemory("x")
		woken := make(chan error, 3)
		go func() { _, err := client.Read(make([]byte, 1)); woken <- err }()
		go func() { _, err := server.Read(make([]byte, 1)); woken <- err }()
		go func() { _, err := client.Write(make([]byte, 2*window)); woken <- err }()
		synctest.Wait()
		client.Close()
		for range 3 {
			<-woken
		}
	})
}
