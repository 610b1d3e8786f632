package plain

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/session"
)

// TestWhatIsHeldGoesWithItsChannel: it was meant for that one.
func TestWhatIsHeldGoesWithItsChannel(t *testing.T) {
	out, _ := says(t, letter(t, "default"), "/step", "/step", "/hold MAIL FROM:<old@example.org>", "/hold RSET", "/hangup", "/hold", "/reconnect", "NOOP")
	has(t, out, "dropped: 2 lines held for that channel\n", "nothing is held", "C: NOOP\nS: 250")
	hasNot(t, out, "C: MAIL FROM:<old@example.org>")

	out, _ = says(t, letter(t, "default"), "/step", "/step", "/hold RSET", "/reconnect", "NOOP")
	has(t, out, "dropped: 1 line held for that channel\n")
	hasNot(t, out, "C: RSET")
}

// TestWhatIsHeldIsListedAndDropped, without its secrets.
func TestWhatIsHeldIsListedAndDropped(t *testing.T) {
	out, result := says(t, letter(t, "auth-required"), "/step", "/step", "/drop", "/hold AUTH LOGIN", "/hold d29uZGVybGFuZA==", "/hold NOOP", "/hold", "/drop 4", "/drop 2", "/hold", "/drop", "/hold", "RSET")
	has(t, out, "nothing is held", "1. AUTH LOGIN\n2. ********\n3. NOOP\n", `"4" is no line from 1 to 3`, "1. AUTH LOGIN\n2. NOOP\n", "dropped: 2 lines\n", "C: RSET\nS: 250")
	hasNot(t, out, "d29uZGVybGFuZA", "C: NOOP", "C: AUTH")
	if result.Wrong != 1 {
		t.Errorf("%d wrong", result.Wrong)
	}
}

// TestAdviceKnowsWhatIsHeld: a line is judged behind those that go out before
// it in the same write.
func TestAdviceKnowsWhatIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := letter(t, "default")
		o.Now = time.Now
		p := sit(t, o)
		p.say("/step").say("/step").see("state: ready")
		p.say("/hold MAIL FROM:<a@example.org>").see("held: 1 line").say("/hold RCPT TO:<bob@example.com>").see("held: 2 lines")
		if text := p.say("/advise DATA").out.read(); text != "nothing speaks against this line\na correct server answers 354\n> " {
			t.Errorf("%q", text)
		}
		p.say("DATA").see("C: MAIL FROM:<a@example.org>\nC: RCPT TO:<bob@example.com>\nC: DATA\n", "S: 354")
		p.say(".").see("S: 250")

		p.say("/hold DATA").see("MAIL comes first", "held: 1 line").say("/drop").see("dropped: 1 line")
		p.say("/hold NOOP").say("RSET").see("NOOP ends a group of commands", "not sent yet")
		p.say("/drop").say("/hold MAIL FROM:<a@example.org>").say("MAIL FROM:<b@example.org>").see("a transaction is open", "not sent yet")
		p.say("?").see("a transaction is open").say("/drop").say("/quit")
		<-p.left
	})
}

// TestHeldWithoutPipelining: the group is a mistake as such.
func TestHeldWithoutPipelining(t *testing.T) {
	out, _ := says(t, letter(t, "no-pipelining"), "/step", "/step", "/hold MAIL FROM:<a@example.org>", "/hold RCPT TO:<bob@example.com>")
	has(t, out, "the reply to MAIL has not come, and PIPELINING was not offered")
}

// TestStepsGoOutBehindWhatIsHeld, and follow from it.
func TestStepsGoOutBehindWhatIsHeld(t *testing.T) {
	out, _ := says(t, letter(t, "default"), "/step", "/step", "/hold MAIL FROM:<a@example.org>", "/next 2", "/step", "/hold NOOP", "/group", "/hold NOOP", "/step", "/run")
	has(t, out, "1. RCPT TO:<bob@example.com>", "2. DATA",
		"C: MAIL FROM:<a@example.org>\nC: RCPT TO:<bob@example.com>\nS: 250", // one write
		"C: NOOP\nC: DATA\nS: 250", "held: 1 line", "C: NOOP\n", "done")
}

// TestTheResponseToAHeldLoginIsASecret: what was typed behind it is not echoed.
func TestTheResponseToAHeldLoginIsASecret(t *testing.T) {
	o := letter(t, "default")
	o.Session.Dial = script("220 x\r\n", "250-x\r\n250 AUTH PLAIN\r\n", "334 \r\n235 ok\r\n")
	out, _ := says(t, o, "/step", "/step", "/hold AUTH PLAIN", "AGFsaWNlAHdvbmRlcmxhbmQ=")
	has(t, out, "> ********\n", "C: ********\n")
	hasNot(t, out, "AGFsaWNl")
}

// TestHeldWhenTheServerHangsUp: it is told at once, not with the next line.
func TestHeldWhenTheServerHangsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := letter(t, "default")
		o.Session.Dial = func(context.Context, session.Target, string) (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				_, _ = server.Write([]byte("220 x\r\n"))
				time.Sleep(time.Minute)
				server.Close()
			}()
			return client, nil
		}
		p := sit(t, o)
		p.say("/step").say("/hold EHLO x").see("held")
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		p.see("closed by the server", "dropped: 1 line held for that channel")
		p.types.Close()
		<-p.left
	})
}
