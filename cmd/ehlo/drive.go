package main

import (
	"context"
	"fmt"

	"ehlo/session"
)

// drive takes steps until there are none, or something leaves no sense in
// going on. next returns those that go out in the next write.
func drive(ctx context.Context, s *session.Session, next func(session.State) []session.Step) (e ending) {
	defer func() {
		s.Close()
		e.state = s.State()
		e.taken = delivered(s.Log().Since(0))
	}()
	for {
		steps := next(s.State())
		if len(steps) == 0 {
			return e
		}
		if first := steps[0]; first.Kind == session.Connect && first.To != nil {
			s.Note("route: " + first.Why)
			e.last = session.Step{} // how the last address ended counts no more
		}
		if last := steps[len(steps)-1]; last.Ends != "" && e.last.Ends == "" {
			e.last = last
		}
		advise(s, steps)
		err := s.Proceed(ctx, steps...)
		if e.interrupted = ctx.Err() != nil; e.interrupted {
			return e
		}
		if err != nil || s.State().Broken != "" {
			s.Close()
			if again := next(s.State()); len(again) == 0 || again[0].Kind != session.Connect {
				return e
			}
		}
	}
}

// advise notes what the rules say against steps that are about to be taken.
func advise(s *session.Session, steps []session.Step) {
	state := s.State()
	for _, st := range steps {
		if st.Kind == session.Say && len(st.Bytes) > 0 && len(st.Bytes) < maxAdvised {
			for _, r := range session.Advise(state, st.Bytes) {
				if r.Severity > session.Note {
					s.Note(fmt.Sprintf("advice: %s (%s)", r.Text, r.Source))
				}
			}
		}
		state = session.Hoped(state, st)
	}
}

// maxAdvised is how long a line may be, in octets, to be worth an advice.
const maxAdvised = 64 << 10

// follow prints events while they happen. The function it returns waits for
// the last of them.
func follow(ctx context.Context, s *session.Session, show func(session.Event)) func() {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	seq := 0
	go func() {
		defer close(done)
		for {
			events, err := s.Log().Wait(ctx, seq)
			if err != nil {
				return
			}
			for _, e := range events {
				show(e)
			}
			seq += len(events)
		}
	}()
	return func() {
		cancel()
		<-done
		for _, e := range s.Log().Since(seq) {
			show(e)
		}
	}
}
