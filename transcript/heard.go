package transcript

import "ehlo/session"

// received adds a line of the server, and the reply that it completes.
func (b *scripter) received(e session.Event, line int) {
	b.fill(line)
	c := b.conn()
	h := heard{data: e.Data, vars: b.t.Vars(e.Seq), bulk: e.Bulk, line: line, block: e.Block, need: len(c.units), wait: b.pause, gap: b.gap(e)}
	b.pause = 0
	asked := len(c.units) - 1
	switch {
	case len(b.st.Pending) == 0 && len(b.behind) > 0:
		h.need = b.behind[0]
		asked = h.need - 1
	case len(b.st.Pending) == 0:
		h.after = c.after // nobody asked: it may be about content that goes on
	default:
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
	listed := len(b.st.Pending) > 0
	e = b.apply(e, line)
	if b.st.Last.Seq == e.Seq && !listed && len(b.behind) > 0 {
		b.behind = b.behind[1:]
	}
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
