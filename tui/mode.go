package tui

// mode says what the keyboard belongs to.
type mode uint8

const (
	composing mode = iota // the form
	stepping              // the session screen
	prompting             // one line at the bottom of the session screen
	helping               // the help screen
)

// pane is a part of the session screen.
type pane uint8

const (
	conversationPane pane = iota
	nextPane
	statePane
	offeredPane
	explainPane
	panes
)

func (p pane) title() string {
	return [...]string{"Conversation", "Next", "State", "Offered", "Explain"}[min(p, explainPane)]
}

// question is what a second press of a key confirms.
type question uint8

const (
	nothing question = iota
	quitting
	reconnecting
	leaving
)

func (q question) text() string {
	return [...]string{
		"",
		"a transaction is open: q again quits",
		"a transaction is open: r again hangs up",
		"a transaction is open: ⏎ again hangs up and connects anew",
	}[min(q, leaving)]
}
