package tui

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
)

// journal writes down every message that the model gets, and how long it took
// to deal with it and to draw. What is secret is not in it: neither octets
// that a session has marked, nor what is typed into a text field.
type journal struct {
	mu sync.Mutex
	w  io.Writer
}

// note writes one line; a nil journal writes none.
func (j *journal) note(m *Model, msg tea.Msg, took time.Duration) {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	_, _ = fmt.Fprintf(j.w, "%s %6dµs %s\n", time.Now().Format("15:04:05.000000"), took.Microseconds(), session.Escape(m.sayMessage(msg)))
}

// maxNoted bounds a line of the journal, in octets, maxNotedOf what it has of one
// event.
const (
	maxNoted   = 32 << 10
	maxNotedOf = 512
)

func (m *Model) sayMessage(msg tea.Msg) string {
	text := ""
	switch msg := msg.(type) {
	case tea.KeyMsg:
		typing := m.over == prompting || m.over == picking || m.front().typing(m)
		if typing && (msg.Paste || typed(msg.String()) || len(msg.Runes) > 0) {
			return fmt.Sprintf("key: typing, %d characters", len(msg.Runes))
		}
		text = "key: " + msg.String()
	case eventsMsg:
		text = m.sayEvents(msg)
	case tea.WindowSizeMsg:
		text = fmt.Sprintf("size: %d×%d", msg.Width, msg.Height)
	case doneMsg:
		text = fmt.Sprintf("done: generation %d, up to %d, %v", msg.gen, msg.upTo, msg.err)
	default:
		text = strings.TrimPrefix(fmt.Sprintf("%T", msg), "tui.")
	}
	if len(text) > maxNoted {
		text = text[:maxNoted] + "…"
	}
	return text
}

// sayEvents says what is new to the model before it has learnt it.
func (m *Model) sayEvents(msg eventsMsg) string {
	text := fmt.Sprintf("events: generation %d", msg.gen)
	if msg.gen != m.drive.gen {
		return text + " is over"
	}
	known := min(len(m.live.events), len(msg.events))
	for i, e := range msg.events[known:] {
		if len(text) > maxNoted-2*maxNotedOf {
			return text + fmt.Sprintf("; and %d more", len(msg.events)-known-i)
		}
		line := fmt.Sprintf("%s %q", e.Kind, e.Public("********"))
		if len(e.Data) == 0 && e.Kind != session.Noted { // notes are typed
			line = fmt.Sprintf("%s %q", e.Kind, e.Text)
		}
		if len(line) > maxNotedOf {
			line = line[:maxNotedOf] + "…"
		}
		text += fmt.Sprintf("; %d %s", e.Seq, line)
	}
	return text
}
