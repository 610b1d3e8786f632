package replay

import (
	"cmp"
	"fmt"
	"slices"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/script"
)

// What is compared beside replies stands here: handshakes, replies that did
// not come, and how a connection ended.

func (c *Comparison) secured(e session.Event) {
	at := c.at()
	c.raw, c.octet, c.line = nil, nil, nil
	if c.st.Phase == session.Greet {
		s := StepReport{Line: at.TLSLine, Conn: c.conn, Title: "TLS handshake", Diff: Diff{ignore: c.ignored()}}
		wants := at.Expected("tls")
		switch {
		case at.Secured != nil:
			c.agreed(s, *at.Secured, e, wants)
		case len(wants) > 0: // smtps:// was asked for
			s.Line = wants[0].Line
			c.agreed(s, session.Event{}, e, wants)
		}
		return
	}
	t, s := c.handshake()
	switch {
	case t == nil:
	case t.Refused():
		s.differ("tls", "the handshake failed then (%s), and does not now", t.Secured.Text)
		c.steps, c.bad = append(c.steps, s), true
	default:
		c.agreed(s, t.Secured, e, t.Wants)
	}
}

// agreed compares what two handshakes have agreed on.
func (c *Comparison) agreed(s StepReport, then, now session.Event, wants []transcript.Condition) {
	s.Diff.tls(then, now)
	for i := range wants {
		s.condition(&wants[i], now)
	}
	c.steps = append(c.steps, s)
}

// handshake finds the next handshake behind what was said, and begins a report
// on it.
func (c *Comparison) handshake() (*script.Turn, StepReport) {
	at := c.at()
	s := StepReport{Conn: c.conn, Title: "TLS handshake", Diff: Diff{ignore: c.ignored()}}
	for i := range at.Turns {
		if t := &at.Turns[i]; t.Kind == script.TurnSecure && (c.last < 0 || at.Units[c.last].Turn < i) {
			s.Line, s.Turn = t.Line, t.ID
			return t, s
		}
	}
	return nil, s
}

// refused: RFC 3207, 4.1: no plain text may follow a handshake that failed, and
// so there is nothing more to compare.
func (c *Comparison) refused(e session.Event) {
	t, s := c.handshake()
	if t == nil {
		if c.last < 0 && c.st.Last.Seq == 0 { // smtps://, or TLS came first then, too
			c.refusedFirst(s, e)
		}
		return
	}
	c.over = true
	if t.Refused() {
		s.note("tls", "the handshake fails, as it did then: %s", e.Text)
		if at := c.at(); at.Turns[len(at.Turns)-1].ID > t.ID {
			s.note("unsent", "what was said in plain text behind it is not said again")
		}
	} else {
		s.differ("tls", "%s", e.Text)
	}
	c.steps = append(c.steps, s)
}

// refusedFirst is about a handshake that was to come before the greeting.
func (c *Comparison) refusedFirst(s StepReport, e session.Event) {
	at := c.at()
	if s.Line = at.TLSLine; s.Line == 0 {
		s.Line = at.First()
	}
	if c.over = true; at.End.Fault == session.FaultTLS {
		s.note("tls", "the handshake fails, as it did then: %s", e.Text)
	} else {
		s.differ("tls", "%s", e.Text)
	}
	c.steps = append(c.steps, s)
}

// missing reports the replies that the first turns have in the recording and
// that did not come.
func (c *Comparison) missing(turns int) {
	at := c.at()
	for i := range at.Answer {
		a := &at.Answer[i]
		if !c.outstanding(i, turns) {
			continue
		}
		c.done[i], c.bad = true, true
		s := c.step(a.Unit)
		if s.Want = a.Reply; a.Group < 0 {
			s.Reply = a.Line
		} else {
			s.Expected = true
		}
		if s.Line == 0 {
			s.Line = a.Line
		}
		s.differ("missing", "no reply: %s", c.silence(i))
		c.steps = append(c.steps, s)
	}
}

// outstanding reports whether an answer that the first turns have in the
// recording has not come.
func (c *Comparison) outstanding(i, turns int) bool {
	a := &c.at().Answer[i]
	if c.done[i] || c.skipped(a.Line) || a.Turn >= turns || a.Unit >= 0 && !c.spoken[a.Unit] {
		return false
	}
	return a.Group < 0 || len(c.at().Groups[a.Group].Expect) > 0
}

// unasked finds the next reply that the server gave by itself in the recording,
// before the turn behind the first ones, and that has not come.
func (c *Comparison) unasked(turns int) *script.Answer {
	if c.conn < 0 || c.conn >= len(c.sc.Conns) || c.over || !c.st.Open || len(c.st.Pending) > 0 || c.st.Owed() > 0 {
		return nil
	}
	for i := range c.done {
		if c.outstanding(i, turns) {
			return &c.at().Answer[i]
		}
	}
	return nil
}

// overdue notes that what the server once said by itself has not come. After so
// long a silence as that was nobody waited for it.
func (c *Comparison) overdue(a *script.Answer) {
	s := c.step(a.Unit)
	if s.Reply, s.Want = a.Line, a.Reply; s.Line == 0 {
		s.Line = a.Line
	}
	s.note("missing", "the server said this by itself after %s; that was not waited for", round(a.Took))
	c.steps = append(c.steps, s)
	for i := range c.done {
		if &c.at().Answer[i] == a {
			c.done[i], c.idle = true, true
		}
	}
}

// silence says why a reply of the recording did not come.
func (c *Comparison) silence(answer int) string {
	a := c.at().Answer
	if c.st.Open && len(c.st.Pending) == 0 && answer > 0 && a[answer-1].Unit == a[answer].Unit && a[answer].To == "" {
		if a[answer].Group >= 0 {
			return "nothing that was said asks for it (does it end with \\r\\n?), and the server does not say it by itself"
		}
		return "the server said it by itself then, and does not now"
	}
	return silence(c.st)
}

// silence says why no reply came: what was waited for, and how long.
func silence(s session.State) string {
	switch {
	case s.Fault != "":
		return faultText(s)
	case !s.Open && s.Closed != "":
		return "the channel was closed by the " + s.Closed
	case s.Broken != "":
		return s.Broken
	case len(s.Pending) > 0:
		return "the server owes a reply to " + s.Pending[0].Verb
	}
	return "the server owes none"
}

// faultText is what a fault said, or at least what it was and what was waited
// for.
func faultText(s session.State) string {
	switch {
	case s.FaultText != "":
		return session.Escape(s.FaultText)
	case len(s.Pending) > 0:
		return session.Escape(fmt.Sprintf("%s: no reply to %s", s.Fault, s.Pending[0].Verb))
	}
	return session.Escape(string(s.Fault))
}

// rest compares what came last, if that is no reply: its last line did not
// come, or nobody can make sense of it.
func (c *Comparison) rest() {
	at := c.at()
	octets := slices.Concat(slices.Concat(c.octet...), c.line)
	if len(octets) == 0 && (at.Rest == nil || c.rested) {
		return
	}
	s := c.step(c.last)
	s.Got, s.octets = script.Cut(octets), c.octet
	if len(c.line) > 0 {
		s.octets = append(s.octets, c.line)
	}
	switch {
	case at.Rest == nil && (at.Closed == nil || c.st.Fault != ""):
		return // nobody knows whether more would have come
	case at.Rest == nil:
		s.differ("surplus", "a reply without an end, or lines that are none: the recording does not have them")
	case len(octets) == 0:
		s.Reply, s.Want = at.Rest.Line, at.Rest.Reply
		s.differ("missing", "no such lines: %s", silence(c.st))
	default:
		s.Reply, s.Want = at.Rest.Line, at.Rest.Reply
		then, now := c.names()
		s.Diff.reply(c.o.Level, s.Want, s.Got, then, now)
	}
	c.steps = append(c.steps, s)
}

// closed compares how the connection ended: who closed it, and how.
func (c *Comparison) closed(e session.Event) {
	at := c.at()
	c.missing(len(at.Turns))
	c.rest()
	s := StepReport{Line: at.AtEnd, Conn: c.conn, Title: "end of the connection", Diff: Diff{ignore: c.ignored()}}
	parted := c.st.Last.Code == 421 || c.st.Answers.Quit.Code.Done() // then either may close first
	by := ""
	if at.Closed != nil {
		by = at.Closed.Fact("by")
	}
	switch now := e.Fact("by"); {
	case by == "" || by == now:
	case by == "server" && parted:
		s.note("end", "the server leaves it to the client to close the channel")
	case by == "server" && c.idle: // it is told of already
	case by == "server" && c.waited == 0 && at.Lull > maxLull:
		s.note("end", "the server closed the channel after %s of silence then; that was not waited for", round(at.Lull))
	case by == "server" && c.waited > 0:
		s.differ("end", "the server closed the channel then, and does not now within %s", c.waited)
	case by == "server":
		s.differ("end", "the server closed the channel then; now the client does")
	case !parted:
		s.differ("end", "the server closed the channel; the client did then")
	}
	if by == "server" && e.Fact("by") == by {
		if then, now := at.Closed.Fact("how"), e.Fact("how"); then != "" && now != "" && then != now && then != "half" {
			s.change(false, "end", "", then, now, "how the server closed the channel")
		}
	}
	for _, x := range at.Expected("closed") {
		s.Line = cmp.Or(s.Line, x.Line)
		s.condition(&x, e)
		if limit, ok := x.Within(); ok && !e.At.IsZero() && e.At.Sub(c.spoke) > limit {
			s.unmet("time", x.Line, "expects the end within %s: it took %s", limit, round(e.At.Sub(c.spoke)))
		}
	}
	if !c.st.Secure {
		for _, x := range at.Expected("tls") {
			s.Line = cmp.Or(s.Line, x.Line)
			s.unmet("expect", x.Line, "expects TLS: there was none")
		}
	}
	if at.End.Fault != "" {
		s.note("end", "the recording ends here with: %s", faultText(at.End))
	}
	if len(s.Differences)+len(s.Notes) > 0 || len(at.Wants) > 0 {
		c.steps = append(c.steps, s)
	}
}
