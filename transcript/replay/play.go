package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/script"
)

// patience is how long a replay waits for a server to close the channel, or
// to answer the QUIT that ends a replay before its time.
const patience = 5 * time.Second

// maxLull is the longest silence before its end that a replay waits for unless
// it is to keep time: idle servers hang up after minutes.
const maxLull = 30 * time.Second

// turn says one turn again, if it may be said.
func (r *run) turn(ctx context.Context, c *script.Conn, i int) error {
	t := &c.Turns[i]
	if t.Kind == script.TurnWait {
		return pause(ctx, t.Wait)
	}
	if r.o.Timing {
		if err := pause(ctx, t.Gap); err != nil {
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
	if t.Kind == script.TurnSecure {
		return r.handshake(ctx, t)
	}
	st, err := r.w.step(t, r.t, r.known())
	if why := r.uncaptured(err, t); why != "" {
		r.quit(ctx)
		r.stop(t.Line, why)
		return nil
	}
	if err != nil {
		r.quit(ctx)
		return fmt.Errorf("%s: %w", session.Escape(r.t.Name), err)
	}
	if n := t.Withheld(); n > 0 {
		s := StepReport{Conn: r.conn, Turn: t.ID, Line: t.Line, Title: t.Title()}
		s.note("filler", "%d octets are not in the file: as many x go out in their place", n)
		r.steps = append(r.steps, s)
	}
	octets := int64(len(st.Bytes))
	if st.Content != nil {
		octets = st.Content.Octets
	}
	err = r.do(ctx, []session.Step{st}, octets, c.RepliesAfter(i))
	// A session stops waiting when it can make no sense of what came; the
	// recording knows whether a reply followed.
	for ctx.Err() == nil && err == nil && r.st.Open && len(r.st.Pending) > 0 && r.replies < c.Due(i) {
		err = r.do(ctx, []session.Step{{Kind: session.Await, Timeout: t.Limit}}, 0, c.Due(i))
	}
	if ctx.Err() == nil && err == nil && len(r.st.Pending) == 0 && r.st.Owed() > 0 {
		// So many that a session does not list them all.
		limit, _ := session.Timeout("RCPT")
		r.until(ctx, limit, func() bool { return r.replies >= c.Due(i) })
	}
	r.inChunk = err == nil
	if err != nil && ctx.Err() == nil && r.st.Fault != session.FaultTimeout && r.out < octets {
		// In the middle of a line or of content nothing else can be said.
		r.cutShort(t, err)
	}
	return ctx.Err()
}

// uncaptured says which line was to give what a turn cannot be said without, or "".
func (c *Comparison) uncaptured(err error, t *script.Turn) string {
	var missing *transcript.MissingError
	if !errors.As(err, &missing) {
		return ""
	}
	line := c.sc.Captures(missing.Name, t.Line)
	if line == 0 {
		return ""
	}
	return fmt.Sprintf("${%s} has no value: line %d was to capture it", missing.Name, line)
}

// overhear waits for what the recorded server said by itself before the next
// turn: who speaks before it has come would take it for the answer.
func (r *run) overhear(ctx context.Context, i int) {
	for a := r.unasked(i + 1); a != nil && ctx.Err() == nil; a = r.unasked(i + 1) {
		long := a.Took > maxLull && !r.o.Timing
		seen := r.replies
		r.until(ctx, r.o.lull(a), func() bool { return r.replies > seen })
		switch {
		case r.replies > seen || ctx.Err() != nil:
		case long && r.st.Open:
			r.overdue(a)
		default:
			r.missing(i + 1)
		}
	}
}

// lull is how long to wait for what a server once said by itself.
func (o *Options) lull(a *script.Answer) time.Duration {
	limit := patience
	if t := o.Session.Timeout; t > 0 {
		limit = min(limit, t)
	}
	if a.Took <= maxLull || o.Timing {
		limit += a.Took
	}
	return limit
}

// cutShort reports a turn of which only a part went out, and ends the replay.
func (r *run) cutShort(t *script.Turn, err error) {
	r.missing(len(r.at().Turns))
	s := StepReport{Conn: r.conn, Turn: t.ID, Line: t.Line, Title: t.Title()}
	s.differ("unsent", "not sent to its end: %s", err)
	r.steps = append(r.steps, s)
	r.over = true
	r.stop(t.Line, err.Error())
}

// unsent reports a turn that must not be said. It ends the replay, unless it
// can go on without it.
func (r *run) unsent(ctx context.Context, t *script.Turn, why string) {
	s := StepReport{Conn: r.conn, Turn: t.ID, Line: t.Line, Title: t.Title()}
	r.inChunk = false
	if t.Early && r.st.Open {
		s.note("unsent", "%s; nor was there one then", why)
		r.steps = append(r.steps, s)
		return
	}
	s.differ("unsent", "%s", why)
	r.steps = append(r.steps, s)
	// RFC 3207, 4.1: no going back to plain text, whatever the options say.
	if !r.o.Continue || t.Secure || t.Kind == script.TurnSecure || !r.st.Open {
		r.quit(ctx)
		r.stop(t.Line, why)
	}
}

// handshake starts TLS.
func (r *run) handshake(ctx context.Context, t *script.Turn) error {
	err := r.do(ctx, []session.Step{{ID: t.ID, Kind: session.StartTLS}}, 0, -1)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	switch {
	case t.Refused() && err != nil:
		r.parted = true // with this connection; the next one is another
	case err != nil:
		r.stop(t.Last, "there is no TLS, and nothing goes back to plain text")
	case r.doubts(&t.Secured, t.Wants):
		r.stop(t.Last, r.doubt())
	}
	return nil
}

// doubts reports whether a server is not the one that all of this was meant for:
// that one had a certificate which could be verified.
func (r *run) doubts(then *session.Event, wants []transcript.Condition) bool {
	if then == nil || !verified(then) || !r.st.Open || !r.st.Secure || r.st.Verified {
		return false
	}
	judged := slices.ContainsFunc(wants, func(c transcript.Condition) bool { return c.Asks("chain") || c.Asks("name") })
	return !judged && !r.o.Insecure && !slices.Contains(r.ignored(), "tls")
}

// verified reports whether a certificate was good, by what is told of a handshake.
func verified(e *session.Event) bool { return e.Fact("chain") == "ok" && e.Fact("name") == "ok" }

func (r *run) doubt() string {
	r.rep.Doubted = true
	return "the certificate is not verified: " + r.st.Unverified
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
func barred(st session.State, inChunk bool, t *script.Turn) string {
	switch {
	case !st.Open:
		return "not sent: the channel is closed"
	case t.Secure && !st.Secure:
		return "not sent: it was said under TLS, and the channel is in the clear"
	}
	switch t.Gate {
	case script.GateData:
		// Some servers say 300 or 353; whoever does so again may have it.
		if code := st.Answers.Data.Code; st.Phase != session.Data || code != 354 && code != t.Code {
			return "not sent: content needs a 354 before it"
		}
	case script.GateChallenge:
		if st.Phase != session.Challenged {
			return "not sent: a response needs a 334 before it"
		}
	case script.GateHandshake:
		if st.Phase != session.Handshake {
			return "not done: a TLS handshake needs a 220 to STARTTLS before it"
		}
	case script.GateChunk:
		if len(st.ForwardPath()) == 0 {
			return "not sent: a chunk needs a recipient that was taken"
		}
	case script.GateInChunk:
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
func (r *run) hangUp(ctx context.Context, c *script.Conn) error {
	if c.End.Broken != "" || c.End.Partial() { // not all of it was a reply, and all of it is heard
		r.until(ctx, patience, func() bool { return r.lines >= len(c.Heard) })
	}
	r.missing(len(c.Turns))
	waits := c.Closed != nil && c.Closed.Fact("by") == "server"
	for _, x := range c.Wants {
		waits = waits || x.Of == "closed"
	}
	if waits && !r.idle && (c.Lull <= maxLull || r.o.Timing || len(c.Wants) > 0) {
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
func (r *run) untilClosed(ctx context.Context, c *script.Conn) {
	limit := patience
	if t := r.o.Session.Timeout; t > 0 {
		limit = min(patience, t)
	}
	limit += c.Lull
	for _, x := range c.Wants {
		if within, ok := x.Within(); ok && x.Of == "closed" {
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
