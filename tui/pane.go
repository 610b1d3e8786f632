package tui

import "strings"

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

// name is the pane's in what is kept of a layout.
func (p pane) name() string { return strings.ToLower(p.title()) }

// about says what the pane shows and what the arrows do in it.
func (p pane) about() string {
	return [...]string{
		"Conversation: everything that happened, one row a line. The row under the cursor governs the other panes: they show that moment. At the end the cursor follows.",
		"Next: what the mail will say, if every reply is as hoped. Explain speaks of the step under the cursor.",
		"State: what client and server share at the moment of the row under the cursor.",
		"Offered: what the server offers at that moment, and what changed since it offered something before.",
		"Explain: what the row under the cursor means, and what the rules say about it.",
	}[min(p, explainPane)]
}
