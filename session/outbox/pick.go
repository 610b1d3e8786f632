package outbox

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"sync"
	"time"

	"ehlo/session"
)

// pick fills the batch with messages that are due, and returns how many. It
// goes on where the last batch was full; when it has come to the end it begins
// anew, and a pass ends when that brings nothing. What was tried in this pass
// already is not picked again.
func (r *Runner) pick(ctx context.Context, began time.Time) (int, error) {
	for {
		from := r.from
		odd, old, err := r.choose(ctx, began)
		if err != nil {
			return 0, err
		}
		r.forget(old)
		n := len(r.messages)
		for _, id := range odd {
			r.skip[id] = true
			if r.putInOrder(id) {
				n++
			}
		}
		if n > 0 || ctx.Err() != nil || from == "" && r.from == "" {
			return n, nil
		}
	}
}

// choose looks at every message from r.from on until the batch is full. It
// returns the IDs of those that are to be put in order first, and of those that
// were kept for long enough.
func (r *Runner) choose(ctx context.Context, began time.Time) (odd, old []string, err error) {
	r.messages, r.queues, r.order, r.load = map[string]*active{}, map[string]*queue{}, nil, 0
	r.sum.Next = time.Time{}
	now := r.opts.Clock.Now()
	if err := r.unfollow(); err != nil {
		return nil, nil, err
	}
	from := r.from
	r.from = ""
	r.follower, err = r.spool.followFrom(from, nil, func(m *Message) bool {
		if ctx.Err() != nil || r.load >= r.most || len(odd) >= r.most {
			r.from = m.ID
			return false
		}
		if r.skip[m.ID] {
			return true
		}
		due := r.due(m, now, began)
		switch {
		case m.Finished():
			if now.Sub(m.Done) > r.opts.Keep {
				old = append(old, m.ID)
			}
		case m.interrupted() || m.owes():
			odd = append(odd, m.ID)
		case len(due) > 0:
			r.plan(m, due)
		default:
			if next, ok := m.Next(); ok && (r.sum.Next.IsZero() || next.Before(r.sum.Next)) {
				r.sum.Next = next
			}
		}
		return true
	})
	return odd, old, err
}

// forget drops messages that were kept for long enough. Many share the disk's
// work.
func (r *Runner) forget(old []string) {
	var all sync.WaitGroup
	next := make(chan string)
	for range min(len(old), 32) {
		all.Go(func() {
			for id := range next {
				if err := r.spool.forget(id); err != nil {
					r.tell(Happening{ID: id, Text: err.Error()})
				}
			}
		})
	}
	for _, id := range old {
		next <- id
	}
	close(next)
	all.Wait()
}

// due returns the recipients to try that this pass has not tried.
func (r *Runner) due(m *Message, now, began time.Time) []int {
	var due []int
	for _, i := range m.Due(now, r.opts.Early) {
		if at := m.Recipients[i].At; at.IsZero() || at.Before(began) {
			due = append(due, i)
		}
	}
	return due
}

// plan makes a job for each domain of the message's recipients: those of one
// domain go in one transaction.
func (r *Runner) plan(m *Message, due []int) {
	c := &active{m: *m, last: m.Attempts}
	c.m.Recipients = append([]Recipient(nil), m.Recipients...)
	jobs := map[string]*job{}
	for _, i := range due {
		domain := domainOf(m.Recipients[i].To)
		j := jobs[domain]
		if j == nil {
			where := m.Target
			if where == "" {
				where = "mx:" + domain
			}
			j = &job{id: m.ID, key: where}
			jobs[domain] = j
			q := r.queues[where]
			if q == nil {
				t, err := session.ParseTarget(where)
				if err != nil {
					t = session.Target{MX: domain} // what the route says of it will be the reason
				}
				q = &queue{target: t}
				r.queues[where] = q
				r.order = append(r.order, where)
			}
			q.jobs = append(q.jobs, j)
			c.jobs++
		}
		j.recipients = append(j.recipients, i)
	}
	r.messages[m.ID] = c
	r.load += len(m.Recipients)
}

func domainOf(addr string) string {
	_, domain, ok := session.SplitMailbox(addr)
	if !ok {
		return strings.ToLower(addr)
	}
	return strings.ToLower(domain)
}

// interrupted reports whether a run has ended, or is at work, between the
// final dot and the verdict.
func (m *Message) interrupted() bool {
	for _, r := range m.Recipients {
		if r.Trying != 0 {
			return true
		}
	}
	return false
}

// putInOrder does what a run that was cut off has left to do: note that a
// message may have been delivered, and report failures.
func (r *Runner) putInOrder(id string) bool {
	held, err := r.spool.lockMessage(id)
	if err != nil {
		if errors.Is(err, ErrBusy) {
			r.sum.Busy++
		} else if !errors.Is(err, fs.ErrNotExist) {
			r.tell(Happening{ID: id, Text: err.Error()})
		}
		return false
	}
	defer held.close()
	m, err := r.spool.Find(id) // as it is now that nobody else can change it
	if err != nil {
		return false
	}
	if m.interrupted() {
		if err := r.spool.journal.commit(r.unclear(m)...); err != nil {
			r.tell(Happening{ID: id, Text: err.Error()})
			return false
		}
		if m, err = r.spool.Find(id); err != nil {
			return false
		}
	}
	r.report(m)
	return true
}

// unclear makes the records that end attempts which nobody has ended.
func (r *Runner) unclear(m *Message) []Record {
	now := r.opts.Clock.Now()
	byAttempt := map[int][]int{}
	for i, x := range m.Recipients {
		if x.Trying != 0 {
			byAttempt[x.Trying] = append(byAttempt[x.Trying], i)
		}
	}
	var records []Record
	for attempt, list := range byAttempt {
		e := ending{id: m.ID, at: now, attempt: attempt}
		for _, i := range list {
			x := m.Recipients[i]
			v := verdict{fate: Unclear, host: x.Host, reply: "ehlo was cut off when the final dot had gone out, or was about to"}
			e.add(i, r.sentence(m, x, v, now))
		}
		records = append(records, e.record())
	}
	return records
}
