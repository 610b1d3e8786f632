package session

import (
	"slices"
	"strings"
	"sync/atomic"
)

// Everything that moves a state from one phase to another because of a reply
// lives in this file, in verdict.go and in login.go. The state follows the
// replies, not the commands: what the server did not confirm has not happened.
// Where a server says yes and the RFC says no, the state goes with the server
// and a remark says so.

// move does what a reply to a verb does. Verbs that are not listed change
// nothing (RFC 5321, 4.1.1.6 to 4.1.1.9: VRFY, EXPN, HELP, NOOP).
func (s *State) move(p Pending, r Reply) {
	switch r.To {
	case Greeting:
		s.greeting(r)
	case "EHLO", "HELO", "LHLO":
		s.hello(p, r)
	case "MAIL":
		s.mail(p, r)
	case "RCPT":
		s.rcpt(p, r)
	case "DATA":
		s.data(r)
	case "BDAT":
		s.bdat(p, r)
	case EndOfData:
		s.endOfData(p, r)
	case "RSET":
		s.rset(p, r)
	case "QUIT":
		s.quit(r)
	case "STARTTLS":
		s.startTLS(r)
	case "AUTH":
		s.auth(p, r)
	case "XCLIENT":
		s.xclient(r)
	}
}

// reply takes a complete reply: it answers the oldest pending command
// (RFC 2920, 3.1: replies come in the order of the commands).
func (s *State) reply(r Reply) {
	if s.ungreeted(r.Code) {
		s.Pending = s.Pending[1:]
		s.remark(Wrong, "the greeting did not come before this", "RFC 5321, 3.1")
	}
	p, asked := s.answered()
	if asked {
		r.To = p.Verb
	}
	// A verdict on content that is still going out: what is left of it is no
	// command, and its final dot is not answered any more.
	early, ending := r.To == EndOfData && s.Phase == Data && !s.MailData.Complete, s.out.ending
	s.Last = r
	if a := s.Answers.Of(r.To); a != nil && !p.mistyped(r.Code) {
		*a = Answer{r.Code, r.Enhanced, r.Seq}
	}
	if !asked {
		s.Unasked++
		s.remark(Wrong, "nobody asked for this reply", "RFC 5321, 4.2")
	}
	if r.To != Greeting && r.To != "AUTH" && r.Code >= 500 && r.Code <= 504 {
		s.BadCommands++
	}
	if s.Phase == Rejected && asked && r.To != "QUIT" && r.Code.Class() == 2 {
		s.remark(Wrong, "after a 554 greeting a server answers 503 to everything but QUIT", "RFC 5321, 3.1")
	}
	if asked && p.Step == stepAside {
		s.Asides++
	}
	s.move(p, r)
	if early {
		s.out.stray, s.out.ending = s.Step, ending
	}
	if r.Code == 421 {
		// RFC 5321, 3.8: the server is closing; it may say so at any time.
		s.endTransaction(Reply{})
		s.Phase = Over
	}
}

// answered takes the command that the reply is for off the list.
func (s *State) answered() (Pending, bool) {
	if len(s.Pending) > 0 {
		p := s.Pending[0]
		s.Pending = s.Pending[1:]
		return p, true
	}
	if s.untold > 0 {
		s.untold--
		return Pending{Recipient: -1}, true
	}
	if s.Phase == Data {
		// A server that takes LF.LF for the end of data, or has had enough.
		s.remark(Wrong, "the server ended the mail data before CRLF.CRLF came", "RFC 5321, 4.1.1.4")
		return Pending{Verb: EndOfData, Recipient: -1}, true
	}
	return Pending{}, false
}

func (s *State) greeting(r Reply) {
	if len(r.Lines) > 0 {
		s.Server, _, _ = strings.Cut(r.Lines[0].Text, " ")
	}
	switch {
	case r.Code.Done():
		s.Phase = Greeted
	case r.Code.Class() == 5:
		s.Phase = Rejected // RFC 5321, 3.1: the server waits for QUIT
	default:
		s.Phase = Over
	}
}

// hello: RFC 5321, 4.1.1.1 and 4.1.4.
func (s *State) hello(p Pending, r Reply) {
	if !r.Code.Done() || s.Phase == Rejected {
		return // nothing was reset, whatever was tried
	}
	s.again(p)
	s.endTransaction(Reply{})
	s.Phase = Ready
	s.ESMTP, s.LMTP = p.Verb != "HELO", p.Verb == "LHLO"
	s.Helo = strings.TrimSpace(p.Arg)
	if s.Offered != nil {
		s.Before = s.Offered
	}
	s.Offered = nil
	if s.ESMTP {
		s.Offered = ParseExtensions(r)
	}
	if len(r.Lines) > 0 {
		if name, _, _ := strings.Cut(r.Lines[0].Text, " "); name != "" && !isEnhanced(name) {
			s.Server = name
		}
	}
}

func isEnhanced(word string) bool { _, ok := ParseEnhanced(word); return ok }

// mail: RFC 5321, 4.1.1.2.
func (s *State) mail(p Pending, r Reply) {
	s.Answers.Rset = Answer{}
	if p.planned() || r.Code.Done() {
		s.Letters++
	}
	if !r.Code.Done() {
		return
	}
	switch {
	case s.ReversePath != nil:
		s.remark(Wrong, "a second MAIL inside a transaction must be answered 503", "RFC 5321, 4.1.4")
	case s.Phase == Greeted:
		s.remark(Wrong, "MAIL before EHLO or HELO should be answered 503", "RFC 5321, 4.1.4")
	}
	chunk, data := s.out.chunk, s.MailData
	s.endTransaction(Reply{})
	if s.waitsFor("BDAT") { // RFC 3030, 4.2: sent behind the MAIL, it belongs to what begins here
		s.out.chunk, s.MailData = chunk, data
	}
	env, err := ParseEnvelope("FROM", p.Arg)
	if err != nil {
		s.remark(Wrong, "the server took a MAIL without a proper path: "+err.Error(), "RFC 5321, 4.1.1.2")
	}
	s.ReversePath = &env
	s.Phase = Sender
	s.Responsible = Client
	s.Answers.Rcpt, s.Answers.Data, s.Answers.EndOfData = Answer{}, Answer{}, Answer{}
}

// rcpt: RFC 5321, 4.1.1.3.
func (s *State) rcpt(p Pending, r Reply) {
	env, err := ParseEnvelope("TO", p.Arg)
	if err != nil && r.Code.Done() {
		s.remark(Wrong, "the server took a RCPT without a proper path: "+err.Error(), "RFC 5321, 4.1.1.3")
	}
	if s.ReversePath == nil {
		if !r.Code.Done() {
			return // 503: there was no transaction to belong to
		}
		s.remark(Wrong, "RCPT before MAIL must be answered 503", "RFC 5321, 4.1.4")
	}
	s.add(Recipient{Path: env.Path, Params: env.Params, Reply: r, Step: p.Step})
	if r.Code.Done() && s.Phase != Data {
		s.Phase = Recipients
	}
}

// add appends to the recipients without touching what older states share and
// without copying all of them each time: the first state that goes on from a
// given length claims the place behind it, a second one takes a copy.
func (s *State) add(r Recipient) {
	n := len(s.Recipients)
	if s.claimed == nil || n == cap(s.Recipients) || !s.claimed.CompareAndSwap(int64(n), int64(n+1)) {
		s.Recipients = append(make([]Recipient, 0, max(2*n, 1)), s.Recipients...) // most mails have one
		s.claimed = new(atomic.Int64)
		s.claimed.Store(int64(n + 1))
	}
	s.Recipients = append(s.Recipients, r)
}

// data: RFC 5321, 4.1.1.4.
func (s *State) data(r Reply) {
	if r.Code.Class() != 3 {
		if r.Code.Done() {
			s.remark(Wrong, "DATA is answered 354, never with a 2yz code", "RFC 5321, 4.1.1.4")
		}
		return
	}
	if s.Phase != Recipients {
		// RFC 2920, 3.1: then nothing but the final dot may follow.
		s.remark(Warning, "354 without a recipient that was taken: send only the final dot", "RFC 2920, 3.1")
	}
	s.Phase = Data
	s.MailData = Buffer{}
	s.out.ending = lineStart
	s.early()
}

// early takes what was sent behind DATA without waiting for what it is now: RFC
// 5321, 4.1.1.4: all lines up to the dot are content.
func (s *State) early() {
	if len(s.Pending) == 0 || s.untold > 0 {
		return
	}
	s.remark(Warning, "content was sent before the 354: had it been another reply, each line would have been a command", "RFC 2920, 3.1")
	for i, p := range s.Pending {
		s.MailData.Lines++
		if p.Verb == "." {
			s.MailData.Complete = true
			behind := slices.Clone(s.Pending[i+1:])
			s.Pending = nil
			s.awaitVerdicts(&Event{Step: p.Step, Seq: p.Seq})
			s.Pending = append(s.Pending, behind...)
			return
		}
	}
	s.Pending = nil
}

// bdat: RFC 3030, 2.
func (s *State) bdat(p Pending, r Reply) {
	_, last := ChunkSize(p.Arg)
	if !r.Code.Good() && s.Phase != Recipients && s.Phase != Chunks {
		// RFC 3030, 2: out of sequence. What was sent was read off and is gone.
		s.MailData = Buffer{}
		return
	}
	if last {
		s.Answers.EndOfData = s.Answers.Data
	}
	switch {
	case last && s.verdicts(p, r):
	case last:
		if r.Code.Done() || s.Phase != Chunks {
			s.verdict(r)
			return
		}
		s.Phase = Spoilt
		s.MailData = Buffer{}
	case r.Code.Done():
		s.Phase = Chunks
	case s.Phase == Chunks || s.Phase == Recipients:
		s.Phase = Spoilt
		s.MailData = Buffer{}
	}
}

// again takes a letter back that a person has interrupted, so that a plan
// begins it anew.
func (s *State) again(p Pending) {
	if !p.planned() && s.Letters > 0 && !s.Answers.EndOfData.Code.Done() {
		s.Letters--
	}
}

// rset: RFC 5321, 4.1.1.5. Login and TLS stay.
func (s *State) rset(p Pending, r Reply) {
	if !r.Code.Done() || s.Phase == Rejected {
		return
	}
	s.again(p)
	s.endTransaction(Reply{})
	s.Answers.Mail, s.Answers.Rcpt, s.Answers.Data = Answer{}, Answer{}, Answer{}
	s.Phase = Greeted
	if s.Helo != "" || s.ESMTP {
		s.Phase = Ready
	}
}

// quit: RFC 5321, 4.1.1.10.
func (s *State) quit(r Reply) {
	if r.Code.Done() {
		s.endTransaction(Reply{})
		s.Phase = Over
	}
}

// endTransaction clears the three buffers (RFC 5321, 4.1.1) and keeps a note
// of what was in them.
func (s *State) endTransaction(r Reply) {
	if s.ReversePath != nil || len(s.Recipients) > 0 {
		t := &Transaction{
			Recipients: s.Recipients, MailData: s.MailData, Reply: r, Responsible: s.Responsible,
		}
		if s.ReversePath != nil {
			t.ReversePath = *s.ReversePath
		}
		s.Finished = t
	}
	s.ReversePath, s.Recipients, s.claimed, s.MailData = nil, nil, nil, Buffer{}
	s.Answers.XForward = Answer{} // Postfix XFORWARD: it counts for one transaction
	s.out.chunk, s.out.ending = 0, lineStart
}

// ungreeted reports whether a reply answers the first command, and the
// greeting is missing: none has the code 250 (RFC 5321, 4.3.2). So it is when
// somebody has pasted a session from its EHLO on.
func (s *State) ungreeted(code Code) bool {
	if code != 250 || len(s.Pending) < 2 || s.Pending[0].Verb != Greeting {
		return false
	}
	switch s.Pending[1].Verb {
	case "EHLO", "HELO", "LHLO":
		return true
	}
	return false
}
