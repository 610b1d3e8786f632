package transcript

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"ehlo/session"
)

// ReplayOptions say how and against whom a transcript is run again.
type ReplayOptions struct {
	// Session says where the server is; the address in the recording is never
	// used. Its Recorder is given the new run.
	Session session.Options
	// Continue goes on behind a reply whose first digit differs. Without it
	// the replay says QUIT there and stops.
	Continue bool
	// Variables has the values of ${name}, secrets among them: "secret.1".
	Variables map[string]string
	// Auth, if set, names who answers in a login: mech is the mechanism and
	// user whom the recording names, or "". Each response is computed from
	// what the server asks now; a recorded one is never said again. What stands
	// in Variables comes first.
	Auth func(mech, user string) (session.Authenticator, error)
}

// Replay says again what the client of a transcript said and compares what
// the server answers with what it answered then. The report is complete as
// far as the replay came; an error says that it could not begin, or that ctx
// was done.
//
// What goes out waits for the replies that had come before it in the
// recording, not for the clock. It never fails open: content needs a 354, a
// response to a challenge a 334, a chunk recipients, and what was said under
// TLS is not said in the clear.
func Replay(ctx context.Context, t *Transcript, o ReplayOptions) (*Report, error) {
	sc := newScript(t)
	if len(sc.conns) == 0 {
		return nil, fmt.Errorf("%s: there is nothing to play", session.Escape(t.Name))
	}
	if name, line := sc.missing(o.Variables, o.Auth != nil); name != "" {
		return nil, &MissingError{name, t.Name, line}
	}
	r := &run{
		t: t, o: o, s: session.New(o.Session), rep: &Report{Name: t.Name}, values: map[string]string{},
	}
	defer r.s.Close()
	defer func() { r.rep.Events = r.s.Log().Since(0) }()
	maps.Copy(r.values, o.Variables)
	for i := range sc.conns {
		err := r.conn(ctx, &sc.conns[i])
		if err != nil && (i == 0 || ctx.Err() != nil) {
			return r.rep, err
		}
		if err != nil {
			r.stop(sc.conns[i].line, err.Error())
		}
		if r.stopped {
			break
		}
	}
	differences, _ := r.rep.Counts()
	r.rep.Same = differences == 0
	return r.rep, nil
}

// run is one replay.
type run struct {
	t      *Transcript
	o      ReplayOptions
	s      *session.Session
	rep    *Report
	values map[string]string // variables and captures

	seen    int // events taken from the log
	st      session.State
	tls     session.Event   // the last Secured event
	out     int64           // octets sent, of the steps under way
	got     []session.Reply // of this connection
	lines   []string        // that came since the last comparison
	part    []byte
	next    int  // index into got of the reply to compare next
	inChunk bool // the BDAT before was said
	stopped bool
}

// conn plays one connection again.
func (r *run) conn(ctx context.Context, c *conn) error {
	r.got, r.lines, r.part, r.next = nil, nil, nil, 0
	if err := r.connect(ctx, c); err != nil {
		return err
	}
	if c.secured != nil && r.st.Secure {
		r.rep.Steps = append(r.rep.Steps, StepReport{Line: c.tlsLine, Title: "TLS handshake", Diff: diffTLS(*c.secured, r.tls)})
	}
	r.compare(c, -1)
	for i := range c.turns {
		if r.stopped {
			return nil
		}
		if err := r.turn(ctx, c, i); err != nil {
			return err
		}
	}
	if r.stopped {
		return nil
	}
	return r.hangUp(ctx, c)
}

func (r *run) connect(ctx context.Context, c *conn) error {
	var steps []session.Step
	if r.o.Session.Target.NeedsLookup() && r.st.Addresses == nil {
		steps = append(steps, session.Step{Kind: session.Resolve})
	}
	steps = append(steps, session.Step{Kind: session.Connect, Why: fmt.Sprintf("line %d of the transcript", c.line)})
	err := r.do(ctx, steps, 0, c.repliesAfter(-1))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if len(r.got) == 0 && !r.st.Open && r.st.Closed == "" {
		return err
	}
	return nil
}

// repliesAfter says for how many replies in all to wait behind a turn: those
// that had come before the next one was said. -1 waits for all that are due.
func (c *conn) repliesAfter(i int) int {
	if len(c.answer) == 0 || c.expects() {
		return -1
	}
	for _, next := range c.turns[i+1:] {
		switch {
		case next.kind == turnWait:
		case next.eager:
			return next.after
		default:
			return -1
		}
	}
	if len(c.end.Pending) > 0 {
		return len(c.answer)
	}
	return -1
}

// expects reports whether replies are expected rather than recorded.
func (c *conn) expects() bool {
	if len(c.expect) > 0 {
		return true
	}
	for _, t := range c.turns {
		if len(t.expect) > 0 {
			return true
		}
	}
	return false
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
		if replies >= 0 && r.st.Open && r.out >= octets && len(r.got) >= replies {
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
		r.st = r.st.Apply(e)
		r.seen++
		switch e.Kind {
		case session.Secured:
			r.tls = e
		case session.Sent:
			r.out += int64(len(e.Data))
			if e.Bulk != nil {
				r.out += e.Bulk.Octets
			}
		case session.Received:
			r.part = append(r.part, e.Data...)
			if n := len(r.part); n > 0 && r.part[n-1] == '\n' {
				r.lines = append(r.lines, strings.TrimRight(string(r.part), "\r\n"))
				r.part = nil
			}
			if r.st.Last.Seq == e.Seq {
				r.got = append(r.got, r.st.Last)
			}
		}
	}
}

// stop ends the replay at a line of the recording.
func (r *run) stop(line int, why string) {
	if !r.stopped {
		r.stopped = true
		r.rep.Left, r.rep.Why = line, session.Escape(why)
	}
}
