package transcript

import (
	"strconv"
	"strings"

	"ehlo/session"
)

// sent adds octets to the turn under way, or begins another.
func (b *scripter) sent(e session.Event, line int, pattern *Pattern) {
	c := b.conn()
	content := b.st.Phase == session.Data && !b.st.MailData.Complete
	verb := session.ParseCommand(e.Data).Verb
	answer := b.response(e, verb)
	current := b.turnOf(e, line, verb, content)
	p := part{data: e.Data, vars: b.t.Vars(e.Seq), bulk: e.Bulk, line: line, mute: pattern != nil, login: answer}
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
	begins, owed := b.begins, b.st.Owed()
	b.begins = len(e.Data) == 0 || e.Data[len(e.Data)-1] == '\n'
	e = b.apply(e, line)
	b.split = false
	if asked, ok := asks(b.st, owed, e); ok {
		u := unit{verb: asked.Verb, arg: asked.Arg, line: line, pattern: pattern}
		if begins { // else it came in pieces
			u.octets, u.vars = p.data, p.vars
		}
		b.ask(u, e)
	}
}

// turnOf is the turn that octets belong to.
func (b *scripter) turnOf(e session.Event, line int, verb string, content bool) *turn {
	c := b.conn()
	var current *turn
	if n := len(c.turns); n > 0 && b.block >= 0 {
		current = &c.turns[n-1]
	}
	kind := turnSay
	if content || e.Bulk != nil {
		kind = turnContent
	}
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
	b.block, current.last = e.Block, line
	return current
}

// ask adds a unit, which an event has completed.
func (b *scripter) ask(u unit, e session.Event) {
	c := b.conn()
	u.turn = len(c.turns) - 1
	if u.text = strings.TrimRight(string(e.Data), "\r\n"); u.verb == session.EndOfData {
		u.text = "end of data"
	}
	c.units = append(c.units, u)
	c.after = 0
	b.said[e.Seq] = len(c.units)
	if n := len(b.st.Pending); n == 0 || b.st.Pending[n-1].Seq != e.Seq {
		b.behind = append(b.behind, len(c.units))
	}
	b.split = u.verb == "DATA"
}

// asks returns the command that an event has completed, if it calls for a
// reply. owed is how many were due before.
func asks(st session.State, owed int, e session.Event) (session.Pending, bool) {
	if n := len(st.Pending); n > 0 && st.Pending[n-1].Seq == e.Seq {
		return st.Pending[n-1], true
	}
	if st.Owed() <= owed {
		return session.Pending{}, false
	}
	c := session.ParseCommand(e.Data) // behind those that a state lists
	return session.Pending{Verb: c.Verb, Arg: c.Arg, Step: e.Step, Seq: e.Seq, Recipient: -1}, true
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
