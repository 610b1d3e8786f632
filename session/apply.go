package session

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// outgoing is the line that the client is sending.
type outgoing struct {
	text     []byte // the unfinished line, cut at maxUnfinished
	ending   dots   // how much of CRLF.CRLF has gone out
	chunk    int64  // octets of a BDAT chunk that are still to come
	last     bool   // that chunk is the last one
	response bool   // the server has asked for a response and not got one yet
	mech     string // of the AUTH that is under way
	// stray is the step whose content is still going out although its verdict
	// has come: 0 for none. Nobody will answer what is left of it.
	stray int
	// preamble is how many octets are still to come that are no SMTP: a header
	// that somebody before the server takes off.
	preamble int64
}

// maxUnfinished bounds what a state keeps of a line that comes in pieces. The
// log has all of it.
const maxUnfinished = 4096

// Apply returns the state after e. It is total: whatever e holds, there is a
// next state. The old state stays as it was.
func (s State) Apply(e Event) State {
	s.Follow(&e)
	return s
}

// Follow is [State.Apply] for whoever looks at no older state: one is large, and
// there are many events. Copies of s that were taken before stay as they were.
func (s *State) Follow(e *Event) {
	s.Seq = e.Seq
	s.Remarks = nil
	switch e.Kind {
	case Resolved:
		s.Host = e.Fact("host")
		s.Addresses, s.Hops, s.Tried = nil, nil, 0
		for _, f := range e.Facts {
			switch f.Key {
			case "addr":
				s.Addresses = append(s.Addresses, f.Value)
			case "hop":
				s.Hops = append(s.Hops, parseHop(f.Value))
			}
		}
	case Opened:
		s.opened(e)
	case Sent:
		s.sent(e)
	case Received:
		s.received(e)
	case Secured:
		s.secured(e)
	case Failed:
		s.Fault, s.FaultText = e.Fault, e.Text
		if e.Fault == FaultConnect && len(s.Hops) > 0 {
			s.Tried++
		}
		if e.Fault == FaultTLS {
			s.Phase = Over // RFC 3207, 4.1: no plain text may follow
		}
	case Closed:
		s.closed(e)
	}
}

// opened starts anew: a second channel in the same log knows nothing of the
// first (RFC 5321, 3.1). What was delivered stays known.
func (s *State) opened(e *Event) {
	*s = State{
		Phase: Greet, Open: true, Seq: e.Seq, Step: s.Step, imagined: s.imagined,
		Host: e.Fact("host"), Peer: e.Fact("addr"), Local: e.Fact("from"),
		Addresses: s.Addresses, Hops: s.Hops, Tried: s.Tried,
		Responsible: s.Responsible, Accepted: s.Accepted, Finished: s.Finished,
		Pending: []Pending{{Verb: Greeting, Seq: e.Seq, Recipient: -1}},
	}
	if len(s.Hops) > 0 {
		s.Tried++
	}
	if n, err := strconv.ParseInt(e.Fact("preamble"), 10, 64); err == nil && n > 0 {
		s.out.preamble = n
	}
}

// secured forgets everything learnt in the clear (RFC 3207, 4.2).
func (s *State) secured(e *Event) {
	s.Secure = true
	s.TLS, s.Cipher = e.Fact("version"), e.Fact("cipher")
	s.Verified, s.Unverified = e.Fact("chain") == "ok" && e.Fact("name") == "ok", e.Fact("reason")
	if s.Phase != Handshake { // implicit TLS: the greeting is still to come
		return
	}
	s.Phase = Greeted
	s.Before, s.Offered = s.Offered, nil
	s.ESMTP, s.Helo = false, "" // LMTP is what is spoken on this port, before and behind
	s.Answers.EHLO, s.Answers.HELO, s.Answers.Auth = Answer{}, Answer{}, Answer{}
	s.Auth, s.User = "", ""
	s.endTransaction(Reply{})
}

func (s *State) closed(e *Event) {
	s.Open = false
	s.Closed, s.CloseReason = e.Fact("by"), e.Fact("how")
	if s.MailData.Complete && len(s.Pending) > 0 {
		// RFC 1047: nobody can tell whether the message was accepted.
		s.Responsible = Either
		s.remark(Warning, "the final dot was sent and its reply never came: the message may have been delivered", "RFC 1047")
	}
	if s.Closed == "server" && s.Phase != Over && e.Fact("half-closed") != "client" { // who was told that nothing more comes may leave
		text := "the server closed the channel without a 221 or 421"
		if s.Last.Code == 221 {
			text = "the server said 221 and closed the channel, and nobody had said QUIT: 421 is for that"
		}
		s.remark(Wrong, text, "RFC 5321, 3.8")
	}
	s.endTransaction(Reply{})
	s.Phase = Over
	s.Pending = nil
	s.in, s.out = incoming{}, outgoing{}
}

func (s *State) waitsFor(verb string) bool {
	for _, p := range s.Pending {
		if p.Verb == verb {
			return true
		}
	}
	return false
}

func (s *State) remark(sev Severity, text, source string) {
	n := len(s.Remarks)
	s.Remarks = append(s.Remarks[:n:n], Remark{sev, text, source})
}

// broken notes what makes further reading guesswork.
func (s *State) broken(text, source string) {
	s.remark(Wrong, text, source)
	if s.Broken == "" {
		s.Broken = text
	}
}

// sent follows what the client puts on the wire: content, a chunk, a response
// to a challenge, or commands.
func (s *State) sent(e *Event) {
	if e.Step != 0 {
		s.Step = e.Step
	}
	if n := len(s.amended); e.Step >= stepAmended && n < maxAmendments && !slices.Contains(s.amended, e.Step) {
		s.amended = append(s.amended[:n:n], e.Step)
	}
	if s.Phase == Greet && (e.Bulk != nil || int64(len(e.Data)) > s.out.preamble) {
		// RFC 5321, 4.3.1: a client should wait for the greeting.
		s.remark(Warning, "sent before the greeting came; some servers refuse early talkers", "RFC 5321, 4.3.1")
	}
	if s.out.stray != 0 && s.out.stray != e.Step {
		s.out.stray = 0
	}
	if b := e.Bulk; b != nil {
		s.sentBulk(b)
		return
	}
	for data := e.Data; len(data) > 0; {
		n := 0
		switch {
		case s.out.preamble > 0:
			n = int(min(int64(len(data)), s.out.preamble))
			s.out.preamble -= int64(n)
		case s.out.stray != 0:
			n = s.sentStray(data)
		case s.out.chunk > 0:
			n = s.sentChunk(data)
		case s.Phase == Data && !s.MailData.Complete:
			n = s.sentContent(data, e)
		default:
			n = s.sentLine(data, e)
		}
		data = data[n:]
	}
}

// sentStray passes over content behind its verdict, up to CRLF.CRLF.
func (s *State) sentStray(data []byte) int {
	for i, c := range data {
		if s.out.ending = s.out.ending.next(c); s.out.ending == ended {
			s.out.stray, s.out.ending = 0, lineStart
			return i + 1
		}
	}
	return len(data)
}

// sentBulk trusts the sender of bulk that it holds no end of data.
func (s *State) sentBulk(b *Bulk) {
	if s.out.stray == 0 {
		s.MailData.Octets += b.Octets
		s.MailData.Lines += b.Lines
	}
	s.out.ending = lineStart
	if b.MidLine {
		s.out.ending = midLine
	}
	if s.out.chunk > 0 {
		s.out.chunk = max(s.out.chunk-b.Octets, 0)
		s.MailData.Complete = s.out.chunk == 0 && s.out.last
	}
}

// sentChunk takes octets of a BDAT chunk, which may be anything (RFC 3030, 2).
func (s *State) sentChunk(data []byte) int {
	n := int(min(int64(len(data)), s.out.chunk))
	s.out.chunk -= int64(n)
	s.MailData.Octets += int64(n)
	s.MailData.Lines += int64(bytes.Count(data[:n], []byte{'\n'}))
	s.MailData.Complete = s.out.chunk == 0 && s.out.last
	return n
}

// sentContent takes content up to and including CRLF.CRLF.
func (s *State) sentContent(data []byte, e *Event) int {
	if s.out.ending == lineStart && innerLine(data) {
		s.MailData.Octets += int64(len(data))
		s.MailData.Lines++
		return len(data)
	}
	for i, c := range data {
		s.out.ending = s.out.ending.next(c)
		if s.out.ending == ended {
			s.collect(data[:i+1])
			// RFC 5321, 4.1.1.4: the terminator is no part of the mail data.
			s.MailData.Octets -= int64(len(".\r\n"))
			s.MailData.Lines--
			s.MailData.Complete = true
			s.awaitVerdicts(e)
			return i + 1
		}
	}
	s.collect(data)
	return len(data)
}

// innerLine reports whether octets are one line that is not the end of data,
// as most are.
func innerLine(data []byte) bool {
	n := len(data)
	return n >= 2 && data[0] != '.' && data[n-2] == '\r' && bytes.IndexByte(data, '\n') == n-1
}

func (s *State) collect(data []byte) {
	s.MailData.Octets += int64(len(data))
	s.MailData.Lines += int64(bytes.Count(data, []byte{'\n'}))
}

// awaitVerdicts puts the reply or replies to the end of data on the list.
// RFC 2033, 4.2: LMTP gives one for each recipient taken, in their order.
func (s *State) awaitVerdicts(e *Event) {
	if s.LMTP {
		for i, r := range s.Recipients {
			if r.Taken() {
				s.await(Pending{Verb: EndOfData, Step: e.Step, Seq: e.Seq, Recipient: i})
			}
		}
		if s.waitsFor(EndOfData) {
			return
		}
	}
	s.await(Pending{Verb: EndOfData, Step: e.Step, Seq: e.Seq, Recipient: -1})
}

// maxPending bounds what a state keeps of commands without a reply. No client
// sends so many at once; a hostile file may say that one did.
const maxPending = 1000

// await puts a reply on the list. RFC 3207, 4: what goes out between the 220 to
// STARTTLS and the handshake is garbage to a correct server: nobody answers it.
func (s *State) await(p Pending) {
	n := len(s.Pending)
	if s.Phase == Handshake {
		return
	}
	if n >= maxPending {
		s.untold++
		return
	}
	s.Pending = append(s.Pending[:n:n], p)
}

// sentLine takes a command, or a response to a challenge, up to its line end.
func (s *State) sentLine(data []byte, e *Event) int {
	end := bytes.IndexByte(data, '\n')
	if end < 0 {
		s.out.text = join(s.out.text, data)
		return len(data)
	}
	line := join(s.out.text, data[:end+1])
	s.out.text = nil
	if s.Phase == Challenged && s.out.response {
		s.out.response = false
		s.await(Pending{Verb: "AUTH", Arg: s.out.mech, Step: e.Step, Seq: e.Seq, Recipient: -1})
		return end + 1
	}
	c := ParseCommand(line)
	if _, _, secret := s.secretPart(line); secret && Source(c.Verb) == "" {
		c = Command{} // a response that nobody asked for has no verb
	}
	if c.Verb == "AUTH" { // the initial response is nobody's business
		c.Arg, _, _ = strings.Cut(c.Arg, " ")
		s.Challenges = nil
	}
	s.await(Pending{Verb: c.Verb, Arg: c.Arg, Step: e.Step, Seq: e.Seq, Recipient: -1})
	// Without CHUNKING a server takes the octets of a chunk for commands.
	if c.Verb == "BDAT" && s.Offered.Has("CHUNKING") {
		s.out.chunk, s.out.last = ChunkSize(c.Arg)
		s.MailData.Complete = s.out.last && s.out.chunk == 0
	}
	return end + 1
}

// join appends data to the unfinished line without touching what older states
// share, and without keeping more than anyone needs to understand it.
func join(unfinished, data []byte) []byte {
	if len(unfinished) == 0 && bytes.HasSuffix(data, []byte{'\n'}) {
		return data
	}
	n := len(unfinished)
	if room := max(maxUnfinished-n, 0); len(data) > room {
		ending := data[len(data)-min(2, len(data)):]
		switch {
		case !bytes.HasSuffix(data, []byte{'\n'}):
			ending = nil
		case ending[0] != '\r':
			ending = ending[len(ending)-1:]
		}
		data = append(data[:room:room], ending...)
	}
	return append(unfinished[:n:n], data...)
}
