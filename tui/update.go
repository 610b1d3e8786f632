package tui

import (
	tea "github.com/charmbracelet/bubbletea"
)

// Update implements [tea.Model]. It only routes.
func (m Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.KeyMsg:
		cmd = m.press(msg)
	case tea.MouseMsg:
		cmd = m.pointed(msg)
	case eventsMsg:
		cmd = m.learn(msg)
	case doneMsg:
		cmd = m.done(msg)
	case tickMsg:
		cmd = m.tick(msg)
	case openedMsg:
		cmd = m.opened(msg)
	case playMsg:
		cmd = m.played(msg)
	case savedMsg:
		m.saved(msg)
	case copiedMsg:
		m.say(msg.how)
	case openMsg:
		cmd = readTranscript(msg.name, false)
	default:
		var cmds []tea.Cmd
		for _, s := range m.screens {
			cmds = append(cmds, s.hear(&m, msg))
		}
		cmd = tea.Batch(cmds...)
	}
	if !m.tiny() {
		m.front().settle(&m)
	}
	return m, cmd
}

// press gives a key to whatever has the keyboard: first to the actions that
// apply there, then, as typing, to a text field.
func (m *Model) press(msg tea.KeyMsg) tea.Cmd {
	msg = m.lineEnd(msg)
	with := m.gathered(msg)
	if with && msg.Type == tea.KeyEnter {
		m.say("⏎ came in one piece with letters, as pasted: once more, if it is meant")
		return nil
	}
	m.confirm, m.asked = m.asked, ""
	m.notice = notice{}
	if m.over == helping {
		return m.helpKey(msg)
	}
	typing := m.over == prompting || m.over == picking || m.front().typing(m)
	if msg.Paste && !typing {
		m.say("nothing pasted is a command: press : first to send it as a line")
		return nil
	}
	if typing && (msg.Paste || msg.Type == tea.KeyRunes && len(msg.Runes) > 1) {
		lines := m.over != prompting && m.over != picking && m.front() == screen(m.form) && m.form.inBody()
		if text := changedByPasting(msg, lines); text != "" {
			m.say(text)
		}
		return m.typed(msg)
	}
	if with && msg.Type == tea.KeySpace && !typing {
		return nil
	}
	if !typing && msg.Type == tea.KeyRunes && (with || len(msg.Runes) > 1) {
		return m.burst(msg)
	}
	if a := m.keys.find(msg.String(), typing, m.scopes()...); a != nil {
		return a.run(m)
	}
	if typing {
		return m.typed(msg)
	}
	m.elsewhere(msg)
	return nil
}

// elsewhere says where a key belongs that does nothing here: what steps the
// session does so where the session is to be seen.
func (m *Model) elsewhere(msg tea.KeyMsg) {
	a := m.keys.find(msg.String(), false, watching)
	switch {
	case a == nil:
	case m.front() == screen(m.lessons) && m.lessons.on:
		m.say(m.lessons.waitsFor(m))
	default:
		m.say(a.name + " is a key of the session, which is not on the screen: " + m.keys.named("show-session").key(false) + " goes there")
	}
}

// act does what a key does, where letters are no typing.
func (m *Model) act(msg tea.KeyMsg) tea.Cmd {
	if a := m.keys.find(msg.String(), false, m.scopes()...); a != nil {
		return a.run(m)
	}
	return nil
}

// typed gives a key to the text field that has the keyboard.
func (m *Model) typed(msg tea.KeyMsg) tea.Cmd {
	if m.over == prompting {
		m.prompt.fault = ""
		return typeInto(&m.prompt.input, msg)
	}
	if m.over == picking {
		return m.pickerTyped(msg)
	}
	return m.front().typed(m, msg)
}

// scopes are those of the keys that apply now, innermost first.
func (m *Model) scopes() []scope { return m.scopesUnder(m.over) }

func (m *Model) scopesUnder(over cover) []scope {
	if over == prompting {
		return []scope{answering, everywhere}
	}
	if over == picking {
		return []scope{choosing, everywhere}
	}
	scopes := m.front().place().scopes()
	if m.tape != nil && m.front() == screen(m.session) {
		return append([]scope{tapeScope}, scopes...)
	}
	return scopes
}

// close closes what is open, innermost first.
func (m *Model) close() tea.Cmd {
	done, cmd := m.front().back(m)
	if !done {
		return m.goTo("session")
	}
	return cmd
}

// pressQuit quits, and asks once where that would break off a transaction.
func (m *Model) pressQuit() tea.Cmd {
	if m.live.now.InTransaction() && m.live.now.Open && !m.confirmed("quit", "quits") {
		return nil
	}
	return m.quit()
}

// pressQuitNow is for where a letter is typing.
func (m *Model) pressQuitNow() tea.Cmd {
	if m.live.now.InTransaction() && m.live.now.Open && !m.confirmed("quit-now", "quits") {
		return nil
	}
	return m.quit()
}

// suspend stops the program, if somebody is there to wake it.
func (m *Model) suspend() tea.Cmd {
	if m.o.NoSuspend {
		m.say("there is no shell to come back from: the program goes on")
		return nil
	}
	return tea.Suspend
}

func (m *Model) quit() tea.Cmd {
	_ = m.leave()
	return tea.Quit
}

// moveBy moves the cursor, or scrolls.
func (m *Model) moveBy(n int) {
	if m.over == helping {
		m.help.by(n)
		m.help.settle(len(m.helpLines()), m.helpHeight())
		return
	}
	m.front().move(m, n)
}

func (m *Model) page() int {
	if m.over == helping {
		return max(m.helpHeight()-1, 1)
	}
	return m.front().page(m)
}
