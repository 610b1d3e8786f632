package tui

import (
	"path/filepath"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/transcript"
	"ehlo/transcript/replay"
)

// twoFiles are two transcripts side by side, as if the second were a new run
// of the first.
type twoFiles struct {
	then, now string
	report    *replay.Report
}

// comparedMsg brings two transcripts that were compared.
type comparedMsg struct {
	two    *twoFiles
	err    error // nothing could be compared
	damage error // not all could be read
}

// names are what the files are called, with their folders where they have the
// same name.
func (t *twoFiles) names() (then, now string) {
	then, now = filepath.Base(t.then), filepath.Base(t.now)
	if then == now {
		then, now = t.then, t.now
	}
	return escaped(then), escaped(now)
}

// compareFiles reads two transcripts and compares them.
func compareFiles(then, now string) tea.Cmd {
	return func() tea.Msg {
		msg := comparedMsg{two: &twoFiles{then: then, now: now}}
		var files [2]*transcript.Transcript
		for i, name := range []string{then, now} {
			t, err := transcript.ReadFile(name)
			if t == nil {
				msg.err = err
				return msg
			}
			if err != nil && msg.damage == nil {
				msg.damage = err
			}
			files[i] = t
		}
		msg.two.report = replay.Two(files[0], files[1], replay.CompareOptions{})
		return msg
	}
}

// compared puts them on the screen.
func (m *Model) compared(msg comparedMsg) tea.Cmd {
	if msg.err != nil {
		m.warn(msg.err.Error())
		return nil
	}
	m.diff.two, m.diff.list, m.transcripts.first = msg.two, list{}, ""
	shown := m.goTo("diff")
	if msg.damage != nil {
		m.warn("some lines could not be read: " + msg.damage.Error())
	}
	return shown
}

// compareListed chooses the file under the cursor: the first one waits for a
// second.
func (m *Model) compareListed() tea.Cmd {
	s := m.transcripts
	if s.cursor >= len(s.files) {
		m.say("there is no transcript under the cursor")
		return nil
	}
	name, key := s.files[s.cursor].Path, m.keys.named("compare-file").key(false)
	switch {
	case s.first == name:
		s.first = ""
		m.say("no file is chosen any more")
	case s.first != "":
		return compareFiles(s.first, name)
	default:
		s.first = name
		m.say(key + " on another file sets it beside " + escaped(filepath.Base(name)) + "; here again: not")
	}
	return nil
}
