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
	reads int  // of the reply that is coming
	split bool // the last line was DATA: what follows waits for its reply
	limit time.Duration
	pause time.Duration
	level *Level        // @ compare
	brake string        // @ break
	spoke time.Time     // when the client spoke last
	last  time.Time     // when anything happened last
	group []expectation // not yet settled
	made  int           // index of the group that replies are made up for; -1

	login   *login // the exchange under way
	user    string // whom the file names for the next one
	begins  bool   // the next octets of the client begin a line
	midLine bool   // the last octets sent had no line end
	partly  bool   // and a response began in them
}

func newScript(t *Transcript) *script {
	b := &scripter{t: t, said: map[int]int{}, block: -1, made: -1, begins: true}
	b.s.rules = normalisers()
	next := 0
	for i := range t.lines {
		line := t.lines[i].number
		it := t.lines[i].rest
		switch {
		case it == nil:
		case it.Kind == Directive:
			b.settle()
			b.directive(it)
		case it.Kind == Fact && it.Key == "auth":
			b.authFact(it)
		case it.Kind == Fact && it.Key == "capture":
			b.capture(it)
		}
		for ; next < len(t.events) && t.origin[next] == i; next++ {
			b.settle()
			b.event(t.events[next], line)
		}
		if it != nil && it.Kind == Expect { // behind the connection that it implies
			b.expectation(it)
		}
	}
	b.settle()
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
	defer func() {
		if e.Kind != session.Noted {
			b.last = e.At
		}
	}()
	switch e.Kind {
	case session.Opened:
		if n := len(b.s.conns); n > 0 && b.st.Open {
			if c := &b.s.conns[n-1]; c.secured != nil && len(c.answer)+len(c.turns) == 0 {
				return // that connection: it was told of behind its handshake
			}
		}
		b.open(e, line)
	case session.Sent:
		if !b.st.Open && len(b.s.conns) == 0 {
			b.greet(e, line)
		}
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
		if n, err := number(e.Fact("after")); err == nil && n > 0 {
			c.after = n
		}
		c.end, c.lull = b.st, b.gap(e)
		b.apply(e, line)
	default:
		b.apply(e, line)
	}
}

func (b *scripter) open(e session.Event, line int) {
	b.endConn()
	b.apply(e, line)
	b.s.conns = append(b.s.conns, conn{line: line, limit: b.limit})
	b.block, b.spoke = -1, e.At
}

// greet begins a piece of a dialogue that has no greeting: there must have
// been one, whatever it was.
func (b *scripter) greet(e session.Event, line int) {
	b.open(session.Event{Kind: session.Opened, At: e.At}, line)
	c := b.conn()
	c.groups = append(c.groups, group{answers: 1})
	b.made = 0
	b.received(session.Event{Kind: session.Received, Block: -1, Data: []byte("220 ehlo-serve: a greeting that is made up\r\n")}, line)
	b.made = -1
}

// secured: a handshake is something to do, unless it came with the channel
// (RFC 8314, 3).
func (b *scripter) secured(e session.Event, line int) {
	if !b.st.Open { // not every log says that somebody has connected
		b.open(session.Event{Kind: session.Opened, At: e.At}, line)
	}
	c := b.conn()
	c.heard = append(c.heard, heard{line: line, need: len(c.units), secure: true, host: e.Fact("sni")})
	if b.st.Phase == session.Greet && len(c.turns) == 0 {
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
	t.id, t.conn, t.limit, t.pause = b.turns, len(b.s.conns)-1, b.limit, b.brake
	b.brake = ""
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
		current = b.add(turn{kind: kind, line: line, gate: g, gap: b.gap(e)})
		if g == gateData && b.st.Phase == session.Data {
			current.code = b.st.Answers.Data.Code
		}
		if b.split || g == gateChallenge {
			current.eager = false // what the gate asks for must be known
		}
	}
	b.split, b.block = false, e.Block
	current.last = line
	p := part{data: e.Data, vars: b.t.vars[e.Seq], bulk: e.Bulk, line: line, mute: pattern != nil, login: answer}
	if !content && b.chunk == 0 && b.st.Phase != session.Challenged {
		p.verb = verb
	}
	current.parts = append(current.parts, p)
	switch p.verb {
	case "EHLO", "HELO", "LHLO":
		c.helo = strings.TrimSpace(session.ParseCommand(e.Data).Arg)
	}
	b.count(e, verb, content)
	b.spoke = e.At
	c.after += octetCount(e)
	seq, begins := e.Seq, b.begins
	b.begins = len(e.Data) == 0 || e.Data[len(e.Data)-1] == '\n'
	e = b.apply(e, line)
	if n := len(b.st.Pending); n > 0 && b.st.Pending[n-1].Seq == e.Seq {
		text := strings.TrimRight(string(e.Data), "\r\n")
		p := b.st.Pending[n-1]
		if p.Verb == session.EndOfData {
			text = "end of data"
		}
		u := unit{verb: p.Verb, arg: p.Arg, text: text, line: line, pattern: pattern, turn: len(c.turns) - 1}
		u.octets, u.vars = e.Data, b.t.vars[seq]
		if !begins {
			u.octets, u.vars = nil, nil // it came in pieces
		}
		c.units = append(c.units, u)
		c.after = 0
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
	n := octetCount(e)
	switch {
	case b.chunk > 0:
		if u := len(b.conn().units); u > 0 && len(b.st.Pending) > 0 { // else its reply has come
			b.conn().units[u-1].chunk += min(n, b.chunk)
		}
		b.chunk = max(b.chunk-n, 0)
	case verb == "BDAT" && !content && b.st.Offered.Has("CHUNKING"):
		// Elsewhere the octets of a chunk are commands, as the state has it.
		size, _, _ := strings.Cut(session.ParseCommand(e.Data).Arg, " ")
		b.chunk, _ = strconv.ParseInt(size, 10, 64)
	}
}

func octetCount(e session.Event) int64 {
	if e.Bulk != nil {
		return e.Bulk.Octets
	}
	return int64(len(e.Data))
}

// gap is the time since whatever was before.
func (b *scripter) gap(e session.Event) time.Duration {
	if b.last.IsZero() || e.At.IsZero() {
		return 0
	}
	return max(e.At.Sub(b.last), 0)
}

// fill completes a chunk that a log of some other program does not show to its
// end, although it was answered. Without its octets no server would answer.
func (b *scripter) fill(line int) {
	if b.chunk <= 0 || b.t.By != "" || len(b.st.Pending) == 0 || b.st.Pending[0].Verb != "BDAT" {
		return
	}
	c := b.conn()
	bulk := &session.Bulk{Octets: b.chunk}
	t := b.add(turn{kind: turnContent, line: line, last: line, gate: gateInChunk})
	t.parts = append(t.parts, part{bulk: bulk, line: line})
	c.units[len(c.units)-1].chunk += b.chunk
	c.after += b.chunk
	b.chunk, b.block = 0, -1
	b.apply(session.Event{Kind: session.Sent, Bulk: bulk}, line)
}

func (b *scripter) received(e session.Event, line int) {
	b.fill(line)
	c := b.conn()
	h := heard{data: e.Data, vars: b.t.vars[e.Seq], bulk: e.Bulk, line: line, block: e.Block, need: len(c.units), wait: b.pause, gap: b.gap(e)}
	b.pause = 0
	asked := len(c.units) - 1
	if len(b.st.Pending) == 0 {
		h.after = c.after // nobody asked: it may be about content that goes on
	} else {
		h.need = b.said[b.st.Pending[0].Seq] // 0 for the greeting
		asked = h.need - 1
	}
	if n := len(c.heard); !b.st.Partial() || n == 0 || c.heard[n-1].block != e.Block {
		if !b.st.Partial() {
			b.reads = 0
		}
		b.reads++
	}
	c.heard = append(c.heard, h)
	e = b.apply(e, line)
	if b.st.Last.Seq == e.Seq {
		a := answer{reads: b.reads, Reply: b.st.Last, line: b.lines[b.st.Last.From-1], unit: asked, turn: len(c.turns) - 1, group: b.made, level: b.level}
		if !e.At.IsZero() && !b.spoke.IsZero() && b.made < 0 {
			a.took = max(e.At.Sub(b.spoke), 0)
		}
		c.answer = append(c.answer, a)
	}
}

// expectation notes what is expected. What is expected of a client is said by
// it, as far as a server can tell.
func (b *scripter) expectation(it *Item) {
	if it.Dir == FromServer {
		b.group = append(b.group, expectation{it.Op, it.Pattern, it.Line})
		return
	}
	b.settle()
	e := session.Event{Kind: session.Sent, Block: -2 - it.Line, Data: []byte(it.Text + "\r\n")}
	b.sent(e, it.Line, it.Pattern)
}

// settle finds the replies that a group of expectations is about: those that
// were recorded before it, or else some that are made up to meet it. They
// take the state on, and can be served.
func (b *scripter) settle() {
	if len(b.group) == 0 {
		return
	}
	g := group{expect: b.group}
	b.group = nil
	if !b.st.Open {
		b.open(session.Event{Kind: session.Opened}, g.expect[0].line)
	}
	c := b.conn()
	n := len(c.groups)
	if len(b.st.Pending) == 0 {
		for i := len(c.answer) - 1; i >= 0 && c.answer[i].turn == len(c.turns)-1 && c.answer[i].group < 0; i-- {
			c.answer[i].group = n
			g.answers++
		}
	}
	if g.answers == 0 {
		before := len(c.answer)
		b.made = n
		for _, l := range samples(g.expect, b.st.Pending) {
			b.received(session.Event{Kind: session.Received, Block: -2 - g.expect[0].line, Data: []byte(l.text + "\r\n")}, l.line)
		}
		b.made = -1
		g.answers = len(c.answer) - before
	}
	c.groups = append(c.groups, g)
	b.block = -1
}
