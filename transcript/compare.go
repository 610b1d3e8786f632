package transcript

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ehlo/session"
)

// CompareOptions say what counts as a difference. The zero value is for what
// clients act on.
type CompareOptions struct {
	Level  Level
	Ignore []string // aspects; see [ParseIgnore]
	Timing bool     // how reads were cut counts too, where octets are compared
}

// Comparison follows a new run of a recording and compares what the server
// says with what it said then, as far as both have come. It is given each
// event of the new run; the Step of what was sent says which turn of the
// recording that is, so that a person can say something else in between.
type Comparison struct {
	// Captures has what was captured: by a pattern, or the queue id of the
	// last message.
	Captures map[string]string

	sc    *script
	o     CompareOptions
	w     *rewriter
	st    session.State
	conn  int // index of the connection under way; -1 before the first
	steps []StepReport

	// Of the connection under way:
	units  map[int]int      // Seq of a Sent event → index of its unit
	said   map[int]int      // turn → how many of its units were said
	last   int              // the unit that was said last; -1 before the first
	spoken []bool           // units that were said
	done   []bool           // answers that came, or are missed already
	from   int              // all before this one are done
	lines  map[int][]string // group → lines of its replies
	came   map[int]int      // group → how many of its replies came
	spoke  time.Time        // when something was said
	line   []byte           // the line that is coming
	raw    []string         // lines of the reply that is coming
	octet  [][]byte         // the same, as they were on the wire
	helo   string           // the name that was tried
	behind []int            // units that the state does not list
	reads  int              // pieces of the reply that is coming, and the last
	block  int
	waited time.Duration // for the server to close the channel
	bad    bool          // something came that the recording cannot go on from
	over   bool          // nothing more is compared
}

func newComparison(sc *script, o CompareOptions, w *rewriter) *Comparison {
	return &Comparison{sc: sc, o: o, w: w, conn: -1, Captures: map[string]string{}}
}

// Learn takes the next event of the new run, and returns what was compared
// because of it.
func (c *Comparison) Learn(e session.Event) []StepReport {
	n := len(c.steps)
	before := c.st
	c.st = c.st.Apply(e)
	if e.Kind == session.Opened {
		c.open(e)
	}
	if c.conn < 0 || c.conn >= len(c.sc.conns) || c.over {
		return nil
	}
	switch e.Kind {
	case session.Sent:
		c.sent(e, before)
	case session.Received:
		c.received(e, before)
	case session.Secured:
		c.secured(e)
	case session.Failed:
		if e.Fault == session.FaultTimeout {
			c.missing(len(c.at().turns))
		}
	case session.Closed:
		c.closed(e)
	}
	return c.steps[n:]
}

func (c *Comparison) at() *conn { return &c.sc.conns[c.conn] }

func (c *Comparison) open(e session.Event) {
	c.conn++
	if c.conn >= len(c.sc.conns) {
		return
	}
	c.units, c.said, c.last = map[int]int{}, map[int]int{}, -1
	c.done, c.from = make([]bool, len(c.at().answer)), 0
	c.spoken, c.waited = make([]bool, len(c.at().units)), 0
	c.lines, c.came = map[int][]string{}, map[int]int{}
	c.spoke, c.line, c.raw, c.octet, c.helo, c.behind = e.At, nil, nil, nil, "", nil
}

// sent finds which unit of the recording was said.
func (c *Comparison) sent(e session.Event, before session.State) {
	c.spoke = e.At
	p, ok := asks(c.st, before.Owed(), e)
	if !ok {
		return
	}
	if p.Verb == "EHLO" || p.Verb == "HELO" || p.Verb == "LHLO" {
		c.helo = strings.TrimSpace(p.Arg)
	}
	if e.Step == 0 {
		return // by hand
	}
	if i := c.at().unit(e.Step, c.said[e.Step]); i >= 0 {
		c.units[e.Seq], c.last, c.spoken[i] = i, i, true
		if n := len(c.st.Pending); n == 0 || c.st.Pending[n-1].Seq != e.Seq {
			c.behind = append(c.behind, i)
		}
		c.said[e.Step]++
	}
}

func (c *Comparison) received(e session.Event, before session.State) {
	if !before.Partial() {
		c.reads = 0
	}
	if c.reads == 0 || e.Block != c.block {
		c.reads, c.block = c.reads+1, e.Block
	}
	c.line = append(c.line, e.Data...)
	if n := len(c.line); n > 0 && c.line[n-1] == '\n' {
		c.raw = append(c.raw, strings.TrimRight(string(c.line), "\r\n"))
		c.octet = append(c.octet, slices.Clone(c.line))
		c.line = c.line[:0]
	}
	if c.st.Last.Seq != e.Seq {
		return
	}
	lines, octets := c.raw, c.octet
	c.raw, c.octet = nil, nil
	unit := c.last
	if len(before.Pending) == 0 && len(c.behind) > 0 {
		unit, c.behind = c.behind[0], c.behind[1:]
	}
	if len(before.Pending) > 0 {
		p := before.Pending[0]
		known := false
		if unit, known = c.units[p.Seq]; p.Verb == session.Greeting {
			unit = -1
		} else if !known {
			return // somebody has said something else, by hand
		}
	}
	took := time.Duration(0)
	if !e.At.IsZero() && !c.spoke.IsZero() {
		took = max(e.At.Sub(c.spoke), 0)
	}
	c.reply(unit, came{c.st.Last, lines, octets, took, c.reads})
}

// came is a reply of the new run.
type came struct {
	session.Reply
	lines  []string
	octets [][]byte
	took   time.Duration
	reads  int // in how many pieces it came
}

// reply compares a reply with the next one that its unit has in the recording.
func (c *Comparison) reply(unit int, got came) {
	if id := queueID(got.Reply); id != "" {
		c.capture(queueName, id)
	}
	at := c.at()
	for c.from < len(c.done) && c.done[c.from] {
		c.from++
	}
	for i := c.from; i < len(at.answer) && at.answer[i].unit <= unit; i++ {
		if a := &at.answer[i]; a.unit == unit && !c.done[i] {
			c.done[i] = true
			c.answer(a, got)
			return
		}
	}
	step := c.step(unit)
	step.Got, step.octets = got.Reply, got.octets
	if at.closed == nil && at.end.Fault == "" && len(at.answer) > 0 && at.answer[len(at.answer)-1].unit < unit {
		step.note("surplus", "the recording ends before this reply")
	} else {
		step.differ("surplus", "a reply that the recording does not have")
	}
	c.steps = append(c.steps, step)
}

// step begins a report on what a unit was answered.
func (c *Comparison) step(unit int) StepReport {
	at := c.at()
	s := StepReport{Line: at.line, Title: session.Greeting, Conn: c.conn, Diff: Diff{ignore: c.ignored()}}
	if unit >= 0 {
		u := at.units[unit]
		s.Line, s.Title, s.Turn = u.line, session.Escape(u.text), at.turns[u.turn].id
	}
	return s
}

func (c *Comparison) ignored() []string { return append(slices.Clone(c.o.Ignore), c.sc.ignore...) }

func (c *Comparison) answer(a *answer, got came) {
	if a.group >= 0 {
		c.expected(a, got)
		return
	}
	level := c.o.Level
	if a.level != nil {
		level = *a.level
	}
	s := c.step(a.unit)
	if a.unit < 0 && c.at().secured != nil && !c.st.Secure {
		s.differ("tls", "the channel was under TLS from its beginning, and is in the clear")
	}
	s.Reply, s.Want, s.Got, s.octets = a.line, a.Reply, got.Reply, got.octets
	if s.Line == 0 {
		s.Line = a.line
	}
	then, now := c.names()
	s.Diff.reply(level, a.Reply, got.Reply, then, now)
	if level == ByOctets && c.o.Timing && a.reads != got.reads {
		s.change(true, "octets", "", fmt.Sprint(a.reads), fmt.Sprint(got.reads), "pieces in which the reply came")
	}
	s.times(a, got.took)
	c.bad = c.bad || a.Code.Class() != got.Code.Class()
	c.steps = append(c.steps, s)
}

// names are how both runs call what they have in common.
func (c *Comparison) names() (then, now names) {
	at := c.at()
	then, now = namesOf(at.end, at.helo), namesOf(c.st, c.helo)
	for _, w := range c.w.then {
		then.add(w)
	}
	for _, w := range c.w.now {
		now.add(w)
	}
	for _, w := range at.ids {
		then.add(w)
		if value, ok := c.Captures[w.token]; ok {
			now.add(word{value, w.token, w.why})
		}
	}
	then.rules, now.rules = c.sc.rules, c.sc.rules
	return then, now
}

// expected waits for all replies that a group is about, and checks them
// together.
func (c *Comparison) expected(a *answer, got came) {
	g := &c.at().groups[a.group]
	c.lines[a.group] = append(c.lines[a.group], got.lines...)
	c.came[a.group]++
	last := c.came[a.group] == g.answers
	if !last && len(a.wants) == 0 || len(g.expect) == 0 {
		return
	}
	s := c.step(a.unit)
	s.Expected, s.Got, s.octets = true, got.Reply, got.octets
	if s.Line == 0 {
		s.Line = a.line
	}
	if last {
		for name, value := range s.expectations(g.expect, c.lines[a.group]) {
			c.capture(name, value)
		}
	}
	s.times(a, got.took)
	c.bad = c.bad || !s.Same()
	c.steps = append(c.steps, s)
}

func (c *Comparison) capture(name, value string) { c.Captures[name] = value }

// times judges how long a reply took. That a server is slow once is worth a
// note when it is much slower than it was.
func (s *StepReport) times(a *answer, took time.Duration) {
	s.Took = took
	for i := range a.wants {
		if limit, ok := a.wants[i].within(); ok && took > limit {
			s.differ("time", "line %d expects the reply within %s: it took %s", a.wants[i].line, limit, round(took))
		}
	}
	if a.took > 0 && took > 2*a.took+time.Second {
		s.note("time", "it took %s, and %s then", round(took), round(a.took))
	}
}

func round(d time.Duration) time.Duration {
	if d > time.Second {
		return d.Round(10 * time.Millisecond)
	}
	return d.Round(10 * time.Microsecond)
}

// values are the variables that are known now.
func (c *Comparison) values(given map[string]string) map[string]string {
	out := maps.Clone(c.sc.set)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, c.Captures)
	maps.Copy(out, given)
	return out
}
