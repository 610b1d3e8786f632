package tui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
	"ehlo/transcript"
)

// What comes back from the world. Every message that speaks of a session
// carries its generation: what an older one still says is not heard.

// eventsMsg is all that is in the log, with something new at its end.
type eventsMsg struct {
	gen    int
	events []session.Event
}

// doneMsg says that Do returned. The steps are over when the events up to
// upTo have been learnt.
type doneMsg struct {
	gen  int
	upTo int
	err  error
}

// tickMsg comes while a reply is awaited, and at no other time.
type tickMsg struct{ gen, act int }

// openedMsg brings a transcript that was read.
type openedMsg struct {
	name string
	tape *tape // nil if nothing happened in it
	err  error
	play bool
}

// savedMsg says that the log is being recorded.
type savedMsg struct {
	gen      int
	name     string
	recorder *transcript.Recorder
	err      error
}

// copiedMsg says where a copy went.
type copiedMsg struct{ how string }

// contentMsg brings a message file that was measured.
type contentMsg struct {
	path    string
	content *session.Content
	err     error
}

// waitFor is the one outstanding wait for events of a session.
func waitFor(ctx context.Context, gen int, log *session.Log, seq int) tea.Cmd {
	return func() tea.Msg {
		if _, err := log.Wait(ctx, seq); err != nil {
			return nil
		}
		return eventsMsg{gen, log.Since(0)}
	}
}

// perform carries out steps.
func perform(ctx context.Context, gen int, s *session.Session, steps []session.Step) tea.Cmd {
	return func() tea.Msg {
		err := s.Do(ctx, steps...)
		return doneMsg{gen, s.Log().Len(), err}
	}
}

// slow is after how long a wait is shown.
const slow = 500 * time.Millisecond

func tickAfter(d time.Duration, gen, act int) tea.Cmd {
	return tea.Tick(d, func(time.Time) tea.Msg { return tickMsg{gen, act} })
}

func readTranscript(name string, play bool) tea.Cmd {
	return func() tea.Msg {
		t, err := transcript.ReadFile(name)
		if t == nil || len(t.Events()) == 0 {
			return openedMsg{name: name, err: err}
		}
		tape := &tape{name: name, file: t}
		tape.learn(t.Events())
		return openedMsg{name, tape, err, play}
	}
}

// measure reads the message file that is called so in the form.
func measure(name, path string) tea.Cmd {
	return func() tea.Msg {
		c, err := session.FileContent(path)
		return contentMsg{name, c, err}
	}
}
