package tui

import (
	"github.com/charmbracelet/bubbles/key"
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
	case eventsMsg:
		cmd = m.learn(msg)
	case doneMsg:
		cmd = m.done(msg)
	case tickMsg:
		cmd = m.tick(msg)
	case contentMsg:
		cmd = m.measuredFile(msg)
	case openedMsg:
		m.opened(msg)
	case savedMsg:
		m.saved(msg)
	case copiedMsg:
		m.say(msg.how)
	case openMsg:
		cmd = readTranscript(msg.name)
	}
	m.scroll()
	return m, cmd
}

// press gives a key to whatever has the keyboard.
func (m *Model) press(msg tea.KeyMsg) tea.Cmd {
	if key.Matches(msg, m.keys.Kill) {
		return m.quit()
	}
	if key.Matches(msg, m.keys.Suspend) {
		return tea.Suspend
	}
	m.pressed, m.question = m.question, nothing
	m.notice = notice{}
	switch m.mode {
	case composing:
		return m.formKey(msg)
	case prompting:
		return m.promptKey(msg)
	case helping:
		m.helpKey(msg)
		return nil
	}
	if msg.Paste {
		m.say("nothing pasted is a command: press : first to send it as a line")
		return nil
	}
	return m.repeat(msg)
}

// repeat takes a key that a slow connection delivered several times at once
// for what it is. Different letters at once are a paste, and no command.
func (m *Model) repeat(msg tea.KeyMsg) tea.Cmd {
	if msg.Type != tea.KeyRunes || len(msg.Runes) < 2 {
		return m.sessionKey(msg)
	}
	for _, r := range msg.Runes {
		if r != msg.Runes[0] {
			return nil
		}
	}
	if len(msg.Runes) > 1<<10 {
		return nil
	}
	var cmds []tea.Cmd
	for range msg.Runes {
		if m.mode == stepping {
			cmds = append(cmds, m.sessionKey(tea.KeyMsg{Type: tea.KeyRunes, Runes: msg.Runes[:1], Alt: msg.Alt}))
		}
	}
	return tea.Batch(cmds...)
}

// sessionKey is what a key does on the session screen.
func (m *Model) sessionKey(msg tea.KeyMsg) tea.Cmd {
	k := m.keys
	is := func(b key.Binding) bool { return key.Matches(msg, b) }
	switch {
	case m.tape != nil && (is(k.Step) || is(k.Enter)):
		m.shown().move(m.shown().cursor + 1)
	case m.tape != nil && (is(k.Run) || is(k.Raw) || is(k.Edit) || is(k.Reconnect)):
		m.say("a file is played back: esc goes back to the session")
	case is(k.Step), is(k.Enter):
		m.drive.running = false
		m.live.follow()
		return m.step()
	case is(k.Run):
		m.live.follow()
		return m.run()
	case is(k.Reconnect):
		return m.reconnect()
	case is(k.Raw):
		m.ask(sayRaw, "")
	case is(k.Edit):
		m.edit()
	case is(k.Save):
		m.askSave()
	case is(k.Open):
		m.ask(openFile, "")
	case is(k.Copy):
		return m.copy()
	case is(k.Theme):
		m.nextTheme()
	case is(k.Compose):
		m.mode = composing
		return m.checkForm()
	case is(k.Help):
		m.help()
	case is(k.Close):
		m.close()
	case is(k.Quit):
		if m.live.now.InTransaction() && m.live.now.Open && !m.confirmed(quitting) {
			return nil
		}
		return m.quit()
	default:
		m.move(msg)
	}
	return nil
}

// close closes what is open, innermost first.
func (m *Model) close() {
	switch {
	case m.tape != nil:
		m.tape = nil
		m.tops = [panes]int{}
		if m.drive.sess == nil {
			m.mode = composing
		}
	case m.stopWaiting():
	case m.focus != conversationPane:
		m.focus = conversationPane
	}
}

func (m *Model) quit() tea.Cmd {
	_ = m.leave()
	return tea.Quit
}

// move moves the cursor of the focused pane, or scrolls it.
func (m *Model) move(msg tea.KeyMsg) {
	k := m.keys
	is := func(b key.Binding) bool { return key.Matches(msg, b) }
	page := max(m.layout().heights[m.focus]-1, 1)
	const far = 1 << 30
	switch {
	case is(k.Pane):
		m.turn(1)
	case is(k.PaneBack):
		m.turn(int(panes) - 1)
	case is(k.Up):
		m.moveBy(-1)
	case is(k.Down):
		m.moveBy(1)
	case is(k.PageUp):
		m.moveBy(-page)
	case is(k.PageDown):
		m.moveBy(page)
	case is(k.Home):
		m.moveBy(-far)
	case is(k.End):
		m.moveBy(far)
	}
}

func (m *Model) turn(by int) {
	m.focus = pane((int(m.focus) + by) % int(panes))
	if m.focus >= statePane {
		m.tab = m.focus
	}
}

func (m *Model) moveBy(n int) {
	switch m.focus {
	case conversationPane:
		c := m.shown()
		c.move(c.cursor + n)
		m.tops[explainPane] = 0
	case nextPane:
		m.choice = max(min(m.choice+n, len(m.steps())-1), 0)
		m.tops[explainPane] = 0
	default:
		m.tops[m.focus] = max(m.tops[m.focus]+n, 0)
	}
}

// scroll keeps every cursor in sight, whatever happened.
func (m *Model) scroll() {
	l := m.layout()
	if l.shape == tiny {
		return
	}
	m.shown().show(l.heights[conversationPane])
	for p := statePane; p < panes; p++ {
		if m.tops[p] > 0 {
			m.tops[p] = max(min(m.tops[p], len(m.paneLines(p, l))-l.heights[p]), 0)
		}
	}
}

// layout is where everything is. In a terminal that shows one pane at a time
// a prompt takes its lines from that pane.
func (m *Model) layout() layout {
	l := arrange(m.width, m.height)
	if l.shape == single && m.mode == prompting {
		for p := range l.heights {
			l.heights[p] -= promptHeight(l.shape)
		}
	}
	return l
}
