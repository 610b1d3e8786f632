package session

import (
	"fmt"
	"strings"
)

// Replies that change who talks to whom: STARTTLS, AUTH, XCLIENT.

// startTLS: RFC 3207, 4. With any other reply the session goes on in the
// clear, if the client wants that.
func (s *State) startTLS(r Reply) {
	if r.Code == 220 {
		s.Phase = Handshake
		return
	}
	if r.Code.Done() {
		s.remark(Wrong, "STARTTLS is answered 220, 454 or 501", "RFC 3207, 4")
	}
}

// auth: RFC 4954, 4.
func (s *State) auth(p Pending, r Reply) {
	mech, _, _ := strings.Cut(p.Arg, " ")
	switch {
	case r.Code.Class() == 3:
		if r.Code != 334 {
			s.remark(Wrong, fmt.Sprintf("a challenge has the code 334, not %d", r.Code), "RFC 4954, 4")
		}
		s.Phase = Challenged
		n := len(s.Challenges)
		s.Challenges = append(s.Challenges[:n:n], strings.TrimSpace(r.Text()))
		s.out.response = true
		s.out.mech = strings.ToUpper(mech)
		return
	case r.Code.Done():
		if r.Code != 235 {
			s.remark(Wrong, fmt.Sprintf("a login that succeeded has the code 235, not %d", r.Code), "RFC 4954, 4")
		}
		s.Auth = strings.ToUpper(mech)
	}
	if s.Phase == Challenged {
		s.Phase = Ready
	}
	s.Logins++
	s.out.response = false
}

// xclient: Postfix answers 220 and both sides start again.
func (s *State) xclient(r Reply) {
	if r.Code != 220 {
		return
	}
	s.endTransaction(Reply{})
	s.Phase = Greeted
	s.Auth, s.User, s.Helo, s.ESMTP = "", "", "", false
	s.Before, s.Offered = s.Offered, nil
	now := Answer{r.Code, r.Enhanced, r.Seq}
	s.Answers = Answers{Greeting: now, XClient: now}
}
