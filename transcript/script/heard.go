package script

import (
	"bytes"
	"slices"

	"ehlo/session"
	"ehlo/transcript"
)

// received adds a line of the server, and the reply that it completes.
func (b *scripter) received(e session.Event, line int) {
	b.fill(line)
	c := b.conn()
	h := Heard{Data: e.Data, Vars: b.t.Vars(e.Seq), Bulk: e.Bulk, Line: line, Block: e.Block, Need: len(c.Units), Wait: b.pause, Gap: b.gap(e)}
	b.pause = 0
	asked := len(c.Units) - 1
	switch {
	case len(b.st.Pending) == 0 && len(b.behind) > 0:
		h.Need = b.behind[0]
		asked = h.Need - 1
	case len(b.st.Pending) == 0:
		h.After = c.After // nobody asked: it may be about content that goes on
	default:
		h.Need = b.said[b.st.Pending[0].Seq] // 0 for the greeting
		asked = h.Need - 1
	}
	if n := len(c.Heard); !b.st.Partial() || n == 0 || c.Heard[n-1].Block != e.Block {
		if !b.st.Partial() {
			b.reads = 0
		}
		b.reads++
	}
	c.Heard = append(c.Heard, h)
	listed := len(b.st.Pending) > 0
	e = b.apply(e, line)
	if b.st.Last.Seq == e.Seq && !listed && len(b.behind) > 0 {
		b.behind = b.behind[1:]
	}
	if b.st.Last.Seq == e.Seq {
		a := Answer{Reads: b.reads, Reply: b.st.Last, Line: b.lines[b.st.Last.From-1], Unit: asked, Turn: len(c.Turns) - 1, Group: b.made, Level: b.level}
		a.Wants, b.due = b.due, nil
		if b.made < 0 {
			a.Took = transcript.Gap(b.spoke, e.At)
		}
		if hello := a.To == "EHLO" || a.To == "LHLO"; hello && e.Seq-a.From+1 == len(a.Reply.Lines) {
			a.Rows = slices.Clone(b.lines[a.From-1 : e.Seq])
		}
		c.Answer = append(c.Answer, a)
		if a.Code.Class() == 3 {
			b.inTime(asked)
		}
		b.told = len(c.Heard)
	}
}

// inTime: RFC 5321, 4.1.1.4: once a 354 has come, the lines that went out behind
// DATA are content and no units, up to the dot; and what waited for a 354 or a 334
// may go out again.
func (b *scripter) inTime(asked int) {
	c := b.conn()
	for i := range c.Turns {
		c.Turns[i].Early = false
	}
	if asked < 0 || c.Units[asked].Verb != "DATA" || len(b.behind) > 0 || asked+1 == len(c.Units) {
		return
	}
	end := asked + 1
	for end < len(c.Units) && c.Units[end].Verb != "." {
		end++
	}
	if end < len(c.Units) {
		c.Units[end].Verb, c.Units[end].Text = session.EndOfData, "end of data"
	}
	gone := end - asked - 1
	c.Units = append(c.Units[:asked+1], c.Units[end:]...)
	for seq, n := range b.said {
		switch {
		case n > end:
			b.said[seq] = n - gone
		case n > asked+1:
			delete(b.said, seq)
		}
	}
}

// rest keeps what the server said last, if that is no reply: one without its
// last line, or no reply at all.
func (b *scripter) rest() {
	c := b.conn()
	if b.told >= len(c.Heard) {
		return
	}
	from := c.Heard[b.told]
	var octets []byte
	for _, h := range c.Heard[b.told:] {
		octets = append(octets, h.Data...)
	}
	c.Rest = &Answer{Reply: Cut(octets), Line: from.Line, Unit: from.Need - 1, Turn: len(c.Turns) - 1, Group: -1}
	b.told = len(c.Heard)
}

// Cut makes a reply of lines that are none: the last one has not come, or they
// have no code.
func Cut(octets []byte) (r session.Reply) {
	for line := range bytes.Lines(octets) {
		l := session.ParseReplyLine(line)
		r.Lines = append(r.Lines, l)
		r.Code, r.Enhanced = l.Code, l.Enhanced
	}
	return r
}

// expectation notes what is expected. What is expected of a client is said by
// it, as far as a server can tell.
func (b *scripter) expectation(it *transcript.Item) {
	if it.Dir == transcript.FromServer {
		b.group = append(b.group, Expectation{it.Op, it.Pattern, it.Line})
		return
	}
	b.settle()
	e := session.Event{Kind: session.Sent, Block: -2 - it.Line, Data: []byte(it.Text + "\r\n")}
	b.sent(e, it.Line, it.Pattern)
}

// upNext is what a file goes on with.
type upNext uint8

const (
	plainly    upNext = iota
	inExchange        // with a response to a challenge
	underTLS          // with a handshake
)

// next looks at what the client does next.
func (b *scripter) next() upNext {
	events := b.t.Events()
	for b.ahead = max(b.ahead, b.taken); b.ahead < len(events); b.ahead++ {
		switch e := &events[b.ahead]; e.Kind {
		case session.Secured, session.Failed:
			return underTLS
		case session.Sent:
			if len(e.Secret) > 0 && e.Secret[0].From == 0 {
				return inExchange
			}
			return plainly
		case session.Opened, session.Closed:
			return plainly
		}
	}
	return plainly
}

// insist expects the reply that a condition is about, where nothing else is said
// of it.
func (b *scripter) insist() {
	if len(b.due) > 0 && b.st.Owed() > 0 {
		any, _ := transcript.NewPattern("...", true)
		b.group = append(b.group, Expectation{'?', any, b.due[0].Line})
		b.settle()
	}
}

// records reports whether what the server says is the reply that expectations
// before it are about, as it was recorded: one is due, and only 421 comes unasked
// (RFC 5321, 3.8).
func (b *scripter) records(e session.Event) bool {
	return b.awaits() && e.Kind == session.Received && !bytes.HasPrefix(e.Data, []byte("421"))
}

// awaits reports whether expectations are about one reply that is due.
func (b *scripter) awaits() bool {
	greets := !b.st.Open && len(b.st.Pending) == 0
	return len(b.group) > 0 && (greets || b.st.Owed() == 1)
}

// settle finds the replies that a group of expectations is about: those that
// were recorded beside it, or else some that are made up to meet it. They
// take the state on, and can be served.
func (b *scripter) settle() {
	if len(b.group) == 0 {
		return
	}
	g := Group{Expect: b.group}
	b.group = nil
	if !b.st.Open || b.blank {
		b.open(session.Event{Kind: session.Opened}, g.Expect[0].Line)
	}
	c := b.conn()
	n := len(c.Groups)
	if len(b.st.Pending) == 0 {
		for i := len(c.Answer) - 1; i >= 0 && c.Answer[i].Turn == len(c.Turns)-1 && c.Answer[i].Group < 0; i-- {
			c.Answer[i].Group = n
			g.Answers++
		}
	}
	if g.Answers == 0 {
		before := len(c.Answer)
		b.made = n
		lines := samples(g.Expect, b.st.Pending, b.next())
		if len(b.st.Pending) > 0 && (b.st.Pending[0].Verb == "EHLO" || b.st.Pending[0].Verb == "LHLO") && b.bdat() {
			offer(lines, g.Expect)
		}
		for _, l := range lines {
			b.received(session.Event{Kind: session.Received, Block: -2 - g.Expect[0].Line, Data: []byte(l.text + "\r\n")}, l.line)
		}
		b.made = -1
		g.Answers = len(c.Answer) - before
	}
	c.Groups = append(c.Groups, g)
	b.block = -1
}
