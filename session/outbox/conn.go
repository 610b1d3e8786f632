package outbox

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"ehlo/session"
	"ehlo/session/route"
)

// conn is one connection on which letters go out one after the other, and what
// was known of its destination.
type conn struct {
	r    *Runner
	key  string
	plan Plan
	s    *session.Session
	tap  *tap

	course course
	dialed atomic.Int32           // addresses that were tried, not passed over
	addr   atomic.Pointer[string] // the last of them
	passed atomic.Pointer[errPassed]
	route  atomic.Pointer[route.Error]
}

// maxLetters is how many letters one connection carries: a server that counts
// them has often had enough then.
const maxLetters = 100

// connection opens a connection for a job and does others on it while there
// are some. soft says that no new job is to begin, hard that all must end.
func (r *Runner) connection(soft, hard context.Context, key string, j *job) {
	c := &conn{r: r, key: key}
	defer c.close()
	for j != nil {
		m := r.begin(j)
		if m != nil {
			if c.s == nil {
				if err := c.open(hard, m.env, r.queues[key].target); err != nil {
					r.putOff(m, j, err.Error(), time.Time{})
					return
				}
			}
			if !c.letter(hard, m, j) {
				return
			}
		}
		_, j = r.take(soft, key)
	}
	c.quit(hard)
}

func (c *conn) open(ctx context.Context, e *Envelope, t session.Target) error {
	plan, err := c.r.opts.Plan(ctx, e, t)
	if err != nil {
		return err
	}
	c.plan = plan
	o := plan.Session
	if o.Target.IsZero() {
		o.Target = t
	}
	c.plan.Mail.Target = o.Target
	o.Now = c.r.opts.Clock.Now
	c.tap = &tap{}
	o.Recorder = c.tap
	if dial := o.Dial; dial == nil {
		o.Dial = c.dial(session.DialTCP)
	} else {
		o.Dial = c.dial(dial)
	}
	if find := o.Route; find != nil {
		o.Route = func(ctx context.Context, domain string, note func(string)) ([]session.Hop, error) {
			hops, err := find(ctx, domain, note)
			var no *route.Error
			if errors.As(err, &no) {
				c.route.Store(no)
			}
			return hops, err
		}
	}
	c.plan.Mail.Onward = func(s session.State) (string, bool) {
		if c.course.served > 0 {
			return "", false
		}
		d := route.Next(s, c.plan.Mail)
		return d.Reason + " (" + d.Source + ")", d.Move == route.NextAddress
	}
	c.s = session.New(o)
	c.tap.log = c.s.Log()
	if plan.Begins != nil {
		plan.Begins(c.s)
	}
	return nil
}

// dial passes over addresses that were dead just now, and remembers those that
// are.
func (c *conn) dial(dial func(context.Context, session.Target, string) (net.Conn, error)) func(context.Context, session.Target, string) (net.Conn, error) {
	r := c.r
	return func(ctx context.Context, t session.Target, addr string) (net.Conn, error) {
		if err := r.dead.is(addr, r.opts.Clock.Now()); err != nil && !r.opts.Early {
			var p *errPassed
			if errors.As(err, &p) {
				c.passed.Store(p)
			}
			return nil, err
		}
		c.dialed.Add(1)
		c.addr.Store(&addr)
		ch, err := dial(ctx, t, addr)
		if err != nil && ctx.Err() != context.Canceled {
			r.dead.mark(addr, reason(err), r.opts.Clock.Now(), r.opts.Clock.Now().Add(r.opts.DeadFor))
		} else if err == nil {
			r.dead.alive(addr)
		}
		return ch, err
	}
}

// letter makes one attempt, and reports whether the connection is good for
// another letter.
func (c *conn) letter(ctx context.Context, m *active, j *job) bool {
	l := &letter{conn: c, m: m, j: j, to: j.recipients, fixed: map[int]verdict{}}
	if err := l.begin(); err != nil {
		c.r.putOff(m, j, err.Error(), time.Time{})
		return true
	}
	l.drive(ctx)
	return l.end(ctx)
}

// letter is one attempt under way.
type letter struct {
	*conn
	m       *active
	j       *job
	number  int
	file    string // of its record, "" if there is none
	to      []int  // recipients that it is for, those that were refused on the way removed
	fixed   map[int]verdict
	earlier *session.Transaction
	ends    string // why the plan gave up before the mail
	intent  bool   // the journal says that the final dot goes out
}

func (l *letter) begin() error {
	r, e, content := l.r, l.m.env, l.m.content
	if content == nil {
		var err error
		if content, err = r.spool.content(l.m.held, e); err != nil {
			return err
		}
	}
	number, name, rec, err := r.attempt(l.m)
	if err != nil {
		r.tell(Happening{ID: l.j.id, Text: "no transcript is kept: " + err.Error()})
	}
	l.number, l.file = number, name
	if err := l.tap.begin(rec); err != nil {
		r.tell(Happening{ID: l.j.id, Text: "the transcript ends early: " + err.Error()})
	}
	l.course.mail = l.plan.Mail
	l.course.mail.Letter = session.Letter{From: e.From, UTF8: e.UTF8, Content: lastWord(*content, l.intend)}
	l.course.mail.To = l.envelopes()
	return nil
}

func (l *letter) envelopes() []session.Envelope {
	to := make([]session.Envelope, len(l.to))
	for i, n := range l.to {
		to[i] = l.m.env.To[n]
	}
	return to
}

// intend puts on record that the final dot goes out now. It returns when that
// is durable: whatever happens from here on, nobody will believe that the
// message was not sent.
func (l *letter) intend() error {
	if l.intent {
		return nil
	}
	l.intent = true
	l.tap.flushSoon()
	return l.r.spool.journal.commit(Record{ID: l.j.id, At: l.r.opts.Clock.Now(), Kind: Tried,
		Fields: []string{strconv.Itoa(l.number), peer(l.s.State()), list(l.taken())}})
}

// taken are the recipients that the server has taken.
func (l *letter) taken() []int {
	var taken []int
	for _, x := range l.s.State().Recipients {
		if at := x.Step - firstRecipient; x.Taken() && at >= 0 && at < len(l.to) {
			taken = append(taken, l.to[at])
		}
	}
	return taken
}

// drive takes the steps of the letter until the server has decided, or nothing
// more can be tried.
func (l *letter) drive(ctx context.Context) {
	for {
		st := l.s.State()
		steps := l.next(st)
		if len(steps) == 0 || l.over(st, steps[0]) {
			return
		}
		if steps[0].Kind == session.Connect {
			l.reconnect(st)
			if steps[0].To != nil {
				l.s.Note("route: " + steps[0].Why)
			}
		}
		switch verb(steps[0]) {
		case "RSET": // which ends the transaction before: that is not this letter's
			steps = steps[:1]
		case "MAIL":
			l.earlier = st.Finished
		}
		last := steps[len(steps)-1]
		if last.Ends != "" && l.ends == "" {
			l.ends = last.Why
		}
		if last.Part != nil && last.Part.From+last.Part.Octets >= l.m.env.Content.Octets {
			if l.intend() != nil { // the last chunk is the end of data (RFC 3030, 2)
				_ = l.s.Close()
				return
			}
		}
		err := l.s.Do(ctx, steps...)
		if ctx.Err() != nil {
			_ = l.s.Close()
			return
		}
		l.greeted()
		if err != nil || l.s.State().Broken != "" {
			_ = l.s.Close()
		}
	}
}

func (l *letter) next(st session.State) []session.Step {
	if l.plan.Group != nil {
		return l.plan.Group(st, &l.course)
	}
	if step, ok := l.course.Next(st); ok {
		return []session.Step{step}
	}
	return nil
}

// verb is that of a step that says a command, "" of any other.
func verb(st session.Step) string {
	if st.Kind != session.Say || st.Content != nil && st.Part == nil {
		return ""
	}
	return session.ParseCommand(st.Bytes).Verb
}

// over reports whether a step has to do with the end of the connection and not
// with the letter any more.
func (l *letter) over(st session.State, next session.Step) bool {
	quits := next.Kind == session.HangUp || verb(next) == "QUIT"
	return quits && st.Open && l.asked(st) && st.Phase != session.Over
}

func (l *letter) asked(st session.State) bool { return st.Letters > l.course.served }

// reconnect keeps what the last address has decided for good: a recipient that
// was refused is not given to the next one (RFC 5321, 4.2.1).
func (l *letter) reconnect(st session.State) {
	if st.Phase == session.Idle {
		return
	}
	var left []int
	for i, v := range judge(l.attempted(st), len(l.to)) {
		if v.fate == Refused {
			l.fixed[l.to[i]] = v
		} else {
			left = append(left, l.to[i])
		}
	}
	l.to, l.earlier, l.ends = left, st.Finished, ""
	l.course.mail.To = l.envelopes()
}

// greeted remembers an address whose server does not serve now.
func (l *letter) greeted() {
	st := l.s.State()
	if code := st.Answers.Greeting.Code; code.Class() >= 4 && l.addr.Load() != nil {
		now := l.r.opts.Clock.Now()
		l.r.dead.mark(*l.addr.Load(), "its greeting was "+code.String(), now, now.Add(l.r.opts.DeadFor))
	}
}

func (l *letter) attempted(st session.State) attempted {
	return attempted{State: st, earlier: l.earlier, asked: l.asked(st), ends: l.ends, line: lineOf(l.s.Log())}
}

// quit ends the connection in order.
func (c *conn) quit(ctx context.Context) {
	if c.s == nil || !c.s.State().Open {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	step := session.Line("QUIT")
	step.Why = "nothing else goes to this host now"
	_ = c.s.Do(ctx, step)
}

func (c *conn) close() {
	if c.s == nil {
		return
	}
	_ = c.s.Close()
	if err := c.tap.end(); err != nil {
		c.r.tell(Happening{Text: "the transcript ends early: " + err.Error()})
	}
}
