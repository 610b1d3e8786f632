package tui

import (
	"fmt"
	"strings"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"
)

// action is something that a key does. Keys, help, footer and palette are all
// made from one table of them: to add a key is to add an entry.
type action struct {
	name  string   // in configuration and palette: stable, in kebab-case
	in    scope    // where its keys apply
	keys  []string // unless configured otherwise, the best first
	short string   // what it does in a word or two, for the footer
	words string   // what it does, for help and palette
	run   func(*Model) tea.Cmd
}

// scope says where the keys of an action apply: everywhere, in several
// screens, or in the screen or overlay of that name.
type scope string

const (
	everywhere scope = "everywhere" // but what is a letter is typing in a text field
	reading    scope = "reading"    // where letters are no typing
	watching   scope = "watching"   // on the screens that show the session
	tapeScope  scope = "playback"   // in the conversation of a file
	answering  scope = "prompt"     // in a line of typing
)

// general are the actions that belong to no screen.
func general() []action {
	return []action{
		{"save", watching, []string{"s"}, "save", "save a transcript and go on recording", (*Model).askSave},
		{"open", reading, []string{"o"}, "open", "open a transcript and walk through it", (*Model).askOpen},

		{"up", reading, []string{"up", "k"}, "up", "one up", moves(-1)},
		{"down", reading, []string{"down", "j"}, "down", "one down", moves(1)},
		{"page-up", reading, []string{"pgup", "ctrl+b"}, "page up", "a page up", pages(-1)},
		{"page-down", reading, []string{"pgdown", "ctrl+f"}, "page down", "a page down", pages(1)},
		{"first", reading, []string{"home", "g"}, "first", "to the beginning", moves(-far)},
		{"last", reading, []string{"end", "G"}, "last", "to the end, and follow what happens", moves(far)},

		{"theme", reading, []string{"t"}, "theme", "choose a theme; it is shown as you go", (*Model).askTheme},
		{"mouse", everywhere, []string{"f2"}, "mouse", "take the mouse, or give it back to the terminal", (*Model).switchMouse},
		{"palette", everywhere, []string{"ctrl+k"}, "palette", "every action by name", (*Model).openPalette},
		{"help", everywhere, []string{"?", "f1"}, "help", "the keys of this place, and what the marks mean", (*Model).openHelp},
		{"close", reading, []string{"esc"}, "close", "close what is open, stop waiting, go back", (*Model).close},
		{"quit", reading, []string{"q"}, "quit", "quit; asks in a transaction", (*Model).pressQuit},
		{"suspend", everywhere, []string{"ctrl+z"}, "suspend", "suspend", (*Model).suspend},
		{"quit-now", everywhere, []string{"ctrl+c"}, "quit", "quit, whatever is open; asks in a transaction", (*Model).pressQuitNow},

		{"accept", answering, []string{"enter"}, "accept", "take what was typed", (*Model).accept},
		{"complete", answering, []string{"tab"}, "complete", "go on with the line, from what is offered and allowed now", (*Model).complete},
		{"cancel", answering, []string{"esc"}, "cancel", "take nothing", (*Model).cancel},
		{"unveil", answering, []string{"ctrl+r"}, "show secret", "show the secret of the line, or hide it again", (*Model).unveil},
		{"earlier", answering, []string{"up"}, "earlier line", "an earlier line", func(m *Model) tea.Cmd { return m.recall(1) }},
		{"later", answering, []string{"down"}, "later line", "a later line", func(m *Model) tea.Cmd { return m.recall(-1) }},
	}
}

// keyMap is the table of all actions.
type keyMap []action

// newKeyMap gathers what every screen can do.
func newKeyMap(screens []screen) keyMap {
	list := append(append(append(stepping(), general()...), playing()...), choosingActions()...)
	for i, s := range screens {
		p := s.place()
		list = append(list, action{
			"show-" + string(p.name), everywhere, p.keys, strings.ToLower(p.title), p.words,
			func(m *Model) tea.Cmd { return m.show(i) },
		})
		list = append(list, s.actions()...)
	}
	return list
}

// find returns what a key does where these scopes apply, innermost first; nil
// if it does nothing. In a text field a letter is typing.
func (k keyMap) find(pressed string, typing bool, scopes ...scope) *action {
	if pressed == " " {
		pressed = "space"
	}
	if typing && typed(pressed) {
		return nil
	}
	for _, in := range scopes {
		for i := range k {
			if k[i].in == in && k[i].has(pressed) {
				return &k[i]
			}
		}
	}
	return nil
}

// typed reports whether a key puts a character into a text field.
func typed(key string) bool { return key == "space" || utf8.RuneCountInString(key) == 1 }

// named returns the action of a name; there is none that nothing does.
func (k keyMap) named(name string) action {
	for _, a := range k {
		if a.name == name {
			return a
		}
	}
	panic("tui: no action is called " + name)
}

// of returns the actions of a scope.
func (k keyMap) of(in scope) []action {
	var list []action
	for _, a := range k {
		if a.in == in {
			list = append(list, a)
		}
	}
	return list
}

// conflict returns an error that names two actions with one key, where the
// same keys could mean either.
func (k keyMap) conflict(screens []screen) error {
	places := [][]scope{{answering, everywhere}, {choosing, everywhere},
		{"lessons", watching, reading, everywhere}} // while something is to be done there
	for _, s := range screens {
		places = append(places, s.place().scopes())
	}
	for _, scopes := range places {
		owner := map[string]string{}
		for _, in := range scopes {
			for _, a := range k.of(in) {
				for _, key := range a.keys {
					if other := owner[key]; other != "" {
						return fmt.Errorf("the key %s would be both %s and %s", key, other, a.name)
					}
					owner[key] = a.name
				}
			}
		}
	}
	return nil
}

func (a *action) has(key string) bool {
	for _, k := range a.keys {
		if k == key {
			return true
		}
	}
	return false
}

// key is how the first key of an action is shown; all of them, if so asked.
func (a action) key(all bool) string {
	shown := map[string]string{"enter": "⏎", "up": "↑", "down": "↓", "left": "←", "right": "→", "pgdown": "pgdn", "f1": "F1", "f2": "F2"}
	var names []string
	for _, k := range a.keys {
		if name := shown[k]; name != "" {
			k = name
		} else if len(k) == 2 && k[0] == 'f' {
			k = "F" + k[1:]
		}
		names = append(names, k)
		if !all {
			break
		}
	}
	return strings.Join(names, " ")
}

// keyWhileTyping is the first key that is no letter.
func (a action) keyWhileTyping() string {
	for i, k := range a.keys {
		if !typed(k) {
			a.keys = a.keys[i : i+1]
			break
		}
	}
	return a.key(false)
}

// hint is a key in the footer, with other words for what it does here if it
// has any.
type hint struct{ name, words string }

// live has an action say that it is none while a file is played back.
func live(run func(*Model) tea.Cmd) func(*Model) tea.Cmd {
	return func(m *Model) tea.Cmd {
		if m.tape != nil {
			m.say("a file is played back: " + m.keys.named("close").key(false) + " goes back to the session")
			return nil
		}
		return run(m)
	}
}

// far is farther than any list is long.
const far = 1 << 30

func moves(by int) func(*Model) tea.Cmd {
	return func(m *Model) tea.Cmd {
		m.moveBy(by)
		return nil
	}
}

func pages(by int) func(*Model) tea.Cmd {
	return func(m *Model) tea.Cmd {
		m.moveBy(by * m.page())
		return nil
	}
}
