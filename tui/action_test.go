package tui

import (
	"regexp"
	"strings"
	"testing"
)

func TestEveryActionIsComplete(t *testing.T) {
	m := New(Options{})
	names := map[string]bool{}
	for _, a := range m.keys {
		if !regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`).MatchString(a.name) {
			t.Errorf("%q is no name in kebab-case", a.name)
		}
		if names[a.name] {
			t.Errorf("two actions are called %s", a.name)
		}
		names[a.name] = true
		if len(a.keys) == 0 || a.short == "" || a.words == "" || a.run == nil {
			t.Errorf("%s lacks keys, words or what it does", a.name)
		}
	}
}

func TestNoKeyMeansTwoThings(t *testing.T) {
	m := New(Options{})
	if err := m.keys.conflict(m.screens); err != nil {
		t.Error(err)
	}
	keys := append(keyMap{}, m.keys...)
	keys = append(keys, action{name: "extra", in: reading, keys: []string{"n"}})
	err := keys.conflict(m.screens)
	if err == nil || !strings.Contains(err.Error(), "step") || !strings.Contains(err.Error(), "extra") {
		t.Errorf("%v names not both", err)
	}
}

func TestEveryScreenByItsKey(t *testing.T) {
	r := at(t, 200, 60)
	for _, s := range r.m.screens {
		for _, key := range s.place().keys {
			if typed(key) {
				r.press("alt+1")
			}
			if r.press(key); r.m.front() != s {
				t.Errorf("%s does not lead to %s", key, s.place().title)
			}
			r.see("[" + s.place().title + "]").press("f1").see(s.place().title).press("esc")
		}
	}
}
