package tui

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/atotto/clipboard"
	"github.com/aymanbagabas/go-osc52/v2"

	"ehlo/session"
)

// maxOSC52 is how many octets a terminal surely takes: longer ones are dropped
// without a word.
const maxOSC52 = 64 << 10

// clip is where copies go.
type clip struct {
	program  func(string) error // the system's clipboard; nil if there is none
	terminal io.Writer          // takes OSC 52; nil if there is none
	patience time.Duration
}

// terminalClip finds out where copies can go: over SSH the system's clipboard
// is that of the wrong machine, and the terminal is asked instead.
func terminalClip(terminal io.Writer) clip {
	c := clip{terminal: terminal, patience: 2 * time.Second}
	if os.Getenv("SSH_TTY") == "" && os.Getenv("SSH_CONNECTION") == "" && !clipboard.Unsupported {
		c.program = clipboard.WriteAll
	}
	return c
}

// put copies text and says what happened. A clipboard program that hangs is
// left behind.
func (c clip) put(text, what string) copiedMsg {
	if c.program != nil {
		done := make(chan error, 1)
		go func() { done <- c.program(text) }()
		timer := time.NewTimer(c.patience)
		defer timer.Stop()
		select {
		case err := <-done:
			if err == nil {
				return copiedMsg{what + " copied"}
			}
		case <-timer.C:
		}
	}
	switch {
	case c.terminal == nil:
		return copiedMsg{"there is no clipboard to copy to"}
	case len(text) > maxOSC52:
		return copiedMsg{fmt.Sprintf("not copied: %s octets are more than a terminal takes (%s); s saves them", session.Digits(int64(len(text))), session.Digits(maxOSC52))}
	}
	seq := osc52.New(text)
	if os.Getenv("STY") != "" {
		seq = seq.Screen()
	}
	if _, err := seq.WriteTo(c.terminal); err != nil {
		return copiedMsg{"not copied: " + err.Error()}
	}
	return copiedMsg{what + " handed to the terminal to copy (OSC 52)"}
}
