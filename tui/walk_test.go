package tui

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

func TestWholeMailStepByStep(t *testing.T) {
	r := at(t, 120, 36)
	r.see("Compose", "practice", "EHLO laptop.example", "⏎ connect")
	r.press("enter").see("220 practice.example", "n step").rest()
	r.press("n").see("C  EHLO laptop.example", "PIPELINING").rest()
	r.press("n").see("MAIL FROM:<alice@example.org>", "sender given").rest()
	r.press("n").see("recipients given", "1 of 1 accepted", "✓ bob@example.com", "250 2.1.5").rest()
	r.press("n").see("354", "mail data  ").rest()
	r.press("n").see("accepted, 250 2.0.0", "responsible   server").rest()
	r.press("n").see("QUIT", "221").rest()
}

func TestEnterIsTheNextStep(t *testing.T) {
	r := at(t, 120, 36)
	r.press("enter").see("220 ").rest()
	r.press("enter").see("C  EHLO").rest()
	r.press("enter").see("C  MAIL").rest()
}

func TestTwoQuickPressesSendAStepOnce(t *testing.T) {
	r := at(t, 120, 36)
	r.press("enter").rest()
	r.press("n", "n", "nn").rest()
	if n := strings.Count(r.look(), "C  EHLO"); n != 1 {
		t.Errorf("EHLO was sent %d times:\n%s", n, r.look())
	}
	r.miss("C  MAIL")
}

func TestRunToTheEnd(t *testing.T) {
	r := at(t, 120, 36)
	r.press("enter").rest()
	r.press("c").see("QUIT", "221", "closed by the", "nothing is left to do")
}

func TestRunConnectsFirst(t *testing.T) {
	r := at(t, 120, 36)
	r.press("esc").see("nothing has happened yet")
	r.press("c").see("221", "closed by the")
}

func TestRunPauses(t *testing.T) {
	r := at(t, 120, 36, script("220 slow\r\n", "…"))
	r.press("enter").see("220 slow").rest()
	r.press("c").see("c pause").press("c").see("paused")
	if r.m.drive.running {
		t.Error("it still runs")
	}
}

func TestRefusedRecipient(t *testing.T) {
	r := at(t, 120, 36, script(
		"220 x\r\n", "250 x\r\n", "250 2.1.0 ok\r\n", "250 2.1.5 ok\r\n", "550 5.1.1 no such user\r\n", "…",
	), recipients("bob@example.com", "eve@example.com", "carol@example.com"))
	r.press("enter").rest()
	for range 4 {
		r.press("n").rest()
	}
	r.see("550 5.1.1 no such user", "1 of 3 accepted", "✓ bob@example.com", "✗ eve@example.com", "· carol@example.com", "not yet")
	r.see("▸ RCPT TO:<carol@example.com>", "third recipient")
	line := r.lineWith("550 5.1.1 no such")
	if !strings.Contains(line, "!") {
		t.Errorf("a refusal has no mark: %q", line)
	}
}

func (r *robot) lineWith(text string) string {
	r.t.Helper()
	for line := range strings.SplitSeq(r.look(), "\n") {
		if strings.Contains(line, text) {
			return line
		}
	}
	r.t.Fatalf("no line with %q:\n%s", text, r.look())
	return ""
}

func TestRawLine(t *testing.T) {
	r := at(t, 120, 36)
	r.press("enter").rest()
	r.press("n").rest()
	r.press(":").see("Raw line")
	r.types("MAIL FROM: <q@example.org>").see("no blank may follow the colon", "RFC 5321, 3.3")
	r.press("enter").rest().see("C  MAIL FROM: <q@example.org>")
	r.press(":").types("noop").see("nothing speaks against").press("enter").rest().see("C  noop")
	r.press(":", "up").see("noop")
	r.press("up").see("MAIL FROM: <q@example.org>")
	r.press("down", "down").press("esc").see("n step")
}

func TestTypedTextIsNeverACommand(t *testing.T) {
	r := at(t, 120, 36)
	r.press("enter").rest()
	r.press(":").types("qqq?nct")
	if r.over || r.m.over != prompting || r.m.prompt.input.Value() != "qqq?nct" {
		t.Errorf("typing was taken for commands: %q", r.m.prompt.input.Value())
	}
	r.press("esc", "w").types("q?")
	if r.over || r.m.front() != screen(r.m.form) || !strings.HasSuffix(r.m.form.value(targetField), "q?") {
		t.Error("typing into the form was taken for commands")
	}
}

func TestRawLineWithoutChannelStaysInThePrompt(t *testing.T) {
	r := at(t, 120, 36)
	r.press("esc", ":").types("EHLO x").see("there is no channel: connect first")
	r.press("enter").see("there is no channel to send it on").press("esc").see("⏎ connect")
}

func TestPastedNewlinesNeverStep(t *testing.T) {
	r := at(t, 120, 36)
	r.press("enter").rest()
	before := len(r.m.live.events)
	r.pastes("n\nn\r\nc\n").rest()
	if len(r.m.live.events) != before {
		t.Error("a paste did something")
	}
	r.see("nothing pasted is a command")
	r.press(":").pastes("NOOP\nQUIT\n")
	if r.m.over != prompting || r.m.drive.acting {
		t.Error("a pasted newline sent a line")
	}
	r.see("pasted: 1 line break became a blank")
	if got := r.m.prompt.input.Value(); got != "NOOP QUIT" {
		t.Errorf("the line is %q", got)
	}
	r.press("ctrl+e", "ctrl+u").pastes("NOOP \x1b[2J\x07\n").see("pasted: 2 control characters were left out").press("ctrl+u").pastes("NOOP\n").miss("pasted:")
}

// TestPastedPassword: a line that was copied whole ends with a newline, and a
// password does not end with a blank for that. The body keeps its lines.
func TestPastedPassword(t *testing.T) {
	r := at(t, 120, 36)
	r.into(passwordField).pastes("wonderland\r\n").miss("pasted:")
	if got := r.m.form.value(passwordField); got != "wonderland" {
		t.Errorf("the password is %q", got)
	}
	r.into(bodyField).pastes("one\ntwo\n").miss("pasted:")
	if got := r.m.form.value(bodyField); !strings.Contains(got, "one\ntwo\n") {
		t.Errorf("the body is %q", got)
	}
}

func TestEditTheNextStep(t *testing.T) {
	r := at(t, 120, 36)
	r.press("enter").rest()
	r.press("e").see("Edit the next step", "EHLO laptop.example")
	r.types(".invalid").press("enter").rest().see("C  EHLO laptop.example.invalid")
	if r.m.live.now.Step == 0 {
		t.Error("the edited step lost its ID")
	}
	r.press("n").rest().see("C  MAIL FROM")
}

func TestEditWhatIsNoLine(t *testing.T) {
	r := at(t, 120, 36)
	r.press("esc", "e").see("Connect to, in place of the target", "HOST[:PORT]").press("esc")
}

func TestCursorGovernsTheOtherPanes(t *testing.T) {
	r := at(t, 120, 36)
	r.press("enter").rest()
	for range 3 {
		r.press("n").rest()
	}
	r.see("recipients given")
	r.press("up", "up").see("sender given", "at row 19")
	r.press("g").see("waiting for the greeting", "at row 1").miss("PIPELINING   SIZE")
	r.press("j", "j", "k").see("at row 2")
	r.press("G").see("recipients given").miss("at row")
	r.press("pgup").see("at row").press("end").miss("at row").press("home").see("at row 1").press("pgdown", "end")
	r.press("up").see("at row")
	r.press("n").rest().miss("at row").see("mail data  ") // whoever does something wants to see it
	r.press("home")
	r.m.live.take(nil)
	r.see("at row 1") // what happens by itself leaves the cursor alone
}

func TestPanesByTab(t *testing.T) {
	r := at(t, 120, 36)
	r.press("enter").rest()
	for p := nextPane; p < panes; p++ {
		r.press("tab")
		if r.m.session.focus != p {
			t.Fatalf("the focus is on %s, not on %s", r.m.session.focus.title(), p.title())
		}
	}
	r.press("tab", "shift+tab")
	if r.m.session.focus != explainPane {
		t.Error("shift+tab does not go back")
	}
	r.press("esc")
	if r.m.session.focus != conversationPane {
		t.Error("esc does not go back to the conversation")
	}
}

func TestNextPaneExplainsPlannedSteps(t *testing.T) {
	r := at(t, 120, 36)
	r.press("enter").rest()
	r.press("tab").see("hoped for: 250", "nothing speaks against this line")
	r.press("down").see("begin a transaction")
	r.press("end").see("hang up")
}

func TestNarrowTerminalHasTabs(t *testing.T) {
	r := at(t, 80, 24)
	r.press("enter").rest().press("n").rest()
	r.see("[State]", "may say now")
	r.press("tab", "tab", "tab").see("[Offered]", "PIPELINING")
	r.press("tab").see("[Explain]")
	r = at(t, 40, 12)
	r.press("enter").rest().see("▸ EHLO").press("tab").see("Next").press("tab").see("State", "phase")
}

func TestTooSmall(t *testing.T) {
	at(t, 39, 12).see("ehlo needs 40×12")
	at(t, 40, 11).see("ehlo needs 40×12")
}

func TestThemeSwitchesLive(t *testing.T) {
	r := at(t, 120, 36)
	r.press("esc", "t").see("Theme", "mono").press("up")
	if r.m.theme.Name != "ansi" {
		t.Errorf("the theme under the cursor is not tried on: %s", r.m.theme.Name)
	}
	r.press("esc").miss("Theme")
	if r.m.theme.Name != "mono" {
		t.Errorf("esc leaves the theme at %s", r.m.theme.Name)
	}
	r.press("t").types("solarized").press("down", "enter").see("theme solarized-light").miss("Theme")
	r.press("t").types("no such theme").see("nothing is called so").press("enter", "esc").see("Conversation")
}

func TestHelp(t *testing.T) {
	r := at(t, 120, 36)
	r.press("f1").see("Help", "next field", "Marks").press("esc").see("Compose")
	r.press("esc", "?").see("Conversation: everything that happened", "do the next step", "the server said").press("?").see("⏎ connect")
	r.press("tab", "tab", "?").see("State: what client and server share").press("esc")
	r.press(":", "f1").see("Raw line", "an earlier line").press("x").see("Raw line", "advice stands here").press("esc")
	small := at(t, 40, 12)
	small.press("esc", "?").see("1–8 of").press("end").see("something was cut off").press("home", "down", "pgdown", "up", "q")
	small.see("⏎ connect")
}

func TestQuitAsksOnceInATransaction(t *testing.T) {
	r := at(t, 120, 36)
	r.press("enter").rest().press("n").rest().press("n").rest()
	r.press("q").see("a transaction is open: q again quits")
	r.press("up").miss("q again").press("q").see("q again").press("q").left()
}

func TestQuitAtOnceOtherwise(t *testing.T) {
	at(t, 120, 36).press("esc", "q").left()
	at(t, 120, 36).press("ctrl+c").left()
	r := at(t, 120, 36)
	r.press("enter").rest().press("n").rest().press("n").rest().press("ctrl+c").see("ctrl+c again quits").press("ctrl+c").left()
}

func TestSuspend(t *testing.T) {
	m := New(Options{})
	_, cmd := m.Update(keyNamed("ctrl+z"))
	if _, ok := cmd().(tea.SuspendMsg); !ok {
		t.Error("ctrl+z does not suspend")
	}
}

func TestWordIsDeletedAtTheEnd(t *testing.T) {
	r := at(t, 120, 36).press("enter").rest().press(":").types("NOOP x").press("left", "alt+d").see(":  NOOP").press("alt+d", "alt+delete")
	if v := r.m.prompt.input.Value(); v != "NOOP " {
		t.Errorf("%q is left", v)
	}
}
