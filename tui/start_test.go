package tui

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/creack/pty"
)

// TestStartAsksTheTerminalNothing starts this program in a terminal that
// never answers. Bubble Tea v1 would ask it for its background colour, in an
// init that waits up to five seconds, if the package themes did not come
// first: see themes/background.go.
func TestStartAsksTheTerminalNothing(t *testing.T) {
	if os.Getenv("EHLO_TEST_START") != "" {
		return // the program under test: it has started
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run", "^TestStartAsksTheTerminalNothing$")
	cmd.Env = append(os.Environ(), "EHLO_TEST_START=1", "TERM=xterm-256color")
	terminal, err := pty.Start(cmd)
	if err != nil {
		t.Skip("no terminal to start in: ", err)
	}
	defer terminal.Close()
	out, _ := io.ReadAll(terminal) // ends with an error when the program does
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if bytes.Contains(out, []byte("\x1b]11;")) || bytes.Contains(out, []byte("\x1b[6n")) {
		t.Errorf("the terminal was asked something: %q", out)
	}
	if !bytes.Contains(out, []byte("PASS")) {
		t.Errorf("the program did not say that it passed: %q", out)
	}
}
