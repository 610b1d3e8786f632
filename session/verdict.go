package session

import (
	"strconv"
	"strings"
)

// The verdicts on content: on the whole message, or on each recipient.

// verdicts takes the reply to the last chunk as the first of several, if there
// is one for each recipient: with LMTP, or after a 353 (PRDR).
func (s *State) verdicts(p Pending, r Reply) bool {
	each := s.eachTaken(p)
	switch {
	case len(each) == 0:
		return false
	case r.Code == 353:
		s.endOfData(Pending{Verb: EndOfData, Step: p.Step, Seq: p.Seq, Recipient: -1}, r)
	case s.LMTP: // RFC 2033, 4.3
		s.awaitFirst(each[1:])
		s.endOfData(each[0], r)
	default:
		return false
	}
	return true
}

// eachTaken returns the verdicts that are due, one for each recipient taken.
func (s *State) eachTaken(p Pending) []Pending {
	var each []Pending
	for i, r := range s.Recipients {
		if r.Taken() {
			each = append(each, Pending{Verb: EndOfData, Step: p.Step, Seq: p.Seq, Recipient: i})
		}
	}
	return each
}

// awaitFirst puts replies on the list that come before those to commands that
// were sent behind the content.
func (s *State) awaitFirst(list []Pending) {
	s.Pending = append(list[:len(list):len(list)], s.Pending...)
}

// ChunkSize reads the argument of BDAT, loosely: what is no size is 0, and so no
// octets follow.
func ChunkSize(arg string) (size int64, last bool) {
	number, rest, _ := strings.Cut(strings.TrimSpace(arg), " ")
	size, err := strconv.ParseInt(number, 10, 64)
	if err != nil || size < 0 {
		size = 0
	}
	return size, strings.EqualFold(strings.TrimSpace(rest), "LAST")
}

// endOfData takes the verdict on the whole message, or on one recipient.
func (s *State) endOfData(p Pending, r Reply) {
	if r.Code == 353 && p.Recipient < 0 && s.Phase != Verdicts {
		// PRDR: a verdict for each recipient follows, and one for the whole.
		s.Phase = Verdicts
		s.awaitFirst(append(s.eachTaken(p), Pending{Verb: EndOfData, Step: p.Step, Seq: p.Seq, Recipient: -1}))
		return
	}
	if p.Recipient < 0 || p.Recipient >= len(s.Recipients) {
		s.verdict(r)
		return
	}
	s.Phase = Verdicts
	verdicts := append([]Recipient(nil), s.Recipients...)
	verdicts[p.Recipient].Final = r
	s.Recipients, s.claimed = verdicts, nil
	if !s.waitsFor(EndOfData) { // LMTP: the last one ends the transaction
		s.verdict(s.lmtpVerdict(r))
	}
}

// lmtpVerdict picks the reply that stands for the message: the best one.
func (s *State) lmtpVerdict(r Reply) Reply {
	for _, rcpt := range s.Recipients {
		if rcpt.Final.Code.Done() {
			return rcpt.Final
		}
	}
	return r
}

// verdict ends the transaction.
//
// RFC 5321, 6.1: with a 2yz reply to the end of data the server takes
// responsibility for the message; with any other the client keeps it.
func (s *State) verdict(r Reply) {
	s.Responsible = Client
	if r.Code.Done() {
		s.Responsible = Server
		s.Accepted++
	}
	s.endTransaction(r)
	s.Phase = Ready
}
