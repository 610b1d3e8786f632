package tui

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"
)

// Bindings are keys for actions, by the name of the action, in place of those
// that they have. An action without keys is in the palette all the same.
type Bindings map[string][]string

// Check says what is wrong with the bindings: an action or a key that there is
// not, or a key that would mean two things.
func (b Bindings) Check() error {
	m := New(Options{})
	return b.apply(m.keys, m.screens)
}

// apply puts the bindings into a table of actions.
func (b Bindings) apply(keys keyMap, screens []screen) error {
	names := make([]string, 0, len(b))
	for name := range b {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		at := slices.IndexFunc(keys, func(a action) bool { return a.name == name })
		if at < 0 {
			return fmt.Errorf("no action is called %q; ehlo keys lists them", name)
		}
		for _, key := range b[name] {
			if !isKey(key) {
				return fmt.Errorf("%s: no key is called %q; there are letters, enter, esc, tab, space, up, home, pgup, f1, ctrl+a, alt+a and the like", name, key)
			}
		}
		keys[at].keys = b[name]
	}
	return keys.conflict(screens)
}

// isKey reports whether a terminal can send a key of that name.
func isKey(name string) bool {
	rest, _ := strings.CutPrefix(name, "alt+")
	if r, n := utf8.DecodeRuneInString(rest); n == len(rest) && n > 0 {
		return unicode.IsPrint(r) && r != ' '
	}
	if rest == "space" {
		return true
	}
	for t := tea.KeyType(-100); t < 128; t++ {
		if k := (tea.KeyMsg{Type: t}).String(); rest != "" && k == rest && t != tea.KeyRunes && k != " " {
			return true
		}
	}
	return false
}

// Key is a line of the listing of all keys.
type Key struct {
	Where  string // the screen, or what it is about
	Keys   []string
	Action string // its name in the configuration
	Does   string
}

// Keys lists every action with its keys, as they are with the bindings.
func Keys(b Bindings) ([]Key, error) {
	m := New(Options{})
	if err := b.apply(m.keys, m.screens); err != nil {
		return nil, err
	}
	scopes := []scope{everywhere, reading, watching}
	for _, s := range m.screens {
		scopes = append(scopes, s.place().name)
	}
	var list []Key
	for _, in := range append(scopes, tapeScope, answering, choosing) {
		for _, a := range m.keys.of(in) {
			list = append(list, Key{where(in), a.keys, a.name, a.words})
		}
	}
	return list, nil
}

// where is a scope in words.
func where(in scope) string {
	switch in {
	case reading:
		return "where nothing is typed"
	case watching:
		return "where the session is"
	case tapeScope:
		return "while a file is played back"
	}
	return string(in)
}
