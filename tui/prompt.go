package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
	"ehlo/transcript"
)

// asked says what a prompt asks for.
type asked uint8

const (
	sayRaw asked = iota
	sayEdited
	saveAs
	openFile
)

// prompt is one line of typing at the bottom of the session screen.
type prompt struct {
	kind    asked
	input   textinput.Model
	step    session.Step // the step that is edited
	fault   string
	history int    // how far back in the history it is, 0 is what is being typed
	draft   string // what was being typed before going back
}

func (p *prompt) title() string {
	return [...]string{"Raw line, sent as typed with CRLF", "Edit the next step", "Save the transcript as", "Open a transcript"}[min(p.kind, openFile)]
}

func (p *prompt) verb() string {
	return [...]string{"send", "send", "save", "open"}[min(p.kind, openFile)]
}

// speaks reports whether what is typed goes to the server.
func (p *prompt) speaks() bool { return p.kind == sayRaw || p.kind == sayEdited }

func (m *Model) ask(kind asked, value string) {
	m.mode = prompting
	m.prompt = prompt{kind: kind, input: newInput(value)}
	m.prompt.input.CursorEnd()
	m.prompt.input.Focus()
}

// promptKey gives a key to the prompt: all but four are typing.
func (m *Model) promptKey(msg tea.KeyMsg) tea.Cmd {
	k, p := m.keys, &m.prompt
	switch {
	case key.Matches(msg, k.Cancel):
		m.mode = stepping
		return nil
	case key.Matches(msg, k.Accept):
		return m.accept()
	case p.kind == sayRaw && key.Matches(msg, k.Earlier):
		m.recall(1)
		return nil
	case p.kind == sayRaw && key.Matches(msg, k.Later):
		m.recall(-1)
		return nil
	}
	p.fault = ""
	return typeInto(&p.input, msg)
}

// recall walks through the raw lines that were sent.
func (m *Model) recall(by int) {
	p := &m.prompt
	to := p.history + by
	if to < 0 || to > len(m.history) {
		return
	}
	if p.history == 0 {
		p.draft = p.input.Value()
	}
	p.history = to
	value := p.draft
	if to > 0 {
		value = m.history[len(m.history)-to]
	}
	p.input.SetValue(value)
	p.input.CursorEnd()
}

func (m *Model) accept() tea.Cmd {
	p := &m.prompt
	text := p.input.Value()
	if p.speaks() && !m.live.now.Open {
		p.fault = "there is no channel to send it on: esc, then ⏎ connects"
		return nil
	}
	switch p.kind {
	case sayRaw:
		if n := len(m.history); n == 0 || m.history[n-1] != text {
			m.history = append(m.history[:n:n], text)
		}
		m.mode = stepping
		return m.utter(session.Line(text))
	case sayEdited:
		m.mode = stepping
		st := session.Line(text)
		st.ID, st.Hope, st.Why = p.step.ID, p.step.Hope, p.step.Why
		return m.utter(st)
	case saveAs:
		return m.save(text)
	default:
		if strings.TrimSpace(text) == "" {
			p.fault = "the path is missing"
			return nil
		}
		return readTranscript(m.path(text))
	}
}

// utter sends a line that the user made up.
func (m *Model) utter(st session.Step) tea.Cmd {
	m.drive.running = false
	m.live.follow()
	return m.do(st)
}

// edit opens the next step's line for changing.
func (m *Model) edit() {
	if len(m.drive.plan) == 0 {
		m.say("nothing comes next that could be edited")
		return
	}
	st := m.drive.plan[0]
	if st.Kind != session.Say || st.Content != nil {
		m.say(fmt.Sprintf("the next step is no line: %s", st))
		return
	}
	text, _ := cutEnding(string(st.Bytes))
	m.ask(sayEdited, text)
	m.prompt.step = st
}

// path is where a name typed into a prompt leads.
func (m *Model) path(name string) string {
	name = strings.TrimSpace(name)
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	if m.o.Dir == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(m.o.Dir, name)
}

// freeName proposes a name for a transcript that no file has.
func (m *Model) freeName() string {
	day := m.o.Now().Format("2006-01-02")
	for n := 1; ; n++ {
		name := fmt.Sprintf("%s-%d.smtp", day, n)
		if _, err := os.Stat(m.path(name)); err != nil {
			return name
		}
	}
}

// save has the session recorded: all that has happened, and what will.
func (m *Model) save(text string) tea.Cmd {
	d := &m.drive
	if strings.TrimSpace(text) == "" {
		m.prompt.fault = "the name is missing"
		return nil
	}
	name, gen, sess := m.path(text), d.gen, d.sess
	return func() tea.Msg {
		r, err := transcript.Create(name)
		if err == nil {
			r.By = "ehlo/" + session.Version
			err = sess.Record(r)
		}
		return savedMsg{gen, name, r, err}
	}
}

// saved notes that the log is being recorded, or why not.
func (m *Model) saved(msg savedMsg) {
	if msg.err != nil || msg.gen != m.drive.gen {
		if msg.recorder != nil {
			_ = msg.recorder.Close()
		}
		if m.mode == prompting && m.prompt.kind == saveAs && msg.err != nil {
			m.prompt.fault = msg.err.Error()
		}
		return
	}
	m.drive.recorder, m.drive.saved = msg.recorder, msg.name
	m.files = append(m.files[:len(m.files):len(m.files)], msg.name)
	if m.mode == prompting && m.prompt.kind == saveAs {
		m.mode = stepping
	}
	m.say("saved as " + escaped(msg.name) + ", and recording goes on")
}

// askSave asks where to save, if there is something to save.
func (m *Model) askSave() {
	switch {
	case m.tape != nil:
		m.say("this is a file already: esc goes back to the session")
	case m.drive.saved != "":
		m.say("it is being recorded already: " + escaped(m.drive.saved))
	case m.drive.sess == nil:
		m.say("nothing has happened yet: ⏎ connects")
	default:
		m.ask(saveAs, m.freeName())
	}
}
