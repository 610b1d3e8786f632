package tui

import (
	"strings"
	"testing"
)

// TestLongReplyLeavesTheLastExchangeInSight: in a low pane a reply that would
// fill it is folded; in a high one it is shown.
func TestLongReplyLeavesTheLastExchangeInSight(t *testing.T) {
	r := at(t, 80, 24).press("enter").rest().press("n").rest()
	r.see("C  EHLO laptop.example", "250-practice.example greets laptop.example  ⋯ 12 lines folded", "250 HELP", "→ unfold")
	r.press("right").see("250-SMTPUTF8").miss("folded").press("left").see("12 lines folded").miss("250-SMTPUTF8")
	at(t, 120, 36).press("enter").rest().press("n").rest().see("250-PIPELINING").miss("folded")
}

// TestExplainComesForward: where there is room for one pane below, it is the
// one that explains a refusal while the cursor is on it.
func TestExplainComesForward(t *testing.T) {
	r := at(t, 80, 24, recipients("nobody@example.com")).press("enter").rest().press("n").rest().press("n").rest()
	r.see("[State]").press("n").rest().see("[Explain]", "who")
	r.press("up", "up").see("[State]").press("f").see("[Explain]")
	r.press("tab", "tab").see("[State]").press("esc").see("[Explain]")
	r.press("tab").see("[Explain]", "hoped for")
}

// TestCopyWhatItCameTo: behind the end nobody wants to copy that it has ended.
func TestCopyWhatItCameTo(t *testing.T) {
	for _, c := range []struct{ to, says, want string }{
		{"nobody@example.com", "the last failure, 2 lines, copied", "C: RCPT TO:<nobody@example.com>\nS: 550 5.1.1 "},
		{"bob@example.com", "the verdict on the mail, 2 lines, copied", "C: .\nS: 250 2.0.0 Ok: 293 octets"},
	} {
		r := at(t, 120, 36, recipients(c.to))
		copied := copies(r)
		r.press("enter").rest().press("c").ended().press("G").see("▶== closed by")
		r.press("y").see(c.says)
		if !strings.Contains(*copied, c.want) || strings.Contains(*copied, "QUIT") {
			t.Errorf("copied %q", *copied)
		}
		r.press("up", "y").see("copied")
		if !strings.HasPrefix(*copied, "C: QUIT\nS: 221 ") {
			t.Errorf("of the row itself: copied %q", *copied)
		}
	}
	r := at(t, 120, 36, script("220 x\r\n"))
	copied := copies(r)
	r.press("enter").rest().press("n").see("closed by the server").press("y").see("2 lines copied")
	if want := "C: EHLO laptop.example\n== closed by the server\n"; *copied != want {
		t.Errorf("copied %q, not %q", *copied, want)
	}
}

// TestImpatience: what was said to whoever pressed too early is not true any
// more when the reply is there.
func TestImpatience(t *testing.T) {
	r := at(t, 120, 36).press("enter").rest()
	r.press("n", "n").see("the reply is still to come").rest().miss("still to come")
}

// TestARunThatHangs: the key that ends the wait is named.
func TestARunThatHangs(t *testing.T) {
	r := at(t, 80, 24, script("220 x\r\n", "250 x\r\n", "…")).press("enter").rest()
	r.press("c").see("waiting for the reply to MAIL", "esc stop  c pause").press("esc").see("stopped waiting")
}

// TestEveryRecipientHasAVerdict: with SMTP the one reply to the content is
// that of all who were taken, with LMTP each has its own; who was refused
// behind the content is not counted.
func TestEveryRecipientHasAVerdict(t *testing.T) {
	r := at(t, 80, 24, recipients("bob@example.com", "nobody@example.com")).press("enter").rest().press("c").ended()
	r.see("done: accepted for 1 of 2").press("G", "tab", "tab").see("last mail     accepted for 1 of 2, 250 2.0.0")
	r.press("3").see("✓ bob@example.com                 250 2.1.5  250 2.0.0", "✗ nobody@example.com              550 5.1.1  ").see("the server is responsible now")
	r = at(t, 80, 24, target("practice:lmtp"), recipients("bob@example.com", "full@example.com")).press("enter").rest().press("c").ended()
	r.see("done: accepted for 1 of 2")
	r.press("3").see("✓ bob@example.com                 250 2.1.5  250 2.1.5", "✗ full@example.com                250 2.1.5  452 4.2.2", "1 of 2 accepted")
}

// TestTextUsesTheRoomOfATime: a row that has no time may be longer.
func TestTextUsesTheRoomOfATime(t *testing.T) {
	long := "a name that is just as long as a pane so wide can show, and not more"
	r := at(t, 80, 24, script("220 x\r\n", "250-"+long+"\r\n250 HELP\r\n")).press("enter").rest().press("n").see("250-" + long + " ")
	r.press("home").see("== connected to practice")
}

// TestFooterOfThePlan: the keys of Next are those that change the plan.
func TestFooterOfThePlan(t *testing.T) {
	r := at(t, 120, 36).press("enter").rest().see(": raw line", "b break", "/ find").miss("leave out")
	r.press("tab").see("x leave out", "i insert").miss("run to here").miss("u undo")
	r.press("x").see("; u takes that back").press("down").see("C run to here", "u undo")
}

// TestHalfALine: what has no end yet is said, until it has one.
func TestHalfALine(t *testing.T) {
	r := at(t, 80, 24).press("enter").rest().press("n").rest()
	r.press("e", "ctrl+e", "ctrl+u").types("NOOP").press("enter").see("NOOP (no line end)", "unfinished    4 octets of a line; what is sent next goes on with it").rest()
	r.press(":").types("RSET").see("goes on with the line that has no end yet", "expect 500").press("ctrl+u", "enter").rest().see("250 2.0.0").miss("unfinished")
}
