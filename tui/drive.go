package tui

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
	"ehlo/session/outbox"
	"ehlo/transcript"
	"ehlo/transcript/replay"
	"ehlo/transcript/shelf"
)

// drive is the session that is being driven, and what it is doing.
type drive struct {
	gen    int // counts the sessions; messages of older ones are not heard
	sess   *session.Session
	ctx    context.Context
	cancel context.CancelFunc
	mail   session.Mail
	plan   []session.Step // what the mail says comes next
	rerun  *rerun         // the recording that is run again, in place of the mail; nil if none is

	amended session.Amended // what a person changed of that

	// acting is set from a step until all that it caused has been learnt:
	// the state may only then be asked for the next one.
	acting bool
	act    int // counts the acts; ticks of older ones are not heard
	doing  session.Step
	upTo   int                // number of the last event to learn, -1 while Do runs
	err    error              // of Do
	stop   context.CancelFunc // ends the wait for a reply
	began  time.Time          // when the wait for the next thing began
	head   session.Pending    // the reply that is awaited
	late   bool               // it has lasted long enough to be shown
	queue  []session.Step     // said as soon as the wait has ended

	running  bool           // goes on to the end by itself
	paused   bool           // and was told to stop behind what is awaited
	until    *session.Place // or to here
	held     session.Place  // where a breakpoint stopped a run: the next one goes on from there
	recorder *transcript.Recorder
	saved    string // the file it writes
	book     *shelf.Book

	gaveUp string // why the plan turned to its end, "" if it did not

	hand    *outbox.Hand // the attempt of the outbox that this is, nil if it is none
	settled bool         // and its end is on record
}

// planned is how many steps ahead are looked at.
const planned = 64

// connect opens a new session for the mail of the form.
func (m *Model) connect() tea.Cmd {
	mail, ok := m.mail()
	if !ok {
		return nil
	}
	return m.talk(mail, nil)
}

// talk opens a new session for a mail, or for a recording.
func (m *Model) talk(mail session.Mail, again *rerun) tea.Cmd {
	var amended session.Amended
	if m.drive.sess == nil && again == nil {
		amended = m.drive.amended // the plan of a session that is still to begin
	}
	secure := m.o.TLS
	if w, err := parseTLS(m.form.value(tlsField)); err == nil {
		secure.Implicit = w.implicit
	}
	open := m.begin(session.Options{
		Target: mail.Target, Dial: m.o.Dial, Lookup: m.o.Lookup, Vouch: m.o.Vouch, Route: m.o.Route, TLS: secure, Timeout: m.o.Timeout, Now: m.o.Now,
	}, mail, amended, nil)
	m.o.Begins(m.drive.sess)
	m.form.login.current.Store(m.drive.sess)
	if m.drive.rerun = again; again != nil {
		m.diff.run, m.diff.two, m.diff.list = again, nil, list{}
		m.foresee()
	}
	return tea.Batch(open, m.step())
}

// begin puts a new session on the screen, in place of the one before.
func (m *Model) begin(o session.Options, mail session.Mail, amended session.Amended, h *outbox.Hand) tea.Cmd {
	left := m.leave()
	ctx, cancel := context.WithCancel(m.ctx)
	m.drive = drive{
		gen: m.drive.gen + 1, ctx: ctx, cancel: cancel, mail: mail, amended: amended, hand: h, sess: session.New(o),
	}
	m.keep()
	m.live, m.tape = conversation{}, nil
	m.session.begin()
	shown := m.goTo("session")
	m.foresee()
	return tea.Batch(left, shown, m.wait())
}

// leave gives up the session, if there is one. Closing may take a moment and
// is not waited for.
func (m *Model) leave() tea.Cmd {
	d := m.drive
	if d.sess == nil {
		return nil
	}
	d.cancel()
	m.drive = drive{gen: d.gen}
	kept, now := m.o.Shelf, m.o.Now()
	shut := m.left.add(func() {
		_ = d.sess.Close()
		if d.recorder != nil {
			_ = d.recorder.Close()
		}
		if _ = d.book.Close(); d.book.Name() != "" {
			_ = kept.Prune(now) // a program may run for weeks
		}
		if d.hand != nil {
			_ = d.hand.Close() // which records how far it came
		}
	})
	return func() tea.Msg {
		shut()
		return nil
	}
}

// wait asks for the events that have not been learnt.
func (m *Model) wait() tea.Cmd {
	d := &m.drive
	return waitFor(d.ctx, d.gen, d.sess.Log(), len(m.live.events))
}

// learn takes a batch of events and asks for the next one.
func (m *Model) learn(msg eventsMsg) tea.Cmd {
	if msg.gen != m.drive.gen || m.drive.sess == nil {
		return nil
	}
	known := len(m.live.events)
	m.live.reach(msg.events)
	m.compare(m.live.events[known:])
	m.teach(m.live.events[known:])
	m.breakAfter(known)
	m.noteOffers()
	m.foresee()
	return tea.Batch(m.wait(), m.onward(), m.settleHand())
}

// stepper is who proposes the next step: the mail, with the changes that were
// made to its plan.
func (d *drive) stepper() session.Stepper {
	d.amended.Plan = d.mail
	if d.rerun != nil {
		d.amended.Plan = replay.Wary{Player: d.rerun.player, Insecure: d.mail.Insecure}
	}
	return d.amended
}

// foresee works out what comes next.
func (m *Model) foresee() {
	d := &m.drive
	d.plan = session.Forecast(m.live.now, d.stepper(), planned)
	m.session.choice = max(min(m.session.choice, len(d.plan)-1), 0)
	var head session.Pending
	if len(m.live.now.Pending) > 0 {
		head = m.live.now.Pending[0]
	}
	if head != d.head {
		d.head, d.began = head, m.o.Now()
	}
}

// stillToCome is said to whoever does not wait.
const stillToCome = "the reply is still to come: esc stops waiting, : sends a line all the same"

// step does what comes next.
func (m *Model) step() tea.Cmd {
	d := &m.drive
	if d.sess == nil {
		return m.connect()
	}
	if d.acting {
		m.say(stillToCome)
		return nil
	}
	steps := m.opening()
	if len(steps) == 0 {
		d.running = false
		m.say("nothing is left to do: " + m.keys.named("reconnect").key(false) + " connects again, " + m.keys.named("show-compose").key(false) + " composes another mail")
		return nil
	}
	return m.do(steps...)
}

// opening returns the next step, or the first ones up to a channel: finding
// the addresses and connecting are one thing to do. A route is worth a look
// first.
func (m *Model) opening() []session.Step {
	plan := m.drive.plan
	n := min(1, len(plan))
	if n == 1 && plan[0].Kind == session.Resolve && m.drive.mail.Target.MX == "" && len(plan) > 1 && plan[1].Kind == session.Connect {
		n = 2
	}
	return plan[:n:n]
}

// do carries out steps, or queues them if a reply is awaited.
func (m *Model) do(steps ...session.Step) tea.Cmd {
	d := &m.drive
	if d.acting {
		if !m.live.now.Open || len(m.live.now.Pending) == 0 {
			m.say(d.doing.String() + " is under way: esc stops it")
			return nil
		}
		d.queue = steps
		d.stop()
		return nil
	}
	ctx, stop := context.WithCancel(d.ctx)
	d.acting, d.upTo, d.err, d.stop = true, -1, nil, stop
	d.held = session.Place{}
	d.doing, d.late, d.began = steps[0], false, m.o.Now()
	d.noteEnd(steps)
	d.act++
	m.session.choice = 0
	return tea.Batch(perform(ctx, d.gen, d.sess, steps), tickAfter(slow, d.gen, d.act))
}

// done notes that Do has returned.
func (m *Model) done(msg doneMsg) tea.Cmd {
	if msg.gen != m.drive.gen || m.drive.sess == nil {
		return nil
	}
	m.drive.upTo, m.drive.err = msg.upTo, msg.err
	return m.onward()
}

// onward ends an act when all that it caused has been learnt, and goes on
// with what is to come after it.
func (m *Model) onward() tea.Cmd {
	d := &m.drive
	if !d.acting || d.upTo < 0 || len(m.live.events) < d.upTo {
		return nil
	}
	d.stop()
	d.acting, d.late = false, false
	paused := d.paused
	d.paused = false
	if m.notice.text == stillToCome {
		m.notice = notice{} // it has come
	}
	if queue := d.queue; len(queue) > 0 {
		d.queue = nil
		return m.do(queue...)
	}
	switch {
	case errors.Is(d.err, context.Canceled):
		d.running = false
		if len(m.live.now.Pending) > 0 {
			m.say("stopped waiting: n waits again")
		} else {
			m.say("stopped")
		}
		return nil
	case d.err != nil:
		d.running = false
		m.warn(d.err.Error())
		m.restOnFailure()
		return nil
	case (d.running || paused) && len(d.plan) == 0: // there is nothing to pause before
		d.running = false
		if m.notice = m.ending(); m.notice.bad {
			m.restOnFailure()
		}
		return nil
	case paused:
		m.say("paused")
		return nil
	case d.running && !m.breakBefore():
		return m.step()
	}
	return nil
}

// tick shows how long a reply is overdue, as long as it is.
func (m *Model) tick(msg tickMsg) tea.Cmd {
	d := &m.drive
	if msg.gen != d.gen || msg.act != d.act || !d.acting {
		return nil
	}
	d.late = true
	return tickAfter(slow, d.gen, d.act)
}

// run goes on to the end, or pauses.
func (m *Model) run() tea.Cmd {
	d := &m.drive
	if d.running {
		d.running = false
		if d.paused = d.acting; !d.paused {
			m.say("paused")
		}
		return nil
	}
	d.until, d.paused = nil, false
	var open tea.Cmd
	if d.sess == nil {
		if open = m.connect(); open == nil {
			return nil
		}
		m.drive.running = true
		return open
	}
	d.running = true
	if d.acting || m.breakBefore() {
		return nil
	}
	return m.step()
}

// reconnect hangs up, if need be, and connects again. It is all one log.
func (m *Model) reconnect() tea.Cmd {
	d := &m.drive
	if d.sess == nil {
		return m.connect()
	}
	if m.live.now.InTransaction() && !m.confirmed("reconnect", "hangs up") {
		return nil
	}
	d.running = false
	m.live.follow()
	var steps []session.Step
	if m.live.now.Open {
		steps = append(steps, session.Step{Kind: session.HangUp, Why: "to connect again"})
	}
	if d.mail.Target.MX != "" { // which forgets what was tried
		return m.do(append(steps, session.Step{Kind: session.Resolve, Why: "ask the DNS again"})...)
	}
	if d.mail.Target.NeedsLookup() && m.live.now.Addresses == nil {
		steps = append(steps, session.Step{Kind: session.Resolve, Why: "find the addresses again"})
	}
	return m.do(append(steps, session.Step{Kind: session.Connect, Hope: 220, Why: "connect again"})...)
}

// stopWaiting ends a wait or an attempt; it reports whether there was one.
func (m *Model) stopWaiting() bool {
	d := &m.drive
	if !d.acting || d.upTo >= 0 {
		return false
	}
	d.running = false
	d.stop()
	return true
}

// waiting says what is awaited and for how long yet, or "".
func (m *Model) waiting() string {
	d := &m.drive
	switch {
	case !d.acting:
		return ""
	case !d.late && d.paused:
		return "paused"
	case !d.late:
		return ""
	case d.paused:
		return "paused; " + m.countdown()
	}
	return m.countdown()
}

func (m *Model) countdown() string {
	d := &m.drive
	s := m.live.now
	lasted := m.o.Now().Sub(d.began)
	switch {
	case len(s.Pending) > 0:
		limit, source := session.Timeout(s.Pending[0].Verb)
		text := fmt.Sprintf("waiting for %s: %s of %s left", escaped(s.Pending[0].What()), clock(limit-lasted), clock(limit))
		if m.width >= 100 { // else the keys have more need of the room
			text += fmt.Sprintf(" (%s)", source)
		}
		return text
	case s.Phase == session.Data && d.doing.Content != nil:
		return fmt.Sprintf("sending content: %s of %s octets", session.Digits(s.MailData.Octets), session.Digits(d.doing.Content.Octets))
	}
	return fmt.Sprintf("%s: %s", d.doing, clock(lasted))
}
