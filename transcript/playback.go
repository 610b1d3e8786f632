package transcript

import (
	"math"
	"time"

	"ehlo/session"
)

// Pace says how fast a recording is played back. The zero value is as fast as
// it was.
type Pace struct {
	Speed float64       // 2 is twice as fast; 0 is 1, and what is negative does not wait
	Idle  time.Duration // no pause is longer; 0 leaves them as they were
}

// Wait returns how long to wait between two events that happened at these
// times.
func (p Pace) Wait(from, to time.Time) time.Duration {
	d := Gap(from, to)
	switch {
	case d <= 0, p.Speed < 0:
		return 0
	case p.Speed > 0:
		// Not even a slow playback of a long pause may overflow.
		d = time.Duration(min(float64(d)/p.Speed, float64(1<<62)))
	}
	if p.Idle > 0 {
		d = min(d, p.Idle)
	}
	return d
}

// Gap returns the time between two events; 0 if nobody knows. Where a file has
// seconds and no date, they count from the zero time.
func Gap(from, to time.Time) time.Duration {
	if from.IsZero() && to.Year() > 1 {
		return 0
	}
	return max(to.Sub(from), 0)
}

// Moment is an event that is played back, with what surrounds it.
type Moment struct {
	Event session.Event
	State session.State // after the event
	Wait  time.Duration // before it, at the pace of the playback
	// Notes are the comments that stand before the event in the file, and
	// the expectations and directives that the playback does not follow.
	Notes []Note
	// Stop says why to stop before the event: what stands behind "@ break",
	// or "break" if nothing does. It is empty if there is no reason to.
	Stop string
}

// Note is a line of a file that is no event.
type Note struct {
	Line int
	Kind ItemKind // Comment, Expect or Directive
	Text string
}

// maxNotes bounds those of one moment.
const maxNotes = 1000

// Playback gives the events of a transcript one by one, as they happened. It
// waits for nothing and opens nothing but the file: whoever shows the events
// waits, or steps by hand.
//
//	for {
//		m, err := p.Next()
//		if err == io.EOF {
//			break
//		}
//		time.Sleep(m.Wait)
//		…
//	}
//
// Errors are those of [Reader.Next]. Memory does not grow with the file.
type Playback struct {
	r     *Reader
	pace  Pace
	state session.State
	last  time.Time
	begun bool
}

// NewPlayback plays what r reads; r must be fresh.
func NewPlayback(r *Reader, pace Pace) *Playback {
	r.margin = &margin{}
	return &Playback{r: r, pace: pace}
}

// Next returns the next event.
func (p *Playback) Next() (Moment, error) {
	e, err := p.r.Next()
	if err != nil {
		return Moment{}, err
	}
	m := Moment{Event: e, State: p.state.Apply(e)}
	m.Notes, m.Stop = p.r.margin.before(e.Seq)
	if p.begun {
		m.Wait = p.pace.Wait(p.last, e.At)
	}
	p.begun, p.last = true, e.At
	p.state = m.State
	return m, nil
}

// Rest returns the notes behind the last event, for when there is none left.
func (p *Playback) Rest() []Note {
	notes, _ := p.r.margin.before(math.MaxInt)
	return notes
}

// Warnings returns what is odd in what was read so far.
func (p *Playback) Warnings() []Warning { return p.r.Warnings() }

// margin holds what stands beside the events that were not given out yet.
type margin struct{ notes []marginal }

type marginal struct {
	Note
	seq  int // of the event before it
	stop bool
}

// add takes an item that stands behind the event seq.
func (g *margin) add(it *Item, seq int) {
	n := marginal{seq: seq, Note: Note{it.Line, it.Kind, it.Text}}
	switch it.Kind {
	case Comment:
	case Expect:
		n.Text = string([]byte{byte(it.Dir), it.Op, ' '}) + it.Text
	case Directive:
		if n.stop = it.Key == "break"; !n.stop {
			n.Text = it.Key + prefixed(" ", it.Text)
		}
	default:
		return
	}
	if len(g.notes) < maxNotes {
		g.notes = append(g.notes, n)
	}
}

// before takes the notes that stand before an event.
func (g *margin) before(seq int) (notes []Note, stop string) {
	for len(g.notes) > 0 && g.notes[0].seq < seq {
		n := g.notes[0]
		g.notes = g.notes[1:]
		switch {
		case !n.stop:
			notes = append(notes, n.Note)
		case n.Text != "":
			stop = n.Text
		default:
			stop = "break"
		}
	}
	return notes, stop
}
