package tui

// notice is a word to the user in the footer, until the next key.
type notice struct {
	text string
	bad  bool
}

func (m *Model) say(text string) { m.notice = notice{text, false} }

func (m *Model) warn(text string) { m.notice = notice{text, true} }

// confirmed reports whether a key that could do harm was pressed for the
// second time; the first time it asks.
func (m *Model) confirmed(q question) bool {
	if m.pressed == q {
		return true
	}
	m.question = q
	m.warn(q.text())
	return false
}
