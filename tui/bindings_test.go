package tui

import (
	"strings"
	"testing"
)

func TestBindings(t *testing.T) {
	for text, b := range map[string]Bindings{
		"":                                              {"step": {"%", "n"}, "theme": {}, "show-compose": {"f9"}, "run": {"ctrl+r", "alt+c"}},
		`no action is called "jog"`:                     {"jog": {"x"}},
		`step: no key is called "ctrl+ü"`:               {"step": {"ctrl+ü"}},
		`step: no key is called "\x1b"`:                 {"step": {"\x1b"}},
		`step: no key is called ""`:                     {"step": {""}},
		`the key c would be both step and run`:          {"step": {"c"}},
		`the key enter would be both accept and cancel`: {"cancel": {"enter"}},
	} {
		err := b.Check()
		if text == "" && err != nil || text != "" && (err == nil || !strings.Contains(err.Error(), text)) {
			t.Errorf("%v: %v, not %s", b, err, text)
		}
	}
}

func TestBoundKeys(t *testing.T) {
	r := at(t, 120, 36, func(o *Options) {
		o.Keys = Bindings{"step": {"%"}, "show-tls": {"f9"}, "theme": {}}
	})
	r.press("enter").rest().see("% step").press("n").press("%").rest().see("C  EHLO")
	r.press("f9").see("[TLS]").press("?").see("%            do the next step").press("esc")
	r.press("ctrl+k").types("choose a theme").press("enter").see("Ink on paper")
}

func TestPalette(t *testing.T) {
	r := at(t, 120, 36)
	r.press("ctrl+k").see("Every action", "next-field").types("reconnect").see("hang up and connect again").miss("quit-now")
	r.press("enter").rest().see("220 practice").press("ctrl+k").types("raw").press("enter").see("Raw line")
	r.press("esc").press("f1", "end").see("ctrl+k")
	small := at(t, 40, 12)
	small.press("ctrl+k").see("Every action").press("f1").see("take what the cursor").press("esc", "pgdown", "pgup", "down", "up", "esc").see("compose")
}

// TestPaletteLeadsToOtherScreens: what belongs to a row of another screen is not
// done unseen.
func TestPaletteLeadsToOtherScreens(t *testing.T) {
	r := at(t, 120, 36).press("enter").rest()
	r.press("ctrl+k").types("accept-difference").press("enter").see("[Diff]", "here a does it: put the new reply into the file")
	r.press("1", "ctrl+k").types("to-recipient").press("enter").see("[Recipients]", "here ⏎ does it: to the reply in the conversation")
	r.press("ctrl+k").types("to-recipient").press("enter").see("there is no reply yet")
}

// TestPickerSaysAllOfTheChoice: what does not fit beside a choice stands below.
func TestPickerSaysAllOfTheChoice(t *testing.T) {
	r := at(t, 40, 12).press("esc", "ctrl+k").types("copy").see("▶copy", "and its reply")
	r.press("esc", "t").see("▶mono", "the marks say it, bold", "and reverse help")
}

// TestEveryActionIsInThePalette: what has a key has a name to find it by.
func TestEveryActionIsInThePalette(t *testing.T) {
	r := at(t, 120, 36).press("ctrl+k")
	named := map[string]bool{}
	for _, c := range r.m.picker.choices {
		named[c.label] = true
	}
	for _, a := range r.m.keys {
		if !named[a.name] && a.in != answering && a.in != choosing && a.name != "palette" {
			t.Errorf("%s is not in the palette", a.name)
		}
	}
}

func TestKeysListing(t *testing.T) {
	list, err := Keys(Bindings{"step": {"%"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range list {
		if k.Action == "step" && (len(k.Keys) != 1 || k.Keys[0] != "%" || k.Where != "where the session is") {
			t.Errorf("%+v", k)
		}
	}
	if n := len(New(Options{}).keys); len(list) != n {
		t.Errorf("%d of %d actions are listed", len(list), n)
	}
}
