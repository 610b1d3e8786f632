package session

import "sync/atomic"

// Phase is where a conversation stands. Its String is the word the screen
// shows.
type Phase uint8

const (
	Idle       Phase = iota // no channel yet
	Greet                   // the channel is open, the greeting has not come
	Rejected                // greeted with 5yz: only QUIT is left
	Greeted                 // greeted, or just secured: EHLO is due
	Ready                   // EHLO or HELO was taken, no transaction
	Sender                  // MAIL was taken
	Recipients              // at least one RCPT was taken
	Data                    // 354: content goes out until CRLF.CRLF
	Chunks                  // at least one BDAT was taken, the last one not yet
	Spoilt                  // a BDAT was refused: RSET is due
	Verdicts                // the message is out; a verdict for each recipient is coming
	Handshake               // 220 to STARTTLS: the next octet belongs to TLS
	Challenged              // 334: the server waits for a response
	Over                    // 221, 421, or the channel is closed
)

var phaseNames = [...]string{
	Idle: "idle", Greet: "waiting for the greeting", Rejected: "rejected by the greeting", Greeted: "greeted",
	Ready: "ready", Sender: "sender given", Recipients: "recipients given", Data: "mail data",
	Chunks: "chunks", Spoilt: "failed transaction", Verdicts: "recipient verdicts",
	Handshake: "TLS handshake", Challenged: "challenged", Over: "over",
}

func (p Phase) String() string {
	if int(p) < len(phaseNames) {
		return phaseNames[p]
	}
	return "unknown"
}

// Party is who has to see to it that the message arrives, or that its sender
// hears that it did not.
type Party uint8

const (
	Client Party = iota // until a 2yz reply to the end of data
	Server              // from then on (RFC 5321, 4.1.1.4 and 6.1)
	Either              // the channel broke before that reply could be read (RFC 1047)
)

func (p Party) String() string {
	switch p {
	case Server:
		return "server"
	case Either:
		return "unclear: the message may have been accepted"
	}
	return "client"
}

// State is what client and server have in common at one moment: the three
// buffers of RFC 5321, 4.1.1, and what surrounds them. It is a value. Apply
// returns the next one and leaves the old one as it was, so any moment of a
// conversation can be kept, compared and shown again.
//
// The zero State is that before anything has happened.
type State struct {
	Phase Phase
	Open  bool // the channel is open
	Seq   int  // number of the last event applied
	Step  int  // ID of the last step that sent something

	Host      string   // what the client wants to reach, as given
	Addresses []string // what it resolved to
	Hops      []Hop    // where the mail of a domain goes, best first
	Tried     int      // how many of them a channel was to be opened to
	Peer      string   // address of the server
	Local     string   // address of the client

	Server string // the name the server gave itself
	Helo   string // the name the client gave itself in the EHLO, HELO or LHLO that was taken
	ESMTP  bool   // EHLO or LHLO was taken
	LMTP   bool   // LHLO was taken
	Secure bool   // under TLS
	// TLS and Cipher name the version and the cipher suite; Verified says
	// whether the certificate is good for the name, Unverified why not.
	TLS, Cipher, Unverified string
	Verified                bool
	// User is whom the server authenticated, "" if nobody or not known; Auth
	// is the mechanism, "" before a 235.
	User, Auth string
	// Challenges are what the server has asked since the last AUTH was sent, in
	// base64 as it was on the wire: they stay until the next one, because the
	// last of them may be the server's proof. Logins counts the AUTH commands
	// that were answered for good.
	Challenges []string
	Logins     int

	Offered Extensions // since the last EHLO
	Before  Extensions // what an earlier EHLO of this session was answered

	// The three buffers.
	ReversePath *Envelope   // nil is empty; a null reverse-path has an empty Path
	Recipients  []Recipient // every RCPT of the transaction that was answered; [State.ForwardPath] has those taken
	MailData    Buffer

	Pending []Pending // commands whose replies have not come, in the order they were sent
	Last    Reply     // the last complete reply
	Answers Answers   // the last answer to each verb that matters

	// Letters counts the MAIL commands of a plan that were answered, and those
	// that a person sent and the server took; Asides the plan's asides.
	Letters, Asides int

	Responsible Party
	Accepted    int          // messages the server took responsibility for in this session
	Finished    *Transaction // the last transaction that ended, nil if none did

	// Remarks are what the rules say about the last event.
	Remarks []Remark
	// Broken says what the server did that no client can make sense of; it
	// stays from the first such event on.
	Broken      string
	Unasked     int   // replies that nobody asked for
	BadCommands int   // commands answered 500 to 504; some servers hang up after a few
	Fault       Fault // of the last Failed event, and its words
	FaultText   string
	Closed      string // "client" or "server", once the channel is closed
	CloseReason string // fin, rst, timeout, …

	in       incoming
	out      outgoing
	untold   int           // commands that were sent behind those of Pending
	imagined bool          // by a forecast: what the server would have proved is missing
	amended  []int         // IDs of the steps that a person put into a plan and that were sent
	claimed  *atomic.Int64 // places of the array behind Recipients that are taken
}

// Recipient is one RCPT and its verdict.
type Recipient struct {
	Path   string
	Params []Param
	Reply  Reply
	Step   int
	// Final is the verdict after the end of data, where there is one for each
	// recipient (LMTP: RFC 2033, 4.2; PRDR).
	Final Reply
}

// Taken reports whether the server took the recipient into its forward-path.
func (r Recipient) Taken() bool { return r.Reply.Code.Done() }

// Verdict is the last word that was for this recipient alone: on the content,
// where there is one for each, or else the reply to its RCPT.
func (r Recipient) Verdict() Reply {
	if r.Final.Code != 0 {
		return r.Final
	}
	return r.Reply
}

// Buffer is the mail data buffer, by size: the octets are in the log.
type Buffer struct {
	Octets   int64 // as they were on the wire, dot-stuffing included
	Lines    int64
	Complete bool // the end of data was sent
}

// Empty reports whether nothing was collected.
func (b Buffer) Empty() bool { return b.Octets == 0 && !b.Complete }

// Pending is a command on the wire that waits for its reply.
type Pending struct {
	Verb string // or [Greeting], or [EndOfData]
	Arg  string
	Step int
	Seq  int // of the Sent event that completed it
	// Recipient is the index into State.Recipients that an [EndOfData] reply
	// is for, or -1 if it is for the whole message.
	Recipient int
}

// planned reports whether a plan said it, and not a person.
func (p Pending) planned() bool { return p.Step != 0 && p.Step < stepAmended }

// What is awaited, in words. The verb is not escaped.
func (p Pending) What() string {
	switch p.Verb {
	case Greeting:
		return "the greeting"
	case "":
		return "the reply to that line"
	}
	return "the reply to " + p.Verb
}

// mistyped reports whether a person said it, and in a wrong way or at a wrong
// moment: that says nothing about the same command of a plan.
func (p Pending) mistyped(c Code) bool { return !p.planned() && (c == 501 || c == 503) }

// Transaction is what remains known of a transaction that ended.
type Transaction struct {
	ReversePath Envelope
	Recipients  []Recipient
	MailData    Buffer
	Reply       Reply // to the end of data; zero if the transaction was given up before
	Responsible Party
}

// Delivered are the recipients that the server took the message for.
func (t *Transaction) Delivered() []Recipient {
	var list []Recipient
	for _, r := range t.Recipients {
		if t.Responsible == Server && r.Verdict().Code.Done() {
			list = append(list, r)
		}
	}
	return list
}

// Outcome is what became of it in words, behind "the mail was".
func (t *Transaction) Outcome() string {
	switch {
	case t.Responsible == Either:
		return "perhaps accepted"
	case t.Responsible == Client:
		return "not accepted"
	case len(t.Delivered()) < len(t.Recipients):
		return "partly accepted"
	}
	return "accepted"
}

// Answer is a short note of a reply.
type Answer struct {
	Code     Code
	Enhanced Enhanced
	Seq      int // of the event that completed the reply; 0 if there was none yet
}

// refused reports whether there was one, and it was a 4yz or 5yz.
func (a Answer) refused() bool { return a.Code != 0 && !a.Code.Good() }

// Answers remembers the last answer to each step of a mail, so that a
// [Stepper] need not search the log. A new connection forgets them all; a new
// transaction and RSET forget those of the old one.
type Answers struct {
	Greeting, EHLO, HELO, StartTLS, XClient, Auth     Answer
	XForward, Mail, Rcpt, Data, EndOfData, Rset, Quit Answer
}

// Of returns the answer to a verb, or nil if none is kept for it.
func (a *Answers) Of(verb string) *Answer {
	switch verb {
	case Greeting:
		return &a.Greeting
	case "EHLO", "LHLO":
		return &a.EHLO
	case "HELO":
		return &a.HELO
	case "STARTTLS":
		return &a.StartTLS
	case "XCLIENT":
		return &a.XClient
	case "AUTH":
		return &a.Auth
	case "XFORWARD":
		return &a.XForward
	case "MAIL":
		return &a.Mail
	case "RCPT":
		return &a.Rcpt
	case "DATA", "BDAT":
		return &a.Data
	case EndOfData:
		return &a.EndOfData
	case "RSET":
		return &a.Rset
	case "QUIT":
		return &a.Quit
	}
	return nil
}

// Severity says how much a remark or an advice weighs.
type Severity uint8

const (
	Note    Severity = iota // worth knowing
	Warning                 // allowed, and often trouble
	Wrong                   // against the RFC
)

func (s Severity) String() string { return [...]string{"note", "warning", "wrong"}[min(s, Wrong)] }

// Remark is what the rules say about an event that has happened.
type Remark struct {
	Severity Severity
	Text     string
	Source   string // "RFC 5321, 4.2.1"
}

// ForwardPath returns the recipients that the server took.
func (s *State) ForwardPath() []Recipient {
	var taken []Recipient
	for i := range s.Recipients {
		if s.Recipients[i].Taken() {
			taken = append(taken, s.Recipients[i])
		}
	}
	return taken
}

// Owed counts the replies that have not come. Pending lists the first of them.
func (s State) Owed() int { return len(s.Pending) + s.untold }

// InTransaction reports whether MAIL was taken and the transaction has not
// ended.
func (s *State) InTransaction() bool { return s.ReversePath != nil }

// Partial reports whether a reply has begun and not ended.
func (s State) Partial() bool { return s.in.lines != nil || len(s.in.text) > 0 }

// Unfinished returns how many octets of a line have gone out that has no end
// yet: what is sent next goes on with it.
func (s State) Unfinished() int { return len(s.out.text) }

// Preamble returns how many octets are still to be sent before the
// conversation begins: those of a header that is no SMTP.
func (s State) Preamble() int64 { return s.out.preamble }

// Mechanism returns that of the AUTH that is under way.
func (s State) Mechanism() string { return s.out.mech }

// MaySay returns the verbs that the RFC allows now, in the order in which a
// client would want them (RFC 5321, 4.1.4).
func (s State) MaySay() []string {
	anytime := []string{"RSET", "NOOP", "HELP", "VRFY", "EXPN", "QUIT"}
	switch s.Phase {
	case Rejected:
		return []string{"QUIT"}
	case Greeted:
		if s.LMTP { // RFC 2033, 4.1
			return append([]string{"LHLO"}, anytime...)
		}
		return append([]string{"EHLO", "HELO"}, anytime...)
	case Ready:
		may := []string{"MAIL"}
		if s.Offered.Has("STARTTLS") && !s.Secure {
			may = append(may, "STARTTLS")
		}
		if s.Offered.Has("AUTH") && s.Auth == "" {
			may = append(may, "AUTH")
		}
		return append(may, anytime...)
	case Sender:
		return append([]string{"RCPT"}, anytime...)
	case Recipients:
		may := []string{"RCPT", "DATA"}
		if s.Offered.Has("CHUNKING") {
			may = append(may, "BDAT")
		}
		return append(may, anytime...)
	case Chunks:
		return append([]string{"BDAT"}, anytime...)
	case Spoilt:
		return []string{"RSET", "NOOP", "QUIT"}
	case Data:
		return []string{"content", "."}
	case Challenged:
		return []string{"response", "*"}
	case Handshake:
		return []string{"TLS ClientHello"}
	}
	return nil
}
