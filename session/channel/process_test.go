//go:build unix

package channel

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ehlo/session"
)

func TestPipeToAProcess(t *testing.T) {
	target := self(t, "practice")
	s := converse(t, Dialer{}, target)
	taken(t, s)
	if opened := event(s, session.Opened); opened.Fact("addr") != target.String() || opened.Fact("pid") == "" {
		t.Errorf("opened: %v", opened.Facts)
	}
	if closed := event(s, session.Closed); closed.Fact("exit") != "0" || closed.Fact("stderr") != "" {
		t.Errorf("closed: %v", closed.Facts)
	}
}

func TestProcessThatComplainsAndEnds(t *testing.T) {
	s := session.New(session.Options{Target: self(t, "complain"), Dial: Dialer{}.Dial})
	_ = s.Do(t.Context(), session.Step{Kind: session.Connect})
	closed := event(s, session.Closed)
	if closed.Fact("exit") != "75" || closed.Fact("by") != "server" {
		t.Errorf("closed: %v", closed.Facts)
	}
	text := closed.Fact("stderr")
	if !strings.HasPrefix(text, `cannot\x1b[2J open | the queue | xxx`) || len(text) > maxComplaint+100 || !strings.HasSuffix(text, "…") {
		t.Errorf("stderr: %d octets, %.80q", len(text), text)
	}
}

func TestProcessThatDoesNotEndIsKilledWithItsGroup(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	held := make(chan net.Conn, 2)
	listen(t, "unix", socket, func(c net.Conn) { held <- c })
	t.Setenv("CHANNEL_TEST_SOCKET", socket)
	c, err := Dialer{Grace: 20 * time.Millisecond}.Dial(t.Context(), self(t, "deaf"), "")
	if err != nil {
		t.Fatal(err)
	}
	lives := []net.Conn{<-held, <-held}
	p := c.(*session.Channel).Conn.(*process)
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("again: %v", err)
	}
	for _, l := range lives { // both ends of life are seen here
		_ = l.SetReadDeadline(time.Now().Add(time.Minute))
		if _, err := l.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error("a process is still there")
		}
		l.Close()
	}
	if err := syscall.Kill(p.cmd.Process.Pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("it was not reaped: %v", err)
	}
	if facts := p.farewell(); len(facts) == 0 || facts[0].Value != "signal: killed" {
		t.Errorf("farewell: %v", facts)
	}
}

func TestHalfCloseOfAPipe(t *testing.T) {
	c, err := Dialer{}.Dial(t.Context(), self(t, "half"), "")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p := c.(*session.Channel).Conn.(*process)
	if _, err := p.Write([]byte("four")); err != nil {
		t.Fatal(err)
	}
	_ = p.SetDeadline(time.Unix(1, 0))
	if _, err := p.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a read past its deadline: %v", err)
	}
	_ = p.SetDeadline(time.Time{})
	if err := p.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(p); string(got) != "250 4 octets\r\n" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestPipeThatCannotStart(t *testing.T) {
	before := descriptors(t)
	for command, why := range map[string]string{
		"/no/such/command": "no such file",
		"''":               "no command",
		"\n":               "missing",
		"a 'b":             "single quote",
	} {
		_, err := Dialer{}.Dial(t.Context(), session.Target{Pipe: command}, "")
		if err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v", command, err)
		}
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Dialer{}).Dial(done, session.Target{Pipe: "cat"}, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

// descriptors counts the open files of this process, where that is known.
func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}
