package tui

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
	"ehlo/session/channel"
)

// editedMsg says that the editor has been left.
type editedMsg struct {
	aside *aside // nil if it was the message file itself
	err   error
}

// openEditor opens the body, or the message file, in the user's editor.
func (m *Model) openEditor() tea.Cmd {
	f := m.form
	if f.messageFile() != "" {
		return m.inEditor(m.path(f.messageFile()), func(err error) tea.Msg { return editedMsg{err: err} })
	}
	a := m.newAside()
	return m.asideInEditor(f.body.Value(), a, func(err error) tea.Msg { return editedMsg{a, err} })
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

// edited takes what was written. What cannot be taken stays in its file.
func (m *Model) edited(msg editedMsg) tea.Cmd {
	f := m.form
	if msg.aside == nil {
		if msg.err != nil {
			m.warn("the editor: " + msg.err.Error())
			return nil
		}
		f.file = "" // it is read again
		return m.checkForm()
	}
	defer msg.aside.done()
	text, err := "", msg.err
	if msg.aside.path != "" {
		text, err = readBody(msg.aside.path)
	}
	switch {
	case msg.err != nil && (msg.aside.path == "" || errors.Is(err, os.ErrNotExist) || err == nil && text == f.body.Value()):
		m.warn("the editor: " + msg.err.Error())
		return nil
	case msg.err != nil:
		m.warn("the editor: " + msg.err.Error() + "; what was written is in " + msg.aside.where())
		return nil
	case err != nil:
		m.warn(fmt.Sprintf("not taken, %s; it is in %s", err, msg.aside.where()))
		return nil
	}
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
		return "", fmt.Errorf("the form takes no more than %s lines", session.Digits(maxBody))
	}
	return text, nil
}
