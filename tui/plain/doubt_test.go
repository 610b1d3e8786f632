package plain

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestDoubt: what the rules speak against goes out when a person has read so.
func TestDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := letter(t, "default")
		o.Now = time.Now
		p := sit(t, o)
		p.say("/step").say("/step").see("state: ready")
		read := func() { time.Sleep(time.Second) }

		p.say("250-PIPELINING").see("unknown verb", "not sent yet: Enter sends it")
		p.say("").see("the empty line came along with it") // pasted
		p.say("?").see("unknown verb", "/ask off ends the asking")
		read()
		p.say("").see("C: 250-PIPELINING\n", "S: 500")
		p.say("").see("nothing was sent")

		p.say("MAIL FROM bob").see("not sent yet")
		read()
		p.say("MAIL FROM:<bob@example.org>").see("C: MAIL FROM:<bob@example.org>\n", "S: 250") // took its place
		p.say("DATA").see("not sent yet").say("DATA").see("C: DATA\n", "S: 554")
		p.say("//x").see("not sent yet").say("/state").see("phase: sender given")
		p.say("").see("nothing was sent")
		p.say("/edit RCPT bob").see("not sent yet")
		read()
		p.say("").see("C: RCPT bob\n")
		p.say("/raw DATA").see("554", "C: DATA\n")
		p.say("/bytes FROB\\r\\n").see("C: FROB\n")
		p.say("/ask off").see("now: off").say("FROB").see("C: FROB\n")
		p.say("/ask on").say("FROB").see("not sent yet").say("/quit").see("once more").say("/quit")
		<-p.left
	})
}

// TestContentIsNotInDoubt: whatever stands in it, it goes out.
func TestContentIsNotInDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := sit(t, letter(t, "default"))
		p.say("/step").say("/step").say("/step").say("/step").say("DATA").see("S: 354")
		p.say(".hidden").see("take the first dot away", "C: .hidden\n").say("").see("C: \n")
		p.types.Close()
		<-p.left
	})
}

// TestAScriptIsNotAsked: from a pipe everything goes out as it stands there.
func TestAScriptIsNotAsked(t *testing.T) {
	out, _ := says(t, letter(t, "default"), "/step", "/step", "MAIL FROM bob", "/ask", "FROB")
	has(t, out, "C: MAIL FROM bob\n", "S: 501", "now: off, since no terminal is read", "C: FROB\n")
	hasNot(t, out, "not sent yet")
}

// TestInterrupts: ctrl+c takes the nearest thing away first.
func TestInterrupts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		interrupt := make(chan struct{})
		o := letter(t, "default")
		o.Interrupt = interrupt
		p := sit(t, o)
		press := func() *person {
			interrupt <- struct{}{}
			synctest.Wait()
			return p
		}
		p.say("/step").say("FROB").see("not sent yet")
		press().see("not sent\n")
		press().see("once more leaves").say("/state").see("phase: greeted")
		press().see("once more leaves")
		press()
		<-p.left
		if text := p.out.read(); !strings.Contains(text, "closed by the client") {
			t.Errorf("%s", text)
		}
	})
}

// TestTheEndOfInputSendsNothing, and says so.
func TestTheEndOfInputSendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := sit(t, letter(t, "default"))
		p.say("/step").say("FROB").see("not sent yet")
		p.types.Close()
		<-p.left
		p.see("not sent: FROB\n")
	})
}

// TestALineThatATerminalHasCut is not sent: nobody has typed what is left of it.
func TestALineThatATerminalHasCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := sit(t, letter(t, "default"))
		p.say("/step").say(strings.Repeat("x", mostOfTerminal)).see("error: a terminal cuts a line at 4095 octets")
		p.say(strings.Repeat("x", mostOfTerminal-1)).see("not sent yet").say("/quit")
		<-p.left
	})
	out, _ := says(t, letter(t, "default"), "/step", strings.Repeat("x", mostOfTerminal))
	has(t, out, "C: xxx")
}

// TestResumed: behind a stop there is a prompt, or what is awaited.
func TestResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		resumed := make(chan struct{})
		o := letter(t, "default")
		o.Resumed, o.Now = resumed, time.Now
		o.Session.Dial = script("220 x\r\n", "…")
		p := sit(t, o)
		p.say("/step").see("state: greeted")
		resume := func() *person {
			resumed <- struct{}{}
			synctest.Wait()
			return p
		}
		resume().see("next: EHLO laptop.example (who am I, what is offered?)\n> ")
		p.say("FROB").see("not sent yet")
		resume().see("not sent yet: FROB\n> ")
		put(t, o.Dir, "a.smtp", recorded)
		p.say("/open a.smtp").say("/step").see("1. == connected")
		resume().see("row 1 of 7 of ", "a.smtp\n> ")
		p.say("/close").say("/step").see("C: EHLO")
		resume().see("== waiting for the reply to EHLO")
		p.say("FROB").see("not sent yet")
		p.say("/stop").say("/quit")
		<-p.left
	})
}

// TestInterruptsTheNearestFirst: a line in doubt, then the wait.
func TestInterruptsTheNearestFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		interrupt := make(chan struct{})
		o := letter(t, "default")
		o.Interrupt = interrupt
		o.Session.Dial = script("220 x\r\n", "…")
		p := sit(t, o)
		p.say("/step").say("/step").say("FROB").see("not sent yet")
		for _, want := range []string{"not sent\n", "stopped waiting", "once more leaves"} {
			interrupt <- struct{}{}
			synctest.Wait()
			p.see(want)
		}
		interrupt <- struct{}{}
		<-p.left
	})
}
