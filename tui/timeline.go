package tui

import (
	"sort"
	"time"

	"ehlo/session"
)

// stride is how many events lie between two states that are kept.
const stride = 256

// timeline is what happened, as rows, and the state at each of them: the log
// folded, with a state kept every stride events so that going back costs at
// most one stride of folding.
type timeline struct {
	events []session.Event
	rows   []row
	now    session.State // after the last event

	verbs map[string]string // one copy of each

	kept []session.State // kept[i] is the state after i*stride events
	// seen is the state after the first at events, the last one asked for.
	seen session.State
	at   int

	long map[int32]int32 // the last row of long replies and content, by their first

	failed int32 // one more than the last row that is a failure, 0 if none is
	heard  bool  // on the server's side, which asks for no certificate

	landmarks, phases, logins []int32       // rows: see landmark.go
	waited                    time.Duration // for the server, in all
}

// learn adds events to the end.
func (t *timeline) learn(events []session.Event) { t.reach(append(t.events, events...)) }

// reach learns those of all events that are new. It keeps the slice.
func (t *timeline) reach(all []session.Event) {
	for n := len(t.events); n < len(all); n++ {
		if n%stride == 0 {
			t.kept = append(t.kept, t.now)
		}
		next := t.now.Apply(all[n])
		t.events = all[:n+1]
		t.place(all[n], &t.now, &next)
		t.now = next
	}
}

// place finds the row of the last event.
func (t *timeline) place(e session.Event, before, after *session.State) {
	n := int32(len(t.events))
	if t.continues(e) {
		r := &t.rows[len(t.rows)-1]
		r.to, r.ended = n, endsLine(e)
		if r.class == 0 && e.Kind == session.Received {
			head, _ := octets(t.events[r.from:r.to], 16, "")
			r.class = class(head)
		}
		t.describe(r, e, before, after)
		t.join(len(t.rows) - 1)
		t.markFailure()
		t.markLogin()
		return
	}
	r := row{from: n - 1, to: n, kind: e.Kind, command: -1, secure: before.Secure, ended: endsLine(e)}
	if e.Kind == session.Received {
		r.class = class(e.Data)
		r.start = !before.Partial()
		t.answer(&r, e, before)
	}
	t.describe(&r, e, before, after)
	t.rows = append(t.rows, r)
	t.join(len(t.rows) - 1)
	t.mark()
}

// continues reports whether an event goes on with the line of the last row.
func (t *timeline) continues(e session.Event) bool {
	if len(t.rows) == 0 || e.Bulk != nil {
		return false
	}
	r := &t.rows[len(t.rows)-1]
	return !r.ended && r.kind == e.Kind && (e.Kind == session.Sent || e.Kind == session.Received)
}

// describe notes what the state makes of an event.
func (t *timeline) describe(r *row, e session.Event, before, after *session.State) {
	r.phase = after.Phase
	for _, x := range after.Remarks {
		r.weight = max(r.weight, uint8(x.Severity)+1)
	}
	if e.Kind == session.Secured && !after.Verified && !t.heard {
		r.weight = max(r.weight, uint8(session.Warning)+1)
	}
	if r.preamble = e.Kind == session.Sent && before.Preamble() > 0; r.preamble {
		return
	}
	if e.Kind != session.Sent || !r.ended {
		return
	}
	switch asked := len(after.Pending) - len(before.Pending); {
	case before.Phase == session.Data:
		r.content = true
		if after.MailData.Complete {
			r.verb = session.EndOfData
		}
	case asked > 0:
		r.verb = t.intern(after.Pending[len(after.Pending)-1].Verb)
	case before.Phase != session.Challenged:
		r.content = true // a chunk of BDAT
	}
}

// remarks returns what the rules say about a row. They are not kept: the states
// around its events say them again.
func (t *timeline) remarks(r *row) []session.Remark {
	if r.weight == 0 {
		return nil
	}
	var list []session.Remark
	for n := r.from; n < r.to && len(list) < maxRemarks; n++ {
		list = append(list, t.after(int(n)+1).Remarks...)
	}
	return list[:min(len(list), maxRemarks)]
}

// intern returns the one copy of a verb. A client that makes up new ones for
// ever has them cost what they cost.
func (t *timeline) intern(verb string) string {
	if t.verbs == nil {
		t.verbs = map[string]string{}
	}
	if kept, ok := t.verbs[verb]; ok {
		return kept
	}
	if len(t.verbs) < 1000 {
		t.verbs[verb] = verb
	}
	return verb
}

// answer finds the command that a reply belongs to.
func (t *timeline) answer(r *row, e session.Event, before *session.State) {
	if !r.start {
		for i := len(t.rows) - 1; i >= 0; i-- {
			if t.rows[i].kind == session.Received {
				r.command, r.verb = t.rows[i].command, t.rows[i].verb
				if gap := e.At.Sub(t.events[t.rows[i].to-1].At); gap >= stall {
					r.took = microsOf(gap)
				}
				return
			}
		}
		return
	}
	if len(before.Pending) == 0 {
		return
	}
	p := before.Pending[0]
	r.verb = t.intern(p.Verb)
	if p.Seq < 1 || p.Seq > len(t.events) {
		return
	}
	asked := p.Seq - 1
	r.command = int32(t.rowOf(asked))
	if i := t.last(session.Received, len(t.events)-2); i > asked {
		asked = i // RFC 2920: the time runs from the reply before
	}
	r.took = microsOf(e.At.Sub(t.events[asked].At))
}

// stall is from when on the time between two lines of a reply is worth a word:
// a server may hold back the last one.
const stall = 50 * time.Millisecond

// last returns the newest event of a kind at or before i that ends a line, or
// -1. It looks no further than a stride.
func (t *timeline) last(kind session.Kind, i int) int {
	for stop := max(i-stride, 0); i >= stop; i-- {
		if t.events[i].Kind == kind {
			return i
		}
	}
	return -1
}

// rowOf returns the row that an event belongs to.
func (t *timeline) rowOf(event int) int {
	i := sort.Search(len(t.rows), func(i int) bool { return int(t.rows[i].to) > event })
	if i == len(t.rows) {
		return -1
	}
	return i
}

// after returns the state after the first n events.
func (t *timeline) after(n int) session.State {
	switch {
	case n <= 0:
		return session.State{}
	case n >= len(t.events):
		return t.now
	}
	if from := n / stride * stride; t.at < from || t.at > n {
		t.seen, t.at = t.kept[n/stride], from
	}
	for ; t.at < n; t.at++ {
		t.seen = t.seen.Apply(t.events[t.at])
	}
	return t.seen
}

// moment returns the state after a row, or that before anything happened.
func (t *timeline) moment(r int) session.State {
	if r < 0 || r >= len(t.rows) {
		return t.now
	}
	return t.after(int(t.rows[r].to))
}

// exchange returns the rows [from, to) that belong together with a row: a
// command and its reply, or a block of mail data and the verdict on it.
func (t *timeline) exchange(r int) (from, to int) {
	if r < 0 || r >= len(t.rows) {
		return 0, 0
	}
	from = r
	if t.rows[r].kind == session.Received && t.rows[r].command >= 0 {
		from = int(t.rows[r].command)
	}
	to = from + 1
	if t.rows[from].content {
		for from > 0 && t.rows[from-1].content {
			from--
		}
		for to < len(t.rows) && t.rows[to].content {
			to++
		}
	}
	for i := to; i < len(t.rows) && i < to+stride; i++ {
		if t.rows[i].kind == session.Received && int(t.rows[i].command) >= from && int(t.rows[i].command) < to {
			return from, t.replyEnd(i)
		}
	}
	return from, max(to, r+1)
}

// replyEnd returns the row behind the reply that begins at row i.
func (t *timeline) replyEnd(i int) int {
	command := t.rows[i].command
	for i < len(t.rows) && t.rows[i].kind == session.Received && t.rows[i].command == command {
		i++
	}
	return i
}
