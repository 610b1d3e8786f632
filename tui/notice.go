package tui

import "fmt"

// notice is a word to the user in the footer, until the next key.
type notice struct {
	text string
	bad  bool
}

func (m *Model) say(text string) { m.notice = notice{text, false} }

func (m *Model) warn(text string) { m.notice = notice{text, true} }

// confirmed reports whether an action that would break off a transaction was
// asked for the second time; the first time it asks.
func (m *Model) confirmed(action, does string) bool {
	if m.confirm == action {
		return true
	}
	m.asked = action
	m.warn(fmt.Sprintf("a transaction is open: %s again %s", m.keys.named(action).key(false), does))
	return false
}
