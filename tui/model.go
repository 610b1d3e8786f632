package tui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
	"ehlo/themes"
	"ehlo/transcript/lesson"
	"ehlo/transcript/shelf"
)

// Model is the root model of the terminal interface: the only one that Bubble
// Tea knows. It holds the session and what all screens share; what a screen
// remembers is the screen's own.
type Model struct {
	o     Options
	ctx   context.Context
	theme themes.Theme
	keys  keyMap

	width, height int

	screens     []screen
	at          int // the screen in front
	session     *sessionScreen
	form        *form
	breaks      *breaks
	recipients  *recipientsScreen
	timeline    *timelineScreen
	practice    *practiceScreen
	mailbox     *mailboxScreen
	diff        *diffScreen
	serve       *serveScreen
	lessons     *lessonsScreen
	transcripts *transcriptsScreen
	queue       *queueScreen
	settings    *settingsScreen
	over        cover // what lies over the screen
	prompt      prompt
	picker      picker
	mouse       bool // clicks come here
	help        help

	drive drive
	live  conversation // of the session
	tape  *tape        // what is played back, nil if nothing is

	offers  map[string]session.Extensions // what targets offered, in this run of the program
	history []string                      // raw lines that were sent
	notice  notice
	asked   string    // the action whose key, pressed again, confirms
	confirm string    // the action that this press confirms
	burstAt time.Time // when letters last came in one piece

	files []string      // transcripts that were saved
	books []*shelf.Book // of the shelf
	left  *leftovers
	clip  clip
	start tea.Cmd // reads the message file that the form begins with
}

// cover lies over the screen in front and has the keyboard.
type cover uint8

const (
	uncovered cover = iota
	prompting       // a line of typing at the bottom
	picking         // a list of choices
	helping
)

// openMsg asks for a transcript to be opened.
type openMsg struct{ name string }

// New returns the opening screen: the compose form, or a transcript.
func New(o Options) Model {
	o = o.Filled()
	m := Model{
		o: o, ctx: context.Background(), theme: o.Theme, clip: terminalClip(nil), mouse: o.Mouse, left: &leftovers{},
		session: newSessionScreen(o.Layout), form: newForm(o), breaks: &breaks{list: o.Breaks},
		recipients: &recipientsScreen{}, timeline: &timelineScreen{}, practice: &practiceScreen{}, mailbox: &mailboxScreen{}, diff: &diffScreen{}, serve: &serveScreen{}, lessons: &lessonsScreen{all: lesson.Lessons()}, transcripts: &transcriptsScreen{}, queue: &queueScreen{}, settings: &settingsScreen{},
	}
	m.screens = m.allScreens()
	m.keys = newKeyMap(m.screens)
	_ = o.Keys.apply(m.keys, m.screens) // who wants to know has asked Check
	m.start = m.checkForm()
	m.apply()
	_ = m.goTo("compose")
	_ = m.goTo(scope(o.Screen)) // stays where there is none of that name
	return m
}

// Init implements [tea.Model].
func (m Model) Init() tea.Cmd {
	if m.o.File == "" {
		return m.start
	}
	name := m.o.File
	if m.o.Second != "" {
		return tea.Batch(m.start, compareFiles(name, m.o.Second))
	}
	return tea.Batch(m.start, func() tea.Msg { return openMsg{name} })
}
