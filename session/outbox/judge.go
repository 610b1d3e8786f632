package outbox

import (
	"strings"
	"time"

	"ehlo/session"
)

// verdict is what an attempt means for one recipient.
type verdict struct {
	fate  Fate
	reply string // of the server, or what went wrong
	host  string // whose word it is; "" is nobody's but this program's
	// again says that the recipient may be given in another transaction at
	// once: the server has only had enough of them in this one.
	again bool
	// aside says that no server was asked about this message at all.
	aside bool
}

// attempted is what is known when an attempt has ended.
type attempted struct {
	session.State
	earlier *session.Transaction // that had finished before
	asked   bool                 // its MAIL was answered
	ends    string               // why the plan gave up before the mail, "" if it did not
	line    func(seq int) []byte // what an event of the log said
}

// judge reads off it what the attempt means for each of n recipients.
//
// RFC 5321, 4.5.4.1 and 4.2.1: 4yz waits, 5yz ends; a channel that breaks
// before the final dot waits, and behind it nobody can tell (RFC 1047).
func judge(a attempted, n int) []verdict {
	v := make([]verdict, n)
	all := func(x verdict) {
		for i := range v {
			v[i] = x
		}
	}
	switch t := a.Finished; {
	case !a.asked:
		all(verdict{fate: Waiting, reply: trouble(a), host: peer(a.State), aside: true})
	case t != nil && t != a.earlier:
		a.recipients(v, t.Recipients, func(r session.Recipient) verdict { return a.ofMessage(t, r) })
	case !a.Answers.Mail.Code.Done():
		all(a.ofAnswer(a.Answers.Mail))
	default: // the transaction is still open
		a.recipients(v, a.Recipients, func(session.Recipient) verdict { return a.ofData() })
	}
	return v
}

// Outcome is what one mail that was sent without the outbox means for each of
// its n recipients, so that the outbox can go on from there.
func Outcome(s *session.Session, n int, now time.Time) []Recipient {
	st := s.State()
	a := attempted{State: st, asked: st.Letters > 0, line: lineOf(s.Log())}
	past := make([]Recipient, n)
	for i, v := range judge(a, n) {
		past[i] = Recipient{Fate: v.fate, Reply: v.reply, Host: v.host, At: now, Attempt: 1}
		if !v.fate.Final() {
			past[i].Tries = 1
		}
		if v.fate == Unclear {
			past[i].Doubts = 1
		}
	}
	return past
}

// lineOf finds what an event of a log said.
func lineOf(log *session.Log) func(seq int) []byte {
	return func(seq int) []byte {
		if events := log.Since(seq - 1); len(events) > 0 && events[0].Seq == seq {
			return events[0].Data
		}
		return nil
	}
}

// recipients takes those that were refused at RCPT by that reply, and those
// that were taken by what became of the message.
func (a attempted) recipients(v []verdict, given []session.Recipient, taken func(session.Recipient) verdict) {
	host := peer(a.State)
	found := make([]*session.Recipient, len(v))
	some := false
	for i := range given {
		if at := given[i].Step - firstRecipient; at >= 0 && at < len(v) {
			found[at] = &given[i]
			some = some || given[i].Taken()
		}
	}
	for i, r := range found {
		switch {
		case r == nil:
			v[i] = verdict{fate: Waiting, host: host, reply: "the connection ended before this recipient was given: " + trouble(a)}
		case r.Taken():
			v[i] = taken(*r)
		default:
			v[i] = ofReply(r.Reply, host)
			// RFC 5321, 4.5.3.1.10: 452, and 552 from old servers, may say
			// that there are too many recipients; those taken go first.
			if some && (r.Reply.Code == 452 || r.Reply.Code == 552) {
				v[i].fate, v[i].again = Waiting, true
			}
		}
	}
}

// firstRecipient is the step of the first RCPT of a [session.Mail].
const firstRecipient = 100

// ofMessage is the verdict on a recipient that was taken in a transaction that
// has ended.
func (a attempted) ofMessage(t *session.Transaction, r session.Recipient) verdict {
	switch {
	case r.Final.Code != 0: // LMTP and PRDR
		return ofReply(r.Final, peer(a.State))
	case t.Reply.Code != 0:
		return ofReply(t.Reply, peer(a.State))
	case t.Responsible == session.Either:
		return verdict{fate: Unclear, host: peer(a.State), reply: "the final dot was sent and no reply came: " + trouble(a)}
	}
	return a.ofData()
}

// ofData is the verdict on recipients that were taken when the content was
// not asked for.
func (a attempted) ofData() verdict {
	if a.Answers.Data.Code.Class() >= 4 {
		return a.ofAnswer(a.Answers.Data)
	}
	return verdict{fate: Waiting, host: peer(a.State), reply: trouble(a)}
}

// ofAnswer is the verdict of a reply of which a note is kept.
func (a attempted) ofAnswer(x session.Answer) verdict {
	v := verdict{fate: Waiting, host: peer(a.State), reply: a.text(x)}
	if x.Code.Class() == 5 {
		v.fate = Refused
	}
	return v
}

// text is what an answer said, its last line at least.
func (a attempted) text(x session.Answer) string {
	if a.Last.Seq == x.Seq {
		return replyText(a.Last)
	}
	if l := session.ParseReplyLine(a.line(x.Seq)); l.Code == x.Code {
		return replyText(session.Reply{Code: l.Code, Lines: []session.ReplyLine{l}})
	}
	return strings.TrimSpace(x.Code.String() + " " + string(x.Enhanced))
}

// ofReply is the verdict of one reply.
func ofReply(r session.Reply, host string) verdict {
	v := verdict{fate: Waiting, host: host, reply: replyText(r)}
	switch r.Code.Class() {
	case 2:
		v.fate = Accepted
	case 5:
		v.fate = Refused
	}
	return v
}

// maxReply bounds what the journal keeps of a reply; all of it is in the
// transcript.
const maxReply = 400

func replyText(r session.Reply) string {
	text := strings.TrimSpace(r.Code.String() + " " + strings.ReplaceAll(r.Text(), "\n", " / "))
	if len(text) > maxReply {
		text = strings.ToValidUTF8(text[:maxReply], "") + "…"
	}
	return text
}

// peer names the server: by its own word, and by its address.
func peer(s session.State) string {
	switch {
	case s.Peer == "":
		return ""
	case s.Host != "" && s.Host != s.Peer && !strings.HasPrefix(s.Peer, s.Host) && !strings.HasPrefix(s.Peer, "["+s.Host):
		return s.Host + " [" + s.Peer + "]"
	case s.Server != "":
		return s.Server + " [" + s.Peer + "]"
	}
	return s.Peer
}

// trouble says why an attempt did not get further.
func trouble(a attempted) string {
	x := a.Answers
	if a.ends != "" && a.FaultText == "" {
		return a.ends
	}
	for _, step := range []struct {
		name   string
		answer session.Answer
	}{{"the connection", x.Greeting}, {"STARTTLS", x.StartTLS}, {"AUTH", x.Auth}, {"EHLO", x.EHLO}} {
		if step.answer.Code.Class() >= 4 && a.FaultText == "" && a.Broken == "" {
			return step.name + " was answered " + a.text(step.answer)
		}
	}
	switch {
	case a.Broken != "":
		return "the server broke the protocol: " + a.Broken
	case a.Last.Code == 421:
		return replyText(a.Last)
	case a.FaultText != "":
		return a.FaultText
	case a.Secure && !a.Verified && a.Unverified != "":
		return "the certificate is not verified: " + a.Unverified
	case a.Closed == "server":
		return "the server closed the connection"
	}
	return "the attempt ended before the server decided"
}
