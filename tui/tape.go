package tui

import (
	"fmt"
	"path/filepath"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
	"ehlo/transcript"
)

// tape is a transcript that is being played back: a conversation to walk
// through. The session, if there is one, goes on behind it.
type tape struct {
	conversation
	name     string
	file     *transcript.Transcript
	playback playback
	from     scope // the screen that it was opened from
}

// shown is the conversation on the screen.
func (m *Model) shown() *conversation {
	if m.tape != nil {
		return &m.tape.conversation
	}
	return &m.live
}

// opened puts a transcript that was read on the screen.
func (m *Model) opened(msg openedMsg) tea.Cmd {
	if msg.tape == nil {
		why := "nothing has happened in it"
		if msg.err != nil {
			why = msg.err.Error()
		}
		if m.over == prompting && m.prompt.name == "open" {
			m.prompt.fault = why
			return nil
		}
		m.warn(fmt.Sprintf("open %s: %s", msg.name, why))
		return nil
	}
	msg.tape.from = m.openedFrom()
	m.tape = msg.tape
	m.session.begin()
	shown := m.goTo("session")
	if msg.err != nil {
		m.warn("some lines could not be read: " + msg.err.Error())
	}
	if msg.play {
		return tea.Batch(shown, m.playPause())
	}
	return shown
}

// openedFrom is where one goes back to from a file: where letters are typing,
// the list of files is the better place.
func (m *Model) openedFrom() scope {
	switch {
	case m.tape != nil:
		return m.tape.from
	case m.front() == screen(m.form):
		return m.transcripts.place().name
	}
	return m.front().place().name
}

// followers are the lines that the client said after the cursor, for the pane
// that shows what comes next.
func (t *tape) followers(most int) []session.Step {
	var steps []session.Step
	for i := t.cursor + 1; i < len(t.rows) && i < t.cursor+stride && len(steps) < most; i++ {
		r := &t.rows[i]
		if r.kind != session.Sent || r.preamble || r.content && r.verb == "" {
			continue
		}
		data, _ := octets(t.events[r.from:r.to], 1024, "••••••••")
		st := session.Step{Bytes: data, Why: fmt.Sprintf("row %d", i+1)}
		if r.content {
			st.Why += ", the end of data"
		}
		steps = append(steps, st)
	}
	return steps
}

func (t *tape) title() string {
	return "playing back " + escaped(strings.TrimSpace(filepath.Base(t.name)))
}
