package transcript

import (
	"io"
	"strings"
	"time"

	"ehlo/session"
)

// Scribe writes down what somebody else has recorded: events as a [Recorder]
// would, and between them lines of any other kind. Secrets are cut out,
// whether an event marks them or not.
//
// Where nobody knows when things happened, At of the events is zero and the
// file has no times: then it reads like one that was written by hand.
type Scribe struct {
	// By is who recorded it, At when that began. Both can be set until the
	// first line is written; without At it is the time of the first event.
	By string
	At time.Time

	out  io.Writer
	w    writer
	f    formatter
	veil session.Veil
	// hoped is set once a line says what is expected: such a file is a test,
	// and nobody knows how it will end.
	hoped bool
}

// NewScribe returns a scribe. Timed says that the events have times.
func NewScribe(w io.Writer, timed bool) *Scribe {
	return &Scribe{out: w, w: writer{untimed: !timed}, f: formatter{begun: true}}
}

// State returns the state after what was written: what was expected counts as
// if it had come.
func (s *Scribe) State() session.State { return s.w.st }

// begin writes the header.
func (s *Scribe) begin(at time.Time) {
	if s.w.begun {
		return
	}
	if !s.At.IsZero() {
		at = s.At
	}
	if s.w.by = s.By; !s.w.untimed {
		s.w.begin(at)
		return
	}
	s.w.begun = true
	s.w.buf = append(s.w.buf, header...)
	if s.By != "" {
		f := newFact(s.w.buf, "imported")
		f.param("from", s.By)
		s.w.buf = f.end()
	}
}

// Event writes one event.
func (s *Scribe) Event(e session.Event) error {
	s.begin(e.At)
	if !s.w.st.Open && (e.Kind == session.Sent || e.Kind == session.Received) {
		// A dialogue that begins with its octets: the reader of the file will
		// know that somebody must have connected.
		s.apply(session.Event{Kind: session.Opened})
	}
	s.veil.Mark(&s.w.st, &e)
	s.w.event(&e, nil)
	return s.write()
}

func (s *Scribe) apply(e session.Event) {
	s.w.seq++
	e.Seq = s.w.seq
	s.w.st = s.w.st.Apply(e)
}

// Item writes a line that is no event: a comment, an expectation, a directive,
// a fact that the format does not know. It must have no octets.
func (s *Scribe) Item(it Item) error {
	s.begin(time.Time{})
	switch {
	case it.Kind == Expect:
		s.hope(it)
	case it.Kind == Octets && it.Dir == FromClient:
		for range it.Count {
			s.apply(session.Event{Kind: session.Sent, Data: it.Data})
		}
	case it.Kind == Comment:
		it.Text = known(&s.veil, it.Text)
	}
	if it.Kind == Directive && it.Key == "starttls" {
		s.apply(session.Event{Kind: session.Secured})
	}
	s.f.buf = s.w.buf
	s.f.item(&it)
	s.w.buf = s.f.buf
	if it.Kind != Comment && it.Kind != Blank {
		s.w.inside = false
	}
	return s.write()
}

// hope takes an expected reply for one that has come: only so is it known
// what is a response and what is content.
func (s *Scribe) hope(it Item) {
	s.hoped = true
	if it.Dir == FromServer && it.Op == '?' {
		s.Hope(it.Text)
	}
}

// Hope takes a reply for one that has come. It writes nothing.
func (s *Scribe) Hope(text string) {
	if len(text) < 3 {
		return
	}
	line := session.ParseReplyLine([]byte(text))
	code := strings.ReplaceAll(text[:3], "x", "0")
	if line.Code == 0 && session.ParseReplyLine([]byte(code)).Code == 0 {
		return
	}
	sep := " "
	if len(text) > 3 && text[3] == '-' {
		sep = "-"
	}
	if !s.w.st.Open {
		s.apply(session.Event{Kind: session.Opened})
	}
	s.apply(session.Event{Kind: session.Received, Data: []byte(code + sep + "\r\n")})
}

func (s *Scribe) write() error {
	_, err := s.out.Write(s.w.buf)
	s.w.buf = s.w.buf[:0]
	return err
}

// Close ends the file: it says how the session ended, as a recorder does.
func (s *Scribe) Close() error {
	s.begin(time.Time{})
	if how := result(s.w.st, s.w.st.Accepted); how != "" && !s.hoped {
		s.w.buf = append(s.w.buf, "= end result="+how+"\n"...)
	}
	return s.write()
}
