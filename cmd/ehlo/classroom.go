package main

import (
	"strings"

	"ehlo/session/message"
	"ehlo/session/practice"
	"ehlo/tui"
)

// scenarios lists what the practice server can do, for the terminal interface.
func scenarios() []tui.Scenario {
	var list []tui.Scenario
	for _, sc := range practice.Scenarios() {
		s := tui.Scenario{Name: sc.Name, Also: sc.Also, Chapter: sc.Chapter, Title: sc.Title, Notice: sc.Notice, Source: sc.Source, From: sc.From, To: sc.To}
		switch {
		case strings.HasPrefix(sc.Name, "implicit"):
			s.TLS = "implicit"
		case sc.Chapter == "TLS":
			s.TLS = "auto" // without it there is nothing to see
		}
		list = append(list, s)
	}
	return list
}

// mailboxes shows what the practice servers have taken.
func (b *sandbox) mailboxes() []message.Mailbox {
	boxes := b.opts.Store.Mailboxes()
	b.mu.Lock()
	for _, n := range b.networks {
		boxes = append(boxes, n.Mailboxes("")...)
	}
	b.mu.Unlock()
	return letters(boxes)
}

// behind is what hosts behind the server of a scenario have noted, as the screen
// shows it.
func (b *sandbox) behind(scenario string) []tui.HostNote {
	b.hops.Lock()
	defer b.hops.Unlock()
	var list []tui.HostNote
	for _, n := range b.told {
		if n.scenario == scenario {
			list = append(list, tui.HostNote{At: n.At, Host: n.Host, Text: n.Text})
		}
	}
	return list
}

// letters is what practice servers have taken as the interfaces show it.
func letters(boxes []practice.Mailbox) (list []message.Mailbox) {
	for _, box := range boxes {
		m := message.Mailbox{Name: box.Name}
		for _, msg := range box.Messages {
			m.Letters = append(m.Letters, message.Letter{From: msg.From, ID: msg.ID, At: msg.At, Data: msg.Data})
		}
		list = append(list, m)
	}
	return list
}
