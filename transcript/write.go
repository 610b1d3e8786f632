package transcript

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"ehlo/session"
)

// precision is that of the times in a file.
const precision = time.Microsecond

// writer turns events into canonical lines. It remembers what stands before
// them, so that a line is written only where it says something.
type writer struct {
	buf      []byte
	by       string
	untimed  bool // nobody knows when anything happened
	begun    bool
	at       time.Time // as the reader of the file will know it
	sessions int
	secrets  int
	kept     bool // secrets are written

	block  int  // the block that the last octets belonged to
	dir    Dir  // and their direction
	inside bool // nothing has ended that block
	step   int
	ended  bool // the last octets ended with a line feed

	st    session.State // behind the last event that was no line inside of content
	seq   int           // of the last event that nobody else had numbered
	user  string        // who has logged in, if it is told in the course of it
	typed bool          // it stood where LOGIN asks for a name

	// accepted counts the messages that the server took in what was written: the
	// session may have had others before.
	accepted int

	midLine bool // content that went out last has no line end yet
}

// begin writes the header.
func (w *writer) begin(at time.Time) {
	w.begun = true
	w.at = at.Truncate(precision)
	w.buf = append(w.buf, header...)
	w.buf = append(w.buf, "= recorded"...)
	if !at.IsZero() {
		w.buf = append(w.buf, ' ')
		w.buf = w.at.UTC().AppendFormat(w.buf, "2006-01-02T15:04:05.999999Z07:00")
	}
	w.buf = append(w.buf, " by="...)
	w.buf = appendValue(w.buf, w.by)
	w.buf = append(w.buf, '\n')
	if w.kept {
		w.buf = append(w.buf, "= secrets kept\n"...)
	}
}

// event writes one event. after is the state behind it; where it is nil the
// writer follows the events itself, and numbers them.
func (w *writer) event(e *session.Event, after *session.State) {
	if w.content(e) && len(e.Secret) == 0 { // by far the most
		w.octets(FromClient, e, nil)
		return
	}
	own := *e
	if after == nil {
		after = w.behind(&own)
	}
	w.other(own, after)
}

// behind numbers an event and returns the state behind it.
func (w *writer) behind(e *session.Event) *session.State {
	w.seq++
	e.Seq = w.seq
	st := w.st.Apply(*e)
	return &st
}

// other writes an event that is no line inside of content.
func (w *writer) other(e session.Event, after *session.State) {
	var secret []byte
	if len(e.Secret) == 1 {
		secret = e.Data[min(e.Secret[0].From, len(e.Data)):min(e.Secret[0].To, len(e.Data))]
	}
	var vars []Var
	e.Data, vars = w.conceal(&e, nil)
	if e.Kind == session.Received && after.Accepted > w.st.Accepted {
		w.accepted++
	}
	behind := w.auth(&e, secret, after)
	behind += w.captured(&e)
	switch e.Kind {
	case session.Sent:
		w.octets(FromClient, &e, vars)
		w.buf = append(w.buf, behind...)
	case session.Received:
		w.octets(FromServer, &e, vars)
		w.buf = append(w.buf, behind...)
	default:
		if d := w.since(e.At); d > 0 {
			w.time(d, 0)
		}
		w.fact(e)
	}
}

// since advances the time of the file to at and returns by how much. A clock
// that was set back stands still until it has caught up.
func (w *writer) since(at time.Time) time.Duration {
	d := max(at.Sub(w.at).Truncate(precision), 0)
	w.at = w.at.Add(d)
	return d
}

func (w *writer) time(d time.Duration, step int) {
	w.inside = false
	w.buf = appendTime(w.buf, d)
	if step != 0 {
		w.buf = append(w.buf, " step="...)
		w.buf = strconv.AppendInt(w.buf, int64(step), 10)
	}
	w.buf = append(w.buf, '\n')
}

// octets writes one line; secrets are placeholders already.
func (w *writer) octets(dir Dir, e *session.Event, vars []Var) {
	step := 0
	if dir == FromClient {
		step = e.Step
	}
	switch {
	case w.untimed && (!w.inside || w.dir != dir): // that alone begins a block
	case !w.inside || w.dir != dir || w.block != e.Block:
		w.time(w.since(e.At), step)
	case step != w.step:
		w.buf = append(w.buf, "= step "...)
		w.buf = strconv.AppendInt(w.buf, int64(step), 10)
		w.buf = append(w.buf, '\n')
	case !w.ended && e.Lost == 0:
		w.buf = append(w.buf, "= part\n"...)
	}
	w.inside, w.dir, w.block, w.step = true, dir, e.Block, step
	if e.Lost > 0 {
		w.buf = append(w.buf, "= gap octets="...)
		w.buf = strconv.AppendInt(w.buf, e.Lost, 10)
		w.buf = append(w.buf, '\n')
	}
	if e.Bulk != nil {
		w.buf = appendBulk(w.buf, dir, e.Bulk)
		w.ended = true
		return
	}
	w.buf = AppendLine(w.buf, dir, e.Data, vars)
	w.ended = len(e.Data) == 0 || e.Data[len(e.Data)-1] == '\n'
}

// conceal puts a placeholder in the place of each secret. Nothing of it is
// left, not even how long it was: the hash of a weak password is a gift. The
// placeholders that the line has already stay, as far as no secret covers them.
func (w *writer) conceal(e *session.Event, has []Var) ([]byte, []Var) {
	if len(e.Secret) == 0 || w.kept {
		return e.Data, has
	}
	holes := slices.Clone(has)
	for _, s := range e.Secret {
		holes = append(holes, Var{From: s.From, To: s.To})
	}
	slices.SortStableFunc(holes, func(a, b Var) int {
		return cmp.Or(a.From-b.From, b.To-a.To)
	})
	var data []byte
	var vars []Var
	at := 0
	for _, h := range holes {
		from, to := max(h.From, at), min(h.To, len(e.Data))
		if from >= to || h.Name != "" && from > h.From {
			continue
		}
		if h.Name == "" {
			w.secrets++
			h.Name = "secret." + strconv.Itoa(w.secrets)
		}
		data = append(data, e.Data[at:from]...)
		start := len(data)
		data = appendPlaceholder(data, h.Name)
		vars = append(vars, Var{start, len(data), h.Name})
		at = to
	}
	return append(data, e.Data[at:]...), vars
}

// fact writes what happened beside the octets.
func (w *writer) fact(e session.Event) {
	if e.Kind == session.Noted {
		w.note(e.Text)
		return
	}
	w.inside = false
	var f *factLine
	switch e.Kind {
	case session.Resolved:
		f = newFact(w.buf, "resolved")
	case session.Opened:
		if w.sessions++; w.sessions > 1 {
			w.buf = append(w.buf, "= session "...)
			w.buf = strconv.AppendInt(w.buf, int64(w.sessions), 10)
			w.buf = append(w.buf, '\n')
		}
		f = newFact(w.buf, "connect")
	case session.Secured:
		f = newFact(w.buf, "tls")
		f.word("started")
	case session.Failed:
		f = newFact(w.buf, "failed")
		f.param("what", string(e.Fault))
	case session.Closed:
		f = newFact(w.buf, "closed")
	default:
		// An event of a kind that this version does not know.
		f = newFact(w.buf, "unknown")
	}
	for _, fact := range e.Facts {
		if e.Kind != session.Secured || !f.group(fact) {
			f.param(fact.Key, fact.Value)
		}
	}
	f.words(e)
	w.buf = f.end()
}

// note writes words as they are, if a line can hold them.
func (w *writer) note(text string) {
	w.ended = true // a fact ends the line before it
	if len(text) <= maxValue && text != "" && text[0] != ' ' && text[0] != '\t' && text[0] != '"' && literalText([]byte(text)) {
		w.buf = append(w.buf, "= note "...)
		w.buf = append(w.buf, text...)
		w.buf = append(w.buf, '\n')
		return
	}
	piece := text[:min(len(text), maxValue)]
	w.buf = append(w.buf, `= note "`...)
	w.buf = appendQuoted(w.buf, []byte(piece))
	w.buf = append(w.buf, '"')
	f := factLine{dst: w.buf, start: len(w.buf)}
	if rest := text[len(piece):]; rest != "" {
		f.line("more")
		f.text(rest)
	}
	w.buf = f.end()
}
