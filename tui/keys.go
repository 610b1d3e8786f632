package tui

import "github.com/charmbracelet/bubbles/key"

// KeyMap holds every key that does something outside of a text field. Help
// and footer are made from it.
type KeyMap struct {
	// The session screen.
	Enter, Step, Run, Raw, Edit    key.Binding
	Reconnect, Compose, Save, Open key.Binding
	Copy, Theme, Help, Pane, Back  key.Binding
	PaneBack, Close, Quit          key.Binding
	Up, Down, PageUp, PageDown     key.Binding
	Home, End                      key.Binding
	Kill, Suspend                  key.Binding

	// The compose screen.
	Connect, NextField, LastField, Leave, FormHelp key.Binding

	// A prompt.
	Accept, Earlier, Later, Cancel key.Binding
}

// DefaultKeyMap returns the keys that the help speaks of.
func DefaultKeyMap() KeyMap {
	bind := func(shown, does string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
	}
	return KeyMap{
		Enter:     bind("⏎", "connect, or the next step", "enter"),
		Step:      bind("n", "step", "n"),
		Run:       bind("c", "run", "c"),
		Raw:       bind(":", "raw line", ":"),
		Edit:      bind("e", "edit", "e"),
		Reconnect: bind("r", "reconnect", "r"),
		Compose:   bind("w", "compose", "w"),
		Save:      bind("s", "save", "s"),
		Open:      bind("o", "open", "o"),
		Copy:      bind("y", "copy", "y"),
		Theme:     bind("t", "theme", "t"),
		Help:      bind("?", "help", "?"),
		Pane:      bind("tab", "pane", "tab"),
		PaneBack:  bind("shift+tab", "pane before", "shift+tab"),
		Close:     bind("esc", "close", "esc"),
		Back:      bind("esc", "back", "esc"),
		Quit:      bind("q", "quit", "q"),
		Up:        bind("↑ k", "up", "up", "k"),
		Down:      bind("↓ j", "down", "down", "j"),
		PageUp:    bind("pgup", "page up", "pgup", "ctrl+b"),
		PageDown:  bind("pgdn", "page down", "pgdown", "ctrl+f"),
		Home:      bind("home g", "first", "home", "g"),
		End:       bind("end G", "last, and follow", "end", "G"),
		Kill:      bind("ctrl+c", "quit at once", "ctrl+c"),
		Suspend:   bind("ctrl+z", "suspend", "ctrl+z"),

		Connect:   bind("⏎", "connect", "enter"),
		NextField: bind("tab", "next field", "tab"),
		LastField: bind("shift+tab", "field before", "shift+tab"),
		Leave:     bind("esc", "session", "esc"),
		FormHelp:  bind("F1", "help", "f1"),

		Accept:  bind("⏎", "accept", "enter"),
		Earlier: bind("↑", "earlier line", "up"),
		Later:   bind("↓", "later line", "down"),
		Cancel:  bind("esc", "cancel", "esc"),
	}
}

// does returns a binding with other words for what it does here.
func does(b key.Binding, words string) key.Binding {
	b.SetHelp(b.Help().Key, words)
	return b
}

// hints are the keys of the moment, the most useful first: the footer shows
// as many as fit.
func (m *Model) hints() []key.Binding {
	k := m.keys
	switch {
	case m.mode == helping:
		return []key.Binding{does(k.Up, "up"), does(k.Down, "down"), k.Close}
	case m.mode == prompting && m.prompt.kind == sayRaw:
		return []key.Binding{does(k.Accept, "send"), k.Earlier, k.Later, k.Cancel}
	case m.mode == prompting:
		return []key.Binding{does(k.Accept, m.prompt.verb()), k.Cancel}
	case m.mode == composing && m.form.inBody():
		return []key.Binding{does(k.Connect, "new line"), k.NextField, k.Leave, k.FormHelp, does(k.Kill, "quit")}
	case m.mode == composing:
		return []key.Binding{k.Connect, k.NextField, k.Leave, k.FormHelp, does(k.Kill, "quit")}
	case m.tape != nil:
		return []key.Binding{does(k.Step, "next row"), k.Up, k.Down, k.Copy, k.Pane, does(k.Close, "close the file"), k.Open, k.Help, k.Quit}
	case m.drive.sess == nil:
		return []key.Binding{does(k.Enter, "connect"), k.Compose, k.Open, k.Pane, k.Theme, k.Help, k.Quit}
	case m.drive.running:
		return []key.Binding{does(k.Run, "pause"), k.Help, k.Quit}
	case m.drive.acting:
		return []key.Binding{does(k.Close, "stop waiting"), k.Raw, k.Help, k.Quit}
	case !m.live.now.Open:
		return []key.Binding{k.Reconnect, does(k.Compose, "another mail"), k.Save, k.Copy, k.Pane, k.Help, k.Quit}
	}
	return []key.Binding{k.Step, k.Run, k.Edit, k.Raw, k.Pane, k.Copy, k.Save, k.Reconnect, k.Compose, k.Help, k.Quit}
}

// chapter is a titled group of keys for the help screen.
type chapter struct {
	title string
	keys  []key.Binding
}

// chapters lists the keys of a mode, those of the focused pane first.
func (m *Model) chapters(of mode, focus pane) []chapter {
	k := m.keys
	if of == composing {
		return []chapter{
			{"Compose", []key.Binding{
				k.Connect, does(k.Connect, "a new line, in the body"), k.NextField, k.LastField,
				does(k.Leave, "the session screen, with these values"), k.FormHelp,
			}},
			{"Everywhere", []key.Binding{k.Suspend, k.Kill}},
		}
	}
	return []chapter{
		{focus.title(), paneKeys(k, focus)},
		{"The session", []key.Binding{
			k.Enter, does(k.Step, "do the next step"), does(k.Run, "run to the end; again: pause"),
			does(k.Edit, "edit the next step's line, then send it"), does(k.Raw, "send any line, exactly as typed"),
			does(k.Reconnect, "hang up and connect again"), does(k.Close, "stop waiting for a reply"),
		}},
		{"Mails and files", []key.Binding{
			does(k.Compose, "compose: target, envelope, content"), does(k.Save, "save a transcript and go on recording"),
			does(k.Open, "open a transcript and walk through it"), does(k.Copy, "copy the command and its reply"),
		}},
		{"Everywhere", []key.Binding{
			does(k.Pane, "next pane"), k.PaneBack, does(k.Theme, "next theme"), does(k.Close, "close what is open"),
			k.Quit, k.Suspend, k.Kill,
		}},
	}
}

func paneKeys(k KeyMap, focus pane) []key.Binding {
	move := []key.Binding{k.Up, k.Down, k.PageUp, k.PageDown, k.Home, k.End}
	switch focus {
	case conversationPane:
		move[0], move[1] = does(k.Up, "an earlier row: the panes show that moment"), does(k.Down, "a later row")
	case nextPane:
		move[0], move[1] = does(k.Up, "an earlier step"), does(k.Down, "a later step: Explain speaks of it")
		move[5] = does(k.End, "last")
	default:
		move[0], move[1] = does(k.Up, "scroll up"), does(k.Down, "scroll down")
		move[5] = does(k.End, "last line")
	}
	return move
}
