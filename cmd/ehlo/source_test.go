package main

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/creack/pty"
)

// TestAPasswordIsTyped at a terminal: octet for octet, and ctrl+D or ctrl+C at its
// beginning want none. What is typed behind it is somebody else's.
func TestAPasswordIsTyped(t *testing.T) {
	for typed, want := range map[string]string{
		"wonderland\r": "wonderland", "wö\x7fo\r": "wo", "wrong\x15right\n": "right", "\x7fa b\x04c\r": "a bc", "\r": "", "\xfc\x01\r": "\xfc\x01",
		"\x04": "!", "\x03": "!", "half\x03": "!",
	} {
		keyboard, terminal, err := pty.Open()
		if err != nil {
			t.Skip(err)
		}
		asked, out := io.Pipe()
		go func() {
			_, _ = asked.Read(make([]byte, 64)) // the question stands there
			_, _ = keyboard.WriteString(typed + "more")
			_, _ = io.Copy(io.Discard, asked)
		}()
		got, err := hidden(context.Background(), terminal, out, "Password: ")
		if errors.Is(err, errInterrupted) {
			got = "!"
		} else if err != nil {
			t.Errorf("%q: %v", typed, err)
		}
		if got != want {
			t.Errorf("of %q came %q, not %q", typed, got, want)
		}
		_, _, _ = out.Close(), keyboard.Close(), terminal.Close()
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if keyboard, terminal, err := pty.Open(); err == nil {
		defer keyboard.Close()
		if _, err := hidden(ctx, terminal, io.Discard, ""); !errors.Is(err, errInterrupted) {
			t.Errorf("a signal: %v", err)
		}
		_ = terminal.Close()
	}
}
