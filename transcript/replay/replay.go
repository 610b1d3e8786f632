package replay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"time"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/script"
)

// Options say how and against whom a transcript is run again.
type Options struct {
	// Session says where the server is; the address in the recording is never
	// used. Its Recorder is given the new run.
	Session session.Options
	// Compare says what counts as a difference.
	Compare CompareOptions
	// Rewrite says what goes out otherwise than it was recorded.
	Rewrite Rewrite
	// Continue goes on behind a reply whose first digit differs. Without it
	// the replay says QUIT there and stops.
	Continue bool
	// Insecure goes on under TLS although the certificate is not verified, and was
	// then. Without it nothing more is said, unless the transcript or Compare says
	// what to think of it.
	Insecure bool
	// Timing waits before each turn as long as it was waited then. Without it
	// a turn goes out as soon as the replies before it have come.
	Timing bool
	// Variables has the values of ${name}, secrets among them: "secret.1".
	Variables map[string]string
	// Auth, if set, names who answers in a login: mech is the mechanism and
	// user whom the recording names, or "". Each response is computed from
	// what the server asks now; a recorded one is never said again. What stands
	// in Variables comes first.
	Auth func(mech, user string) (session.Authenticator, error)
	// Rand makes what Rewrite refreshes. Default: another one each time.
	Rand *rand.Rand
}

func (o *Options) rewriter() *rewriter {
	w := &rewriter{Rewrite: o.Rewrite, renew: renewal{now: o.Session.Now, rand: o.Rand}}
	if w.renew.now == nil {
		w.renew.now = time.Now
	}
	if w.renew.rand == nil {
		w.renew.rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	return w
}

// ErrNothing is the error of a replay of a transcript in which nobody speaks.
var ErrNothing = errors.New("there is nothing to play")

// Run says again what the client of a transcript said and compares what
// the server answers with what it answered then. The report is complete as
// far as the replay came; an error says that it could not begin, or that ctx
// was done.
//
// What goes out waits for the replies that had come before it in the
// recording, not for the clock. It never fails open: content needs a 354, a
// response to a challenge a 334, a chunk recipients, and what was said under
// TLS is not said in the clear. What was meant for a server that has proved its name
// goes to no other, unless Insecure says so.
func Run(ctx context.Context, t *transcript.Transcript, o Options) (*Report, error) {
	sc := script.New(t)
	rep := &Report{Name: t.Name}
	switch {
	case len(sc.Conns) == 0 && sc.Skip == 0:
		return nil, fmt.Errorf("%s: %w", session.Escape(t.Name), ErrNothing)
	case sc.Skip > 0 && (len(sc.Conns) == 0 || sc.Skip < sc.Conns[0].First()):
		rep.Skipped, rep.Why, rep.Same = sc.Skip, sc.Why, true
		return rep, nil
	}
	if name, line := sc.Missing(o.Variables, o.Auth != nil); name != "" {
		return nil, &transcript.MissingError{Name: name, File: t.Name, Line: line}
	}
	w := o.rewriter()
	w.conns = sc.Conns
	r := &run{t: t, o: o, sc: sc, rep: rep, w: w, Comparison: newComparison(sc, o.Compare, w)}
	r.begin(&sc.Conns[0])
	begun := time.Now()
	defer func() {
		r.end()
		rep.Events, rep.Captures, rep.Took = r.past, r.Captures, time.Since(begun)
	}()
	for i := range sc.Conns {
		if i > 0 && r.skips(sc.Conns[i].Line) {
			break
		}
		err := r.play(ctx, &sc.Conns[i])
		if err != nil && (i == 0 || ctx.Err() != nil) {
			rep.Steps = r.steps
			return rep, err
		}
		if err != nil {
			r.stop(sc.Conns[i].First(), err.Error())
		}
		if r.stopped {
			break
		}
	}
	rep.Steps = r.steps
	differences, _ := rep.Counts()
	rep.Same = differences == 0
	return rep, nil
}

// run is one replay.
type run struct {
	*Comparison
	t   *transcript.Transcript
	o   Options
	sc  *script.Script
	s   *session.Session
	rep *Report
	w   *rewriter

	past    []session.Event                         // of sessions before this one
	first   bool                                    // TLS comes before the greeting, as it did then
	answers map[string]string                       // to challenges, by the name of the secret
	logins  map[*script.Login]session.Authenticator // who answers in them
	seen    int                                     // events taken from the log
	out     int64                                   // octets sent, of the steps under way
	replies int                                     // that came on this connection
	lines   int                                     // the same, of any kind
	inChunk bool                                    // the BDAT before was said
	parted  bool                                    // the handshake failed, as it did then
	stopped bool
}

// begin begins a session that opens its channels as this one was opened: under
// TLS from the beginning, if it was (RFC 8314, 3).
func (r *run) begin(c *script.Conn) {
	o := r.o.Session
	r.first = c.Secured != nil
	o.Target.TLS = o.Target.TLS || r.first
	r.s, r.seen = session.New(o), 0
}

// end closes the session, and learns what happened last.
func (r *run) end() {
	_ = r.s.Close()
	r.rep.Unrecorded = cmp.Or(r.rep.Unrecorded, r.s.RecordError())
	r.learn(r.s.Log().Since(r.seen))
	for _, e := range r.s.Log().Since(0) {
		e.Seq = len(r.past) + 1
		r.past = append(r.past, e)
	}
}

// play plays one connection again.
func (r *run) play(ctx context.Context, c *script.Conn) error {
	r.replies, r.lines, r.bad, r.over, r.parted = 0, 0, false, false, false
	if (c.Secured != nil) != r.first {
		r.end()
		r.begin(c)
	}
	if err := r.connect(ctx, c); err != nil {
		return err
	}
	if r.doubts(c.Secured, c.Expected("tls")) {
		r.stop(c.First(), r.doubt())
	}
	for i := -1; i < len(c.Turns); i++ {
		if i >= 0 {
			if r.skips(c.Turns[i].Line) {
				return r.leave(ctx)
			}
			if err := r.turn(ctx, c, i); err != nil {
				return err
			}
		}
		if r.stopped || r.parted {
			return nil
		}
		r.overhear(ctx, i)
		if r.st.Fault != "" || !r.st.Open {
			r.missing(i + 1)
		}
		if r.bad && !r.o.Continue {
			return r.giveUp(ctx, c, i)
		}
	}
	return r.hangUp(ctx, c)
}

// skips reports whether a line is behind "@ skip".
func (r *run) skips(line int) bool {
	if !r.skipped(line) {
		return false
	}
	r.rep.Skipped, r.rep.Why = r.sc.Skip, r.sc.Why
	return true
}

// giveUp ends a replay behind a reply that the recording cannot go on from.
func (r *run) giveUp(ctx context.Context, c *script.Conn, i int) error {
	line := c.AtEnd
	if i+1 < len(c.Turns) {
		line = c.Turns[i+1].Line
	}
	r.quit(ctx)
	if line > 0 {
		r.stop(line, "a reply differs")
	}
	r.stopped = true
	return ctx.Err()
}

// leave ends a replay where the transcript asks for it.
func (r *run) leave(ctx context.Context) error {
	r.quit(ctx)
	r.stopped = true
	return ctx.Err()
}

func (r *run) connect(ctx context.Context, c *script.Conn) error {
	var steps []session.Step
	if r.o.Session.Target.NeedsLookup() && r.s.State().Addresses == nil {
		steps = append(steps, session.Step{Kind: session.Resolve})
	}
	steps = append(steps, session.Step{Kind: session.Connect, Timeout: c.Limit, Why: fmt.Sprintf("line %d of the transcript", c.First())})
	err := r.do(ctx, steps, 0, c.RepliesAfter(-1))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	silent := r.st.Fault == session.FaultTimeout && len(c.Answer) > 0 // and then it was not
	if r.st.Fault == session.FaultTLS && err != nil {
		return errors.New(r.st.FaultText) // in the words of the log
	}
	if r.replies == 0 && (!r.st.Open && r.st.Closed == "" || silent) {
		return err
	}
	return nil
}

// do carries out steps until octets have gone out and so many replies have
// come; with a negative number, until all replies have come that are due.
func (r *run) do(ctx context.Context, steps []session.Step, octets int64, replies int) error {
	r.out = 0
	doing, enough := context.WithCancel(ctx)
	defer enough()
	done := make(chan error, 1)
	go func() {
		defer enough()
		done <- r.s.Do(doing, steps...)
	}()
	for {
		if replies >= 0 && r.st.Open && (r.st.Secure || !r.first) && r.out >= octets && r.replies >= replies {
			enough()
		}
		events, err := r.s.Log().Wait(doing, r.seen)
		if err != nil {
			break
		}
		r.learn(events)
	}
	err := <-done
	r.learn(r.s.Log().Since(r.seen))
	if ctx.Err() == nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// learn follows the new run.
func (r *run) learn(events []session.Event) {
	for _, e := range events {
		r.seen++
		r.Learn(e)
		switch {
		case e.Kind == session.Sent:
			r.out += script.OctetCount(e)
		case e.Kind == session.Received:
			r.lines++
			if r.st.Last.Seq == e.Seq {
				r.replies++
			}
		}
	}
}

// stop ends the replay at a line of the recording.
func (r *run) stop(line int, why string) {
	if !r.stopped {
		r.stopped = true
		r.rep.Left, r.rep.Why = max(line, 1), session.Escape(why)
	}
}

// known are the values of variables at this moment.
func (r *run) known() map[string]string {
	values := r.values(r.o.Variables)
	maps.Copy(values, r.answers)
	return values
}
