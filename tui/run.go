package tui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
)

// fps is how often a second Bubble Tea looks whether there is something to
// draw. It does so all the time, and 33 ms are quick enough for a keyboard.
const fps = 30

// Run opens the terminal interface and returns when it is left. The paths of
// the transcripts that were saved then stand on the normal screen.
func Run(parent context.Context, o Options) error {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	out := &terminal{File: os.Stdout}
	m := New(o)
	m.ctx = ctx
	m.clip = terminalClip(out)
	last, err := tea.NewProgram(m, tea.WithAltScreen(), tea.WithOutput(out), tea.WithContext(ctx), tea.WithFPS(fps)).Run()
	cancel()
	if end, ok := last.(Model); ok {
		end.shut()
		for _, name := range end.files {
			fmt.Println("transcript: " + session.Escape(name))
		}
	}
	if errors.Is(err, tea.ErrInterrupted) || parent.Err() != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("terminal interface: %w", err)
	}
	return nil
}

// shut ends every session and every recording.
func (m *Model) shut() {
	_ = m.leave()
	for _, shut := range m.left {
		shut()
	}
}

// terminal is the screen with one writer at a time: Bubble Tea draws, and a
// copy may go out between two frames but never inside of one.
type terminal struct {
	*os.File
	mu sync.Mutex
}

func (s *terminal) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.File.Write(p)
}
