package plain

import (
	"bufio"
	"context"
	"errors"
	"time"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/shelf"
)

// talk is a session that is led line by line.
type talk struct {
	o   Options
	ctx context.Context
	out *bufio.Writer

	sess   *session.Session
	follow context.CancelFunc // ends the watch on its log
	news   chan []session.Event
	events []session.Event
	now    session.State
	told   session.State // what the last report spoke of
	mail   session.Mail

	acting bool               // from a step until all that it caused has been learnt
	stop   context.CancelFunc // ends the wait for a reply
	done   chan error
	late   *time.Timer // tells how long a wait lasts
	lasts  time.Duration

	doubt    *doubt         // waits for Enter
	trusting bool           // sends at once what the rules speak against
	hold     []session.Step // go out together with the next line
	class    *class         // the lesson; nil if there is none
	sure     string         // what /keep is to replace, if it is said again
	choosing bool           // what is typed is the name of a lesson
	listed   []shelf.File   // by /transcripts

	running bool
	ran     bool                // the plan was run to its end
	last    session.Step        // the step with which it turned to its end
	until   *session.Breakpoint // where this run stops; nil is the end
	stopped string              // why it stops
	breaks  []session.Breakpoint
	asked   time.Time // when the last line was sent
	amended session.Amended

	tape     *tape
	playing  bool        // its rows come by themselves
	nextRow  *time.Timer // has the next one come
	again    *again      // a recording that is run again; or nil
	fake     *fake       // a recording that is served; or nil
	recorder *transcript.Recorder
	book     *shelf.Book
	prompted bool // the line begins with a prompt
	leaving  bool // has been asked to confirm
	over     bool
	result   Result
}

// slow is after how long a wait is told of, and often how long it is until
// it is told of again.
const (
	slow  = 500 * time.Millisecond
	often = 30 * time.Second
)

// Run leads a session until input ends or says so. An error says that output
// was lost.
func Run(ctx context.Context, o Options) (Result, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Target == nil {
		o.Target = session.ParseTarget
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t := &talk{o: o, ctx: ctx, out: bufio.NewWriter(o.Out), mail: o.Mail, breaks: o.Breaks, late: time.NewTimer(time.Hour), nextRow: time.NewTimer(time.Hour)}
	t.late.Stop()
	t.nextRow.Stop()
	input := make(chan typed)
	go lines(ctx, o.In, input)
	t.welcome()
	for !t.over {
		t.prompt()
		if err := t.out.Flush(); err != nil {
			break
		}
		t.turn(input)
	}
	t.fake.stop()
	t.end()
	if t.prompted {
		_, _ = t.out.WriteString("\n")
	}
	t.conclude()
	return t.result, t.out.Flush()
}

// turn waits for one thing to happen and deals with it.
func (t *talk) turn(input <-chan typed) {
	if (t.acting || t.playing) && !t.o.Terminal {
		input = nil // a script waits for the reply, and for the end
	}
	select {
	case line, ok := <-input:
		t.prompted = t.prompted && !ok // what was typed has ended the line
		switch {
		case !ok:
			if t.over = true; t.doubt != nil {
				t.say("not sent: %s", t.stepText(t.doubt.step))
			}
		case line.long:
			t.wrong("the line has more than %d octets: it was not sent", maxTyped)
		case t.o.Terminal && len(line.text) >= mostOfTerminal:
			t.wrong("a terminal cuts a line at %d octets, and this one was as long: it was not sent; a pipe has room", mostOfTerminal)
		default:
			t.catchUp() // what is typed is about what was said
			t.echo(line.text)
			t.hear(line.text)
		}
	case batch := <-t.news:
		t.learn(batch)
	case err := <-t.done:
		t.catchUp()
		t.finished(err)
	case <-t.late.C:
		t.tellWait()
	case <-t.nextRow.C:
		t.played()
	case x := <-t.fake.heard():
		t.overheard(x)
	case <-t.o.Interrupt:
		t.interrupted()
	case <-t.o.Resumed:
		t.resumed()
	case <-t.ctx.Done():
		t.over = true
	}
}

// begin makes a session that has not connected.
func (t *talk) begin() {
	o := t.o.Session
	o.Target, o.Now = t.mail.Target, t.o.Now
	t.sess = session.New(o)
	if t.o.Begins != nil {
		t.o.Begins(t.sess)
	}
	if t.book = t.o.Shelf.Begin(t.mail.Target.String(), t.o.Now()); t.book != nil {
		_ = t.sess.Record(t.book) // nothing has happened: nothing is written
	}
	t.events, t.now, t.told = nil, session.State{}, session.State{}
	ctx, cancel := context.WithCancel(t.ctx)
	t.follow = cancel
	news, log := make(chan []session.Event), t.sess.Log()
	t.news = news
	go func() {
		for seq := 0; ; {
			batch, err := log.Wait(ctx, seq)
			if err != nil {
				return
			}
			seq += len(batch)
			select {
			case news <- batch:
			case <-ctx.Done():
				return
			}
		}
	}()
}

// catchUp learns what is in the log.
func (t *talk) catchUp() {
	if t.sess != nil {
		t.learn(t.sess.Log().Since(len(t.events)))
	}
}

// learn takes events that are new.
func (t *talk) learn(batch []session.Event) {
	for _, e := range batch {
		if e.Seq <= len(t.events) {
			continue
		}
		t.events = append(t.events, e)
		before := t.now
		t.now = t.now.Apply(e)
		if e.Kind == session.Sent {
			t.asked = e.At
		}
		t.stopsAfter(before, e)
		t.event(e, before)
		t.again.compare(t, e)
		if t.class != nil {
			t.class.watch(e)
		}
	}
}

// do carries out steps.
func (t *talk) do(steps ...session.Step) {
	if t.sess == nil {
		t.begin()
	}
	ctx, stop := context.WithCancel(t.ctx)
	t.acting, t.stop, t.lasts = true, stop, 0
	t.done = make(chan error, 1)
	t.late.Reset(slow)
	done, sess := t.done, t.sess
	go func() { done <- sess.Do(ctx, steps...) }()
}

// finished ends an act, and goes on if a run is under way.
func (t *talk) finished(err error) {
	t.stop()
	t.late.Stop()
	t.acting, t.done = false, nil
	t.settle()
	switch {
	case errors.Is(err, context.Canceled) && t.ctx.Err() == nil:
		t.running = false
		t.say("stopped waiting: /step waits again")
	case err != nil:
		t.running = false
		if n := len(t.events); n == 0 || t.events[n-1].Kind != session.Failed {
			t.say("failed: %s", err)
		}
	case t.running:
		t.onward()
		return
	case t.class != nil && t.now.Phase == session.Handshake: // a lesson plans nothing
		t.do(session.Step{Kind: session.StartTLS, Why: "as the server is ready for"})
		return
	}
	t.report()
}

// patience is how long a server that has said good-bye may take to close.
const patience = 200 * time.Millisecond

// settle waits for a close that follows a good-bye, so that it is told of
// before what comes next.
func (t *talk) settle() {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for t.now.Open && t.now.Phase == session.Over {
		select {
		case batch := <-t.news:
			t.learn(batch)
		case <-timer.C:
			return
		case <-t.ctx.Done():
			return
		}
	}
}

// stopWaiting reports whether there was a wait to end.
func (t *talk) stopWaiting() bool {
	if !t.acting {
		return false
	}
	t.running = false
	t.stop()
	return true
}

// interrupted ends what is under way. Where nothing is, somebody may only have
// wanted half a line away: the second time leaves.
func (t *talk) interrupted() {
	switch {
	case t.doubt != nil:
		t.doubt = nil
		t.say("not sent")
	case t.paused():
	case t.stopWaiting():
	case t.now.InTransaction() || t.leaving:
		t.leave()
	default:
		t.leaving = true
		t.say("once more leaves")
	}
}

// resumed says where things stand when the program was stopped and goes on:
// what stood on the screen has gone.
func (t *talk) resumed() {
	t.prompted = false
	switch d := t.doubt; {
	case t.acting:
		t.await()
	case d != nil:
		t.say("not sent yet: %s", t.stepText(d.step))
	case t.tape != nil:
		t.say("row %d of %d of %s", t.tape.at, len(t.tape.events), t.tape.name)
	default:
		t.next()
	}
}

// leave ends it all, and asks before an open transaction is given up.
func (t *talk) leave() {
	if t.o.Terminal && t.now.Open && t.now.InTransaction() && !t.leaving {
		t.leaving = true
		t.say("a transaction is open: once more leaves it")
		return
	}
	t.over = true
}

// conclude keeps what a connection came to. Of several it is the last on which the
// plan was run to its end.
func (t *talk) conclude() {
	if r := &t.result; t.ran || !r.Ran {
		r.Ran, r.Last, r.State, r.Events, r.Mail = t.ran, t.last, t.now, t.events, t.mail
	}
	t.ran, t.last = false, session.Step{}
}

// end hangs up and closes what was written.
func (t *talk) end() {
	if t.sess == nil {
		return
	}
	if t.acting {
		t.stop()
		t.catchUp()
	}
	t.acting = true // nothing comes next that would have to be told
	_ = t.sess.Close()
	t.catchUp()
	t.follow()
	if name := t.book.Name(); name != "" {
		t.result.Saved = append(t.result.Saved, name)
	}
	err := t.book.Close()
	if t.recorder != nil {
		err = errors.Join(err, t.recorder.Close())
	}
	if err != nil {
		t.say("the transcript was not written to its end: %s", err)
	}
}
