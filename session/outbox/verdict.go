package outbox

import (
	"context"
	"os"
	"time"

	"ehlo/session"
)

// end judges the attempt and puts the verdicts on record. It reports whether
// the connection is good for another letter.
func (l *letter) end(ctx context.Context) bool {
	st := l.s.State()
	verdicts := judge(l.attempted(st), len(l.to))
	again := l.again(st, verdicts)
	good := st.Open && st.Phase != session.Over && st.Broken == "" && ctx.Err() == nil
	switch {
	case l.interruptedBefore(st, verdicts):
		// The connection had carried others and broke before this one was
		// decided: that says nothing about it. It gets a connection of its own.
		l.discard()
		l.r.giveBack(l.j)
		return false
	case l.untried(verdicts):
		l.discard()
		p := l.passed.Load()
		l.r.putOff(l.m, l.j, p.Error(), p.until)
		return false
	}
	l.record(verdicts, len(again) > 0)
	l.course.served = st.Letters
	// RFC 9422, 4.1: more transactions would be refused.
	most := st.Limit("MAILMAX")
	good = good && st.Letters < maxLetters && (most == 0 || st.Letters < most)
	if len(again) > 0 {
		l.j.recipients = again
		if good {
			return l.letter(ctx, l.m, l.j)
		}
		l.r.giveBack(l.j)
	}
	return good
}

// again are the recipients that there was no room for in this transaction, if
// the others were decided: they go in another one.
func (l *letter) again(st session.State, verdicts []verdict) []int {
	var left []int
	decided := false
	for i, v := range verdicts {
		if i >= room(st) || v.again {
			verdicts[i].again = true
			left = append(left, l.to[i])
		} else {
			decided = decided || v.fate.Final()
		}
	}
	if !decided || !st.Open {
		return nil
	}
	return left
}

// interruptedBefore reports whether a connection that had carried other
// letters ended before this one was decided in any way.
func (l *letter) interruptedBefore(st session.State, verdicts []verdict) bool {
	if l.course.served == 0 || l.j.alone || l.intent || st.Open && st.Last.Code != 421 {
		return false
	}
	for _, v := range verdicts {
		if v.fate != Waiting {
			return false
		}
	}
	return true
}

// untried reports whether all that was found were addresses that are passed
// over for now.
func (l *letter) untried(verdicts []verdict) bool {
	if l.passed.Load() == nil || l.dialed.Load() > 0 {
		return false
	}
	for _, v := range verdicts {
		if !v.aside {
			return false
		}
	}
	return true
}

// discard removes the record of an attempt that was none.
func (l *letter) discard() {
	_ = l.tap.end()
	if l.file != "" {
		_ = os.Remove(l.file)
	}
	l.r.mu.Lock()
	defer l.r.mu.Unlock()
	if l.m.last == l.number {
		l.m.last--
	}
}

// record puts the verdicts into the journal. The connection goes on meanwhile.
func (l *letter) record(verdicts []verdict, more bool) {
	r, now := l.r, l.r.opts.Clock.Now()
	all := l.fixed
	for i, v := range verdicts {
		if no := l.route.Load(); no != nil && v.aside {
			v.reply = no.Error()
			if !no.Temporary { // RFC 7505, 4.1 and RFC 5321, 5.1: the DNS has decided
				v.fate = Refused
			}
		}
		all[l.to[i]] = v
	}
	st := l.s.State()
	e := ending{id: l.j.id, at: now, attempt: l.number, host: peer(st)}
	r.mu.Lock()
	m := l.m
	var told []Happening
	for _, i := range l.j.recipients {
		v, known := all[i]
		if !known || v.again && more {
			continue
		}
		s := r.sentence(&m.m, m.m.Recipients[i], v, now)
		s.relayed = s.fate == Accepted && !st.Offered.Has("DSN") && m.env.notifies(i, "SUCCESS")
		e.add(i, s)
		r.count(s.fate)
		told = append(told, Happening{ID: l.j.id, Attempt: l.number, To: m.m.Recipients[i].To, Fate: s.fate, Next: s.next, Host: s.host, Reply: s.reply})
	}
	env := m.env
	var words []string
	for _, g := range e.groups {
		words = append(words, g.words(&m.m))
	}
	r.mu.Unlock()
	b := r.spool.journal.submit(e.record())
	for _, text := range words {
		l.s.Note(text)
	}
	r.settling.Go(func() {
		if r.recorded(l.j.id, b) {
			for _, h := range told {
				r.tell(h)
			}
			if !e.accepted() {
				r.afterwards(m, env)
			}
		}
		if !more {
			r.done(m)
		}
	})
}

// afterwards reports to the sender what there is to report.
func (r *Runner) afterwards(m *active, env *Envelope) {
	m.reporting.Lock()
	defer m.reporting.Unlock()
	r.mu.Lock()
	err := r.catchUp()
	now := m.m
	now.Recipients = append([]Recipient(nil), m.m.Recipients...)
	r.mu.Unlock()
	if err != nil {
		r.tell(Happening{ID: env.ID, Text: err.Error()})
		return
	}
	r.reportAll(&now, env)
}

func (r *Runner) count(f Fate) {
	switch f {
	case Accepted:
		r.sum.Accepted++
	case Refused:
		r.sum.Refused++
	case Expired:
		r.sum.Expired++
	case Unclear:
		r.sum.Unclear++
	default:
		r.sum.Waiting++
	}
}

// putOff records why a job was not tried and when it is due again. That is no
// attempt: it does not count for the schedule.
func (r *Runner) putOff(m *active, j *job, why string, until time.Time) {
	now := r.opts.Clock.Now()
	e := ending{id: j.id, at: now}
	r.mu.Lock()
	for _, i := range j.recipients {
		s := r.sentence(&m.m, m.m.Recipients[i], verdict{fate: Waiting, reply: why}, now)
		if s.fate == Waiting && !until.IsZero() {
			s.next = until
		}
		e.add(i, s)
		r.count(s.fate)
		r.tell(Happening{ID: j.id, To: m.m.Recipients[i].To, Fate: s.fate, Next: s.next, Reply: s.reply})
	}
	env := m.env
	r.mu.Unlock()
	b := r.spool.journal.submit(e.record())
	r.settling.Go(func() {
		if r.recorded(j.id, b) {
			r.afterwards(m, env)
		}
		r.done(m)
	})
}
