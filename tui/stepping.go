package tui

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
)

// What a person does to the session: steps, runs, lines of their own, and ways
// to break it off.

// stepping are the actions that drive the session.
func stepping() []action {
	return []action{
		{"step", watching, []string{"n"}, "step", "do the next step; in a file: the next row", (*Model).pressStep},
		{"step-group", watching, []string{"N"}, "to the next wait", "do all steps that may go out in one write, then wait", live((*Model).stepGroup)},
		{"run", watching, []string{"c"}, "run", "run to the next breakpoint or the end; again: pause", live((*Model).pressRun)},
		{"run-to-cursor", watching, []string{"C"}, "run to here", "run to the step under the cursor of Next", live((*Model).runToCursor)},
		{"break", watching, []string{"b"}, "break", "set a breakpoint: before the step, or after what happened", live((*Model).askBreak)},
		{"raw-line", watching, []string{":"}, "raw line", "send any line, exactly as typed", live((*Model).askRaw)},
		{"edit", watching, []string{"e"}, "edit", "edit a step before it is taken: its octets, its content, where its channel leads, its handshake", live((*Model).edit)},
		{"insert", watching, []string{"i"}, "insert", "put a line of your own before the step", live((*Model).askInsert)},
		{"skip", watching, []string{"x"}, "skip", "leave the step out", live((*Model).skip)},
		{"repeat", watching, []string{"."}, "repeat", "say the step twice", live((*Model).repeat)},
		{"step-earlier", watching, []string{"K", "shift+up"}, "earlier", "move the step before the one above it", live((*Model).stepEarlier)},
		{"step-later", watching, []string{"J", "shift+down"}, "later", "move the step behind the one below it", live((*Model).stepLater)},
		{"undo", watching, []string{"u"}, "undo", "take back the last change of the plan", live((*Model).undo)},
		{"reconnect", watching, []string{"r"}, "reconnect", "hang up and connect again, in the same log", live((*Model).reconnect)},
		{"restart", watching, []string{"R"}, "restart", "begin again from the top, with a log of its own", live((*Model).restart)},
		{"hang-up", watching, []string{"H"}, "hang up", "close the channel without QUIT", live(leaves("hang-up", session.HangUp))},
		{"half-close", watching, []string{"F"}, "half-close", "send nothing more, and read on", live(leaves("half-close", session.HalfClose))},
		{"reset", watching, []string{"X"}, "reset", "break the channel off with RST", live(leaves("reset", session.Reset))},
	}
}

func (m *Model) pressStep() tea.Cmd {
	if m.tape != nil {
		m.tape.by(1)
		return nil
	}
	m.drive.running = false
	m.live.follow()
	return m.step()
}

func (m *Model) pressRun() tea.Cmd {
	m.live.follow()
	return m.run()
}

// stepGroup does what may go out in one write.
func (m *Model) stepGroup() tea.Cmd {
	d := &m.drive
	d.running = false
	m.live.follow()
	if d.sess == nil || d.acting {
		return m.step()
	}
	group := session.Group(m.live.now, d.stepper(), false)
	if len(group) < 2 {
		cmd := m.step()
		if m.notice.text == "" && len(d.plan) > 1 && m.live.now.ESMTP && !m.live.now.Offered.Has("PIPELINING") {
			m.say("PIPELINING is not offered: one step, one wait")
		}
		return cmd
	}
	m.say(session.Count(len(group), "step", "steps") + " in one write")
	return m.do(group...)
}

// chosen is the step that keys of the plan speak of: that under the cursor of
// Next while the keyboard is there, else the next one. before is the state in
// which it is taken, if all goes as hoped.
func (m *Model) chosen() (at int, before session.State, ok bool) {
	if m.session.focus == nextPane {
		at = m.session.choice
	}
	if at >= len(m.drive.plan) {
		m.say("nothing comes next")
		return at, m.live.now, false
	}
	return at, m.ahead(at), true
}

// ahead is the state before a step of the plan, if all goes as hoped.
func (m *Model) ahead(at int) session.State {
	s := m.live.now
	for _, st := range m.drive.plan[:at] {
		s = session.Hoped(s, st)
	}
	return s
}

// runToCursor runs until the step under the cursor is the next one.
func (m *Model) runToCursor() tea.Cmd {
	at, before, ok := m.chosen()
	switch {
	case !ok:
		return nil
	case at == 0:
		m.say("that is the next step: go to a later one in Next, with " + m.keys.named("next-pane").key(false) + " and the arrows")
		return nil
	}
	place := session.PlaceOf(before, m.drive.plan[at])
	m.drive.running = false
	cmd := m.run()
	m.drive.until = &place
	return cmd
}

// restart begins again with a log of its own; what was changed in the plan
// stays changed.
func (m *Model) restart() tea.Cmd {
	if m.live.now.InTransaction() && m.live.now.Open && !m.confirmed("restart", "gives it up") {
		return nil
	}
	amended := m.drive.amended
	if again := m.drive.rerun; again != nil {
		return m.rerun(again.name, again.file, m.drive.mail.Target, again.values)
	}
	cmd := m.connect()
	if cmd != nil {
		m.drive.amended = amended
		m.foresee()
	}
	return cmd
}

// leaves has a key break off the channel in one of the ways there are.
func leaves(name string, kind session.StepKind) func(*Model) tea.Cmd {
	return func(m *Model) tea.Cmd {
		if m.drive.sess == nil || !m.live.now.Open {
			m.say("there is no channel")
			return nil
		}
		if m.live.now.InTransaction() && !m.confirmed(name, "does it") {
			return nil
		}
		return m.utter(session.Step{Kind: kind, Why: "by hand"})
	}
}

// utter does something that the plan knows nothing of.
func (m *Model) utter(st session.Step) tea.Cmd {
	m.drive.running = false
	m.live.follow()
	return m.do(st)
}

// stopRun ends a run and says why.
func (m *Model) stopRun(format string, args ...any) {
	m.drive.running, m.drive.until = false, nil
	m.say(fmt.Sprintf(format, args...))
}
