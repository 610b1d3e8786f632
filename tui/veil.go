package tui

import (
	"strings"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"
)

// A line that comes into the prompt with a secret in it, a login that is
// edited or said again, shows dots for it until somebody asks to see it.

// veil draws dots over the secret of the line, if it has one.
func (m *Model) veil() {
	_, _, m.prompt.veils = m.secretTyped()
}

// unveil shows the secret, or hides it again.
func (m *Model) unveil() tea.Cmd {
	_, _, secret := m.secretTyped()
	m.prompt.veils = secret && !m.prompt.veils
	return nil
}

// secretTyped finds what nobody may see unasked in the line of the prompt,
// counted in characters. With escapes in it there is no telling which of them
// it is: then it is all of the line.
func (m *Model) secretTyped() (from, to int, ok bool) {
	if !m.prompt.speaks {
		return 0, 0, false
	}
	text := m.prompt.input.Value()
	s, data, err := m.typedOctets()
	if err != nil {
		return 0, utf8.RuneCountInString(text), m.prompt.veils // while it is being mended
	}
	for _, span := range s.Secrets(data) {
		at := strings.LastIndex(text, string(data[span.From:span.To]))
		if at < 0 {
			return 0, utf8.RuneCountInString(text), true
		}
		end := at + span.To - span.From
		if !ok {
			from = utf8.RuneCountInString(text[:at])
		}
		to, ok = utf8.RuneCountInString(text[:end]), true
	}
	return from, to, ok
}

// veiled is the line of the prompt as it is drawn.
func (m *Model) veiled() []rune {
	text := []rune(m.prompt.input.Value())
	if !m.prompt.veils {
		return text
	}
	from, to, _ := m.secretTyped()
	for i := from; i < min(to, len(text)); i++ {
		text[i] = '•'
	}
	return text
}
