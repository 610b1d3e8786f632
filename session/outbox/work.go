package outbox

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"ehlo/session"
)

// windUp is how long attempts may go on when a run is to end: long enough for
// most replies to a final dot, so that no message is left in doubt.
const windUp = 1500 * time.Millisecond

// work does all jobs of the batch, over as many connections as are allowed.
func (r *Runner) work(ctx context.Context) {
	hard, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(windUp):
			cancel()
		case <-hard.Done():
		}
	})
	defer stop()
	total := 0
	for _, q := range r.queues {
		total += len(q.jobs)
	}
	var workers sync.WaitGroup
	for range min(r.opts.Connections, total) {
		workers.Go(func() {
			for {
				key, j := r.take(ctx, "")
				if j == nil {
					return
				}
				r.connection(ctx, hard, key, j)
				r.leave(key)
			}
		})
	}
	workers.Wait()
}

// take returns the next job: for a destination, or, if key is "", for the one
// that has most to do for each connection it would have then.
func (r *Runner) take(ctx context.Context, key string) (string, *job) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ctx.Err() != nil {
		return "", nil
	}
	fresh := key == ""
	if fresh {
		best := 0
		for _, k := range r.order {
			q := r.queues[k]
			if share := len(q.jobs) * 1000 / (q.workers + 1); share > best && q.workers < r.opts.PerHost {
				key, best = k, share
			}
		}
		if key == "" {
			return "", nil
		}
	}
	q := r.queues[key]
	if len(q.jobs) == 0 || !fresh && q.jobs[0].alone {
		return "", nil
	}
	j := q.jobs[0]
	q.jobs = q.jobs[1:]
	if fresh {
		q.workers++
	}
	return key, j
}

func (r *Runner) leave(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queues[key].workers--
}

// giveBack puts a job in front of the others, for a connection of its own.
func (r *Runner) giveBack(j *job) {
	r.mu.Lock()
	defer r.mu.Unlock()
	j.alone = true
	q := r.queues[j.key]
	q.jobs = append([]*job{j}, q.jobs...)
}

// begin locks the message of a job, unless that is done, and returns it as it
// is now. It returns nil if there is nothing left to do for the job.
func (r *Runner) begin(j *job) *active {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.messages[j.id]
	if c.held == nil {
		held, err := r.spool.lockMessage(j.id)
		if err != nil {
			r.cannot(j, err)
			r.doneLocked(c)
			return nil
		}
		c.held = held
	}
	if err := r.catchUp(); err != nil {
		r.cannot(j, err)
		r.doneLocked(c)
		return nil
	}
	if c.env == nil && c.lost == nil {
		c.env, c.content, c.lost = r.files(c.held, j.id)
		if c.lost == nil && len(c.env.To) != len(c.m.Recipients) {
			c.lost = fmt.Errorf("%s: the envelope has other recipients than the journal", r.spool.folder(j.id))
		}
	}
	if c.lost != nil {
		r.damagedLocked(j, c)
		return nil
	}
	var left []int
	now := r.opts.Clock.Now()
	for _, i := range j.recipients {
		if x := c.m.Recipients[i]; c.m.Held == "" && x.due(now, r.opts.Early) && x.Trying == 0 {
			left = append(left, i)
		}
	}
	if j.recipients = left; len(left) == 0 {
		r.doneLocked(c)
		return nil
	}
	return c
}

// files reads the envelope of a message, and its content if the journal carries
// them: that takes less than to open two files. The files must be the
// same nevertheless: somebody may have changed them.
func (r *Runner) files(dir *folder, id string) (*Envelope, *session.Content, error) {
	if at, ok := r.follower.carried[id]; ok {
		if rec, ok := at.read(r.follower.file); ok {
			if e, c, err := rec.files(); err == nil {
				if !dir.untouched(rec, e.Added) {
					r.spool.mendFrom(rec)
				}
				return e, c, nil
			}
		}
	}
	e, err := r.spool.envelope(dir, id)
	return e, nil, err
}

// cannot says why a job is not done.
func (r *Runner) cannot(j *job, err error) {
	r.skip[j.id] = true
	if errors.Is(err, ErrBusy) {
		r.sum.Busy++
		return
	}
	r.tell(Happening{ID: j.id, Text: err.Error()})
}

// damagedLocked holds a message whose files cannot be read, for a person to
// look at.
func (r *Runner) damagedLocked(j *job, c *active) {
	r.spool.tell(Trouble{File: r.spool.folder(j.id), What: c.lost.Error()})
	r.tell(Happening{ID: j.id, Text: "held: " + c.lost.Error()})
	if c.m.Held == "" {
		c.m.Held = c.lost.Error()
		b := r.spool.journal.submit(Record{ID: j.id, At: r.opts.Clock.Now(), Kind: Held, Fields: []string{c.m.Held}})
		r.settling.Go(func() { r.recorded(j.id, b) })
	}
	r.doneLocked(c)
}

// recorded reports whether a record has become durable. If not it says so, and
// the pass leaves the message alone.
func (r *Runner) recorded(id string, b *batch) bool {
	err := b.wait()
	if err == nil {
		return true
	}
	r.tell(Happening{ID: id, Text: "what happened could not be recorded: " + err.Error()})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.skip[id] = true
	return false
}

// catchUp brings the messages of the batch up to date with the journal.
func (r *Runner) catchUp() error {
	ours := func(id []byte) bool { return r.messages[string(id)] != nil }
	apply := func(rec Record) {
		c := r.messages[rec.ID]
		c.m.apply(rec)
		if rec.Kind == Forgot {
			c.m.Held = "it was dropped"
		}
	}
	err := errReplaced
	if r.follower != nil { // it is nil if the journal could not be read anew
		err = r.follower.records(ours, apply)
	}
	if !errors.Is(err, errReplaced) {
		return err
	}
	_ = r.unfollow()
	r.follower, err = r.spool.follow(func(id string) bool { return r.messages[id] != nil }, func(m *Message) bool {
		c := r.messages[m.ID]
		c.m = *m
		c.m.Recipients = append([]Recipient(nil), m.Recipients...)
		return true
	})
	return err
}

// done ends a job.
func (r *Runner) done(c *active) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.doneLocked(c)
}

func (r *Runner) doneLocked(c *active) {
	if c.jobs--; c.jobs > 0 {
		return
	}
	if c.held != nil {
		_ = c.held.close()
		c.held = nil
	}
	c.env, c.content = nil, nil
}

// sentence makes of a verdict what is recorded: a fate, and when the recipient
// is due again.
func (r *Runner) sentence(m *Message, x Recipient, v verdict, now time.Time) sentence {
	s := sentence{fate: v.fate, host: v.host, reply: v.reply}
	switch v.fate {
	case Waiting:
		next, ok := r.opts.Schedule.next(m.Added, now, x.Tries)
		if s.next = next; !ok {
			s.fate = Expired
		}
	case Unclear:
		if !r.opts.RetryUnclear {
			return s // a person decides
		}
		next, ok := r.opts.Schedule.next(m.Added, now, x.Tries)
		if s.next = next; !ok {
			s.next = time.Time{}
		}
	}
	return s
}

// sentence is what is recorded of one recipient.
type sentence struct {
	fate    Fate
	next    time.Time
	host    string
	reply   string
	relayed bool // the sender is to be told of the success
}

// ending gathers the sentences of one attempt.
type ending struct {
	id      string
	at      time.Time
	attempt int
	host    string
	groups  []group
}

type group struct {
	list []int
	sentence
}

func (e *ending) add(i int, s sentence) {
	if s.host != "" {
		e.host = s.host
	}
	for g := range e.groups {
		if e.groups[g].sentence == s {
			e.groups[g].list = append(e.groups[g].list, i)
			return
		}
	}
	e.groups = append(e.groups, group{[]int{i}, s})
}

// accepted reports whether all went well and nobody has to be told.
func (e *ending) accepted() bool {
	return len(e.groups) == 1 && e.groups[0].fate == Accepted && !e.groups[0].relayed
}

// words say what is recorded of a group, for the transcript.
func (g group) words(m *Message) string {
	text := "outbox: " + m.Recipients[g.list[0]].To
	if n := len(g.list); n > 1 {
		text += fmt.Sprintf(" and %d more", n-1)
	}
	text += ": " + g.fate.String()
	switch {
	case !g.next.IsZero():
		text += ", the next attempt is due at " + clockTime(g.next)
	case g.fate == Unclear:
		text += ": it may have been delivered (RFC 1047), and a person decides"
	}
	return text
}

func (e *ending) record() Record {
	f := []string{strconv.Itoa(e.attempt), e.host}
	for _, g := range e.groups {
		fate := g.fate.String()
		if g.relayed {
			fate = relayedWord
		}
		f = append(f, list(g.list), fate, stamp(g.next), g.reply)
	}
	return Record{ID: e.id, At: e.at, Kind: Ended, Fields: f}
}
