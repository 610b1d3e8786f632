package tui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"ehlo/session"
)

// copies has a robot whose clipboard is a variable.
func copies(r *robot) *string {
	var copied string
	r.m.clip.program = func(text string) error { copied = text; return nil }
	return &copied
}

func TestCopyASelection(t *testing.T) {
	r := at(t, 120, 36, three...)
	copied := copies(r)
	refused(r)
	r.press("V").see("move to select").press("up", "up").see("┃").press("y").see("3 lines copied")
	if want := "S: 250 2.1.5 ok\nC: RCPT TO:<eve@example.com>\nS: 550 5.1.1 <eve@example.com>: unknown user\n"; *copied != want {
		t.Errorf("copied %q", *copied)
	}
	r.miss("┃").press("V", "home").see("┃").press("esc").miss("┃")
}

func TestCopyAs(t *testing.T) {
	r := at(t, 120, 36, append(three, func(o *Options) {
		o.Forms = []Form{{"swaks", "a command line of swaks"}, {"broken", "a form that fails"}}
		o.Export = func(_ context.Context, form string, events []session.Event) (string, error) {
			if form == "broken" {
				return "", errors.New("no such form")
			}
			return form + " of " + session.Count(len(events), "event", "events"), nil
		}
	})...)
	copied := copies(r)
	r.press("esc", "Y").see("nothing to copy yet").press("2")
	refused(r)
	r.press("Y").see("Copy", "the command and its reply").press("enter").see("2 lines copied")
	r.press("Y").types("row under").press("enter").see("1 line copied")
	if *copied != "S: 550 5.1.1 <eve@example.com>: unknown user\n" {
		t.Errorf("copied %q", *copied)
	}
	r.press("Y").types("share").press("enter").see("the state copied")
	for _, want := range []string{"phase         recipients given", "reverse-path  <alice@example.org>", "SIZE 10 MiB"} {
		if !strings.Contains(*copied, want) {
			t.Errorf("the state has no %q:\n%s", want, *copied)
		}
	}
	r.press("Y").types("all").press("enter").see("13 lines copied")
	r.press("Y").types("swaks").press("enter").see("swaks copied")
	if *copied != "swaks of 13 events" {
		t.Errorf("copied %q", *copied)
	}
	r.press("Y").types("broken").press("enter").see("not copied: no such form")
}

// TestSecretsAreCopiedOnlyIfAsked: in that very moment, and never otherwise.
func TestSecretsAreCopiedOnlyIfAsked(t *testing.T) {
	r := at(t, 120, 36)
	copied := copies(r)
	r.press("esc")
	r.m.live.take(secured())
	r.send(nil)
	r.press("y").see("lines copied")
	if strings.Contains(*copied, "AGFs") || !strings.Contains(*copied, "AUTH PLAIN ********") {
		t.Errorf("copied %q", *copied)
	}
	r.press("Y").see("exchange, with its secrets").types("exchange with its").press("enter").see("lines copied")
	if !strings.Contains(*copied, "AUTH PLAIN AGFsaWNlAHNlY3JldA==") {
		t.Errorf("copied %q", *copied)
	}
	r.press("home", "Y").types("exchange, with").see("nothing is called so").press("esc")
}

func TestCopyTooLongForATerminal(t *testing.T) {
	var terminal strings.Builder
	c := clip{terminal: &terminal, patience: time.Millisecond}
	if msg := c.put(strings.Repeat("x", maxOSC52+1), "x"); !strings.Contains(msg.how, "not copied: 65,537 octets") || terminal.Len() > 0 {
		t.Error(msg.how)
	}
}
