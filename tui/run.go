package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
)

// fps is how often a second Bubble Tea looks whether there is something to
// draw. There never is: see paint.go.
const fps = 1

// Run opens the terminal interface and returns when it is left. The paths of
// the transcripts that were saved then stand on the normal screen.
func Run(parent context.Context, o Options) error {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	m := New(o)
	m.ctx = ctx
	last, err := m.showOn(os.Stdout)
	cancel()
	if end, ok := last.(painted); ok {
		end.shut()
		if err := end.keepLayout(); err != nil {
			fmt.Fprintln(os.Stderr, "the arrangement of the panes is not kept: "+session.Escape(err.Error()))
		}
		for _, name := range end.written() {
			fmt.Println("transcript: " + session.Escape(name))
		}
	}
	if errors.Is(err, tea.ErrInterrupted) || parent.Err() != nil {
		return nil
	}
	return leftBy(err)
}

// leftBy says why the screen was left, if nobody asked for it.
func leftBy(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EIO), errors.Is(err, io.EOF), errors.Is(err, os.ErrClosed):
		return errors.New("the terminal is gone: the session is closed, what was recorded is kept")
	}
	return fmt.Errorf("terminal interface: %w", err)
}

// showOn shows the model on a terminal until it is left.
func (m Model) showOn(file *os.File) (tea.Model, error) {
	out := &canvas{File: file}
	m.clip = terminalClip(out)
	// The context ends with a signal. Two who listen to the same one can wait
	// for each other for ever.
	options := []tea.ProgramOption{
		tea.WithAltScreen(), tea.WithOutput(out), tea.WithContext(m.ctx), tea.WithoutSignalHandler(), tea.WithFPS(fps),
	}
	if m.o.Mouse {
		options = append(options, tea.WithMouseCellMotion())
	}
	if m.o.CatchNoPanic {
		options = append(options, tea.WithoutCatchPanics())
	}
	p := painted{Model: m, out: out}
	if m.o.Journal != nil {
		p.journal = &journal{w: m.o.Journal}
	}
	return tea.NewProgram(p, options...).Run()
}

// shut ends every session and every recording.
func (m *Model) shut() {
	_ = m.leave()
	m.left.end()
}
