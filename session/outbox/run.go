package outbox

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"ehlo/session"
)

// Plan is how the messages of one group are sent over one connection.
type Plan struct {
	Session session.Options // its target, if it has one, takes the place of the one asked for
	Mail    session.Mail    // its letter is filled in
	// Group returns the steps of the next write; nil sends one at a time.
	Group func(session.State, session.Stepper) []session.Step
	// Begins is told the session before its first step. May be nil.
	Begins func(*session.Session)
}

// RunOptions set how a run sends. Zero fields have defaults.
type RunOptions struct {
	// Plan makes what a connection needs, for a message and a target. It is
	// asked once for each connection.
	Plan func(ctx context.Context, e *Envelope, t session.Target) (Plan, error)
	// Record makes the recorder of an attempt, which is kept under that name.
	// Default: attempts are not recorded.
	Record func(name string) (Recorder, error)

	Schedule    Schedule
	Connections int           // at the same time; default 20
	PerHost     int           // of those, to one destination; default Connections
	DeadFor     time.Duration // how long an address that could not be reached is passed over; default 10 minutes
	Keep        time.Duration // how long a finished message stays; default 5 days
	// RetryUnclear tries a message again that may have been delivered: its
	// recipients may get it twice. Without it a person decides.
	RetryUnclear bool
	Early        bool // try what waits, due or not; addresses that were dead, too
	Clock        Clock
	Report       ReportOptions
	// Tell is told what happens, by several goroutines. May be nil.
	Tell func(Happening)
}

func (o RunOptions) filled() RunOptions {
	if o.Schedule.Waits == nil {
		o.Schedule = DefaultSchedule()
	}
	if o.Connections <= 0 {
		o.Connections = 20
	}
	if o.PerHost <= 0 || o.PerHost > o.Connections {
		o.PerHost = o.Connections
	}
	if o.DeadFor == 0 {
		o.DeadFor = 10 * time.Minute
	}
	if o.Keep == 0 {
		o.Keep = 5 * 24 * time.Hour
	}
	if o.Clock == nil {
		o.Clock = RealClock{}
	}
	return o
}

// Happening is something that a run tells: an attempt that has ended, or why
// there is none.
type Happening struct {
	ID      string
	Attempt int    // 0 if none was made
	To      string // one recipient
	Fate    Fate
	Next    time.Time // when it is tried again, zero if it is not
	Host    string
	Reply   string
	Text    string // what else there is to say; the other fields may be empty then
}

// Summary counts what a pass did, by recipient.
type Summary struct {
	Accepted, Refused, Expired, Waiting, Unclear int
	Busy                                         int       // messages that another run is trying
	Next                                         time.Time // when the next attempt is due, zero if none waits
}

// Runner sends what is in a spool.
type Runner struct {
	spool *Spool
	opts  RunOptions
	dead  dead

	mu       sync.Mutex
	follower *follower
	messages map[string]*active // of the batch that is under way
	queues   map[string]*queue
	order    []string        // keys of queues
	load     int             // recipients of the batch
	most     int             // of them
	from     string          // ID of the message that the next batch begins with
	skip     map[string]bool // messages that this pass can do no more for
	sum      Summary
	settling sync.WaitGroup // verdicts that are becoming durable
}

// queue is the jobs for one destination.
type queue struct {
	target  session.Target
	jobs    []*job
	workers int
}

// job is recipients of one message that go in one transaction.
type job struct {
	key        string
	id         string
	recipients []int
	alone      bool // it had a connection that broke before it was its turn; it gets a new one
}

// active is a message of the batch.
type active struct {
	m       Message
	jobs    int     // that are not finished
	held    *folder // its own, while it is locked
	env     *Envelope
	content *session.Content // nil if its file has it
	lost    error            // why its envelope cannot be read
	last    int              // number of the last attempt

	reporting sync.Mutex // one at a time writes a report
}

// maxBatch is how many recipients a run holds in memory, and those of one
// message more.
const maxBatch = 10_000

// NewRunner returns a runner. Options.Plan must be set.
func NewRunner(s *Spool, o RunOptions) *Runner {
	return &Runner{spool: s, opts: o.filled(), most: maxBatch}
}

// Pass tries everything that is due once. When ctx is done it ends the
// attempts that are under way within a moment, and begins none.
func (r *Runner) Pass(ctx context.Context) (Summary, error) {
	err := r.pass(ctx)
	return r.sum, errors.Join(err, r.unfollow())
}

// pass leaves open what has followed the journal since it found nothing more to
// do.
func (r *Runner) pass(ctx context.Context) error {
	r.sum, r.skip, r.from = Summary{}, map[string]bool{}, ""
	if err := r.spool.compact(maxJournal); err != nil {
		return err
	}
	began := r.opts.Clock.Now().Truncate(time.Millisecond) // as finely as the journal tells of attempts
	for {
		n, err := r.pick(ctx, began)
		if err != nil || n == 0 {
			return err
		}
		r.work(ctx)
		r.settling.Wait()
		r.free()
		err = r.spool.compact(maxJournal)
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
	}
}

func (r *Runner) unfollow() error {
	if r.follower == nil {
		return nil
	}
	f := r.follower
	r.follower = nil
	return f.close()
}

// free gives back the locks of messages whose jobs were not all done.
func (r *Runner) free() {
	for _, c := range r.messages {
		if c.held != nil {
			_ = c.held.close()
			c.held = nil
		}
	}
}

// Watch makes passes until ctx is done, each when something is due or was
// added.
func (r *Runner) Watch(ctx context.Context, passed func(Summary)) error {
	for {
		err := r.pass(ctx)
		if err == nil && ctx.Err() == nil {
			passed(r.sum)
			err = r.sleep(ctx, r.sum.Next)
		}
		if ctx.Err() != nil {
			return r.unfollow()
		}
		if err != nil {
			return errors.Join(err, r.unfollow())
		}
	}
}

// lookEvery is how often a run that waits looks whether something was added.
const lookEvery = time.Second

// sleep returns when something is due, or the journal has changed since the
// pass found nothing more to do.
func (r *Runner) sleep(ctx context.Context, next time.Time) error {
	r.opts.Early = false // only the first pass is
	var due <-chan time.Time
	if !next.IsZero() {
		due = r.opts.Clock.After(max(next.Sub(r.opts.Clock.Now()), 0))
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-due:
			return nil
		case <-time.After(lookEvery):
		}
		changed := false
		err := r.follower.records(nil, func(Record) { changed = true })
		if changed || errors.Is(err, errReplaced) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// tell says what happens.
func (r *Runner) tell(h Happening) {
	if r.opts.Tell != nil {
		r.opts.Tell(h)
	}
}

// attempt takes the number of the next attempt, and begins its record: one that
// is not there yet, and that no other connection of the message has.
func (r *Runner) attempt(c *active) (n int, name string, rec Recorder, err error) {
	for range 1000 {
		n, name = r.number(c)
		if r.opts.Record == nil {
			return n, "", nil, nil
		}
		rec, err = r.opts.Record(name)
		if errors.Is(err, fs.ErrNotExist) && os.Mkdir(filepath.Dir(name), 0o700) == nil {
			rec, err = r.opts.Record(name)
		}
		if !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	if err != nil {
		return n, "", nil, err
	}
	return n, name, rec, nil
}

func (r *Runner) number(c *active) (int, string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.last++
	return c.last, r.spool.AttemptFile(c.m.ID, c.last)
}
