package tui

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
	"ehlo/session/outbox"
)

// What a person does to what waits in the outbox.

// order has something done to the message under the cursor.
func (m *Model) order(what string, do func(*outbox.Spool, string) error) tea.Cmd {
	s := m.queue
	q := s.chosen()
	if q == nil || s.runner == nil {
		m.say("nothing is chosen")
		return nil
	}
	spool, id, free := s.runner.Spool(), q.m.ID, m.freeHand(true)
	return func() tea.Msg { return changedMsg{id + ": " + what, errors.Join(free(), do(spool, id))} }
}

// freeHand ends the attempt by hand that is on the session screen if its
// channel is closed, so that its message can be seen to again. Who goes on
// with that session all the same can send, but no longer this message. One
// that has not connected yet is given up only for something else.
func (m *Model) freeHand(unbegun bool) func() error {
	d := &m.drive
	h := d.hand
	if h == nil || d.acting || d.running || m.live.now.Open || len(m.live.events) == 0 && !unbegun {
		return func() error { return nil }
	}
	d.settled = true
	return h.Close
}

func (m *Model) holdQueued() tea.Cmd {
	if q := m.queue.chosen(); q != nil && q.m.Held != "" {
		return m.order("released", (*outbox.Spool).Release)
	}
	return m.order("held", func(s *outbox.Spool, id string) error {
		return s.Hold(id, "by hand at "+s.Now().Format("2006-01-02 15:04"))
	})
}

func (m *Model) retryQueued() tea.Cmd {
	return m.order("due now; ehlo queue run tries it", (*outbox.Spool).Retry)
}

func (m *Model) dropQueued() tea.Cmd {
	if m.queue.chosen() == nil {
		return nil
	}
	if m.confirm != "drop-queued" {
		m.asked = "drop-queued"
		m.warn("nobody is told, and the files are removed: " + m.keys.named("drop-queued").key(false) + " again drops it")
		return nil
	}
	return m.order("dropped", (*outbox.Spool).Drop)
}

func (m *Model) allQueued() tea.Cmd {
	m.queue.all = !m.queue.all
	return tea.Batch(m.queue.look(m), m.queue.tick())
}

// openAttempt opens the transcript of the last attempt, then that before it.
func (m *Model) openAttempt() tea.Cmd {
	q := m.queue.chosen()
	if q == nil {
		return nil
	}
	var transcripts []string
	for _, f := range q.files {
		if strings.HasSuffix(f, ".smtp") {
			transcripts = append(transcripts, f)
		}
	}
	if len(transcripts) == 0 {
		m.say("it has not been tried yet")
		return nil
	}
	name := transcripts[len(transcripts)-1-m.queue.file%len(transcripts)]
	m.queue.file++
	m.say(filepath.Base(name) + " of " + q.m.ID)
	return readTranscript(name, false)
}

// tryQueued begins an attempt by hand.
func (m *Model) tryQueued() tea.Cmd {
	q := m.queue.chosen()
	if q == nil || m.queue.runner == nil {
		m.say("nothing is chosen")
		return nil
	}
	ctx, runner, id, free := m.ctx, m.queue.runner, q.m.ID, m.freeHand(true)
	return func() tea.Msg {
		if err := free(); err != nil {
			return handMsg{nil, err}
		}
		h, err := runner.Hand(ctx, id)
		return handMsg{h, err}
	}
}

// byHand puts an attempt on the session screen, where it is stepped through.
func (m *Model) byHand(h *outbox.Hand) tea.Cmd {
	o := h.Session
	o.Now = m.o.Now
	cmd := m.begin(o, h.Mail, session.Amended{}, h)
	h.Begin(m.drive.sess)
	m.say("one attempt by hand: n steps, c runs; its end is recorded in the outbox")
	return cmd
}

// settleHand records the end of an attempt by hand as soon as the server has
// decided.
func (m *Model) settleHand() tea.Cmd {
	h := m.drive.hand
	if h == nil || m.drive.settled || !h.Decided(m.live.now) {
		return nil
	}
	m.drive.settled = true
	return func() tea.Msg {
		said, err := h.End()
		if err != nil {
			err = fmt.Errorf("the end of the attempt could not be recorded: %w", err)
		}
		return changedMsg{"recorded: " + said, err}
	}
}
