package tui

import (
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// Letters that come in one piece, outside of a bracketed paste: a terminal
// that brackets nothing has pasted them, or a slow connection has gathered
// what was typed. Nobody can tell which, so they are no commands, and a line
// end behind them does nothing by itself.

// breath is how soon after such a piece a key still belongs to it.
const breath = 20 * time.Millisecond

// opensLine are the actions whose key is a sign that asks for a line: what
// comes behind it in one piece is that line.
var opensLine = []string{"raw-line", "find", "filter"}

// burst does what several letters at once ask for, where letters are no
// typing.
func (m *Model) burst(msg tea.KeyMsg) tea.Cmd {
	first := msg
	first.Runes = msg.Runes[:1]
	if len(msg.Runes) > 1 && same(msg.Runes) {
		var cmds []tea.Cmd
		for range min(len(msg.Runes), 1<<10) {
			if m.over == uncovered && !m.front().typing(m) {
				cmds = append(cmds, m.act(first))
			}
		}
		return tea.Batch(cmds...)
	}
	if a := m.keys.find(first.String(), false, m.scopes()...); a != nil && slices.Contains(opensLine, a.name) {
		cmd := a.run(m)
		if m.over == prompting {
			msg.Runes = msg.Runes[1:]
			return tea.Batch(cmd, m.typed(msg))
		}
		return cmd
	}
	m.say("several letters at once are no command: " + m.keys.named("raw-line").key(false) + " first sends them as a line")
	return nil
}

// same reports whether a key was held down.
func same(runes []rune) bool {
	for _, r := range runes {
		if r != runes[0] {
			return false
		}
	}
	return true
}

// gathered reports whether a key came with letters in one piece, and keeps in
// mind when they came.
func (m *Model) gathered(msg tea.KeyMsg) bool {
	now := m.o.Now()
	with := !m.burstAt.IsZero() && now.Sub(m.burstAt) < breath
	letters := msg.Type == tea.KeyRunes || msg.Type == tea.KeySpace
	if !msg.Paste && (letters && with || msg.Type == tea.KeyRunes && len(msg.Runes) > 1 && !same(msg.Runes)) {
		m.burstAt = now
	}
	return with
}

// lineEnd is ⏎ as a terminal sends it that was not yet, or is not, in raw
// mode: a line feed.
func (m *Model) lineEnd(msg tea.KeyMsg) tea.KeyMsg {
	if msg.Type == tea.KeyCtrlJ && !msg.Alt && m.keys.find(msg.String(), false, m.scopes()...) == nil {
		msg.Type = tea.KeyEnter
	}
	return msg
}
