package route

import (
	"testing"

	"ehlo/session"
)

func TestNext(t *testing.T) {
	answer := func(set func(*session.Answers)) session.State {
		var s session.State
		set(&s.Answers)
		return s
	}
	code := func(c session.Code) session.Answer { return session.Answer{Code: c} }
	rcpt := func(codes ...session.Code) session.State {
		var s session.State
		for _, c := range codes {
			s.Recipients = append(s.Recipients, session.Recipient{Reply: session.Reply{Code: c}})
		}
		return s
	}
	for _, c := range []struct {
		name   string
		state  session.State
		policy session.TLSPolicy
		want   Move
	}{
		{"nothing yet", session.State{}, session.TLSAuto, Undecided},
		{"no channel", session.State{Fault: session.FaultConnect}, session.TLSAuto, NextAddress},
		{"greeting 421", answer(func(a *session.Answers) { a.Greeting = code(421) }), session.TLSAuto, NextAddress},
		{"greeting 554", answer(func(a *session.Answers) { a.Greeting = code(554) }), session.TLSAuto, NextAddress},
		{"greeting 220", answer(func(a *session.Answers) { a.Greeting = code(220) }), session.TLSAuto, Undecided},
		{"handshake failed", session.State{Fault: session.FaultTLS}, session.TLSRequire, NextAddress},
		{"STARTTLS refused, required", answer(func(a *session.Answers) { a.StartTLS = code(454) }), session.TLSRequire, NextAddress},
		{"STARTTLS refused, not required", answer(func(a *session.Answers) { a.StartTLS = code(454) }), session.TLSAuto, Undecided},
		{"not offered, required", answer(func(a *session.Answers) { a.EHLO = code(250) }), session.TLSRequire, NextAddress},
		{"not offered, not required", answer(func(a *session.Answers) { a.EHLO = code(250) }), session.TLSAuto, Undecided},
		{"MAIL 451", answer(func(a *session.Answers) { a.Mail = code(451) }), session.TLSAuto, Later},
		{"MAIL 421", session.State{Last: session.Reply{Code: 421}, Answers: session.Answers{Mail: code(421)}}, session.TLSAuto, NextAddress},
		{"MAIL 550", answer(func(a *session.Answers) { a.Mail = code(550) }), session.TLSAuto, Refused},
		{"all RCPT 550", rcpt(550, 551), session.TLSAuto, Refused},
		{"RCPT 550 and 450", rcpt(550, 450), session.TLSAuto, Later},
		{"RCPT 550 and 250", rcpt(550, 250), session.TLSAuto, Undecided},
		{"lost before the end", session.State{Closed: "server"}, session.TLSAuto, NextAddress},
		{"lost behind the end", session.State{Closed: "server", Responsible: session.Either}, session.TLSAuto, Later},
		{"message 554", answer(func(a *session.Answers) { a.EndOfData = code(554) }), session.TLSAuto, Refused},
		{"message 452", answer(func(a *session.Answers) { a.EndOfData = code(452) }), session.TLSAuto, Later},
		{"taken, then 421", session.State{Accepted: 1, Last: session.Reply{Code: 421}}, session.TLSRequire, Delivered},
	} {
		d := Next(c.state, c.policy)
		if d.Move != c.want {
			t.Errorf("%s: %s (%s), want %s", c.name, d.Move, d.Reason, c.want)
		}
		if d.Move != Undecided && (d.Reason == "" || d.Source == "") {
			t.Errorf("%s: no reason or no section", c.name)
		}
	}
}
