package tui

import (
	"bytes"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
)

// Changes of the plan. The session follows them as a [session.Amended] plan;
// what comes next is foreseen anew after each.

// line reports whether a step is a line, which can be edited and moved about.
func isLine(st session.Step) bool { return st.Kind == session.Say && st.Content == nil }

// amend changes the plan.
func (m *Model) amend(change session.Amendment) bool {
	d := &m.drive
	if change.At.Step == 0 {
		m.say(m.fixed(session.Step{Kind: session.Await}))
		return false
	}
	amended, ok := d.amended.With(change)
	if !ok {
		m.say("the plan has been changed too often: " + m.keys.named("undo").key(false) + " takes changes back")
		return false
	}
	d.amended = amended
	m.foresee()
	return true
}

// undo takes back the last change.
func (m *Model) undo() tea.Cmd {
	n := len(m.drive.amended.Amendments)
	if n == 0 {
		m.say("the plan is as it was composed")
		return nil
	}
	list := m.drive.amended.Amendments
	if n > 1 && list[n-1].What == session.Skip && list[n-2].Step.Why == movedHere {
		m.drive.amended = m.drive.amended.Undone() // a move is two changes
	}
	m.drive.amended = m.drive.amended.Undone()
	m.foresee()
	m.say("taken back; " + session.Count(len(m.drive.amended.Amendments), "change", "changes") + " left")
	return nil
}

// edit opens a step for changing: every octet of its line, where its channel
// leads, or its content.
func (m *Model) edit() tea.Cmd {
	at, before, ok := m.chosen()
	if !ok {
		return nil
	}
	st := m.drive.plan[at]
	switch {
	case st.Kind == session.Connect:
		m.editConnect(session.PlaceOf(before, st), st)
		return nil
	case st.Content != nil && st.Part == nil:
		return m.editContent(session.PlaceOf(before, st), st)
	case st.Kind == session.StartTLS:
		m.editHandshake(session.PlaceOf(before, st), st)
		return nil
	case st.Kind != session.Say:
		m.say(m.fixed(st))
		return nil
	}
	m.editLine(at, before, st)
	return nil
}

func (m *Model) editLine(at int, before session.State, st session.Step) {
	p := octetPrompt("edit", "Edit the next step", "send")
	if at > 0 {
		p = octetPrompt("edit", fmt.Sprintf("Edit step %d", at+1), "plan it so")
	}
	p.when = &before
	p.accept = func(m *Model, text string) tea.Cmd {
		edited := st
		var err error
		if edited.Bytes, edited.Gaps, err = session.Unquote(text); err != nil {
			m.prompt.fault = err.Error()
			return nil
		}
		if at == 0 {
			if !m.canSpeak() {
				return nil
			}
			m.over = uncovered
			return m.utter(edited)
		}
		m.over = uncovered
		edited.Why = "edited; was: " + m.stepText(at, st)
		m.amend(session.Amendment{At: session.PlaceOf(before, st), What: session.Instead, Step: edited})
		return nil
	}
	m.ask(p, session.Quote(st.Bytes, st.Gaps...))
	m.caretBeforeEnding()
}

// octetPrompt asks for octets, with escapes.
func octetPrompt(name, title, verb string) prompt {
	return prompt{
		name: name, title: title + `: \r \n \xHH are octets, \p another write, \p{2s} a pause`, sign: "› ", verb: verb, speaks: true,
		octets: func(text string) ([]byte, error) {
			data, _, err := session.Unquote(text)
			return data, err
		},
	}
}

// caretBeforeEnding puts the caret before the line end, where people type.
func (m *Model) caretBeforeEnding() {
	in := &m.prompt.input
	if n := len(in.Value()) - len(`\r\n`); n >= 0 && in.Value()[n:] == `\r\n` {
		in.SetCursor(len([]rune(in.Value()[:n])))
	}
}

// askInsert asks for a line that comes before a step.
func (m *Model) askInsert() tea.Cmd {
	at, before, ok := m.chosen()
	if !ok {
		return nil
	}
	st := m.drive.plan[at]
	if st.Kind == session.Connect || st.Kind == session.Resolve {
		m.say("without a channel nothing can be said: put it in before a later step")
		return nil
	}
	place := session.PlaceOf(before, st)
	p := octetPrompt("insert", "Say this before "+m.stepText(at, st), "put it in")
	p.when = &before
	p.complete = true
	p.accept = func(m *Model, text string) tea.Cmd {
		data, gaps, err := session.Unquote(text)
		if err != nil {
			m.prompt.fault = err.Error()
			return nil
		}
		m.over = uncovered
		m.amend(session.Amendment{At: place, What: session.Insert, Step: session.Step{Bytes: data, Gaps: gaps, Why: "put in by hand", NoWait: st.Kind == session.StartTLS}})
		return nil
	}
	m.ask(p, `\r\n`)
	m.caretBeforeEnding()
	return nil
}

// skip leaves a step out.
func (m *Model) skip() tea.Cmd {
	at, before, ok := m.chosen()
	if !ok {
		return nil
	}
	st := m.drive.plan[at]
	switch {
	case st.Ends == session.NoTLS && m.live.now.Secure && !m.live.now.Verified:
		// The QUIT is there for the certificate's sake: without it the mail goes on.
		m.drive.mail.Insecure = true
		m.foresee()
		m.say("the mail goes on, though nobody vouches for the server")
	case st.Kind == session.Connect || st.Kind == session.Resolve:
		m.say("without a channel there is nothing to step through")
	case st.Kind == session.StartTLS:
		m.say("the server waits for a handshake and for nothing else (RFC 3207, 4): leave out STARTTLS, or break it off with " + m.keys.named("reset").key(false))
	case st.Content != nil && st.Part == nil:
		m.say("after 354 the content is due; leave out DATA, or end it early with a dot on a raw line")
	case m.amend(session.Amendment{At: session.PlaceOf(before, st), What: session.Skip}):
		m.say("left out: " + m.stepText(at, st) + "; " + m.keys.named("undo").key(false) + " takes that back")
	}
	return nil
}

// repeat has a line said again behind itself: before it, it would often be
// taken for the step itself.
func (m *Model) repeat() tea.Cmd {
	at, _, ok := m.chosen()
	if !ok {
		return nil
	}
	st := m.drive.plan[at]
	switch {
	case !isLine(st):
		m.say("only a line is said twice: " + m.fixed(st))
		return nil
	case at+1 == len(m.drive.plan):
		m.say("nothing comes behind it: " + m.keys.named("raw-line").key(false) + " says it once more")
		return nil
	}
	again := session.Step{Bytes: bytes.Clone(st.Bytes), Gaps: st.Gaps, Hope: st.Hope, Why: "once more"}
	m.amend(session.Amendment{At: session.PlaceOf(m.ahead(at+1), m.drive.plan[at+1]), What: session.Insert, Step: again})
	return nil
}

func (m *Model) stepEarlier() tea.Cmd { return m.swap(-1, 0) }
func (m *Model) stepLater() tea.Cmd   { return m.swap(0, 1) }

const movedHere = "moved here"

// swap has the step at offset b come before the one at offset a: it is put in
// there and left out where it stood.
func (m *Model) swap(a, b int) tea.Cmd {
	at, _, ok := m.chosen()
	if !ok {
		return nil
	}
	first, second := at+a, at+b
	if first < 0 || second >= len(m.drive.plan) {
		m.say("there is no step to change places with")
		return nil
	}
	st := m.drive.plan[second]
	for _, x := range []session.Step{st, m.drive.plan[first]} {
		if !isLine(x) {
			m.say("only lines change places: " + m.fixed(x))
			return nil
		}
	}
	from := session.PlaceOf(m.ahead(second), st)
	to := session.PlaceOf(m.ahead(first), m.drive.plan[first])
	moved := session.Step{Bytes: bytes.Clone(st.Bytes), Gaps: st.Gaps, Hope: st.Hope, Why: movedHere}
	if m.amend(session.Amendment{At: to, What: session.Insert, Step: moved}) {
		m.amend(session.Amendment{At: from, What: session.Skip})
		m.session.choice = at + a + b
		m.session.focus = nextPane
	}
	return nil
}
