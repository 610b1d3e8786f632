package lesson

import "ehlo/session"

// Run is a learner in a lesson. What happens in the session goes in at Apply,
// answers at Answer; Step says what is to be done now. It is a value like the
// state it keeps.
type Run struct {
	Lesson Lesson
	Seen   Seen
	at     int
	hints  int // that were asked for in this step
}

// Begin begins a lesson.
func Begin(l Lesson) Run { return Run{Lesson: l} }

// Step returns the step that is to be done now, and false when all are done.
func (r Run) Step() (Step, bool) {
	if r.at >= len(r.Lesson.Steps) {
		return Step{}, false
	}
	return r.Lesson.Steps[r.at], true
}

// Number is that of the step, counted from 1.
func (r Run) Number() int { return min(r.at+1, len(r.Lesson.Steps)) }

// Done reports whether nothing is left to do.
func (r Run) Done() bool { return r.at >= len(r.Lesson.Steps) }

// Apply takes an event of the session in, and reports whether the task of the
// step was done with it. A task is done when its check holds and no reply is
// due.
func (r Run) Apply(e session.Event) (next Run, done bool) {
	r.Seen = r.Seen.Apply(e)
	st, ok := r.Step()
	if !ok || st.Task == "" || len(r.Seen.State.Pending) > 0 || r.Seen.State.Partial() || !st.Check.Holds(r.Seen) {
		return r, false
	}
	return r.Skip(), true
}

// Answer answers the question of the step, and reports whether that was right.
// The step is over then.
func (r Run) Answer(text string) (next Run, right bool) {
	st, ok := r.Step()
	if !ok || st.Ask == nil || !st.Ask.Right(text) {
		return r, false
	}
	return r.Skip(), true
}

// Skip goes on to the next step: behind one that is text alone, or because the
// learner wants to.
func (r Run) Skip() Run {
	r.at++
	r.hints = 0
	r.Seen = r.Seen.fresh()
	return r
}

// Hint returns the next hint of the step, the last one again and again; ""
// if there is none.
func (r Run) Hint() (next Run, hint string) {
	st, _ := r.Step()
	if len(st.Hints) == 0 {
		return r, ""
	}
	hint = st.Hints[min(r.hints, len(st.Hints)-1)]
	r.hints++
	return r, hint
}
