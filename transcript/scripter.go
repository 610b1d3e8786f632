package transcript

import (
	"strconv"
	"strings"
	"time"

	"ehlo/session"
)

// scripter makes a script of items and events.
type scripter struct {
	t     *Transcript
	s     script
	st    session.State
	seq   int
	lines []int       // of each event fed to the state, from seq 1
	said  map[int]int // Seq of a Sent event → how many units there were then
	turns int
	block int // of the turn under way; -1 if the next octets begin one
	chunk int64
	split bool // the last line was DATA: what follows waits for its reply
	limit time.Duration
	pause time.Duration

	login   *login // the exchange under way
	user    string // whom the file names for the next one
	midLine bool   // the last octets sent had no line end
	partly  bool   // and a response began in them
}

func newScript(t *Transcript) *script {
	b := &scripter{t: t, said: map[int]int{}, block: -1}
	next := 0
	for i := range t.lines {
		switch it := t.lines[i].rest; {
		case it == nil:
		case it.Kind == Expect:
			b.expectation(it)
		case it.Kind == Directive:
			b.directive(it)
		case it.Kind == Fact && it.Key == "auth":
			b.authFact(it)
		}
		for ; next < len(t.events) && t.origin[next] == i; next++ {
			b.event(t.events[next], t.lines[i].number)
		}
	}
	b.endConn()
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

func (b *scripter) conn() *conn {
	if len(b.s.conns) == 0 {
		b.s.conns = append(b.s.conns, conn{})
	}
	return &b.s.conns[len(b.s.conns)-1]
}

func (b *scripter) event(e session.Event, line int) {
	switch e.Kind {
	case session.Opened:
		b.endConn()
		b.apply(e, line)
		b.s.conns = append(b.s.conns, conn{line: line})
		b.block = -1
	case session.Sent:
		if b.st.Preamble() > 0 { // whoever opens a channel writes its preamble
			b.apply(e, line)
			return
		}
		b.sent(e, line, nil)
	case session.Received:
		b.received(e, line)
	case session.Secured:
		b.secured(e, line)
	case session.Closed:
		c := b.conn()
		c.closed, c.atEnd = &e, line
		c.end = b.st
		b.apply(e, line)
	default:
		b.apply(e, line)
	}
}

// secured: a handshake is something to do, unless it came with the channel
// (RFC 8314, 3).
func (b *scripter) secured(e session.Event, line int) {
	c := b.conn()
	c.heard = append(c.heard, heard{line: line, need: len(c.units), secure: true, host: e.Fact("sni")})
	if b.st.Phase == session.Greet {
		c.secured, c.tlsLine = &e, line
	} else {
		b.add(turn{kind: turnSecure, line: line, last: line, gate: gateHandshake, secured: e})
	}
	b.block = -1
	b.apply(e, line)
}

func (b *scripter) endConn() {
	if len(b.s.conns) > 0 {
		if c := b.conn(); c.closed == nil {
			c.end = b.st
		}
	}
}

// add begins a turn.
func (b *scripter) add(t turn) *turn {
	c := b.conn()
	b.turns++
	t.id, t.conn, t.limit = b.turns, len(b.s.conns)-1, b.limit
	t.eager, t.after, t.secure = len(b.st.Pending) > 0, len(c.answer), b.st.Secure
	c.turns = append(c.turns, t)
	return &c.turns[len(c.turns)-1]
}

// sent adds octets to the turn under way, or begins another.
func (b *scripter) sent(e session.Event, line int, pattern *Pattern) {
	c := b.conn()
	var current *turn
	if n := len(c.turns); n > 0 && b.block >= 0 {
		current = &c.turns[n-1]
	}
	content := b.st.Phase == session.Data && !b.st.MailData.Complete
	kind := turnSay
	if content || e.Bulk != nil {
		kind = turnContent
	}
	verb := session.ParseCommand(e.Data).Verb
	answer := b.response(e, verb)
	g := b.gateFor(e, verb, content, current)
	switch {
	case current == nil, current.kind != kind, b.split,
		g == gateChallenge && current.gate != g,
		kind == turnSay && e.Block != b.block:
		current = b.add(turn{kind: kind, line: line, gate: g})
		if b.split || g == gateChallenge {
			current.eager = false // what the gate asks for must be known
		}
	}
	b.split, b.block = false, e.Block
	current.last = line
	current.parts = append(current.parts, part{e.Data, b.t.vars[e.Seq], e.Bulk, line, pattern != nil, answer})
	b.count(e, verb, content)
	e = b.apply(e, line)
	if n := len(b.st.Pending); n > 0 && b.st.Pending[n-1].Seq == e.Seq {
		text := strings.TrimRight(string(e.Data), "\r\n")
		p := b.st.Pending[n-1]
		if p.Verb == session.EndOfData {
			text = "end of data"
		}
		c.units = append(c.units, unit{p.Verb, text, line, pattern})
		b.said[e.Seq] = len(c.units)
		b.split = p.Verb == "DATA"
	}
}

// gateFor says what must be so before a line is said again.
func (b *scripter) gateFor(e session.Event, verb string, content bool, current *turn) gate {
	switch {
	case content:
		return gateData
	case b.chunk > 0:
		return gateInChunk
	case b.split && session.Source(verb) == "":
		return gateData // it was sent without waiting for a 354
	case len(e.Secret) > 0 && e.Secret[0].From == 0 && verb != "AUTH":
		return gateChallenge
	case verb == "BDAT" && (current == nil || current.kind != turnSay || e.Block != b.block):
		return gateChunk
	}
	return gateNone
}

// count follows the octets of a BDAT chunk.
func (b *scripter) count(e session.Event, verb string, content bool) {
	n := int64(len(e.Data))
	if e.Bulk != nil {
		n = e.Bulk.Octets
	}
	switch {
	case b.chunk > 0:
		b.chunk = max(b.chunk-n, 0)
	case verb == "BDAT" && !content:
		size, _, _ := strings.Cut(session.ParseCommand(e.Data).Arg, " ")
		b.chunk, _ = strconv.ParseInt(size, 10, 64)
	}
}

func (b *scripter) received(e session.Event, line int) {
	c := b.conn()
	h := heard{data: e.Data, vars: b.t.vars[e.Seq], bulk: e.Bulk, line: line, block: e.Block, need: len(c.units), wait: b.pause}
	b.pause = 0
	asked := len(c.units) - 1
	if len(b.st.Pending) > 0 {
		h.need = b.said[b.st.Pending[0].Seq] // 0 for the greeting
		asked = h.need - 1
	}
	c.heard = append(c.heard, h)
	e = b.apply(e, line)
	if b.st.Last.Seq == e.Seq {
		c.answer = append(c.answer, answer{b.st.Last, b.lines[b.st.Last.From-1], asked, len(c.turns) - 1})
	}
}

func (b *scripter) expectation(it *Item) {
	c := b.conn()
	x := expectation{it.Op, it.Pattern, it.Line}
	switch {
	case it.Dir == FromClient:
		e := session.Event{Kind: session.Sent, Block: -2 - it.Line, Data: []byte(it.Text + "\r\n")}
		b.sent(e, it.Line, it.Pattern)
	default:
		to := &c.expect
		for i := range c.turns {
			if c.turns[i].kind <= turnContent {
				to = &c.turns[i].expect
			}
		}
		*to = append(*to, x)
	}
}

func (b *scripter) directive(it *Item) {
	seconds, err := parseSeconds(it.Text)
	switch {
	case err != nil:
	case it.Key == "timeout":
		b.limit = seconds
	case it.Key == "wait":
		b.pause += seconds
		b.add(turn{kind: turnWait, line: it.Line, last: it.Line, wait: seconds})
		b.block = -1
	}
}
