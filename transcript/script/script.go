package script

import (
	"strings"
	"time"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/normalise"
)

// Script is a transcript seen as something to be done again: for each
// connection what the client says, in turns, and what it was answered.
type Script struct {
	Conns  []Conn
	Set    map[string]string // @ set
	Ignore []string          // @ ignore
	Rules  []normalise.Rule  // @ normalise, and those of every file but for the ones it is without
	Skip   int               // the line of @ skip; 0 if there is none
	Why    string
}

// Conn is one connection of a script.
type Conn struct {
	Line  int
	Turns []Turn
	Heard []Heard // the server's octets, line by line
	// Chunked is content that went in chunks, message by message.
	Chunked [][]Part
	Units   []Unit                 // what the client said that calls for a reply
	Answer  []Answer               // complete replies, in their order
	Rest    *Answer                // lines behind the last of them, which are no reply
	Groups  []Group                // what is expected of them, where it is not what they were
	Closed  *session.Event         // how it ended, if the file says
	Wants   []transcript.Condition // of the end, and of TLS that comes with the channel
	After   int64                  // octets the client said behind its last unit

	Secured *session.Event // implicit TLS
	TLSLine int
	End     session.State    // what was known then
	AtEnd   int              // line of the file
	Lull    time.Duration    // before the channel was closed
	Helo    string           // the name that the client tried last
	IDs     []normalise.Word // = capture
	Limit   time.Duration    // @ timeout, for the greeting
}

// Turn is what the client does at one go: one write, or the whole content of
// a message.
type Turn struct {
	ID      int // counted from 1 through all connections
	Conn    int
	Line    int
	Last    int // last line
	Kind    TurnKind
	Parts   []Part
	Wait    time.Duration // TurnWait
	Gate    Gate
	Code    session.Code  // that DATA was answered, where the gate asks for one
	Secure  bool          // it was said under TLS
	Secured session.Event // TurnSecure: what the handshake agreed on, or that it failed
	// Eager is set if replies were pending when it was said; after counts
	// those that had come.
	Eager bool
	// Early is set if what the gate asks for never came: it was said all the same.
	Early bool
	after int
	Limit time.Duration          // @ timeout
	Gap   time.Duration          // since whatever was before it
	Wants []transcript.Condition // of a handshake
	Pause string                 // @ break: why a person is asked before it
}

// TurnKind says which of these a turn is.
type TurnKind uint8

const (
	TurnSay TurnKind = iota
	TurnContent
	TurnSecure // a TLS handshake
	TurnWait   // @ wait
)

// Gate is what must be so before a turn is said again. A replay never fails
// open.
type Gate uint8

const (
	GateNone      Gate = iota
	GateData           // a 354 came: RFC 5321, 4.1.1.4
	GateChallenge      // a 334 came: RFC 4954, 4
	GateChunk          // there are recipients: RFC 3030, 2
	GateInChunk        // the BDAT before it was said
	GateHandshake      // a 220 to STARTTLS came: RFC 3207, 4
)

// Part is a piece of what goes out.
type Part struct {
	Data []byte
	Vars []transcript.Var
	Bulk *session.Bulk
	Line int
	Mute bool   // a pattern: it can be expected, not said
	Verb string // of a command; "" inside content, a chunk or an exchange

	// Chunk is how many of its first octets are of a chunk (RFC 3030, 2); these
	// stand at Offset of the message that Conn.Chunked has as number Message.
	Chunk   int64
	Message int
	Offset  int64

	Login *Response // its secrets are a response of a login
}

// Unit is a command, a response to a challenge, or a whole content.
type Unit struct {
	Verb, Arg string
	Text      string
	Octets    []byte           // the line, if it came in one piece
	Vars      []transcript.Var // in Octets
	Line      int
	Chunk     int64 // octets of a BDAT's chunk
	Pattern   *transcript.Pattern
	Turn      int // index of the turn that it is in
}

// Heard is one line from the server.
type Heard struct {
	Data  []byte
	Vars  []transcript.Var
	Bulk  *session.Bulk // instead of Data
	Line  int
	Block int
	Need  int           // how many units must have been said before
	After int64         // and how many octets behind them
	Wait  time.Duration // @ wait
	Gap   time.Duration // since whatever was before it

	Secure bool   // a TLS handshake stands here
	Host   string // that it asked for
	Failed bool   // and nothing came of it
}

// Answer is a recorded reply, or one that was made up from what is expected.
type Answer struct {
	session.Reply
	Line  int               // where the reply begins
	Rows  []int             // where each line of an answer to EHLO stands; nil if lines came in pieces
	Unit  int               // index of the unit it answers; -1 for the greeting
	Turn  int               // index of the turn before it; -1 if there was none
	Group int               // index of what is expected instead; -1 if it was recorded
	Level *transcript.Level // @ compare
	Reads int               // in how many pieces it came
	Took  time.Duration     // since its turn; 0 if nobody knows
	Wants []transcript.Condition
}

// Group is what is expected of the replies to one turn.
type Group struct {
	Expect  []Expectation
	Answers int // how many replies these are
}

// Expectation is a line of S?, S+ or S!.
type Expectation struct {
	Op      byte
	Pattern *transcript.Pattern
	Line    int
}

// Expected are the conditions of the end ("closed"), or of TLS that no turn of the
// file begins ("tls").
func (c *Conn) Expected(of string) (out []transcript.Condition) {
	for _, x := range c.Wants {
		if x.Of == of {
			out = append(out, x)
		}
	}
	return out
}

// Refused reports whether the turn is a handshake that failed.
func (t *Turn) Refused() bool { return t.Kind == TurnSecure && t.Secured.Kind == session.Failed }

// Title is what a report calls the turn.
func (t *Turn) Title() string {
	switch {
	case t.Kind == TurnContent:
		return "content"
	case t.Kind == TurnSecure:
		return "TLS handshake"
	case len(t.Parts) > 0:
		return session.Escape(strings.TrimRight(string(t.Parts[0].Data), "\r\n"))
	}
	return ""
}

// Withheld counts the octets of a turn that nobody has kept.
func (t *Turn) Withheld() (n int64) {
	for _, p := range t.Parts {
		if p.Bulk != nil && p.Bulk.Name == "" {
			n += p.Bulk.Octets
		}
	}
	return n
}
