package tui

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/replay"
)

// Running a recording again: the session's plan is what its client said, step
// by step, and each reply is compared with the one that came then.

// rerun is a recording that is being run again, or was.
type rerun struct {
	name   string
	file   *transcript.Transcript
	player *replay.Player
	// taken says which replies were put into the file, by their line.
	taken map[int]bool
	// values are what the user gave for the placeholders of the file.
	values map[string]string
}

// askRerun asks whom to run a file against.
func (m *Model) askRerun(name string, t *transcript.Transcript) tea.Cmd {
	m.ask(prompt{
		name: "rerun", title: "Run " + escaped(filepath.Base(name)) + " again, against", sign: "› ", verb: "connect",
		note: "a TARGET, as in the form; never the server of the recording by itself",
		accept: func(m *Model, text string) tea.Cmd {
			target, err := session.ParseTarget(strings.TrimSpace(text))
			if err != nil {
				m.prompt.fault = err.Error()
				return nil
			}
			if m.drive.sess != nil && m.live.now.Open && m.live.now.InTransaction() && !m.prompt.sure {
				m.prompt.sure = true
				m.prompt.fault = "a transaction is open: ⏎ again hangs up"
				return nil
			}
			return m.rerun(name, t, target, map[string]string{})
		},
	}, m.form.value(targetField))
	return nil
}

// rerun connects and has the recording for its plan. What is missing for that
// is asked for.
func (m *Model) rerun(name string, t *transcript.Transcript, target session.Target, values map[string]string) tea.Cmd {
	mail := m.formMail(target)
	o := replay.Options{Session: session.Options{Target: target, Now: m.o.Now}, Variables: values}
	if mail.Auth != nil {
		o.Auth = func(string, string) (session.Authenticator, error) { return mail.Auth, nil }
	}
	p, err := replay.NewPlayer(t, o)
	var missing *transcript.MissingError
	switch {
	case errors.As(err, &missing):
		m.askValue(missing, func(m *Model, value string) tea.Cmd {
			values[missing.Name] = value
			return m.rerun(name, t, target, values)
		})
		return nil
	case err != nil:
		m.prompt.fault = err.Error()
		if m.over != prompting {
			m.warn(err.Error())
		}
		return nil
	}
	m.over = uncovered
	begun := m.talk(mail, &rerun{name: name, file: t, player: p, taken: map[int]bool{}, values: values})
	return tea.Batch(begun, m.goTo("diff"))
}

// askValue asks for what stands for a placeholder.
func (m *Model) askValue(missing *transcript.MissingError, then func(*Model, string) tea.Cmd) {
	p := prompt{
		name: "value", title: "Value of ${" + escaped(missing.Name) + "}", sign: "› ", verb: "go on",
		note:   fmt.Sprintf("line %d needs it, and the file does not have it", missing.Line),
		accept: then,
	}
	if strings.HasPrefix(missing.Name, "secret") {
		p.note += "; esc, and a login in the form computes it anew"
		p.hides = true
	}
	m.ask(p, "")
}

// compare has the recording learn what the server says now.
func (m *Model) compare(events []session.Event) {
	r := m.drive.rerun
	if r == nil {
		return
	}
	differs := 0
	for _, e := range events {
		for _, s := range r.player.Learn(e) {
			differs += len(s.Differences)
		}
	}
	if differs > 0 && m.diff.two == nil { // it is what a person wants to see, and to accept
		for i, step := range m.diff.steps() {
			if len(step.Differences) > 0 {
				m.diff.cursor = i
			}
		}
	}
	if differs > 0 && m.drive.running {
		m.drive.running = false
		m.say(session.Count(differs, "difference", "differences") + " from the recording: paused")
	}
	if why := r.player.Pause(m.live.now); why != "" && m.drive.running {
		m.drive.running = false
		m.say("paused by the recording: " + escaped(why))
	}
}

// rerunListed runs the file under the cursor again, or the one that is open.
func (m *Model) rerunListed() tea.Cmd {
	return m.withFile(func(m *Model, name string, t *transcript.Transcript) tea.Cmd { return m.askRerun(name, t) })
}

// fileMsg brings a transcript that was read to do something with it.
type fileMsg struct {
	name string
	file *transcript.Transcript
	err  error
	then func(*Model, string, *transcript.Transcript) tea.Cmd
}

// withFile reads the transcript that the place is about.
func (m *Model) withFile(then func(*Model, string, *transcript.Transcript) tea.Cmd) tea.Cmd {
	if m.tape != nil && m.front() == screen(m.session) {
		return then(m, m.tape.name, m.tape.file)
	}
	s := m.transcripts
	if s.cursor >= len(s.files) {
		m.say("there is no transcript under the cursor")
		return nil
	}
	name := s.files[s.cursor].Path
	return func() tea.Msg {
		t, err := transcript.ReadFile(name)
		return fileMsg{name, t, err, then}
	}
}

func (m *Model) gotFile(msg fileMsg) tea.Cmd {
	if msg.err != nil {
		m.warn(msg.err.Error())
		return nil
	}
	return msg.then(m, msg.name, msg.file)
}
