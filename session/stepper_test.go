package session

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// stubborn answers any number of challenges.
type stubborn struct{ fails bool }

func (stubborn) Mechanism([]string, State) string { return "PLAIN" }

func (a stubborn) Response(_ string, s State) ([]byte, string, error) {
	if a.fails && len(s.Challenges) > 0 {
		return nil, "", errors.New("no answer to that")
	}
	return []byte("x"), "because", nil
}

func (stubborn) Accepted(string, State) error { return nil }
func (stubborn) Wanted() []string             { return nil }

// TestMailComesToAnEnd: whatever a server answers to one step or to all, a
// mail runs out of steps. A stepper must not say the same thing again because
// it did not like the answer.
func TestMailComesToAnEnd(t *testing.T) {
	lines := []string{"150 x", "220 x", "221 x", "235 x", "250 x", "334 ", "350 x", "353 x", "354 x", "421 x", "450 x", "500 x", "502 x", "503 x", "535 x", "554 x"}
	mails := []Mail{mailTo("a@x.example", "b@x.example")}
	chunked, twice, stopped := mails[0], mails[0], mails[0]
	chunked.Chunk = 3
	twice.More, twice.Rset, twice.Asides = []Letter{twice.Letter}, true, []Aside{{StageMail, "DATA"}, {StageContent, "STARTTLS"}}
	twice.XClient, twice.XForward = []Param{{"NAME", "x"}}, []Param{{"NAME", "x"}}
	stopped.Stop = Stop{DropSent: StageData}
	mails = append(mails, chunked, twice, stopped)
	for _, auth := range []Authenticator{stubborn{}, stubborn{fails: true}} {
		m := mails[0]
		m.Auth, m.TLS, m.Insecure = auth, TLSAuto, true
		mails = append(mails, m)
	}
	for i, m := range mails {
		for _, verb := range []string{"", Greeting, "EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", EndOfData, "QUIT"} {
			for _, line := range lines {
				if steps := stepsAgainst(m, verb, line); steps >= 100 {
					t.Errorf("mail %d: %q to %q makes it go on for ever", i, line, verb)
				}
			}
		}
	}
}

// stepsAgainst counts the steps with a server that answers one verb, or every
// verb, with one line.
func stepsAgainst(m Mail, verb, line string) (n int) {
	s := State{}
	for ; n < 100; n++ {
		st, ok := m.Next(s)
		if !ok {
			return n
		}
		s = answered(s, st, verb, line)
	}
	return n
}

// answered is the state after a step, where one verb, or every verb, is
// answered with one line.
func answered(s State, st Step, verb, line string) State {
	e := Event{Seq: s.Seq + 1, Step: st.ID, Kind: Sent, Data: st.Bytes}
	switch {
	case st.Kind == Connect:
		e = Event{Kind: Opened}
	case st.Kind == StartTLS:
		e = Event{Kind: Secured, Facts: []Fact{{"chain", "ok"}, {"name", "ok"}}}
	case st.Kind == HangUp:
		e = Event{Kind: Closed, Facts: []Fact{{"by", "client"}}}
	case st.Part != nil:
		e.Data = append(st.Bytes[:len(st.Bytes):len(st.Bytes)], bytes.Repeat([]byte{'x'}, int(st.Part.Octets))...)
	case st.Content != nil:
		e.Data = []byte("x\r\n.\r\n")
	}
	s = s.Apply(e)
	for k := 0; k < 20 && len(s.Pending) > 0; k++ {
		p := s.Pending[0]
		reply := line
		if verb != "" && p.Verb != verb {
			reply = fmt.Sprintf("%d ok", HopeFor(p.Verb))
			if p.Verb == "EHLO" {
				reply = "250-x\r\n250-STARTTLS\r\n250 AUTH PLAIN"
			}
		}
		for part := range strings.SplitAfterSeq(reply+"\r\n", "\n") {
			s = s.Apply(Event{Seq: s.Seq + 1, Kind: Received, Data: []byte(part)})
		}
	}
	return s
}

// TestWhyItSaysGoodbye: a QUIT that comes early says what it comes from.
func TestWhyItSaysGoodbye(t *testing.T) {
	m := mailTo("a@x.example")
	for _, c := range []struct{ verb, line, want string }{
		{"none", "", "say good-bye, wait for 221"},
		{Greeting, "554 no", "the server wants no session, 554: say good-bye"},
		{"EHLO", "550 no", "the server refused to be greeted, 550: say good-bye"},
		{"MAIL", "550 no", "MAIL was refused, 550: say good-bye"},
		{"RCPT", "450 no", "no recipient was taken: say good-bye"},
		{"DATA", "451 no", "DATA was refused, 451: say good-bye"},
		{EndOfData, "554 no", "the content was refused, 554: say good-bye"},
	} {
		s := State{}
		for range 20 {
			st, ok := m.Next(s)
			if !ok {
				t.Fatalf("%s %s: no QUIT", c.verb, c.line)
			}
			if st.ID == stepQuit {
				if st.Why != c.want {
					t.Errorf("%s %s: %q, not %q", c.verb, c.line, st.Why, c.want)
				}
				break
			}
			s = answered(s, st, c.verb, c.line)
		}
	}
}

// TestForecastOfTLS: what nobody knows yet is foreseen, and said to be open.
func TestForecastOfTLS(t *testing.T) {
	m := mailTo("a@x.example")
	m.TLS = TLSAuto
	var said []string
	for _, st := range Forecast(State{}, m, 20) {
		said = append(said, strings.TrimSpace(string(st.Bytes))+" ("+st.Why+")")
	}
	if all := strings.Join(said, "\n"); !strings.Contains(all, "STARTTLS (ask for TLS, if it is offered)") || strings.Count(all, "EHLO") != 2 {
		t.Errorf("foreseen is\n%s", all)
	}
	s := fold(t, offering("SIZE"))
	if st, _ := m.Next(s); st.ID != stepMail {
		t.Errorf("without the offer comes %s", st.Bytes)
	}
}
