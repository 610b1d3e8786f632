package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// visitOnce serves one client with a scenario, and returns what was printed.
func visitOnce(t *testing.T, client func(addr string) error, args ...string) (code int, stdout string) {
	t.Helper()
	r, w := io.Pipe()
	var out bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		std := streams{strings.NewReader(""), w, io.Discard}
		ended <- run(t.Context(), append([]string{"serve", "--once", "--listen", "127.0.0.1:0", "--wait", "100ms"}, args...), std)
		w.Close()
	}()
	in := bufio.NewReader(r)
	first, err := in.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if err := client(strings.TrimSpace(strings.TrimPrefix(first, "listening on "))); err != nil {
		t.Log(err)
	}
	_, _ = io.Copy(&out, in)
	return <-ended, out.String()
}

// TestServePracticeOnce judges Go's net/smtp.
func TestServePracticeOnce(t *testing.T) {
	good := func(addr string) error {
		c, err := smtp.Dial(addr)
		if err != nil {
			return err
		}
		if err := c.Hello("client.example"); err != nil {
			return err
		}
		return c.Quit()
	}
	code, stdout := visitOnce(t, good, "practice")
	if code != 0 || !strings.Contains(stdout, " -> QUIT") || !strings.Contains(stdout, "kept    quit ") {
		t.Errorf("%d\n%s", code, stdout)
	}
	rude := func(addr string) error {
		c, err := smtp.Dial(addr)
		if err != nil {
			return err
		}
		_ = c.Hello("client.example")
		return c.Close()
	}
	code, stdout = visitOnce(t, rude, "practice")
	if code != exitDiffers || !strings.Contains(stdout, "BROKEN  quit ") || !strings.Contains(stdout, "RFC 5321, 4.1.1.10, MUST") {
		t.Errorf("%d\n%s", code, stdout)
	}
}

func TestServeOnceJSON(t *testing.T) {
	var out, errs bytes.Buffer
	r, w := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(t.Context(), []string{"serve", "practice", "--scenario", "reject", "--once", "--json", "--listen", "127.0.0.1:0", "--wait", "100ms"},
			streams{strings.NewReader(""), &out, w})
	}()
	first, err := bufio.NewReader(io.TeeReader(r, &errs)).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, r)
	_ = smtp.SendMail(strings.TrimSpace(strings.TrimPrefix(first, "listening on ")), nil, "a@c.example", []string{"b@c.example"}, []byte("hi"))
	code := <-ended
	w.Close()
	var report struct {
		Good  bool
		Rules []struct{ Rule, Verdict string }
		Lines []struct{ Kind, Line string }
	}
	if err := json.Unmarshal(out.Bytes(), &report); err != nil || report.Good != (code == 0) || len(report.Rules) < 20 || len(report.Lines) < 3 {
		t.Errorf("%d %v %s", code, err, out.String())
	}
}

// TestServeOnceEnds: in CI nobody is there to interrupt it.
func TestServeOnceEnds(t *testing.T) {
	nobody := func(string) error { return nil }
	if code, stdout := visitOnce(t, nobody, "practice", "--timeout", "50ms"); code != exitTimeout || stdout != "" {
		t.Errorf("nobody: exit code %d, %q", code, stdout)
	}
	done := make(chan bool)
	stays := func(addr string) error {
		c, err := smtp.Dial(addr)
		if err != nil {
			return err
		}
		go func() { <-done; c.Close() }()
		return c.Hello("client.example")
	}
	var code int
	var stdout string
	for _, timeout := range []string{"1s", "10s", "1m"} { // a busy machine may let nobody in within a second
		if code, stdout = visitOnce(t, stays, "practice", "--timeout", timeout); strings.Contains(stdout, "-> EHLO client.example") {
			break
		}
	}
	close(done)
	if code != exitTimeout || !strings.Contains(stdout, "-> EHLO client.example") {
		t.Errorf("somebody who stays: exit code %d\n%s", code, stdout)
	}
	leaves := func(addr string) error {
		_, err := smtp.Dial(addr)
		return err
	}
	for _, timeout := range []string{"1s", "10s", "1m"} {
		if code, stdout = visitOnce(t, leaves, "practice:reject", "--wait", "1h", "--timeout", timeout); code != exitTimeout {
			break
		}
	}
	if code != exitDiffers || !strings.Contains(stdout, "BROKEN  quit-only ") {
		t.Errorf("somebody who has left: exit code %d\n%s", code, stdout)
	}
}

// TestServeRecordingOnce: who waits for a client in CI does not wait for ever.
func TestServeRecordingOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.smtp")
	if err := os.WriteFile(file, []byte("S: 220 a\nC: QUIT\nS: 221 b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for timeout, code := range map[string]int{"50ms": exitTimeout, "-1s": exitUsage} {
		if got, _, stderr := ehlo(t, "", "serve", file, "--once", "--listen", "127.0.0.1:0", "--timeout", timeout); got != code {
			t.Errorf("%s: exit code %d, %s", timeout, got, stderr)
		}
	}
}
