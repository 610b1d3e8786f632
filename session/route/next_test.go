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

		insecure bool
	}{
		{"nothing yet", session.State{}, session.TLSAuto, Undecided, false},
		{"no channel", session.State{Fault: session.FaultConnect}, session.TLSAuto, NextAddress, false},
		{"greeting 421", answer(func(a *session.Answers) { a.Greeting = code(421) }), session.TLSAuto, NextAddress, false},
		{"greeting 554", answer(func(a *session.Answers) { a.Greeting = code(554) }), session.TLSAuto, NextAddress, false},
		{"greeting 220", answer(func(a *session.Answers) { a.Greeting = code(220) }), session.TLSAuto, Undecided, false},
		{"handshake failed", session.State{Fault: session.FaultTLS}, session.TLSRequire, NextAddress, false},
		{"not verified", session.State{Secure: true, Closed: "client"}, session.TLSAuto, NextAddress, false},
		{"not verified, and taken as it is", session.State{Secure: true, Closed: "client"}, session.TLSAuto, Undecided, true},
		{"not verified, and yet used", session.State{Secure: true, Answers: session.Answers{Mail: code(550)}}, session.TLSAuto, Refused, false},
		{"STARTTLS refused, required", answer(func(a *session.Answers) { a.StartTLS = code(454) }), session.TLSRequire, NextAddress, false},
		{"STARTTLS refused, not required", answer(func(a *session.Answers) { a.StartTLS = code(454) }), session.TLSAuto, Undecided, false},
		{"not offered, required", answer(func(a *session.Answers) { a.EHLO = code(250) }), session.TLSRequire, NextAddress, false},
		{"not offered, not required", answer(func(a *session.Answers) { a.EHLO = code(250) }), session.TLSAuto, Undecided, false},
		{"MAIL 451", answer(func(a *session.Answers) { a.Mail = code(451) }), session.TLSAuto, Later, false},
		{"MAIL 421", session.State{Last: session.Reply{Code: 421}, Answers: session.Answers{Mail: code(421)}}, session.TLSAuto, NextAddress, false},
		{"MAIL 550", answer(func(a *session.Answers) { a.Mail = code(550) }), session.TLSAuto, Refused, false},
		{"all RCPT 550", rcpt(550, 551), session.TLSAuto, Refused, false},
		{"RCPT 550 and 450", rcpt(550, 450), session.TLSAuto, Later, false},
		{"RCPT 550 and 250", rcpt(550, 250), session.TLSAuto, Undecided, false},
		{"lost before the end", session.State{Closed: "server"}, session.TLSAuto, NextAddress, false},
		{"lost behind the end", session.State{Closed: "server", Responsible: session.Either}, session.TLSAuto, Later, false},
		{"message 554", answer(func(a *session.Answers) { a.EndOfData = code(554) }), session.TLSAuto, Refused, false},
		{"message 452", answer(func(a *session.Answers) { a.EndOfData = code(452) }), session.TLSAuto, Later, false},
		{"taken, then 421", session.State{Accepted: 1, Last: session.Reply{Code: 421}}, session.TLSRequire, Delivered, false},
	} {
		d := Next(c.state, session.Mail{TLS: c.policy, Insecure: c.insecure})
		if d.Move != c.want {
			t.Errorf("%s: %s (%s), want %s", c.name, d.Move, d.Reason, c.want)
		}
		if d.Move != Undecided && (d.Reason == "" || d.Source == "") {
			t.Errorf("%s: no reason or no section", c.name)
		}
	}
}
