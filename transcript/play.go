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

// maxLull is the longest silence before its end that a replay waits for unless
// it is to keep time: idle servers hang up after minutes.
const maxLull = 30 * time.Second

// turn says one turn again, if it may be said.
func (r *run) turn(ctx context.Context, c *conn, i int) error {
	t := &c.turns[i]
	if t.kind == turnWait {
		return pause(ctx, t.wait)
	}
	if r.o.Timing {
		if err := pause(ctx, t.gap); err != nil {
			return err
		}
	}
	why := barred(r.st, r.inChunk, t)
	if why == "" {
		why = r.logIn(r.st, t)
	}
	if why != "" {
		r.unsent(ctx, t, why)
		return nil
	}
	if t.kind == turnSecure {
		return r.handshake(ctx, t)
	}
	st, err := r.w.step(t, r.t, r.known())
	if err != nil {
		r.quit(ctx)
		return fmt.Errorf("%s: %w", session.Escape(r.t.Name), err)
	}
	if n := t.withheld(); n > 0 {
		s := StepReport{Conn: r.conn, Turn: t.id, Line: t.line, Title: t.title()}
		s.note("filler", "%d octets are not in the file: as many x go out in their place", n)
		r.steps = append(r.steps, s)
	}
	octets := int64(len(st.Bytes))
	if st.Content != nil {
		octets = st.Content.Octets
	}
	err = r.do(ctx, []session.Step{st}, octets, c.repliesAfter(i))
	// A session stops waiting when it can make no sense of what came; the
	// recording knows whether a reply followed.
	for ctx.Err() == nil && err == nil && r.st.Open && len(r.st.Pending) > 0 && r.replies < c.due(i) {
		err = r.do(ctx, []session.Step{{Kind: session.Await, Timeout: t.limit}}, 0, c.due(i))
	}
	if ctx.Err() == nil && err == nil && len(r.st.Pending) == 0 && r.st.Owed() > 0 {
		// So many that a session does not list them all.
		limit, _ := session.Timeout("RCPT")
		r.until(ctx, limit, func() bool { return r.replies >= c.due(i) })
	}
	r.inChunk = err == nil
	if err != nil && ctx.Err() == nil && r.st.Fault != session.FaultTimeout && r.out < octets {
		// In the middle of a line or of content nothing else can be said.
		r.cutShort(t, err)
	}
	return ctx.Err()
}

// cutShort reports a turn of which only a part went out, and ends the replay.
func (r *run) cutShort(t *turn, err error) {
	r.missing(len(r.at().turns))
	s := StepReport{Conn: r.conn, Turn: t.id, Line: t.line, Title: t.title()}
	s.differ("unsent", "not sent to its end: %s", err)
	r.steps = append(r.steps, s)
	r.over = true
	r.stop(t.line, err.Error())
}

// unsent reports a turn that must not be said. It ends the replay, unless it
// can go on without it.
func (r *run) unsent(ctx context.Context, t *turn, why string) {
	s := StepReport{Conn: r.conn, Turn: t.id, Line: t.line, Title: t.title()}
	s.differ("unsent", "%s", why)
	r.steps = append(r.steps, s)
	r.inChunk = false
	// RFC 3207, 4.1: no going back to plain text, whatever the options say.
	if !r.o.Continue || t.secure || t.kind == turnSecure || !r.st.Open {
		r.quit(ctx)
		r.stop(t.line, why)
	}
}

// handshake starts TLS.
func (r *run) handshake(ctx context.Context, t *turn) error {
	err := r.do(ctx, []session.Step{{ID: t.id, Kind: session.StartTLS}}, 0, -1)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		s := StepReport{Conn: r.conn, Turn: t.id, Line: t.line, Title: t.title()}
		s.differ("tls", "%s", err)
		r.steps = append(r.steps, s)
		r.stop(t.last, "there is no TLS, and nothing goes back to plain text")
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// barred says why a turn must not be said in a state, or "". inChunk is set
// if the BDAT before it was said.
func barred(st session.State, inChunk bool, t *turn) string {
	switch {
	case !st.Open:
		return "not sent: the channel is closed"
	case t.secure && !st.Secure:
		return "not sent: it was said under TLS, and the channel is in the clear"
	}
	switch t.gate {
	case gateData:
		// Some servers say 300 or 353; whoever does so again may have it.
		if code := st.Answers.Data.Code; st.Phase != session.Data || code != 354 && code != t.code {
			return "not sent: content needs a 354 before it"
		}
	case gateChallenge:
		if st.Phase != session.Challenged {
			return "not sent: a response needs a 334 before it"
		}
	case gateHandshake:
		if st.Phase != session.Handshake {
			return "not done: a TLS handshake needs a 220 to STARTTLS before it"
		}
	case gateChunk:
		if len(st.ForwardPath()) == 0 {
			return "not sent: a chunk needs a recipient that was taken"
		}
	case gateInChunk:
		if !inChunk {
			return "not sent: the BDAT before it was not"
		}
	}
	return ""
}

// quit ends a replay before its time, where that can be said.
func (r *run) quit(ctx context.Context) {
	r.over = true
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
	if c.end.Broken != "" || c.end.Partial() { // not all of it was a reply, and all of it is heard
		r.until(ctx, patience, func() bool { return r.lines >= len(c.heard) })
	}
	r.missing(len(c.turns))
	waits := c.closed != nil && c.closed.Fact("by") == "server"
	for _, x := range c.wants {
		waits = waits || x.of == "closed"
	}
	if waits && (c.lull <= maxLull || r.o.Timing || len(c.wants) > 0) {
		r.untilClosed(ctx, c)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	_ = r.s.Close()
	r.learn(r.s.Log().Since(r.seen))
	return nil
}

// untilClosed gives the server time to close the channel.
func (r *run) untilClosed(ctx context.Context, c *conn) {
	limit := patience
	if t := r.o.Session.Timeout; t > 0 {
		limit = min(patience, t)
	}
	limit += c.lull
	for _, x := range c.wants {
		if within, ok := x.within(); ok && x.of == "closed" {
			limit = within + time.Second
		}
	}
	r.waited = limit
	r.until(ctx, limit, func() bool { return false })
}

// until learns what happens until it is enough, or the channel is closed.
func (r *run) until(ctx context.Context, limit time.Duration, enough func() bool) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for r.st.Open && !enough() {
		events, err := r.s.Log().Wait(ctx, r.seen)
		if err != nil {
			return
		}
		r.learn(events)
	}
}
