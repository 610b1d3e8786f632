package practice

import (
	"errors"
	"slices"

	"ehlo/session"
)

// Names of mailboxes that mean something, in any domain.
const (
	boxNobody = "nobody" // refused at RCPT
	boxBusy   = "busy"   // refused at RCPT for now
	boxFull   = "full"   // refused after the content
	boxMoved  = "moved"  // forwarded to bob: 251
	boxGone   = "gone"   // moved away: 551
	boxSmith  = "smith"  // VRFY: there are two of that name
	boxStaff  = "staff"  // a list
)

// staff returns the mailing list that EXPN and VRFY know.
func staff() []string { return []string{"alice", "bob", "carol"} }

// Deliver puts a message into the mailboxes of its recipients, and tells its
// sender what he wanted to know (RFC 3461).
func (s *Server) Deliver(m Mail) error {
	all, err := s.Place(m)
	if err != nil {
		return err
	}
	return s.notify(m, all)
}

// Place puts a message into the mailboxes of its recipients, and says what
// became of each. Nobody is told.
func (s *Server) Place(m Mail) ([]Fate, error) {
	trace := []byte(m.Trace())
	all := make([]Fate, 0, len(m.To))
	for _, to := range m.To {
		f, err := s.place(m, to, trace)
		if err != nil {
			return all, err
		}
		all = append(all, f)
	}
	return all, nil
}

// Fate is what became of one recipient.
type Fate struct {
	To     session.Envelope
	Action string // failed, delivered, relayed, as RFC 3464, 2.3.3 has them
	Status string // the enhanced code
	Text   string // the diagnostic
	Remote string // the host that said it, "" if it was this one
}

// place delivers to one recipient, with the trace on top.
func (s *Server) place(m Mail, to session.Envelope, trace []byte) (Fate, error) {
	f := Fate{To: to, Action: "delivered", Status: "2.1.5"}
	box := mailbox(to.Path)
	local, domain, _ := session.SplitMailbox(box)
	put := func(box, from string) error {
		data := slices.Concat([]byte(returnPath(from)), trace, m.Content)
		return s.opts.Store.deliver(Message{Mailbox: box, From: from, ID: m.ID, At: m.At, Data: data})
	}
	switch local {
	case boxFull:
		// The reply to the content was one for all, and good for the others.
		return Fate{To: to, Action: "failed", Status: "5.2.2", Text: "the mailbox is full"}, nil
	case boxMoved: // RFC 5321, 3.9.1: an alias keeps the reverse-path
		return f, put("bob@"+domain, m.From.Path)
	case boxStaff:
		// RFC 5321, 3.9.2: the reverse-path of a list is who looks after it.
		var errs []error
		for _, name := range staff() {
			errs = append(errs, put(name+"@"+domain, boxStaff+"-request@"+domain))
		}
		return f, errors.Join(errs...)
	}
	return f, put(box, m.From.Path)
}
