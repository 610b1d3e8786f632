package lesson

import (
	"context"
	"fmt"

	"ehlo/session"
	"ehlo/transcript"
)

// move is what the client of the recording did, as a step of a session.
type move struct {
	block int
	step  session.Step
}

// solutions gives each task what is recorded behind it, and what is recorded
// before the first to the first.
func (p *parser) solutions(t *transcript.Transcript) {
	for _, e := range t.Events() {
		m := move{block: e.Block}
		switch e.Kind {
		case session.Opened:
			m.step = session.Step{Kind: session.Connect}
		case session.Sent:
			m.step = session.Step{Bytes: e.Data}
		case session.Secured:
			m.step = session.Step{Kind: session.StartTLS}
		case session.Closed:
			if e.Fact("by") != "client" {
				continue
			}
			m.step = session.Step{Kind: session.HangUp}
		default:
			continue
		}
		p.stepAt(t.Line(e.Seq)).add(m)
	}
}

// stepAt returns the task that a line belongs to.
func (p *parser) stepAt(line int) *Step {
	var found *Step
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Task != "" && (s.Line < line || found == nil) {
			found = s
		}
	}
	if found == nil {
		found = &p.Steps[0]
	}
	return found
}

// add puts one more write behind the others; lines of one write stay together.
func (s *Step) add(m move) {
	if n := len(s.solution); n > 0 && m.step.Kind == session.Say && s.solution[n-1].step.Kind == session.Say && s.solution[n-1].block == m.block {
		last := &s.solution[n-1].step
		last.Bytes = append(last.Bytes[:len(last.Bytes):len(last.Bytes)], m.step.Bytes...)
		return
	}
	s.solution = append(s.solution, m)
}

// Solution returns what the recording did about the task.
func (s Step) Solution() []session.Step {
	var steps []session.Step
	for _, m := range s.solution {
		steps = append(steps, m.step)
	}
	return steps
}

// Verify plays the solution of each task in a session, and says at which line
// the lesson is wrong: the check of a task must hold when its solution is done,
// and not before, except that a recording ends with QUIT. A pause in it is
// waited for with wait.
func Verify(ctx context.Context, l Lesson, s *session.Session, wait func(session.Step)) error {
	run, seen := Begin(l), 0
	for st, ok := run.Step(); ok; st, ok = run.Step() {
		if st.Task == "" {
			run = run.Skip()
			continue
		}
		steps, done := st.Solution(), false
		for i, m := range steps {
			if done && !leaves(m) {
				return fmt.Errorf("line %d: the check %q holds after %d of %d steps of the solution", st.Line, st.Check.Text, i, len(steps))
			}
			wait(m)
			_ = s.Do(ctx, m) // what went wrong is in the log
			for _, e := range s.Log().Since(seen) {
				seen = e.Seq
				var passed bool
				run, passed = run.Apply(e)
				done = done || passed
			}
		}
		if !done {
			return fmt.Errorf("line %d: the check %q does not hold when the solution is done; the last reply was %q", st.Line, st.Check.Text, run.Seen.State.Last.String())
		}
	}
	return nil
}

// leaves reports whether a step ends the session.
func leaves(st session.Step) bool {
	return st.Kind == session.HangUp || st.Kind == session.Say && session.ParseCommand(st.Bytes).Verb == "QUIT"
}
