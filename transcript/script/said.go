package script

import (
	"strings"

	"ehlo/session"
	"ehlo/transcript"
)

// sent adds octets to the turn under way, or begins another.
func (b *scripter) sent(e session.Event, line int, pattern *transcript.Pattern) {
	c := b.conn()
	content := b.st.Phase == session.Data && !b.st.MailData.Complete
	verb := session.ParseCommand(e.Data).Verb
	answer := b.response(e, verb)
	current := b.turnOf(e, line, verb, content)
	p := Part{Data: e.Data, Vars: b.t.Vars(e.Seq), Bulk: e.Bulk, Line: line, Mute: pattern != nil, Login: answer}
	if !content && b.chunk == 0 && b.st.Phase != session.Challenged {
		p.Verb = verb
	}
	b.gather(&p)
	current.Parts = append(current.Parts, p)
	switch p.Verb {
	case "MAIL", "RSET":
		b.chunks = false
	case "EHLO", "HELO", "LHLO":
		b.chunks = false
		c.Helo = strings.TrimSpace(session.ParseCommand(e.Data).Arg)
	}
	b.count(e, verb, content)
	b.spoke = e.At
	c.After += OctetCount(e)
	begins, owed := b.begins, b.st.Owed()
	b.begins = len(e.Data) == 0 || e.Data[len(e.Data)-1] == '\n'
	e = b.apply(e, line)
	b.split = false
	if asked, ok := Asks(b.st, owed, e); ok {
		u := Unit{Verb: asked.Verb, Arg: asked.Arg, Line: line, Pattern: pattern}
		if begins { // else it came in pieces
			u.Octets, u.Vars = p.Data, p.Vars
		}
		b.ask(u, e)
	}
}

// turnOf is the turn that octets belong to.
func (b *scripter) turnOf(e session.Event, line int, verb string, content bool) *Turn {
	c := b.conn()
	var current *Turn
	if n := len(c.Turns); n > 0 && b.block >= 0 {
		current = &c.Turns[n-1]
	}
	kind := TurnSay
	if content || e.Bulk != nil {
		kind = TurnContent
	}
	g := b.gateFor(e, verb, content, current)
	switch {
	case current == nil, current.Kind != kind, b.split,
		g == GateChallenge && current.Gate != g,
		kind == TurnSay && e.Block != b.block:
		current = b.add(Turn{Kind: kind, Line: line, Gate: g, Gap: b.gap(e)})
		if g == GateData && b.st.Phase == session.Data {
			current.Code = b.st.Answers.Data.Code
		}
		if b.split || g == GateChallenge {
			current.Eager = false // what the gate asks for must be known
		}
		current.Early = g == GateData && !content || g == GateChallenge && b.st.Phase != session.Challenged
	}
	b.block, current.Last = e.Block, line
	return current
}

// ask adds a unit, which an event has completed.
func (b *scripter) ask(u Unit, e session.Event) {
	c := b.conn()
	u.Turn = len(c.Turns) - 1
	if u.Text = strings.TrimRight(string(e.Data), "\r\n"); u.Verb == session.EndOfData {
		u.Text = "end of data"
	}
	c.Units = append(c.Units, u)
	c.After = 0
	b.said[e.Seq] = len(c.Units)
	if n := len(b.st.Pending); n == 0 || b.st.Pending[n-1].Seq != e.Seq {
		b.behind = append(b.behind, len(c.Units))
	}
	b.split = u.Verb == "DATA"
}

// Asks returns the command that an event has completed, if it calls for a
// reply. owed is how many were due before.
func Asks(st session.State, owed int, e session.Event) (session.Pending, bool) {
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
func (b *scripter) gateFor(e session.Event, verb string, content bool, current *Turn) Gate {
	switch {
	case content:
		return GateData
	case b.chunk > 0:
		return GateInChunk
	case b.split && session.Source(verb) == "":
		return GateData // it was sent without waiting for a 354
	case len(e.Secret) > 0 && e.Secret[0].From == 0 && verb != "AUTH":
		return GateChallenge
	case verb == "BDAT" && (current == nil || current.Kind != TurnSay || e.Block != b.block):
		return GateChunk
	}
	return GateNone
}

// gather adds what of a part is of a chunk to the message that is sent in chunks.
func (b *scripter) gather(p *Part) {
	n := min(OctetCount(session.Event{Data: p.Data, Bulk: p.Bulk}), b.chunk)
	if n <= 0 {
		return
	}
	c := b.conn()
	if !b.chunks {
		c.Chunked, b.chunks, b.offset = append(c.Chunked, nil), true, 0
	}
	p.Chunk, p.Message, p.Offset = n, len(c.Chunked)-1, b.offset
	b.offset += n
	whole := *p
	if int64(len(p.Data)) > n { // a command stands behind it
		whole.Data, whole.Vars = p.Data[:n], nil
	}
	c.Chunked[p.Message] = append(c.Chunked[p.Message], whole)
}

// count follows the octets of a BDAT chunk.
func (b *scripter) count(e session.Event, verb string, content bool) {
	n := OctetCount(e)
	switch {
	case b.chunk > 0:
		if u := len(b.conn().Units); u > 0 && len(b.st.Pending) > 0 { // else its reply has come
			b.conn().Units[u-1].Chunk += min(n, b.chunk)
		}
		b.chunk = max(b.chunk-n, 0)
	case verb == "BDAT" && !content && b.st.Offered.Has("CHUNKING"):
		// Elsewhere the octets of a chunk are commands, as the state has it.
		if b.final {
			b.chunks = false
		}
		b.chunk, b.final = session.ChunkSize(session.ParseCommand(e.Data).Arg)
	}
}

func OctetCount(e session.Event) int64 {
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
	t := b.add(Turn{Kind: TurnContent, Line: line, Last: line, Gate: GateInChunk})
	p := Part{Bulk: bulk, Line: line}
	b.gather(&p)
	t.Parts = append(t.Parts, p)
	c.Units[len(c.Units)-1].Chunk += b.chunk
	c.After += b.chunk
	b.chunk, b.block = 0, -1
	b.apply(session.Event{Kind: session.Sent, Bulk: bulk}, line)
}
