package session

import "time"

// Recorder keeps a log outside of memory. Its methods are called by one
// goroutine at a time.
type Recorder interface {
	// Event is told each event and the state behind it, and may keep neither.
	Event(e *Event, after *State)
	// Flush keeps what was told. It is called before anybody sees the event in
	// the log, and before the session waits for its server.
	Flush() error
	// Bulk keeps octets that are too many for an event. They were just sent.
	Bulk(p []byte) error
	// Kept says where the octets are that came since it was asked last, for
	// their event. There is no name if they are nowhere.
	Kept() (name string, offset int64, sum string)
}

// Record hands the log to a recorder: first what has happened so far, then
// all that happens from now on.
func (s *Session) Record(r Recorder) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logOutflow() // nobody kept those octets
	var st State
	events := s.log.from(0, s.log.Len())
	for i := range events {
		st.Follow(&events[i])
		r.Event(&events[i], &st)
	}
	if err := r.Flush(); err != nil {
		return err
	}
	s.recorder, s.unsaid = r, nil
	return nil
}

// RecordError returns why the recorder was given up, or why it has not all of
// the content, or nil.
func (s *Session) RecordError() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unsaid
}

// append stamps events and puts them into state, recorder and log. s.mu must be
// held.
//
// While steps are carried out the recorder may write lines later: before
// somebody reads the log, before the session waits for its server, and in any
// case after a moment, for a write may wait as well. So a reply and the command
// that follows it are one write, and while that is made the server has the
// command already. Nothing that was seen is missing from the file when the
// process is killed, and nothing that was said when the server is silent.
func (s *Session) append(events ...Event) {
	if len(events) == 0 {
		return
	}
	now, seq := s.opts.Now(), s.log.Len()
	for i := range events {
		events[i].At, events[i].Seq = now, seq+i+1
	}
	s.ahead = s.State()
	s.learn(events)
	s.unwritten = true
	s.log.mu.Lock() // whoever has seen the state finds its last event in the log
	s.stateMu.Lock()
	s.state = s.ahead
	s.stateMu.Unlock()
	s.log.add(events)
	s.log.mu.Unlock()
	s.wake()
	if !s.going || !said(events) {
		s.flush()
	} else {
		s.flushSoon()
	}
}

// moment is how long lines may wait to be written.
const moment = 10 * time.Millisecond

// flushSoon is flush after a moment, for a session that does nothing meanwhile:
// the server takes nothing, or whoever has the content is slow.
func (s *Session) flushSoon() {
	switch {
	case s.recorder == nil || s.soon:
		return
	case s.late == nil:
		s.late = time.AfterFunc(moment, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.soon = false
			s.flush()
		})
	default:
		s.late.Reset(moment)
	}
	s.soon = true
}

// said reports whether all events are lines or remarks.
func said(events []Event) bool {
	for i := range events {
		switch e := &events[i]; e.Kind {
		case Sent, Received:
			if e.Bulk != nil {
				return false
			}
		case Noted:
		default:
			return false
		}
	}
	return true
}

// goOn says whether somebody will go on, so that lines may wait.
func (s *Session) goOn(going bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.going = going; !going {
		s.flush()
	}
}

// keep has the recorder write what it was told.
func (s *Session) keep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flush()
}

// flush is keep where s.mu is held. A recorder that has written everything is
// left alone: its owner may be closing it.
func (s *Session) flush() {
	if s.recorder == nil || !s.unwritten {
		return
	}
	s.unwritten = false
	if err := s.recorder.Flush(); err != nil {
		s.recorder, s.unsaid = nil, err
		s.append(Event{Kind: Noted, Text: "the transcript cannot be written any further: " + err.Error()})
	}
}

// learn finds what is secret in each event and the state behind it, and tells
// the recorder both.
func (s *Session) learn(events []Event) {
	st, judged, told := &s.ahead, 0, 0
	defer func() {
		if told < len(events) && s.recorder != nil {
			s.fall(events[told:], judged-told)
		}
	}()
	for i := range events {
		e := &events[i]
		s.veil.Mark(st, e)
		judged++
		st.Follow(e)
		if told++; s.recorder != nil {
			s.recorder.Event(e, st)
		}
	}
}

// fall is for a panic: what no state can bear is on record all the same. What
// was not judged any more may be a secret.
func (s *Session) fall(events []Event, judged int) {
	for i := range events {
		e := &events[i]
		if i >= judged && e.Kind == Sent {
			e.Secret = []Span{{0, len(e.Data)}}
		}
		s.recorder.Event(e, &s.ahead)
	}
	_ = s.recorder.Flush()
}
