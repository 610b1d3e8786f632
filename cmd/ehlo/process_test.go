package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// TestMain lets the test binary be ehlo itself, for tests that need a process
// of their own.
func TestMain(m *testing.M) {
	if os.Getenv("EHLO_TEST_MEMORY") != "" {
		measuredMain()
	}
	if os.Getenv("EHLO_TEST_PROCESS") != "" {
		if fuse := os.Getenv("EHLO_TEST_CRASH"); fuse != "" && os.Getenv(guarded) != "" {
			go func() {
				_, _ = os.ReadFile(fuse) // a named pipe
				panic("the fuse has blown")
			}()
		}
		main()
	}
	// Nobody's configuration counts here, and nobody's folder is filled.
	dir, err := os.MkdirTemp("", "ehlo-test")
	if err != nil {
		panic(err)
	}
	os.Unsetenv("NO_COLOR")
	os.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, "config"))
	os.Setenv("XDG_STATE_HOME", filepath.Join(dir, "state"))
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func process(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(os.Environ(), "EHLO_TEST_PROCESS=1", "TERM=xterm-256color")
	return cmd
}

// TestVersionDoesNotAskTheTerminal: Bubble Tea asks a terminal for its
// background colour and waits five seconds where nothing answers. No
// subcommand may have to wait for that.
func TestVersionDoesNotAskTheTerminal(t *testing.T) {
	cmd := process(t, "--version")
	term, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer term.Close()
	var out bytes.Buffer
	_, _ = out.ReadFrom(term) // ends with an error when the process does
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	// Whoever asks writes the question to the terminal.
	if got := strings.TrimSpace(out.String()); got != "ehlo "+version {
		t.Errorf("it said %q", got)
	}
}

// TestKilledRecordingCanBeRead: the transcript is good up to the moment at
// which the program was killed.
func TestKilledRecordingCanBeRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "killed.smtp")
	cmd := process(t, send("--transcript", file, "--to", "bob@x.example", "practice:slow-greeting")...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; {
		p, _ := os.ReadFile(file)
		if bytes.Contains(p, []byte("S: 220-practice.example")) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the greeting is not in the file: %s", p)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code, stdout, stderr := ehlo(t, "", "show", file); code != 0 || !strings.Contains(stdout, "<-  220-practice.example") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
}

// TestNobodyReads: a reader that goes away ends neither the session nor the
// tidiness.
func TestNobodyReads(t *testing.T) {
	cmd := process(t, send("--message", "-", "--to", "bob@x.example", "practice")...)
	tmp := t.TempDir()
	cmd.Env = append(cmd.Env, "TMPDIR="+tmp)
	cmd.Stdin = strings.NewReader("Subject: x\n\nhello\n")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	cmd.Stdout = w
	if err := cmd.Run(); err != nil || errs.Len() > 0 {
		t.Errorf("%v: %s", err, errs.String())
	}
	if left, _ := os.ReadDir(tmp); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no /dev/full")
	}
	defer full.Close()
	for _, args := range [][]string{{"explain", "550"}, {"list", "scenarios"}, send("--to", "bob@x.example", "practice")} {
		var errs bytes.Buffer
		code := run(t.Context(), args, streams{strings.NewReader(""), full, &errs})
		if code != exitUsage || !strings.Contains(errs.String(), "no space") {
			t.Errorf("%v: exit code %d, %q", args, code, errs.String())
		}
	}
}

// TestInterruptedWhileReading: nobody types the message, and Ctrl-C must end
// the program all the same.
func TestInterruptedWhileReading(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, w := io.Pipe()
	defer w.Close()
	args := send("--message", "-", "--to", "bob@x.example", "practice")
	if code := run(ctx, args, streams{r, io.Discard, io.Discard}); code != exitInterrupted {
		t.Errorf("exit code %d", code)
	}
}

// TestInterruptedReplay: the server never greets, and the person has waited
// long enough.
func TestInterruptedReplay(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		if c, err := l.Accept(); err == nil {
			defer c.Close()
			cancel()
			<-t.Context().Done()
		}
	}()
	name := filepath.Join(t.TempDir(), "a.smtp")
	if err := os.WriteFile(name, []byte("S: 220 x\nC: QUIT\nS: 221 x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	code := run(ctx, []string{"replay", name, "--against", l.Addr().String()}, streams{strings.NewReader(""), io.Discard, &errs})
	if code != exitInterrupted || errs.String() != "ehlo: replay "+name+": interrupted\n" {
		t.Errorf("exit code %d, %q", code, errs.String())
	}
}
