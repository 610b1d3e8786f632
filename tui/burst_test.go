package tui

import (
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// at once sends keys that a terminal gives in one read, outside of a
// bracketed paste: Bubble Tea parts them at spaces and control characters.
func (r *robot) atOnce(pieces ...string) *robot {
	r.t.Helper()
	for _, text := range pieces {
		switch text {
		case " ":
			r.send(tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}})
		case "enter", "ctrl+j":
			r.press(text)
		default:
			r.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text)})
		}
	}
	return r
}

// clocked has the clock go on by hand.
func clocked(now *time.Time) func(*Options) {
	*now = noon
	return func(o *Options) { o.Now = func() time.Time { return *now } }
}

func TestALineTypedFastIsNotLost(t *testing.T) {
	var now time.Time
	r := at(t, 120, 36, clocked(&now))
	r.press("enter").rest()
	r.atOnce(":NOOP", " ", "hello", "enter").see(":  NOOP hello", "once more, if it is meant")
	if r.m.drive.acting || r.m.over != prompting {
		t.Fatal("a line end that came in one piece with letters sent them")
	}
	now = now.Add(time.Second)
	r.press("enter").rest().see("C  NOOP hello")
	now = now.Add(time.Second)
	r.atOnce("/NOOP").see("/  NOOP")
}

func TestAWordOfOneLetterIsNotLost(t *testing.T) {
	var now time.Time
	r := at(t, 120, 36, clocked(&now))
	r.press("enter").rest()
	r.press(":").atOnce("this", " ", "is", " ", "a", " ", "n").see(":  this is a n").miss("several letters")
}

func TestLettersWithoutBracketsAreNoCommand(t *testing.T) {
	var now time.Time
	r := at(t, 120, 36, clocked(&now))
	r.press("enter").rest()
	before := len(r.m.live.events)
	r.atOnce("nc", "enter", "n", " ", "c", "enter", "ctrl+j").rest()
	if len(r.m.live.events) != before {
		t.Error("a paste without brackets did something")
	}
	now = now.Add(time.Second)
	r.atOnce("nc").see("several letters at once are no command")
	r.atOnce("nope:").miss("Raw line").atOnce("q")
	now = now.Add(time.Second)
	r.press("enter").rest().see("C  EHLO")
}

func TestEnterAheadOfRawModeConnects(t *testing.T) {
	r := at(t, 120, 36)
	r.press("ctrl+j").rest().see("220 practice")
}
