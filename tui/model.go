package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/themes"
)

// Model is the root model of the terminal interface: the only one that Bubble
// Tea knows. Everything in it is a plain value or grows at its end only.
type Model struct {
	o     Options
	ctx   context.Context
	theme themes.Theme
	keys  KeyMap

	width, height int

	mode  mode
	under mode // what help covers
	focus pane
	tab   pane       // which of State, Offered and Explain a narrow terminal shows
	tops  [panes]int // how far State, Offered and Explain are scrolled

	form   form
	drive  drive
	live   conversation // of the session
	tape   *tape        // what is played back, nil if nothing is
	prompt prompt
	choice int // the step that the cursor of Next is on

	history  []string // raw lines that were sent
	helpTop  int
	notice   notice
	question question // what the next press of its key confirms
	pressed  question // what this press confirms

	files []string // transcripts that were saved
	left  []func() // end the sessions that were left
	clip  clip
	start tea.Cmd // reads the message file that the form begins with
}

// openMsg asks for a transcript to be opened.
type openMsg struct{ name string }

// New returns the opening screen: the compose form, or a transcript.
func New(o Options) Model {
	o = o.filled()
	m := Model{
		o: o, ctx: context.Background(), theme: o.Theme, keys: DefaultKeyMap(),
		form: newForm(o), tab: statePane, clip: terminalClip(nil),
	}
	m.start = m.checkForm()
	m.apply()
	return m
}

// Init implements [tea.Model].
func (m Model) Init() tea.Cmd {
	if m.o.File == "" {
		return m.start
	}
	name := m.o.File
	return tea.Batch(m.start, func() tea.Msg { return openMsg{name} })
}
