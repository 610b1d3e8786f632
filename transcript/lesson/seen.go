package lesson

import "ehlo/session"

// Seen is what a check can ask about: the state, and what it does not keep.
// It is a value; Apply returns the next one.
type Seen struct {
	State       session.State
	Connections int
	heard       []string // codes since the step began
	delivered   int      // recipients of all transactions that ended
	undelivered int
}

// maxHeard bounds the codes that are remembered; the oldest go first.
const maxHeard = 200

// Apply returns what is seen after an event.
func (s Seen) Apply(e session.Event) Seen {
	before := s.State.Finished
	s.State = s.State.Apply(e)
	switch e.Kind {
	case session.Opened:
		s.Connections++
	case session.Received:
		if r := s.State.Last; r.Code != 0 && !s.State.Partial() {
			n := min(len(s.heard), maxHeard)
			s.heard = append(s.heard[len(s.heard)-n:len(s.heard):len(s.heard)], r.Code.String())
		}
	}
	if t := s.State.Finished; t != nil && t != before && t.Reply.Code != 0 {
		for _, r := range t.Recipients {
			if r.Taken() && (r.Final.Code.Done() || r.Final.Code == 0 && t.Reply.Code.Done()) {
				s.delivered++
			} else {
				s.undelivered++
			}
		}
	}
	return s
}

// fresh is what is seen when a step begins.
func (s Seen) fresh() Seen {
	s.heard = nil
	return s
}

func (s Seen) fact(word string) bool {
	switch word {
	case "esmtp":
		return s.State.ESMTP
	case "lmtp":
		return s.State.LMTP
	case "secure":
		return s.State.Secure
	case "verified":
		return s.State.Verified
	case "loggedin":
		return s.State.Auth != ""
	}
	return s.State.Broken != ""
}

func (s Seen) number(word string) int {
	switch word {
	case "to":
		return len(s.State.ForwardPath())
	case "refused":
		return len(s.State.Recipients) - len(s.State.ForwardPath())
	case "accepted":
		return s.State.Accepted
	case "delivered":
		return s.delivered
	case "undelivered":
		return s.undelivered
	case "connections":
		return s.Connections
	}
	return s.State.BadCommands
}

// words returns what a word can be compared with: one of them must be it.
func (s Seen) words(word string) []string {
	switch word {
	case "phase":
		return []string{s.State.Phase.String()}
	case "from":
		switch from := s.State.ReversePath; {
		case from == nil:
			return []string{"none"}
		case from.Path == "":
			return []string{"<>"}
		default:
			return []string{from.Path}
		}
	case "last":
		return []string{s.State.Last.Code.String()}
	case "heard":
		return s.heard
	case "enhanced":
		return []string{string(s.State.Last.Enhanced)}
	case "offers":
		var list []string
		for _, x := range s.State.Offered {
			list = append(list, x.Keyword)
		}
		return list
	case "responsible":
		return []string{map[session.Party]string{session.Client: "client", session.Server: "server", session.Either: "either"}[s.State.Responsible]}
	case "closed":
		return []string{s.State.Closed}
	}
	return nil
}
