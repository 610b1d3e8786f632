package transcript

import (
	"encoding/base64"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"ehlo/session"
	"ehlo/transcript/rehearsal"
)

// logIn is a login as it went over the wire; the client's lines that hold a
// secret are marked by a bang.
func recordLogin(t *testing.T, lines ...string) string {
	t.Helper()
	var st session.State
	var events []session.Event
	add := func(e session.Event) {
		e.Seq, e.Block = len(events)+1, len(events)+1
		events = append(events, e)
		st = st.Apply(e)
	}
	add(session.Event{Kind: session.Opened})
	for _, line := range lines {
		data := []byte(line[3:] + "\r\n")
		if strings.HasPrefix(line, "S") {
			add(session.Event{Kind: session.Received, Data: data})
			continue
		}
		e := session.Event{Kind: session.Sent, Data: data}
		if at := strings.IndexByte(line, '!'); at >= 0 {
			e.Data = []byte(line[3:at] + line[at+1:] + "\r\n")
			e.Secret = []session.Span{{From: at - 3, To: len(e.Data) - 2}}
		}
		add(e)
	}
	return string(record(t, events))
}

func b64(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

var (
	plainLogin = []string{"S: 220 a", "C: EHLO b", "S: 250-a", "S: 250 AUTH PLAIN LOGIN CRAM-MD5", "C: AUTH PLAIN !" + b64("\x00alice\x00old"), "S: 235 2.7.0 ok", "C: QUIT", "S: 221 bye"}
	loginLogin = []string{"S: 220 a", "C: EHLO b", "S: 250-a", "S: 250 AUTH LOGIN", "C: AUTH LOGIN", "S: 334 " + b64("Username:"), "C: !" + b64("alice"), "S: 334 " + b64("Password:"), "C: !" + b64("old"), "S: 235 2.7.0 ok", "C: QUIT", "S: 221 bye"}
	loginFirst = []string{"S: 220 a", "C: EHLO b", "S: 250-a", "S: 250 AUTH LOGIN", "C: AUTH LOGIN !" + b64("alice"), "S: 334 " + b64("Password:"), "C: !" + b64("old"), "S: 235 2.7.0 ok", "C: QUIT", "S: 221 bye"}
	cramLogin  = []string{"S: 220 a", "C: EHLO b", "S: 250-a", "S: 250 AUTH CRAM-MD5", "C: AUTH CRAM-MD5", "S: 334 " + b64("<1@a>"), "C: !" + b64("alice 00"), "S: 235 2.7.0 ok", "C: QUIT", "S: 221 bye"}
)

// refused is a login whose name the server did not take.
func refused(name string) []string {
	return []string{"S: 220 a", "C: EHLO b", "S: 250-a", "S: 250 AUTH LOGIN", "C: AUTH LOGIN", "S: 334 " + b64("Username:"), "C: !" + b64(name), "S: 334 " + b64("Password:"), "C: !" + b64("old"), "S: 535 5.7.8 no", "C: QUIT", "S: 221 bye"}
}

// TestAuthFacts: who logged in, by which mechanism, and nothing else of it.
func TestAuthFacts(t *testing.T) {
	for _, c := range []struct {
		lines      []string
		begin, end string
	}{
		{plainLogin, "= auth begin mech=PLAIN user=alice\n+ 0.000\nC> AUTH PLAIN ${secret.1}\n+ 0.000\nS: 235 2.7.0 ok\n", "= auth end\n"},
		{loginLogin, "= auth begin mech=LOGIN\n+ 0.000\nC: AUTH LOGIN\n", "S: 235 2.7.0 ok\n= auth end user=alice\n"},
		{refused("wonderland"), "= auth begin mech=LOGIN\n", "S: 535 5.7.8 no\n= auth end\n"}, // who types takes one for the other
		{refused("alice@test.example"), "= auth begin mech=LOGIN\n", "S: 535 5.7.8 no\n= auth end user=alice@test.example\n"},
		{loginFirst, "= auth begin mech=LOGIN\n", "= auth end\n"},   // a password may stand there
		{cramLogin, "= auth begin mech=CRAM-MD5\n", "= auth end\n"}, // that is no digest
		{[]string{"S: 220 a", "C: AUTH CRAM-MD5", "S: 334 " + b64("<1@a>"), "C: !" + b64("alice smith 0123456789abcdef0123456789abcdef"), "S: 235 ok"}, "= auth begin mech=CRAM-MD5\n", "= auth end user=\"alice smith\"\n"},
		{[]string{"S: 220 a", "C: AUTH SCRAM-SHA-1 !" + b64("n,,n=a=2Cb=3Dc,r=nonce"), "S: 535 no"}, "= auth begin mech=SCRAM-SHA-1 user=a,b=c\n", "= auth end\n"},
		{[]string{"S: 220 a", "C: AUTH XOAUTH2 !" + b64("user=alice\x01auth=Bearer old\x01\x01"), "S: 535 no"}, "= auth begin mech=XOAUTH2 user=alice\n", "= auth end\n"},
		{[]string{"S: 220 a", "C: AUTH OAUTHBEARER !" + b64("n,a=alice,\x01auth=Bearer old\x01\x01"), "S: 535 no"}, "= auth begin mech=OAUTHBEARER user=alice\n", "= auth end\n"},
		// Whoever answers in the wrong order must not find the password here.
		{[]string{"S: 220 a", "C: AUTH LOGIN", "S: 334 " + b64("Password:"), "C: !" + b64("old"), "S: 535 no"}, "= auth begin mech=LOGIN\n", "= auth end\n"},
		{[]string{"S: 220 a", "C: AUTH PLAIN !" + b64("old"), "S: 535 no"}, "= auth begin mech=PLAIN\n", "= auth end\n"},
	} {
		file := recordLogin(t, c.lines...)
		if !strings.Contains(file, c.begin) || !strings.Contains(file, c.end) || strings.Contains(file, b64("old")) || strings.Contains(file, "user=old") {
			t.Errorf("no %q and %q in\n%s", c.begin, c.end, file)
		}
		tr := parse(t, file)
		if n := len(tr.Events()); n != len(c.lines)+1 {
			t.Errorf("%d lines became %d events", len(c.lines), n)
		}
	}
}

// TestAuthFactsInsideABlock: facts of a login do not cut a block.
func TestAuthFactsInsideABlock(t *testing.T) {
	events := []session.Event{
		{Kind: session.Opened}, {Kind: session.Received, Block: 1, Data: []byte("220 a\r\n")},
		{Kind: session.Sent, Block: 2, Data: []byte("EHLO a\r\n")}, {Kind: session.Sent, Block: 2, Data: []byte("AUTH PLAIN x\r\n"), Secret: []session.Span{{From: 11, To: 12}}},
		{Kind: session.Sent, Block: 2, Data: []byte("NOOP\r\n")},
		{Kind: session.Received, Block: 3, Data: []byte("250 a\r\n")}, {Kind: session.Received, Block: 3, Data: []byte("535 no\r\n")}, {Kind: session.Received, Block: 3, Data: []byte("250 ok\r\n")},
	}
	for i := range events {
		events[i].Seq = i + 1
	}
	file := record(t, events)
	if !strings.Contains(string(file), "C: EHLO a\n= auth begin mech=PLAIN\nC> AUTH PLAIN ${secret.1}\nC: NOOP\n") {
		t.Errorf("%s", file)
	}
	checkRoundTrip(t, events, file)
}

// TestResult: the word at the end of a file.
func TestResult(t *testing.T) {
	for name, want := range map[string]string{
		"default": "accepted", "relay-denied": "rejected", "mailbox-full": "deferred", "busy-greeting": "deferred",
		"content-refused": "rejected", "vanish-after-dot": "error", "garbage": "error", "reject": "rejected",
	} {
		synctest.Test(t, func(t *testing.T) {
			file := &strings.Builder{}
			rec := NewRecorder(file)
			o := rehearsal.Scenario(t, name)
			o.Recorder = rec
			rehearsal.Send(t, o, []byte("Subject: x\r\n\r\nx\r\n"), "bob@test.example")
			if err := rec.Close(); err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(file.String(), "\n= end result="+want+"\n") {
				t.Errorf("%s: not %s:\n%s", name, want, file.String())
			}
			parse(t, file.String())
		})
	}
	if file := recordLogin(t, "S: 220 a", "C: QUIT", "S: 221 bye"); strings.Contains(file, "= end") {
		t.Errorf("nothing was tried:\n%s", file)
	}
}

// TestResultOfThisMessage: what the session delivered before the file begins does
// not count.
func TestResultOfThisMessage(t *testing.T) {
	file := &strings.Builder{}
	rec := NewRecorder(file)
	var st session.State
	for i, line := range []string{"220 a", "EHLO b", "250 a", "MAIL FROM:<>", "250 ok", "RCPT TO:<no@b>", "550 no"} {
		e := session.Event{Seq: 7 + i, Kind: session.Received, Data: []byte(line + "\r\n")}
		switch {
		case i == 0:
			open := session.Event{Kind: session.Opened}
			st.Follow(&open)
			rec.Event(&open, nil)
		case i%2 == 1:
			e.Kind = session.Sent
		}
		st.Follow(&e)
		if st.Accepted = 2; i < 3 { // how the connection came about, told again
			rec.Event(&e, nil)
		} else {
			rec.Event(&e, &st)
		}
	}
	if err := rec.Close(); err != nil || !strings.HasSuffix(file.String(), "\n= end result=rejected\n") {
		t.Errorf("%v\n%s", err, file)
	}
}

// TestNothingBehindALostLine: where the disk was full no fact is glued on.
func TestNothingBehindALostLine(t *testing.T) {
	w := &failing{}
	rec := NewRecorder(w)
	_ = rec.Record([]session.Event{{Kind: session.Opened}, {Kind: session.Failed, Fault: session.FaultTimeout}})
	if err := rec.Close(); err != nil || w.n != 1 {
		t.Errorf("%v, %d writes", err, w.n)
	}
}

type failing struct{ n int }

func (w *failing) Write([]byte) (int, error) { w.n++; return 0, net.ErrClosed }
