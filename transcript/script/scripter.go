package script

import (
	"strconv"
	"sync"
	"time"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/normalise"
)

// scripter makes a script of items and events.
type scripter struct {
	t      *transcript.Transcript
	s      Script
	st     session.State
	seq    int
	taken  int         // events of the file
	ahead  int         // up to where no event says what comes next
	lines  []int       // of each event fed to the state, from seq 1
	said   map[int]int // Seq of a Sent event → how many units there were then
	turns  int
	block  int // of the turn under way; -1 if the next octets begin one
	chunk  int64
	reads  int         // of the reply that is coming
	told   int         // how many of the server's lines were replies
	behind []int       // units that a state does not list: too many are pending
	final  bool        // the last chunk was that of its message
	chunks bool        // the message of the last chunk is not complete
	offset int64       // in it
	bdat   func() bool // the client sends chunks somewhere
	split  bool        // the last line was DATA: what follows waits for its reply
	limit  time.Duration
	pause  time.Duration
	blank  bool                   // there is a connection in the script that nobody has opened
	level  *transcript.Level      // @ compare
	brake  string                 // @ break
	spoke  time.Time              // when the client spoke last
	last   time.Time              // when anything happened last
	group  []Expectation          // not yet settled
	due    []transcript.Condition // of the next reply
	made   int                    // index of the group that replies are made up for; -1

	login   *Login // the exchange under way
	user    string // whom the file names for the next one
	begins  bool   // the next octets of the client begin a line
	midLine bool   // the last octets sent had no line end
	partly  bool   // and a response began in them
}

func New(t *transcript.Transcript) *Script {
	b := &scripter{t: t, said: map[int]int{}, block: -1, made: -1, begins: true}
	b.bdat = sync.OnceValue(func() bool { return saysBDAT(t) })
	b.s.Rules = normalise.Rules()
	for it, events := range t.Walk() {
		switch {
		case it.Kind == transcript.Directive:
			if it.Key != "expect" || !b.awaits() {
				b.settle()
			}
			b.directive(&it)
		case it.Kind == transcript.Fact && it.Key == "auth":
			b.authFact(&it)
		case it.Kind == transcript.Fact && it.Key == "capture":
			b.capture(&it)
		case it.Kind == transcript.Fact && it.Key == "session":
			b.settle()
			b.session()
		}
		for _, e := range events {
			if !b.records(e) {
				b.settle()
			}
			b.taken++
			b.event(e, it.Line)
		}
		if it.Kind == transcript.Expect { // behind the connection that it implies
			b.expectation(&it)
		}
	}
	b.settle()
	b.endConn()
	if b.blank { // nobody has said anything
		b.s.Conns = b.s.Conns[:len(b.s.Conns)-1]
	}
	return &b.s
}

// apply folds an event, numbered as this script counts.
func (b *scripter) apply(e session.Event, line int) session.Event {
	b.seq++
	e.Seq = b.seq
	b.lines = append(b.lines, line)
	b.st = b.st.Apply(e)
	return e
}

func (b *scripter) conn() *Conn {
	if len(b.s.Conns) == 0 {
		b.s.Conns, b.blank = append(b.s.Conns, Conn{}), true
	}
	return &b.s.Conns[len(b.s.Conns)-1]
}

func (b *scripter) event(e session.Event, line int) {
	defer func() {
		if e.Kind != session.Noted {
			b.last = e.At
		}
	}()
	switch e.Kind {
	case session.Opened:
		if n := len(b.s.Conns); n > 0 && b.st.Open {
			if c := &b.s.Conns[n-1]; c.Secured != nil && len(c.Answer)+len(c.Turns) == 0 {
				return // that connection: it was told of behind its handshake
			}
		}
		b.open(e, line)
	case session.Sent:
		b.insist()
		if b.blank || !b.st.Open && len(b.s.Conns) == 0 {
			b.greet(e, line)
		}
		if b.st.Preamble() > 0 { // whoever opens a channel writes its preamble
			b.apply(e, line)
			return
		}
		b.sent(e, line, nil)
	case session.Received:
		if b.blank {
			b.open(session.Event{Kind: session.Opened, At: e.At}, line)
		}
		b.received(e, line)
	case session.Secured:
		b.secured(e, line)
	case session.Failed:
		if e.Fault == session.FaultTLS && b.st.Phase == session.Handshake {
			b.refused(e, line)
			return
		}
		b.apply(e, line)
	case session.Closed:
		b.insist()
		c := b.conn()
		c.Closed, c.AtEnd = &e, line
		if n, err := strconv.ParseInt(e.Fact("after"), 10, 64); err == nil && n > 0 {
			c.After = n
		}
		b.rest()
		c.End, c.Lull = b.st, b.gap(e)
		b.apply(e, line)
	default:
		b.apply(e, line)
	}
}

// session begins another connection: what stands behind it is of that, also before
// it is opened.
func (b *scripter) session() {
	if len(b.s.Conns) > 0 && !b.blank {
		b.endConn()
		b.s.Conns, b.blank = append(b.s.Conns, Conn{}), true
	}
}

func (b *scripter) open(e session.Event, line int) {
	if b.blank { // what stands before the connection is of it
		c := b.conn()
		c.Line, c.Limit, b.blank = line, b.limit, false
		b.apply(e, line)
	} else {
		b.endConn()
		b.apply(e, line)
		b.s.Conns = append(b.s.Conns, Conn{Line: line, Limit: b.limit})
	}
	b.block, b.spoke, b.behind, b.told, b.chunks = -1, e.At, nil, 0, false
}

// greet begins a piece of a dialogue that has no greeting: there must have
// been one, whatever it was.
func (b *scripter) greet(e session.Event, line int) {
	b.open(session.Event{Kind: session.Opened, At: e.At}, line)
	c := b.conn()
	c.Groups = append(c.Groups, Group{Answers: 1})
	b.made = 0
	b.received(session.Event{Kind: session.Received, Block: -1, Data: []byte("220 ehlo-serve: a greeting that is made up\r\n")}, line)
	b.made = -1
}

// secured: a handshake is something to do, unless it came with the channel
// (RFC 8314, 3).
func (b *scripter) secured(e session.Event, line int) {
	if !b.st.Open || b.blank { // not every log says that somebody has connected
		b.open(session.Event{Kind: session.Opened, At: e.At}, line)
	}
	c := b.conn()
	c.Heard = append(c.Heard, Heard{Line: line, Need: len(c.Units), Secure: true, Host: e.Fact("sni")})
	if b.st.Phase == session.Greet && len(c.Turns) == 0 {
		c.Secured, c.TLSLine = &e, line
	} else {
		t := b.add(Turn{Kind: TurnSecure, Line: line, Last: line, Gate: GateHandshake, Secured: e})
		t.Wants = c.Expected("tls")
		c.Wants = c.Expected("closed")
	}
	b.block, b.told = -1, len(c.Heard)
	b.apply(e, line)
}

// refused: a handshake that failed is tried again, and shall fail again.
func (b *scripter) refused(e session.Event, line int) {
	c := b.conn()
	c.Heard = append(c.Heard, Heard{Line: line, Need: len(c.Units), Secure: true, Failed: true})
	b.add(Turn{Kind: TurnSecure, Line: line, Last: line, Gate: GateHandshake, Secured: e})
	b.block, b.told = -1, len(c.Heard)
	b.apply(e, line)
}

func (b *scripter) endConn() {
	if len(b.s.Conns) > 0 {
		b.insist()
		if c := b.conn(); c.Closed == nil {
			b.rest()
			c.End = b.st
		}
	}
}

// add begins a turn.
func (b *scripter) add(t Turn) *Turn {
	c := b.conn()
	b.turns++
	t.ID, t.Conn, t.Limit, t.Pause = b.turns, len(b.s.Conns)-1, b.limit, b.brake
	b.brake = ""
	t.Eager, t.after, t.Secure = len(b.st.Pending) > 0, len(c.Answer), b.st.Secure
	c.Turns = append(c.Turns, t)
	return &c.Turns[len(c.Turns)-1]
}

// gap is the time since whatever was before.
func (b *scripter) gap(e session.Event) time.Duration {
	return transcript.Gap(b.last, e.At)
}
