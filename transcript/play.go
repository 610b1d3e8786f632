package transcript

import (
	"context"
	"fmt"
	"time"

	"ehlo/session"
)

// patience is how long a replay waits for a server to close the channel, or
// to answer the QUIT that ends a replay before its time.
const patience = 5 * time.Second

// turn says one turn again, if it may be said, and compares the replies.
func (r *run) turn(ctx context.Context, c *conn, i int) error {
	t := &c.turns[i]
	if t.kind == turnWait {
		return pause(ctx, t.wait)
	}
	why := r.barred(t)
	if why == "" {
		why = r.logIn(t)
	}
	if why != "" {
		r.rep.Steps = append(r.rep.Steps, StepReport{Line: t.line, Title: t.title(), Diff: Diff{Differences: []string{session.Escape(why)}}})
		r.inChunk = false
		// RFC 3207, 4.1: no going back to plain text, whatever the options say.
		if !r.o.Continue || t.secure || t.kind == turnSecure || !r.st.Open {
			r.quit(ctx)
			r.stop(t.line, why)
		}
		return nil
	}
	if t.kind == turnSecure {
		return r.handshake(ctx, t)
	}
	st, err := t.step(r.t, r.values)
	if err != nil {
		r.quit(ctx)
		return fmt.Errorf("%s: %w", session.Escape(r.t.Name), err)
	}
	octets := int64(len(st.Bytes))
	if st.Content != nil {
		octets = st.Content.Octets
	}
	err = r.do(ctx, []session.Step{st}, octets, c.repliesAfter(i))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	// A session stops waiting when it can make no sense of what came; the
	// recording knows whether a reply followed.
	for err == nil && r.st.Open && len(r.st.Pending) > 0 && len(r.got) < c.due(i) {
		err = r.do(ctx, []session.Step{{Kind: session.Await, Timeout: t.limit}}, 0, c.due(i))
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r.inChunk = err == nil
	if !r.compare(c, i) && !r.o.Continue {
		line := c.atEnd
		if i+1 < len(c.turns) {
			line = c.turns[i+1].line
		}
		r.quit(ctx)
		if line > 0 {
			r.stop(line, "a reply differs")
		}
		r.stopped = true
	}
	return nil
}

// due counts the replies that had come before the turn behind i.
func (c *conn) due(i int) (n int) {
	for _, a := range c.answer {
		if a.turn <= i {
			n++
		}
	}
	return n
}

// handshake starts TLS, and compares what counts of it.
func (r *run) handshake(ctx context.Context, t *turn) error {
	err := r.do(ctx, []session.Step{{ID: t.id, Kind: session.StartTLS}}, 0, -1)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	step := StepReport{Line: t.line, Title: t.title()}
	if err != nil {
		step.differ("%s", err)
		r.stop(t.last, "there is no TLS, and nothing goes back to plain text")
	} else {
		step.Diff = diffTLS(t.secured, r.tls)
	}
	r.rep.Steps = append(r.rep.Steps, step)
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// barred says why a turn must not be said now, or "".
func (r *run) barred(t *turn) string {
	switch {
	case !r.st.Open:
		return "not sent: the channel is closed"
	case t.secure && !r.st.Secure:
		return "not sent: it was said under TLS, and the channel is in the clear"
	}
	switch t.gate {
	case gateData:
		if r.st.Phase != session.Data || r.st.Answers.Data.Code != 354 {
			return "not sent: content needs a 354 before it"
		}
	case gateChallenge:
		if r.st.Phase != session.Challenged {
			return "not sent: a response needs a 334 before it"
		}
	case gateHandshake:
		if r.st.Phase != session.Handshake {
			return "not done: a TLS handshake needs a 220 to STARTTLS before it"
		}
	case gateChunk:
		if len(r.st.ForwardPath()) == 0 {
			return "not sent: a chunk needs a recipient that was taken"
		}
	case gateInChunk:
		if !r.inChunk {
			return "not sent: the BDAT before it was not"
		}
	}
	return ""
}

// title is what a report calls the turn.
func (t *turn) title() string {
	switch {
	case t.kind == turnContent:
		return "content"
	case t.kind == turnSecure:
		return "TLS handshake"
	case len(t.parts) > 0:
		return session.Escape(lineText(t.parts[0].data))
	}
	return ""
}

// compare compares the replies that the recording has behind turn i; -1 is
// the connection itself. It reports whether the replay can go on.
func (r *run) compare(c *conn, i int) bool {
	expect, line, title := c.expect, c.line, session.Greeting
	if i >= 0 {
		expect, line, title = c.turns[i].expect, c.turns[i].line, c.turns[i].title()
	}
	defer func() { r.lines = nil }()
	if c.expects() {
		if len(expect) == 0 {
			r.next = len(r.got)
			return true
		}
		d, captures := checkExpectations(expect, r.lines)
		for name, value := range captures {
			r.values[name] = value
		}
		step := StepReport{Line: line, Title: title, Diff: d}
		if len(r.got) > r.next {
			step.Got = r.got[len(r.got)-1]
		}
		r.next = len(r.got)
		r.rep.Steps = append(r.rep.Steps, step)
		return d.Same()
	}
	good := true
	for _, a := range c.answer {
		if a.turn == i {
			good = r.reply(c, a) && good
		}
	}
	return good
}

// reply compares one reply.
func (r *run) reply(c *conn, a answer) bool {
	step := StepReport{Line: c.line, Reply: a.line, Title: session.Greeting, Want: a.Reply}
	if a.unit >= 0 {
		step.Line, step.Title = c.units[a.unit].line, session.Escape(c.units[a.unit].text)
	}
	if step.Line == 0 {
		step.Line = a.line
	}
	good := false
	if r.next < len(r.got) {
		step.Got = r.got[r.next]
		r.next++
		step.Diff = diffReplies(step.Want, step.Got, namesOf(c.end), namesOf(r.st))
		good = step.Want.Code.Class() == step.Got.Code.Class()
	} else {
		step.differ("no reply: %s", r.silence())
	}
	r.rep.Steps = append(r.rep.Steps, step)
	return good
}

// silence says why no reply came: what was waited for, and how long.
func (r *run) silence() string {
	switch {
	case r.st.Fault != "":
		return faultText(r.st)
	case !r.st.Open && r.st.Closed != "":
		return "the channel was closed by the " + r.st.Closed
	case r.st.Broken != "":
		return r.st.Broken
	case len(r.st.Pending) > 0:
		return "the server owes a reply to " + r.st.Pending[0].Verb
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

// quit ends a replay before its time, where that can be said.
func (r *run) quit(ctx context.Context) {
	switch r.st.Phase {
	case session.Greeted, session.Rejected, session.Ready, session.Sender, session.Recipients, session.Spoilt:
		if r.st.Open && len(r.st.Pending) == 0 {
			st := session.Line("QUIT")
			st.Timeout = patience
			_ = r.do(ctx, []session.Step{st}, int64(len(st.Bytes)), -1)
		}
	}
	_ = r.s.Close()
	r.learn(r.s.Log().Since(r.seen))
}

// hangUp ends a connection as the recording did.
func (r *run) hangUp(ctx context.Context, c *conn) error {
	by := ""
	if c.closed != nil {
		by = c.closed.Fact("by")
	}
	parted := r.st.Phase == session.Over // by 221 or 421: then either may close first
	if by == "server" {
		r.untilClosed(ctx)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	step := StepReport{Line: c.atEnd, Title: "end of the connection"}
	switch {
	case by == "server" && r.st.Open && parted:
		step.note("the server leaves it to the client to close the channel")
	case by == "server" && r.st.Open:
		step.differ("the server closed the channel then, and does not now within %s", r.patience())
	case by == "client" && !r.st.Open && !parted && r.st.Closed == "server":
		step.differ("the server closed the channel; the client did then")
	}
	_ = r.s.Close()
	r.learn(r.s.Log().Since(r.seen))
	if r.next < len(r.got) {
		step.Got = r.got[r.next]
		step.differ("%d replies more than the recording has", len(r.got)-r.next)
	}
	if c.end.Fault != "" {
		step.note("the recording ends here with: %s", faultText(c.end))
	}
	if len(step.Differences)+len(step.Notes) > 0 {
		r.rep.Steps = append(r.rep.Steps, step)
	}
	return nil
}

// untilClosed gives the server time to close the channel.
func (r *run) untilClosed(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, r.patience())
	defer cancel()
	for r.st.Open {
		events, err := r.s.Log().Wait(ctx, r.seen)
		if err != nil {
			return
		}
		r.learn(events)
	}
}

func (r *run) patience() time.Duration {
	if t := r.o.Session.Timeout; t > 0 {
		return min(patience, t)
	}
	return patience
}
