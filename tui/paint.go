package tui

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// Bubble Tea draws when its clock ticks: up to 33 ms after a key at the usual
// rate, and the clock keeps the processor awake while nothing happens. Here
// each frame goes to the terminal as soon as it is made, line by line where it
// differs from the last one. Bubble Tea still sees to the terminal's modes; of
// its own frames, which hold nothing but a mark, none gets through.

// painted is the model as Bubble Tea runs it.
type painted struct {
	Model
	out     *canvas
	journal *journal
}

// Update implements [tea.Model].
func (p painted) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, ok := msg.(tea.WindowSizeMsg); ok {
		p.out.forget() // who knows what the terminal made of its cells
	}
	before, began := p.Model, time.Now()
	next, cmd := p.Model.Update(msg)
	p.Model = next.(Model)
	p.journal.note(&before, msg, time.Since(began))
	return p, cmd
}

// View implements [tea.Model].
func (p painted) View() string {
	p.out.paint(p.Model.View())
	return noFrame
}

const (
	noFrame     = "\x1b_ehlo\x1b\\" // a string that terminals pass over
	eraseScreen = "\x1b[2J"
	home        = "\x1b[H" // ends a frame
)

// canvas is the terminal with one writer at a time: frames, modes and copies
// never get into each other.
type canvas struct {
	*os.File
	mu    sync.Mutex
	lines []string // what stands there; nil if nobody knows
}

// Write takes what Bubble Tea and a copy have for the terminal.
func (s *canvas) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(noFrame)) {
		return len(p), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if bytes.Contains(p, []byte(eraseScreen)) {
		s.lines = nil
	}
	return s.File.Write(p)
}

// forget has the next frame drawn as a whole.
func (s *canvas) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = nil
}

// paint draws a frame in one write.
func (s *canvas) paint(frame string) {
	if frame == "" { // the size is not known yet
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := strings.Split(frame, "\n")
	var b strings.Builder
	if len(lines) != len(s.lines) {
		b.WriteString(eraseScreen)
		s.lines = make([]string, len(lines))
	}
	for i, line := range lines {
		if line != s.lines[i] {
			fmt.Fprintf(&b, "\x1b[%d;1H%s", i+1, line)
		}
	}
	s.lines = lines
	if b.Len() > 0 {
		b.WriteString(home)
		_, _ = s.File.WriteString(b.String())
	}
}
