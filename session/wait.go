package session

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// await waits until nothing is pending. Each reply has its own time limit,
// which begins when it becomes the next one to come.
func (s *Session) await(ctx context.Context, limit time.Duration) error {
	var head Pending
	var deadline, hint time.Time
	broken := s.State().Broken
	for {
		st := s.State()
		if !st.Open || len(st.Pending) == 0 || st.Broken != broken {
			return nil
		}
		if next := st.Pending[0]; deadline.IsZero() || next != head {
			head, deadline = next, time.Now().Add(s.limit(next.Verb, limit))
			hint = deadline
			if next.Verb == Greeting && !st.Secure {
				hint = time.Now().Add(min(silence, s.limit(next.Verb, limit)))
			}
		}
		if s.waitUntil(ctx, hint, st.Seq) {
			continue
		}
		if hint.Before(deadline) && ctx.Err() == nil {
			hint = deadline
			if s.State().Partial() {
				continue
			}
			s.Note(fmt.Sprintf("no greeting for %s: %s", silence, silentTLS))
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return s.overdue(head.Verb, s.limit(head.Verb, limit))
	}
}

// overhear waits a while for what a server may say by itself: a reply, or its
// hanging up.
func (s *Session) overhear(ctx context.Context, limit time.Duration) error {
	deadline := time.Now().Add(limit)
	for st := s.State(); limit > 0 && st.Open; {
		if !s.waitUntil(ctx, deadline, st.Seq) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			text := fmt.Sprintf("the server says nothing by itself within %s", limit)
			s.fail(FaultTimeout, text)
			return errors.New(text)
		}
		if st = s.State(); !st.Partial() {
			break
		}
	}
	return nil
}

// waitUntil reports whether something happened after seq before the deadline.
func (s *Session) waitUntil(ctx context.Context, deadline time.Time, seq int) bool {
	for s.seq() <= seq {
		if ctx.Err() != nil || !time.Now().Before(deadline) {
			return false
		}
		s.keep()
		s.alarm.set(deadline)
		select {
		case <-s.news:
		case <-ctx.Done():
		}
	}
	return true
}

// wake has whoever waits look again.
func (s *Session) wake() {
	select {
	case s.news <- struct{}{}:
	default: // it was told and has not looked yet
	}
}

// seq is the number of the last event.
func (s *Session) seq() int {
	s.stateMu.Lock()
	defer s.stateMu.Unlock()
	return s.state.Seq
}

// listen waits a while for the verdict on content that did not end with
// CRLF.CRLF: a server may take something else for the end of data. If it does
// not, it waits for more, and nothing is overdue.
func (s *Session) listen(ctx context.Context, step time.Duration) {
	deadline := time.Now().Add(min(listenTime, s.limit(EndOfData, step)))
	for st := s.State(); st.Open && st.Phase == Data && !st.MailData.Complete; st = s.State() {
		if !s.waitUntil(ctx, deadline, st.Seq) {
			return
		}
	}
}

// silence is how long a greeting may take until somebody is told what that may
// mean. RFC 5321, 4.5.3.2.1 has a client wait for five minutes.
const silence = 10 * time.Second

const silentTLS = "a server that expects TLS first is silent, too"

func (s *Session) limit(verb string, step time.Duration) time.Duration {
	switch {
	case step > 0:
		return step
	case s.opts.Timeout > 0:
		return s.opts.Timeout
	}
	d, _ := Timeout(verb)
	return d
}

func (s *Session) overdue(verb string, limit time.Duration) error {
	text := fmt.Sprintf("no reply to %s within %s", verb, limit)
	if verb == Greeting {
		text = fmt.Sprintf("no greeting within %s", limit)
		switch st := s.State(); {
		case st.Partial():
			text = fmt.Sprintf("the greeting has not come to its end within %s", limit)
		case !st.Secure:
			text += ": " + silentTLS
		}
	}
	s.fail(FaultTimeout, text)
	return errors.New(text)
}
