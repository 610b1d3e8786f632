package main

import (
	"bytes"
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
	if os.Getenv("EHLO_TEST_PROCESS") != "" {
		main()
	}
	os.Exit(m.Run())
}

func process(t *testing.T, args ...string) *exec.Cmd {
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
	began := time.Now()
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
	if got := strings.TrimSpace(out.String()); got != "ehlo "+version {
		t.Errorf("it said %q", got)
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("it took %s", took)
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
	for deadline := time.Now().Add(10 * time.Second); ; {
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
