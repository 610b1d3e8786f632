package outbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"ehlo/session"
)

// Hand is one attempt that a person makes, step by step. It keeps the same
// records as those that a run makes, and the same lock:
//
//	h, err := runner.Hand(ctx, id)
//	s := session.New(h.Session)
//	h.Begin(s)
//	… h.Mail proposes steps, a person takes them …
//	h.End()  // as soon as h.Decided, and in any case when the session is left
type Hand struct {
	Session session.Options
	Mail    session.Mail
	Begins  func(*session.Session) // of the plan; Begin calls it

	r      *Runner
	m      *active
	s      *session.Session
	to     []int
	number int
	file   string

	mu    sync.Mutex
	ended bool
	said  string
	freed bool
	log   int // events that the transcript has
}

// Spool returns what the runner sends from.
func (r *Runner) Spool() *Spool { return r.spool }

// Hand begins an attempt by hand, due or not: for the recipients of the first
// domain whose fate is open. It fails with [ErrBusy] while a run is trying the
// message.
func (r *Runner) Hand(ctx context.Context, id string) (*Hand, error) {
	held, err := r.spool.lockMessage(id)
	if err != nil {
		return nil, err
	}
	h, err := r.hand(ctx, id)
	if err != nil {
		return nil, errors.Join(err, held.close())
	}
	h.m.held = held
	return h, nil
}

func (r *Runner) hand(ctx context.Context, id string) (*Hand, error) {
	m, err := r.spool.Find(id)
	if err != nil {
		return nil, err
	}
	if m.interrupted() { // whose run is no more, since the lock is ours
		if err := r.spool.journal.commit(r.unclear(m)...); err != nil {
			return nil, err
		}
		if m, err = r.spool.Find(id); err != nil {
			return nil, err
		}
	}
	e, err := r.spool.Envelope(id)
	if err != nil {
		return nil, err
	}
	h := &Hand{r: r, m: &active{m: *m, last: m.Attempts, env: e}}
	domain := ""
	for i, x := range m.Recipients {
		if x.Fate.Final() || domain != "" && domainOf(x.To) != domain || len(h.to) == maxGiven || i >= len(e.To) {
			continue
		}
		domain = domainOf(x.To)
		h.to = append(h.to, i)
	}
	if len(h.to) == 0 {
		return nil, fmt.Errorf("%s: the fate of every recipient is known", id)
	}
	return h, h.plan(ctx, domain)
}

func (h *Hand) plan(ctx context.Context, domain string) error {
	e := h.m.env
	t := session.Target{MX: domain}
	if e.Target != "" {
		var err error
		if t, err = session.ParseTarget(e.Target); err != nil {
			return err
		}
	}
	p, err := h.r.opts.Plan(ctx, e, t)
	if err != nil {
		return err
	}
	for h.file == "" || made(h.file) {
		h.number, h.file = h.r.number(h.m)
	}
	h.Session, h.Mail, h.Begins = p.Session, p.Mail, p.Begins
	if h.Session.Target.IsZero() {
		h.Session.Target = t
	}
	h.Mail.Target = h.Session.Target
	content, err := h.r.spool.Content(e)
	if err != nil {
		return err
	}
	h.Mail.Letter = session.Letter{From: e.From, UTF8: e.UTF8, Content: lastWord(*content, h.intend)}
	for _, i := range h.to {
		h.Mail.To = append(h.Mail.To, e.To[i])
	}
	return nil
}

// Begin names the session that the attempt is made in.
func (h *Hand) Begin(s *session.Session) {
	h.s = s
	if h.Begins != nil {
		h.Begins(s)
	}
}

// intend puts on record that the final dot goes out.
func (h *Hand) intend() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		return errors.New("this attempt has ended: begin another one in the queue")
	}
	var taken []int
	st := h.s.State()
	for _, x := range st.Recipients {
		if at := x.Step - firstRecipient; x.Taken() && at >= 0 && at < len(h.to) {
			taken = append(taken, h.to[at])
		}
	}
	return h.r.spool.journal.commit(Record{ID: h.m.m.ID, At: h.r.opts.Clock.Now(), Kind: Tried,
		Fields: []string{strconv.Itoa(h.number), peer(st), list(taken)}})
}

// Decided reports whether the server has decided, or can no longer.
func (h *Hand) Decided(s session.State) bool {
	return s.Finished != nil && !s.InTransaction() || s.Phase == session.Over && !s.Open && s.Letters > 0
}

// End puts the verdicts on record, writes the transcript and, if somebody
// failed, the report. It returns what became of the message in words. It may
// be called again: what has happened since goes into the transcript.
func (h *Hand) End() (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	err := h.keep()
	if h.ended {
		return h.said, err
	}
	h.ended = true
	if h.s == nil || h.s.Log().Len() == 0 {
		return "nothing was tried", err
	}
	st := h.s.State()
	now := h.r.opts.Clock.Now()
	a := attempted{State: st, asked: st.Letters > 0, line: lineOf(h.s.Log())}
	e := ending{id: h.m.m.ID, at: now, attempt: h.number}
	for at, v := range judge(a, len(h.to)) {
		i := h.to[at]
		s := h.r.sentence(&h.m.m, h.m.m.Recipients[i], v, now)
		s.relayed = s.fate == Accepted && !st.Offered.Has("DSN") && h.m.env.notifies(i, "SUCCESS")
		e.add(i, s)
		h.said = fmt.Sprintf("%s: %s: %s", h.m.m.Recipients[i].To, s.fate, s.reply)
	}
	if n := len(h.to); n > 1 {
		h.said += fmt.Sprintf(" (%d recipients)", n)
	}
	if err := h.r.spool.journal.commit(e.record()); err != nil {
		return h.said, err
	}
	for _, g := range e.groups {
		h.s.Note(g.words(&h.m.m))
	}
	if m, found := h.r.spool.Find(h.m.m.ID); found == nil {
		h.r.reportAll(m, h.m.env)
	}
	return h.said, err
}

// Close ends the attempt and frees the message. It may be called again.
func (h *Hand) Close() error {
	_, err := h.End()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.freed {
		return err
	}
	h.freed = true
	return errors.Join(err, h.m.held.close())
}

// keep writes the transcript, anew if it has grown.
func (h *Hand) keep() error {
	if h.s == nil || h.r.opts.Record == nil || h.s.Log().Len() == h.log {
		return nil
	}
	if h.freed && !made(h.file) { // the message was dropped since
		return nil
	}
	events := h.s.Log().Since(0)
	h.log = len(events)
	if err := os.MkdirAll(filepath.Dir(h.file), 0o700); err != nil {
		return err
	}
	fresh := h.file + ".new" // it takes the place of the old one when it is whole
	if err := os.Remove(fresh); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	rec, err := h.r.opts.Record(fresh)
	if err != nil {
		return err
	}
	if err := rec.End(events); err != nil {
		return errors.Join(err, os.Remove(fresh))
	}
	return os.Rename(fresh, h.file)
}
