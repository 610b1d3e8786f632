package transcript

import (
	"strings"
	"time"

	"ehlo/session"
)

// script is a transcript seen as something to be done again: for each
// connection what the client says, in turns, and what it was answered.
type script struct {
	conns  []conn
	set    map[string]string // @ set
	ignore []string          // @ ignore
	rules  []Normaliser      // @ normalise, and those of every file but for the ones it is without
	skip   int               // the line of @ skip; 0 if there is none
	why    string
}

type conn struct {
	line   int
	turns  []turn
	heard  []heard        // the server's octets, line by line
	units  []unit         // what the client said that calls for a reply
	answer []answer       // complete replies, in their order
	groups []group        // what is expected of them, where it is not what they were
	closed *session.Event // how it ended, if the file says
	wants  []condition    // of the end, and of TLS that comes with the channel
	after  int64          // octets the client said behind its last unit

	secured *session.Event // implicit TLS
	tlsLine int
	end     session.State // what was known then
	atEnd   int           // line of the file
	lull    time.Duration // before the channel was closed
	helo    string        // the name that the client tried last
	ids     []word        // = capture
	limit   time.Duration // @ timeout, for the greeting
}

// turn is what the client does at one go: one write, or the whole content of
// a message.
type turn struct {
	id      int // counted from 1 through all connections
	conn    int
	line    int
	last    int // last line
	kind    turnKind
	parts   []part
	wait    time.Duration // turnWait
	gate    gate
	code    session.Code  // that DATA was answered, where the gate asks for one
	secure  bool          // it was said under TLS
	secured session.Event // turnSecure: what the handshake agreed on
	// eager is set if replies were pending when it was said; after counts
	// those that had come.
	eager bool
	after int
	limit time.Duration // @ timeout
	gap   time.Duration // since whatever was before it
	wants []condition   // of a handshake
	pause string        // @ break: why a person is asked before it
}

type turnKind uint8

const (
	turnSay turnKind = iota
	turnContent
	turnSecure // a TLS handshake
	turnWait   // @ wait
)

// gate is what must be so before a turn is said again. A replay never fails
// open.
type gate uint8

const (
	gateNone      gate = iota
	gateData           // a 354 came: RFC 5321, 4.1.1.4
	gateChallenge      // a 334 came: RFC 4954, 4
	gateChunk          // there are recipients: RFC 3030, 2
	gateInChunk        // the BDAT before it was said
	gateHandshake      // a 220 to STARTTLS came: RFC 3207, 4
)

// part is a piece of what goes out.
type part struct {
	data []byte
	vars []Var
	bulk *session.Bulk
	line int
	mute bool   // a pattern: it can be expected, not said
	verb string // of a command; "" inside content, a chunk or an exchange

	login *response // its secrets are a response of a login
}

// unit is a command, a response to a challenge, or a whole content.
type unit struct {
	verb, arg string
	text      string
	octets    []byte // the line, if it came in one piece
	vars      []Var  // in octets
	line      int
	chunk     int64 // octets of a BDAT's chunk
	pattern   *Pattern
	turn      int // index of the turn that it is in
}

// heard is one line from the server.
type heard struct {
	data  []byte
	vars  []Var
	bulk  *session.Bulk // instead of data
	line  int
	block int
	need  int           // how many units must have been said before
	after int64         // and how many octets behind them
	wait  time.Duration // @ wait
	gap   time.Duration // since whatever was before it

	secure bool   // a TLS handshake stands here
	host   string // that it asked for
}

// answer is a recorded reply, or one that was made up from what is expected.
type answer struct {
	session.Reply
	line  int           // where the reply begins
	unit  int           // index of the unit it answers; -1 for the greeting
	turn  int           // index of the turn before it; -1 if there was none
	group int           // index of what is expected instead; -1 if it was recorded
	level *Level        // @ compare
	reads int           // in how many pieces it came
	took  time.Duration // since its turn; 0 if nobody knows
	wants []condition
}

// group is what is expected of the replies to one turn.
type group struct {
	expect  []expectation
	answers int // how many replies these are
}

type expectation struct {
	op      byte
	pattern *Pattern
	line    int
}

// title is what a report calls the turn.
func (t *turn) title() string {
	switch {
	case t.kind == turnContent:
		return "content"
	case t.kind == turnSecure:
		return "TLS handshake"
	case len(t.parts) > 0:
		return session.Escape(strings.TrimRight(string(t.parts[0].data), "\r\n"))
	}
	return ""
}

// withheld counts the octets of a turn that nobody has kept.
func (t *turn) withheld() (n int64) {
	for _, p := range t.parts {
		if p.bulk != nil && p.bulk.Name == "" {
			n += p.bulk.Octets
		}
	}
	return n
}
