package replay

import (
	"fmt"
	"sort"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/normalise"
	"ehlo/transcript/script"
)

// Two compares two recordings as if the second were a new run of the first:
// what was said is set side by side, and the replies are compared as those of
// a replay are. What only one of the files says is a difference.
func Two(then, now *transcript.Transcript, o CompareOptions) *Report {
	a, b := script.New(then), script.New(now)
	r := &Report{Name: then.Name}
	for i := range max(len(a.Conns), len(b.Conns)) {
		t := two{o: o, ignore: append(append([]string(nil), o.Ignore...), a.Ignore...), conn: i}
		switch {
		case i >= len(a.Conns):
			t.alone(b.Conns[i].Line, "a connection", session.Reply{}, session.Reply{}, "the second")
		case i >= len(b.Conns):
			t.alone(a.Conns[i].Line, "a connection", session.Reply{}, session.Reply{}, "the first")
		default:
			t.then, t.now = &a.Conns[i], &b.Conns[i]
			t.names = [2]normalise.Names{namesIn(t.then, a.Rules), namesIn(t.now, a.Rules)}
			t.compare()
		}
		r.Steps = append(r.Steps, t.steps...)
	}
	differences, _ := r.Counts()
	r.Same = differences == 0
	return r
}

// two is the comparison of two recorded connections.
type two struct {
	then, now *script.Conn
	conn      int
	o         CompareOptions
	ignore    []string
	names     [2]normalise.Names // how both call what they have in common
	steps     []StepReport
}

func (t *two) compare() {
	t.secured(t.then.Secured, t.now.Secured, t.then.TLSLine)
	t.answers(t.then.Line, session.Greeting, -1, -1, nil)
	for _, p := range pair(t.then.Units, t.now.Units) {
		switch {
		case p.then < 0:
			u := &t.now.Units[p.now]
			t.alone(0, u.Text, session.Reply{}, firstAnswer(t.now, p.now), "the second")
		case p.now < 0:
			u := &t.then.Units[p.then]
			t.alone(u.Line, u.Text, firstAnswer(t.then, p.then), session.Reply{}, "the first")
		default:
			u, v := &t.then.Units[p.then], &t.now.Units[p.now]
			t.answers(u.Line, u.Text, p.then, p.now, func(s *StepReport) {
				if u.Text != v.Text {
					s.change(false, "said", "", u.Text, v.Text, "said")
				}
			})
			if u.Verb == "STARTTLS" {
				x, line := handshake(t.then)
				y, _ := handshake(t.now)
				t.secured(x, y, line)
			}
		}
	}
	t.end()
}

func (t *two) step(line int, title string) StepReport {
	return StepReport{Conn: t.conn, Line: line, Title: session.Escape(title), Diff: Diff{ignore: t.ignore}}
}

// alone reports what only one of the files has.
func (t *two) alone(line int, title string, want, got session.Reply, which string) {
	s := t.step(line, title)
	s.Want, s.Got = want, got
	s.differ("said", "only %s file has this", which)
	t.steps = append(t.steps, s)
}

// answers compares the replies to a unit of each; about adds what there is to
// say about the unit itself.
func (t *two) answers(line int, title string, then, now int, about func(*StepReport)) {
	a, b := answersTo(t.then, then), answersTo(t.now, now)
	for i := range max(len(a), len(b), 1) {
		s := t.step(line, title)
		if i == 0 && about != nil {
			about(&s)
		}
		switch {
		case i >= len(a) && i >= len(b): // neither was answered
		case i >= len(a):
			s.Got = b[i].Reply
			s.differ("surplus", "a reply that the first file does not have")
		case i >= len(b):
			s.Reply, s.Want = a[i].Line, a[i].Reply
			s.differ("missing", "no reply: %s", silence(t.now.End))
		default:
			t.answer(&s, &a[i], &b[i])
		}
		if len(s.Want.Lines)+len(s.Got.Lines)+len(s.Differences)+len(s.Notes) > 0 {
			t.steps = append(t.steps, s)
		}
	}
}

// answer compares two replies, or one with what was expected of it.
func (t *two) answer(s *StepReport, a, b *script.Answer) {
	if b.Group >= 0 {
		s.note("expect", "the second file has no reply here, only what is expected of one")
		return
	}
	s.Got, s.Took = b.Reply, b.Took
	if a.Group >= 0 {
		g := &t.then.Groups[a.Group]
		if s.Expected = true; g.Answers == 1 {
			var lines []string
			for _, l := range b.Lines {
				lines = append(lines, lineOf(l))
			}
			s.expectations(g.Expect, lines)
		}
		return
	}
	s.Reply, s.Want = a.Line, a.Reply
	level := t.o.Level
	if a.Level != nil {
		level = *a.Level
	}
	s.Diff.reply(level, a.Reply, b.Reply, t.names[0], t.names[1])
	s.times(a, b.Took)
}

func namesIn(c *script.Conn, rules []normalise.Rule) normalise.Names {
	names := normalise.NamesOf(c.End, c.Helo)
	for _, w := range c.IDs {
		names.Add(w)
	}
	names.Rules = rules
	return names
}

// secured compares two handshakes.
func (t *two) secured(a, b *session.Event, line int) {
	s := t.step(line, "TLS handshake")
	switch {
	case a == nil && b == nil:
		return
	case a == nil:
		s.differ("tls", "only the second file has this")
	case b == nil:
		s.differ("tls", "only the first file has this")
	default:
		s.Diff.tls(*a, *b)
	}
	t.steps = append(t.steps, s)
}

// handshake is the first one behind a STARTTLS.
func handshake(c *script.Conn) (*session.Event, int) {
	for i := range c.Turns {
		if x := &c.Turns[i]; x.Kind == script.TurnSecure {
			return &x.Secured, x.Line
		}
	}
	return nil, 0
}

// end compares how the connections ended.
func (t *two) end() {
	s := t.step(t.then.AtEnd, "end of the connection")
	a, b := ended(t.then), ended(t.now)
	parted := t.now.End.Last.Code == 421 || t.now.End.Answers.Quit.Code.Done() // then either may close first
	if a != b && a != "" && b != "" {
		faults := t.then.End.Fault != t.now.End.Fault
		s.change(faults || !parted, "end", "", a, b, "how it ended")
		t.steps = append(t.steps, s)
	}
}

// ended says how a connection ended, "" if the file does not.
func ended(c *script.Conn) string {
	switch {
	case c.End.Fault != "":
		return faultText(c.End)
	case c.Closed != nil && c.Closed.Fact("by") != "":
		return fmt.Sprintf("closed by the %s (%s)", c.Closed.Fact("by"), orNone(c.Closed.Fact("how")))
	}
	return ""
}

// answersTo are the replies to a unit; -1 is the greeting.
func answersTo(c *script.Conn, unit int) []script.Answer {
	from := sort.Search(len(c.Answer), func(i int) bool { return c.Answer[i].Unit >= unit })
	to := from
	for to < len(c.Answer) && c.Answer[to].Unit == unit {
		to++
	}
	return c.Answer[from:to]
}

func firstAnswer(c *script.Conn, unit int) session.Reply {
	for _, a := range answersTo(c, unit) {
		if a.Group < 0 {
			return a.Reply
		}
	}
	return session.Reply{}
}

// pairing is a unit of the first file and one of the second, -1 where there
// is none.
type pairing struct{ then, now int }

// maxPairs bounds how many pairs of units are tried.
const maxPairs = 1 << 22

// pair sets side by side what was said, in the order of both files: the same
// lines first of all, then at least the same commands.
func pair(a, b []script.Unit) []pairing {
	var list []pairing
	from := 0
	for from < min(len(a), len(b)) && a[from].Text == b[from].Text {
		list = append(list, pairing{from, from})
		from++
	}
	a, b = a[from:], b[from:]
	if len(a)*len(b) > maxPairs {
		return append(list, inOrder(a, b, from)...)
	}
	// worth[i*w+j] is what the best pairing of a[i:] with b[j:] is worth.
	w := len(b) + 1
	worth := make([]int32, (len(a)+1)*w)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			best := max(worth[(i+1)*w+j], worth[i*w+j+1])
			if n := alike(&a[i], &b[j]); n > 0 {
				best = max(best, n+worth[(i+1)*w+j+1])
			}
			worth[i*w+j] = best
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && alike(&a[i], &b[j]) > 0 && worth[i*w+j] == alike(&a[i], &b[j])+worth[(i+1)*w+j+1]:
			list = append(list, pairing{from + i, from + j})
			i, j = i+1, j+1
		case i < len(a) && worth[i*w+j] == worth[(i+1)*w+j]:
			list = append(list, pairing{from + i, -1})
			i++
		default:
			list = append(list, pairing{-1, from + j})
			j++
		}
	}
	return list
}

// alike is what it is worth to set two units side by side; 0 if they have
// nothing to do with each other.
func alike(u, v *script.Unit) int32 {
	switch {
	case u.Verb != v.Verb:
		return 0
	case u.Text == v.Text:
		return 5
	}
	return 3
}

// inOrder pairs the units of very long files as they come.
func inOrder(a, b []script.Unit, from int) (list []pairing) {
	for i := range max(len(a), len(b)) {
		switch {
		case i < len(a) && i < len(b) && alike(&a[i], &b[i]) > 0:
			list = append(list, pairing{from + i, from + i})
			continue
		case i < len(a):
			list = append(list, pairing{from + i, -1})
		}
		if i < len(b) {
			list = append(list, pairing{-1, from + i})
		}
	}
	return list
}
