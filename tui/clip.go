package tui

import (
	"io"
	"os"
	"time"

	"github.com/atotto/clipboard"
	"github.com/aymanbagabas/go-osc52/v2"
	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
)

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
	if c.terminal == nil {
		return copiedMsg{"there is no clipboard to copy to"}
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

// maxCopy bounds a copy: terminals drop longer ones without a word.
const maxCopy = 64 << 10

// copy copies the exchange that the cursor is on.
func (m *Model) copy() tea.Cmd {
	c := m.shown()
	from, to := c.exchange(c.cursor)
	if from == to {
		m.say("nothing to copy yet")
		return nil
	}
	var text []byte
	for i := from; i < to && len(text) < maxCopy; i++ {
		r := &c.rows[i]
		data, _ := octets(c.events[r.from:r.to], maxCopy, m.theme.Marks.Secret)
		line, _ := cutEnding(string(data))
		side := "== "
		switch r.kind {
		case session.Sent:
			side = "C: "
		case session.Received:
			side = "S: "
		default:
			line = c.events[r.from].Text
		}
		text = append(text, side+session.Escape(line)+"\n"...)
	}
	what, board := plural(to-from, "line", "lines"), m.clip
	return func() tea.Msg { return board.put(string(text), what) }
}
