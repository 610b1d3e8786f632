package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
)

// prompt is one line of typing at the bottom of a screen. Each thing to ask
// for is a function that returns one.
type prompt struct {
	name  string // what it asks for, for the messages that come back
	title string // in the border
	sign  string // in front of the line
	verb  string // what ⏎ does, for the footer
	note  string // what stands below while nothing is wrong

	speaks   bool // what is typed goes to the server: the rules comment on it
	hides    bool // what is typed is a secret
	veils    bool // the line came with a secret in it, which is a row of dots
	sure     bool // ⏎ was pressed before, and asked
	recalls  bool // the arrows go through the lines of before
	complete bool // tab goes on with the line, from what is offered and allowed
	// octets are what would go out; nil adds CRLF. when is the state to judge
	// them in, if it is not that of now.
	octets func(text string) ([]byte, error)
	when   *session.State
	accept func(m *Model, text string) tea.Cmd

	input   textinput.Model
	fault   string
	history int    // how far back in the history it is, 0 is what is being typed
	draft   string // what was being typed before going back

	turn     []session.Completion // what tab goes through, if it does
	turned   int                  // which of them stands in the line
	turnRest string               // what stands behind it
}

func (p *prompt) hints() []hint {
	list := []hint{{"accept", p.verb}}
	if p.complete {
		list = append(list, hint{"complete", ""})
	}
	if p.recalls {
		list = append(list, hint{"earlier", ""}, hint{"later", ""})
	}
	if p.veils {
		list = append(list, hint{"unveil", ""})
	}
	return append(list, hint{"cancel", ""})
}

// ask opens a prompt with a text to begin with.
func (m *Model) ask(p prompt, value string) {
	m.over, m.prompt = prompting, p
	m.prompt.input = newInput(value)
	m.prompt.input.CursorEnd()
	m.prompt.input.Focus()
	m.veil()
}

// accept hands what was typed on. The prompt stays if that finds a fault in
// it, or waits for an answer.
func (m *Model) accept() tea.Cmd { return m.prompt.accept(m, m.prompt.input.Value()) }

func (m *Model) cancel() tea.Cmd {
	m.over = uncovered
	return nil
}

// recall walks through the raw lines that were sent.
func (m *Model) recall(by int) tea.Cmd {
	p := &m.prompt
	to := p.history + by
	if !p.recalls || to < 0 || to > len(m.history) {
		return nil
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
	m.veil()
	return nil
}

// askRaw asks for a line to send.
func (m *Model) askRaw() tea.Cmd {
	m.ask(prompt{name: "raw-line", title: "Raw line, sent as typed with CRLF", sign: ": ", verb: "send", speaks: true, recalls: true, complete: true, accept: sendRaw}, "")
	return nil
}

func sendRaw(m *Model, text string) tea.Cmd {
	if !m.canSpeak() {
		return nil
	}
	if n := len(m.history); n == 0 || m.history[n-1] != text {
		m.history = append(m.history[:n:n], text)
	}
	m.over = uncovered
	return m.utter(session.Line(text))
}

// canSpeak reports whether there is a channel, and says if there is none.
func (m *Model) canSpeak() bool {
	open := m.drive.sess != nil && m.live.now.Open
	if !open {
		m.prompt.fault = "there is no channel to send it on: esc, then ⏎ connects"
	}
	return open
}

// askOpen asks for a file to play back.
func (m *Model) askOpen() tea.Cmd {
	m.ask(prompt{
		name: "open", title: "Open a transcript", sign: "› ", verb: "open", note: "a transcript (.smtp) to walk through",
		accept: func(m *Model, text string) tea.Cmd {
			if strings.TrimSpace(text) == "" {
				m.prompt.fault = "the path is missing"
				return nil
			}
			return readTranscript(m.path(text), false)
		},
	}, "")
	return nil
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
	name, gen, sess, book := m.path(text), d.gen, d.sess, d.book
	return func() tea.Msg {
		r, err := book.Into(name, sess)
		return savedMsg{gen, name, r, err}
	}
}

// saved notes that the log is being recorded, or why not.
func (m *Model) saved(msg savedMsg) {
	if msg.err != nil || msg.gen != m.drive.gen {
		if msg.recorder != nil {
			_ = msg.recorder.Close()
		}
		if m.over == prompting && m.prompt.name == "save" && msg.err != nil {
			m.prompt.fault = msg.err.Error()
		}
		return
	}
	m.drive.recorder, m.drive.saved = msg.recorder, msg.name
	m.files = append(m.files[:len(m.files):len(m.files)], msg.name)
	if m.over == prompting && m.prompt.name == "save" {
		m.over = uncovered
	}
	m.say("saved as " + escaped(msg.name) + ", and recording goes on")
}

// askSave asks where to save, if there is something to save.
func (m *Model) askSave() tea.Cmd {
	switch {
	case m.tape != nil:
		m.say("this is a file already: esc goes back to the session")
	case m.drive.saved != "":
		m.say("it is being recorded already: " + escaped(m.drive.saved))
	case m.drive.sess == nil:
		m.say("nothing has happened yet: ⏎ connects")
	default:
		m.ask(prompt{
			name: "save", title: "Save the transcript as", sign: "› ", verb: "save",
			note:   "all that has happened is written, and all that will; secrets are not",
			accept: (*Model).save,
		}, m.freeName())
	}
	return nil
}
