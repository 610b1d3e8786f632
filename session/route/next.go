package route

import (
	"fmt"

	"ehlo/session"
)

// Move is what an attempt is followed by.
type Move uint8

const (
	Undecided   Move = iota // the attempt is still under way
	NextAddress             // the next candidate may be tried at once
	Later                   // the whole list may be tried again later (RFC 5321, 4.5.4.1)
	Refused                 // a permanent answer: no address and no waiting changes it
	Delivered               // the server took the message, or some recipients' part of it
)

var moves = [...]string{"undecided", "next address", "later", "refused", "delivered"}

func (m Move) String() string {
	if int(m) < len(moves) {
		return moves[m]
	}
	return "unknown"
}

// Decision is a Move and why.
type Decision struct {
	Move   Move
	Reason string
	Source string
}

// Next says what follows an attempt at one address with a mail. It is pure: it reads the
// state only, which may be that of a session still open. Replies to single
// recipients are not weighed when the message was taken: those are in
// State.Finished.
//
// RFC 5321, 5.1: the client tries the addresses in order until one attempt
// succeeds. A reply to the mail itself comes from a server that was reached, so
// it is no reason to ask another one; 4yz waits for the next round.
func Next(s session.State, m session.Mail) Decision {
	if d := settled(s); d.Move != Undecided {
		return d
	}
	if d := reached(s); d.Move != Undecided {
		return d
	}
	if d := secured(s, m.TLS); d.Move != Undecided {
		return d
	}
	return replied(s, m.Insecure)
}

// settled looks at a message that was taken, refused or is in doubt.
func settled(s session.State) Decision {
	end := s.Answers.EndOfData.Code
	switch {
	case s.Accepted > 0:
		return Decision{Delivered, "the server took the message", "RFC 5321, 4.1.1.4"}
	case end.Class() == 5:
		return Decision{Refused, fmt.Sprintf("the message was answered %s", end), "RFC 5321, 4.2.1"}
	case end.Class() == 4:
		return Decision{Later, fmt.Sprintf("the message was answered %s", end), "RFC 5321, 4.5.4.1"}
	case s.Responsible == session.Either:
		// Another address at once would make a second copy likely.
		return Decision{Later, "the channel broke after the end of data: the message may have been taken", "RFC 1047"}
	}
	return Decision{}
}

// reached looks at the way to the greeting.
func reached(s session.State) Decision {
	switch s.Fault {
	case session.FaultResolve, session.FaultConnect:
		return Decision{NextAddress, "no channel could be opened", "RFC 5321, 5.1"}
	}
	switch code := s.Answers.Greeting.Code; {
	case code == 421:
		return Decision{NextAddress, "the greeting is 421: the service is not available", "RFC 5321, 3.8"}
	case code == 554:
		return Decision{NextAddress, "the greeting is 554: no SMTP service here", "RFC 5321, 3.1"}
	case code.Class() >= 4:
		return Decision{NextAddress, fmt.Sprintf("the greeting is %s", code), "RFC 5321, 5.1"}
	}
	return Decision{}
}

// secured looks at TLS.
func secured(s session.State, policy session.TLSPolicy) Decision {
	if s.Fault == session.FaultTLS && policy != session.TLSNever {
		return Decision{NextAddress, "TLS could not be had: " + session.Escape(s.FaultText), "RFC 3207, 4.1"}
	}
	if policy != session.TLSRequire || s.Secure {
		return Decision{}
	}
	switch code := s.Answers.StartTLS.Code; {
	case code.Class() >= 4:
		return Decision{NextAddress, fmt.Sprintf("TLS is required and STARTTLS was answered %s", code), "RFC 3207, 4"}
	case s.Answers.HELO.Code.Done(),
		s.Answers.EHLO.Code.Done() && !s.Offered.Has("STARTTLS"):
		return Decision{NextAddress, "TLS is required and not offered", "RFC 3207, 4"}
	}
	return Decision{}
}

// replied looks at the conversation before the end of data.
func replied(s session.State, insecure bool) Decision {
	a := s.Answers
	// RFC 5321, 3.8: 421 may answer any command; the server goes away.
	if s.Last.Code == 421 {
		return Decision{NextAddress, "421: the service goes away", "RFC 5321, 3.8"}
	}
	for _, verb := range []struct {
		name string
		code session.Code
	}{{"AUTH", a.Auth.Code}, {"MAIL", a.Mail.Code}, {"DATA", a.Data.Code}} {
		if d := verdict(verb.name, verb.code); d.Move != Undecided {
			return d
		}
	}
	if d := recipients(s); d.Move != Undecided {
		return d
	}
	if a.EHLO.Code.Class() >= 4 && a.HELO.Code.Class() >= 4 {
		return Decision{NextAddress, fmt.Sprintf("EHLO was answered %s and HELO %s", a.EHLO.Code, a.HELO.Code), "RFC 5321, 5.1"}
	}
	switch {
	case s.Fault == session.FaultContent:
		return Decision{Later, "the content could not be read", "RFC 5321, 4.5.4.1"}
	case s.Secure && !s.Verified && !insecure: // whoever closed the channel then
		return Decision{NextAddress, "the certificate is not verified: " + session.Escape(s.Unverified), "RFC 3207, 4.1"}
	case s.Fault != "" || s.Closed == "server":
		return Decision{NextAddress, "the channel was lost before the end of data", "RFC 5321, 5.1"}
	}
	return Decision{}
}

func recipients(s session.State) Decision {
	if len(s.Recipients) == 0 {
		return verdict("RCPT", s.Answers.Rcpt.Code)
	}
	later := session.Code(0)
	for _, r := range s.Recipients {
		switch {
		case r.Reply.Code.Class() < 4:
			return Decision{}
		case r.Reply.Code.Class() == 4:
			later = r.Reply.Code
		}
	}
	if later != 0 {
		return verdict("RCPT", later)
	}
	return verdict("RCPT", s.Recipients[0].Reply.Code)
}

func verdict(verb string, code session.Code) Decision {
	switch code.Class() {
	case 4:
		return Decision{Later, fmt.Sprintf("%s was answered %s", verb, code), "RFC 5321, 4.5.4.1"}
	case 5:
		return Decision{Refused, fmt.Sprintf("%s was answered %s", verb, code), "RFC 5321, 4.2.1"}
	}
	return Decision{}
}
