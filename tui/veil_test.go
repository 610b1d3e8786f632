package tui

import (
	"strings"
	"testing"
)

const passwordOfBob = "AGJvYgBzM2NyZXQ=" // NUL bob NUL s3cret

func TestEditingALoginHidesThePassword(t *testing.T) {
	r := at(t, 120, 36)
	r.press("enter").rest().press("n").rest()
	r.press("i").types("AUTH PLAIN " + passwordOfBob).press("enter").see("AUTH PLAIN")
	r.press("e").see("Edit the next step", "AUTH PLAIN "+strings.Repeat("•", len(passwordOfBob))+`\r\n`, "ctrl+r show secret")
	r.miss(passwordOfBob).miss("s3cret")
	r.types("x").miss("AGJvYgBz").press("backspace")
	r.press("ctrl+r").see("AUTH PLAIN " + passwordOfBob).press("ctrl+r").miss(passwordOfBob)
	r.types(`\x`).miss("AGJvYgBz").press("backspace", "backspace")
	r.press("enter").rest().see("C  AUTH PLAIN ••••••••").miss(passwordOfBob)
}

func TestALoginSaidAgainIsHidden(t *testing.T) {
	r := at(t, 120, 36)
	r.press("enter").rest().press("n").rest()
	r.press(":").types("AUTH PLAIN " + passwordOfBob).press("enter").rest()
	r.press(":", "up").see("AUTH PLAIN " + strings.Repeat("•", len(passwordOfBob))).miss(passwordOfBob)
}
