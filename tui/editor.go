package tui

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session/channel"
)

// editedMsg says that the editor has been left.
type editedMsg struct {
	path  string
	whole bool // it was the message file itself
	err   error
}

// openEditor opens the body, or the message file, in the user's editor.
func (m *Model) openEditor() tea.Cmd {
	f := m.form
	msg := editedMsg{path: m.path(f.messageFile()), whole: f.messageFile() != ""}
	if !msg.whole {
		var err error
		if msg.path, err = keepAside(f.body.Value()); err != nil {
			m.warn("the editor: " + err.Error())
			return nil
		}
	}
	return m.inEditor(msg.path, func(err error) tea.Msg {
		msg.err = err
		return msg
	})
}

// inEditor opens a file in the editor that the environment names.
func (m *Model) inEditor(path string, then func(error) tea.Msg) tea.Cmd {
	words, err := editor(os.Getenv)
	if err != nil {
		return func() tea.Msg { return then(err) }
	}
	return tea.ExecProcess(exec.Command(words[0], append(words[1:], path)...), then)
}

// editor is the command that the environment names.
func editor(env func(string) string) ([]string, error) {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if text := env(name); text != "" {
			words, err := channel.Words(text)
			if err != nil {
				return nil, fmt.Errorf("$%s: %w", name, err)
			}
			return words, nil
		}
	}
	return nil, errors.New("the environment names no editor: set $EDITOR")
}

// keepAside writes a text into a file that nobody else can read.
func keepAside(text string) (string, error) {
	dir, err := os.MkdirTemp("", "ehlo-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "body.txt")
	return path, os.WriteFile(path, []byte(text), 0o600)
}

// edited takes what was written. What cannot be taken stays in its file.
func (m *Model) edited(msg editedMsg) tea.Cmd {
	f := m.form
	if msg.err != nil {
		said := "the editor: " + msg.err.Error()
		if text, err := readBody(msg.path); !msg.whole && err == nil && text == f.body.Value() {
			_ = os.RemoveAll(filepath.Dir(msg.path))
		} else if !msg.whole {
			said += "; what was written is in " + msg.path
		}
		m.warn(said)
		return nil
	}
	if msg.whole {
		f.file = "" // it is read again
		return m.checkForm()
	}
	text, err := readBody(msg.path)
	if err != nil {
		m.warn(fmt.Sprintf("not taken, %s; it is in %s", err, msg.path))
		return nil
	}
	_ = os.RemoveAll(filepath.Dir(msg.path))
	f.copied = nil
	f.body.SetValue(text)
	return m.checkForm()
}

// readBody reads a text that the form can hold.
func readBody(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	p, err := io.ReadAll(io.LimitReader(file, longContent))
	text := strings.ReplaceAll(string(p), "\r\n", "\n")
	switch {
	case err != nil:
		return "", err
	case !utf8.ValidString(text):
		return "", errors.New("it is not UTF-8")
	case len(p) == longContent || strings.Count(text, "\n") >= maxBody:
		return "", fmt.Errorf("the form takes no more than %s lines", count(maxBody))
	}
	return text, nil
}
