package session

import (
	"fmt"
	"strings"
	"testing"
)

// fold plays a conversation: "C: …" and "S: …" are lines, "= opened",
// "= secured", "= lost" and "= reset" are what they say. It checks on the way
// that no older state changes.
func fold(t *testing.T, conversation string) State {
	t.Helper()
	s := State{}
	type moment struct {
		state State
		shown string
	}
	var history []moment
	for i, line := range strings.Split(strings.TrimSpace(conversation), "\n") {
		e := Event{Seq: i + 1}
		text := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(text, "C:"):
			e.Kind, e.Data = Sent, []byte(strings.TrimPrefix(text[2:], " ")+"\r\n")
		case strings.HasPrefix(text, "S:"):
			e.Kind, e.Data = Received, []byte(strings.TrimPrefix(text[2:], " ")+"\r\n")
		case text == "= opened":
			e.Kind, e.Facts = Opened, []Fact{{"host", "server.example"}}
		case text == "= secured":
			e.Kind = Secured
		case text == "= tls failed":
			e.Kind, e.Fault = Failed, FaultTLS
		case text == "= lost":
			e.Kind, e.Facts = Closed, []Fact{{"by", "server"}, {"how", "rst"}}
		default:
			t.Fatalf("not a line of a conversation: %q", line)
		}
		s = s.Apply(e)
		history = append(history, moment{s, show(s)})
	}
	for i, m := range history {
		if got := show(m.state); got != m.shown {
			t.Errorf("the state after line %d has changed since\nfrom %s\nto   %s", i+1, m.shown, got)
		}
	}
	return s
}

// show is a state in one line.
func show(s State) string {
	from := "-"
	if s.ReversePath != nil {
		from = "<" + s.ReversePath.Path + ">"
	}
	var to []string
	for _, r := range s.ForwardPath() {
		to = append(to, r.Path)
	}
	data := "-"
	if !s.MailData.Empty() {
		data = fmt.Sprint(s.MailData.Octets)
	}
	return fmt.Sprintf("%s | %s | %s | %s", s.Phase, from, strings.Join(to, " "), data)
}

const (
	greeted = "= opened\nS: 220 server.example ESMTP\n"
	ready   = greeted + "C: EHLO client.example\nS: 250-server.example\nS: 250-SIZE 1000\nS: 250-CHUNKING\nS: 250-STARTTLS\nS: 250 AUTH PLAIN\n"
	sender  = ready + "C: MAIL FROM:<a@client.example>\nS: 250 ok\n"
	given   = sender + "C: RCPT TO:<b@server.example>\nS: 250 ok\n"
	data    = given + "C: DATA\nS: 354 go on\n"
	dotted  = data + "C: Subject: x\nC:\nC: hi\nC: .\n"
)

// TestTransitions has a case for each row of the state table of RFC 5321 and
// the extensions; where the RFC leaves it open, the state follows the reply.
func TestTransitions(t *testing.T) {
	for _, c := range []struct{ name, conversation, want string }{
		{"channel opened", "= opened", "waiting for the greeting | - |  | -"},
		{"220", greeted, "greeted | - |  | -"},
		{"220 in two lines", "= opened\nS: 220-server.example\nS: 220 ready", "greeted | - |  | -"},
		{"554 greeting", "= opened\nS: 554 no service", "rejected by the greeting | - |  | -"},
		{"421 greeting", "= opened\nS: 421 busy", "over | - |  | -"},
		{"4yz greeting", "= opened\nS: 450 busy", "over | - |  | -"},
		{"lost before the greeting", "= opened\n= lost", "over | - |  | -"},
		{"QUIT after 554", "= opened\nS: 554 no\nC: QUIT\nS: 221 bye", "over | - |  | -"},
		{"EHLO after 554", "= opened\nS: 554 no\nC: EHLO x.example\nS: 503 no", "rejected by the greeting | - |  | -"},
		{"EHLO", ready, "ready | - |  | -"},
		{"EHLO unknown", greeted + "C: EHLO x.example\nS: 500 what?", "greeted | - |  | -"},
		{"HELO", greeted + "C: EHLO x.example\nS: 502 what?\nC: HELO x.example\nS: 250 hi", "ready | - |  | -"},
		{"MAIL before EHLO", greeted + "C: MAIL FROM:<>\nS: 503 no", "greeted | - |  | -"},
		{"MAIL before EHLO taken", greeted + "C: MAIL FROM:<>\nS: 250 ok", "sender given | <> |  | -"},
		{"second EHLO", given + "C: EHLO x.example\nS: 250 hi", "ready | - |  | -"},
		{"second EHLO refused", given + "C: EHLO x.example\nS: 503 once is enough", "recipients given | <a@client.example> | b@server.example | -"},
		{"RSET", given + "C: RSET\nS: 250 ok", "ready | - |  | -"},
		{"RSET before EHLO", greeted + "C: RSET\nS: 250 ok", "greeted | - |  | -"},
		{"NOOP", given + "C: NOOP\nS: 250 ok", "recipients given | <a@client.example> | b@server.example | -"},
		{"HELP", given + "C: HELP\nS: 214 well", "recipients given | <a@client.example> | b@server.example | -"},
		{"VRFY", given + "C: VRFY b\nS: 252 maybe", "recipients given | <a@client.example> | b@server.example | -"},
		{"EXPN", given + "C: EXPN b\nS: 550 no", "recipients given | <a@client.example> | b@server.example | -"},
		{"STARTTLS", ready + "C: STARTTLS\nS: 220 go", "TLS handshake | - |  | -"},
		{"handshake done", ready + "C: STARTTLS\nS: 220 go\n= secured", "greeted | - |  | -"},
		{"handshake failed", ready + "C: STARTTLS\nS: 220 go\n= tls failed", "over | - |  | -"},
		{"STARTTLS refused", ready + "C: STARTTLS\nS: 454 not now", "ready | - |  | -"},
		{"STARTTLS in a transaction", given + "C: STARTTLS\nS: 220 go\n= secured", "greeted | - |  | -"},
		{"AUTH challenged", ready + "C: AUTH PLAIN\nS: 334", "challenged | - |  | -"},
		{"AUTH challenged again", ready + "C: AUTH LOGIN\nS: 334 VXNlcg==\nC: YQ==\nS: 334 UGFzcw==", "challenged | - |  | -"},
		{"AUTH done", ready + "C: AUTH PLAIN\nS: 334\nC: AGEAYg==\nS: 235 ok", "ready | - |  | -"},
		{"AUTH at once", ready + "C: AUTH PLAIN AGEAYg==\nS: 235 ok", "ready | - |  | -"},
		{"AUTH refused", ready + "C: AUTH PLAIN\nS: 334\nC: AGEAYg==\nS: 535 no", "ready | - |  | -"},
		{"AUTH cancelled", ready + "C: AUTH PLAIN\nS: 334\nC: *\nS: 501 as you wish", "ready | - |  | -"},
		{"MAIL", sender, "sender given | <a@client.example> |  | -"},
		{"MAIL refused", ready + "C: MAIL FROM:<a@client.example>\nS: 530 no", "ready | - |  | -"},
		{"nested MAIL", given + "C: MAIL FROM:<c@client.example>\nS: 503 no", "recipients given | <a@client.example> | b@server.example | -"},
		{"nested MAIL taken", given + "C: MAIL FROM:<c@client.example>\nS: 250 ok", "sender given | <c@client.example> |  | -"},
		{"RCPT", given, "recipients given | <a@client.example> | b@server.example | -"},
		{"RCPT 251", sender + "C: RCPT TO:<c@x.example>\nS: 251 will forward", "recipients given | <a@client.example> | c@x.example | -"},
		{"RCPT refused", sender + "C: RCPT TO:<c@x.example>\nS: 550 no", "sender given | <a@client.example> |  | -"},
		{"second RCPT refused", given + "C: RCPT TO:<c@x.example>\nS: 452 too many", "recipients given | <a@client.example> | b@server.example | -"},
		{"second RCPT", given + "C: RCPT TO:<c@x.example>\nS: 250 ok", "recipients given | <a@client.example> | b@server.example c@x.example | -"},
		{"RCPT without MAIL", ready + "C: RCPT TO:<c@x.example>\nS: 503 no", "ready | - |  | -"},
		{"DATA", data, "mail data | <a@client.example> | b@server.example | -"},
		{"DATA without recipients", sender + "C: DATA\nS: 554 no valid recipients", "sender given | <a@client.example> |  | -"},
		{"DATA refused", given + "C: DATA\nS: 451 not now", "recipients given | <a@client.example> | b@server.example | -"},
		{"content", data + "C: Subject: x\nC:\nC: ..", "mail data | <a@client.example> | b@server.example | 18"},
		{"end of data", dotted, "mail data | <a@client.example> | b@server.example | 18"},
		{"end of data taken", dotted + "S: 250 ok", "ready | - |  | -"},
		{"end of data refused", dotted + "S: 554 no", "ready | - |  | -"},
		{"lost after the final dot", dotted + "= lost", "over | - |  | -"},
		{"BDAT", given + "C: BDAT 4\nC: hi\nS: 250 ok", "chunks | <a@client.example> | b@server.example | 4"},
		{"BDAT LAST", given + "C: BDAT 4\nC: hi\nS: 250 ok\nC: BDAT 0 LAST\nS: 250 ok", "ready | - |  | -"},
		{"BDAT that looks like commands", given + "C: BDAT 6 LAST\nC: QUIT\nS: 250 ok", "ready | - |  | -"},
		{"BDAT refused", given + "C: BDAT 4\nC: hi\nS: 250 ok\nC: BDAT 4\nC: hi\nS: 452 full", "failed transaction | <a@client.example> | b@server.example | -"},
		{"DATA after BDAT", given + "C: BDAT 4\nC: hi\nS: 250 ok\nC: DATA\nS: 503 no", "chunks | <a@client.example> | b@server.example | 4"},
		{"BDAT out of sequence", sender + "C: BDAT 4 LAST\nC: hi\nS: 503 no", "sender given | <a@client.example> |  | -"},
		{"BDAT LAST after a failed one", given + "C: BDAT 4\nC: hi\nS: 452 full\nC: BDAT 4 LAST\nC: hi\nS: 503 no", "failed transaction | <a@client.example> | b@server.example | -"},
		{"BDAT before EHLO", greeted + "C: BDAT 0 LAST\nS: 503 no", "greeted | - |  | -"},
		{"PRDR with BDAT", given + "C: BDAT 4 LAST\nC: hi\nS: 353 each\nS: 250 b may", "recipient verdicts | <a@client.example> | b@server.example | 4"},
		{"PRDR, and QUIT sent behind the dot", dotted + "C: QUIT\nS: 353 each\nS: 250 b may\nS: 250 all", "ready | - |  | -"},
		{"XCLIENT", ready + "C: XCLIENT NAME=x\nS: 220 again", "greeted | - |  | -"},
		{"QUIT", given + "C: QUIT\nS: 221 bye", "over | - |  | -"},
		{"421 to a command", given + "C: NOOP\nS: 421 shutting down", "over | - |  | -"},
		{"421 unasked", given + "S: 421 shutting down", "over | - |  | -"},
		{"end of file", given + "= lost", "over | - |  | -"},
		{"a code nobody knows, by its first digit", ready + "C: MAIL FROM:<>\nS: 299 fine", "sender given | <> |  | -"},
		{"pipelined", ready + "C: MAIL FROM:<>\nC: RCPT TO:<b@x.example>\nC: DATA\nS: 250 ok\nS: 550 no\nS: 554 no", "sender given | <> |  | -"},
		{"PRDR", dotted + "S: 353 each\nS: 250 b may", "recipient verdicts | <a@client.example> | b@server.example | 18"},
		{"PRDR done", dotted + "S: 353 each\nS: 250 b may\nS: 250 all", "ready | - |  | -"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := show(fold(t, c.conversation)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestSecuredForgetsTheLogin(t *testing.T) {
	s := fold(t, ready+"C: AUTH PLAIN eA==\nS: 235 ok\nC: STARTTLS\nS: 220 go\n= secured")
	if s.Auth != "" || s.Answers.Auth.Code != 0 {
		t.Errorf("logged in by %q, answered %d", s.Auth, s.Answers.Auth.Code)
	}
}

func TestSecuredForgetsWhatWasLearntInTheClear(t *testing.T) {
	s := fold(t, ready+"C: STARTTLS\nS: 220 go\n= secured")
	if s.Offered != nil || s.ESMTP || s.Helo != "" || !s.Before.Has("STARTTLS") {
		t.Errorf("offered %v, before %v, helo %q", s.Offered, s.Before, s.Helo)
	}
	s = fold(t, ready+"C: STARTTLS\nS: 220 go\n= secured\nC: EHLO client.example\nS: 250-server.example\nS: 250 AUTH PLAIN LOGIN")
	if got := s.Offered.Without(s.Before); len(got) != 1 || got[0].String() != "AUTH PLAIN LOGIN" {
		t.Errorf("new offers %v", got)
	}
}

func TestInjectionBehindSTARTTLSIsNoReply(t *testing.T) {
	s := fold(t, ready+"C: STARTTLS\nS: 220 go\nS: 250 injected")
	if s.Broken == "" || s.Last.Code != 220 || s.Phase != Handshake {
		t.Errorf("%s, last %s, broken %q", show(s), s.Last, s.Broken)
	}
}

func TestRemarksOnWhatServersDo(t *testing.T) {
	for _, c := range []struct{ name, conversation, remark string }{
		{"unasked", ready + "S: 250 hello again", "nobody asked"},
		{"no code", ready + "C: NOOP\nS: hello", "no reply"},
		{"four digits", ready + "C: NOOP\nS: 2500 ok", "no reply"},
		{"first digit", ready + "C: NOOP\nS: 700 ok", "first digit"},
		{"second digit", ready + "C: NOOP\nS: 299 ok", "second digit"},
		{"glued", ready + "C: NOOP\nS: 250ok", "neither a blank"},
		{"mixed codes", ready + "C: NOOP\nS: 250-a\nS: 550 b", "agree"},
		{"control characters", ready + "C: NOOP\nS: 250 \x1b[2J", "control"},
		{"long line", ready + "C: NOOP\nS: 250 " + strings.Repeat("x", 600), "512"},
		{"nested MAIL taken", given + "C: MAIL FROM:<>\nS: 250 ok", "second MAIL"},
		{"DATA answered 250", given + "C: DATA\nS: 250 ok", "354"},
		{"AUTH answered 250", ready + "C: AUTH PLAIN\nS: 334\nC: AGEAYg==\nS: 250 ok", "has the code 235, not 250"},
		{"354 without recipients", sender + "C: DATA\nS: 354 ok", "final dot"},
		{"verdict before the dot", data + "C: hi\nS: 554 enough", "before CRLF.CRLF"},
		{"closed without a word", given + "= lost", "without a 221 or 421"},
		{"closed with 221 and without QUIT", given + "C: /slash\nS: 221 Goodbye.\n= lost", "said 221 and closed"},
	} {
		s := fold(t, c.conversation)
		found := false
		for _, r := range s.Remarks {
			found = found || strings.Contains(r.Text, c.remark)
			if r.Source == "" {
				t.Errorf("%s: remark %q has no source", c.name, r.Text)
			}
		}
		if !found {
			t.Errorf("%s: remarks %v lack %q", c.name, s.Remarks, c.remark)
		}
	}
}

// TestAnyCut checks that it makes no difference for the state in which pieces
// the octets of a conversation arrive.
func TestAnyCut(t *testing.T) {
	whole := fold(t, dotted+"S: 250-2.0.0 queued\nS: 250 2.0.0 as 4711\nC: QUIT\nS: 221 bye")
	for size := 1; size < 9; size++ {
		s := State{}.Apply(Event{Kind: Opened, Facts: []Fact{{"host", "server.example"}}})
		for _, line := range strings.Split(strings.TrimSpace(dotted+"S: 250-2.0.0 queued\nS: 250 2.0.0 as 4711\nC: QUIT\nS: 221 bye"), "\n")[1:] {
			kind := Sent
			if line[0] == 'S' {
				kind = Received
			}
			octets := []byte(strings.TrimPrefix(line[2:], " ") + "\r\n")
			for len(octets) > 0 {
				n := min(size, len(octets))
				s = s.Apply(Event{Kind: kind, Data: octets[:n]})
				octets = octets[n:]
			}
		}
		if show(s) != show(whole) || s.Responsible != whole.Responsible || s.Last.Text() != whole.Last.Text() ||
			s.Finished.Reply.Text() != whole.Finished.Reply.Text() || s.Finished.MailData != whole.Finished.MailData {
			t.Errorf("pieces of %d octets: %s, want %s", size, show(s), show(whole))
		}
	}
}

// TestContentLineByLine: a line at a time says of content what octet by octet
// says, whatever stands in the lines.
func TestContentLineByLine(t *testing.T) {
	odd := []string{"a\r\n", ".", "..\r\n", ".\r", "\r\n", "a\n", ".\r\r\n", "\n", "\r", "a\rb\r\n", "a\nb\r\n"}
	for i := range len(odd) * len(odd) * len(odd) {
		first := fold(t, data)
		second := first
		for _, line := range []string{odd[i%len(odd)], odd[i/len(odd)%len(odd)], odd[i/len(odd)/len(odd)], "b\r\n", ".\r\n"} {
			first = first.Apply(Event{Kind: Sent, Data: []byte(line)})
			for at := range len(line) {
				second = second.Apply(Event{Kind: Sent, Data: []byte(line[at : at+1])})
			}
		}
		if first.MailData != second.MailData || len(first.Pending) != len(second.Pending) {
			t.Errorf("%d: %+v, octet by octet %+v", i, first.MailData, second.MailData)
		}
	}
}

func TestMaySay(t *testing.T) {
	for _, c := range []struct{ conversation, want string }{
		{"= opened\nS: 554 no", "QUIT"},
		{greeted, "EHLO HELO RSET NOOP HELP VRFY EXPN QUIT"},
		{ready, "MAIL STARTTLS AUTH RSET NOOP HELP VRFY EXPN QUIT"},
		{sender, "RCPT RSET NOOP HELP VRFY EXPN QUIT"},
		{given, "RCPT DATA BDAT RSET NOOP HELP VRFY EXPN QUIT"},
		{data, "content ."},
		{"= opened\nS: 421 no", ""},
	} {
		if got := strings.Join(fold(t, c.conversation).MaySay(), " "); got != c.want {
			t.Errorf("%s: %q, want %q", show(fold(t, c.conversation)), got, c.want)
		}
	}
}

// TestUnfinishedLineIsBounded: a server that sends a line octet by octet, and
// never ends it, makes no state grow.
func TestUnfinishedLineIsBounded(t *testing.T) {
	s := fold(t, ready)
	for range 3 * maxUnfinished {
		s = s.Apply(Event{Kind: Received, Data: []byte("x")})
	}
	if n := len(s.in.text); n != maxUnfinished {
		t.Errorf("%d octets are kept", n)
	}
	s = s.Apply(Event{Kind: Received})
	s = s.Apply(Event{Kind: Received, Data: []byte("\r\n")})
	if s.Broken == "" || s.Partial() {
		t.Errorf("broken %q, partial %v", s.Broken, s.Partial())
	}
}

// TestPendingIsBounded: a file may claim that any number of commands was sent
// without waiting; folding it must not take forever, and replies to them are
// not unasked.
func TestPendingIsBounded(t *testing.T) {
	s := fold(t, ready)
	for range 50_000 {
		s = s.Apply(Event{Kind: Sent, Data: []byte("NOOP\r\n")})
	}
	if n := len(s.Pending); n != maxPending {
		t.Errorf("%d commands are pending", n)
	}
	for range 50_000 {
		s = s.Apply(Event{Kind: Received, Data: []byte("250 ok\r\n")})
	}
	if s.Unasked != 0 || len(s.Pending) != 0 {
		t.Errorf("%d unasked, %d pending", s.Unasked, len(s.Pending))
	}
	if s = s.Apply(Event{Kind: Received, Data: []byte("250 ok\r\n")}); s.Unasked != 1 {
		t.Errorf("%d unasked", s.Unasked)
	}
}

// TestSecretsAreNotInTheState: what is printed of a state must not show what
// was said to log in.
func TestSecretsAreNotInTheState(t *testing.T) {
	s := fold(t, ready+"C: AUTH PLAIN AHdvbmRlcmxhbmQ=")
	if text := fmt.Sprintf("%+v", s.Pending); strings.Contains(text, "AHdvbmRlcmxhbmQ") || !strings.Contains(text, "PLAIN") {
		t.Error(text)
	}
}

// TestUngreeted: what answers EHLO is not taken for the greeting that is
// missing, and content is content.
func TestUngreeted(t *testing.T) {
	const said = "= opened\nC: EHLO y\nS: 250-x\nS: 250 DSN\nC: MAIL FROM:<a@test.example>\nS: 250 a\nC: RCPT TO:<b@test.example>\nS: 250 b\nC: DATA\nS: 354 go\nC: 250 is no reply\nC: .\n"
	if s := fold(t, said); len(s.Pending) != 1 || s.Pending[0].Verb != EndOfData || s.MailData.Octets == 0 || s.Answers.Greeting.Code != 0 {
		t.Errorf("%s, %+v", s.Phase, s.Pending)
	}
	if s := fold(t, "= opened\nC: EHLO y\nS: 220 x\nS: 250 x\n"); len(s.Pending) != 0 || s.Answers.Greeting.Code != 220 {
		t.Errorf("early: %s, %+v, %s", s.Phase, s.Pending, s.Last.To)
	}
}
