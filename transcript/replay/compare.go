package replay

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/normalise"
	"ehlo/transcript/script"
)

// CompareOptions say what counts as a difference. The zero value is for what
// clients act on.
type CompareOptions struct {
	Level  transcript.Level
	Ignore []string // aspects; see [transcript.ParseIgnore]
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

	sc    *script.Script
	o     CompareOptions
	w     *rewriter
	st    session.State
	conn  int // index of the connection under way; -1 before the first
	steps []StepReport

	// Of the connection under way:
	now    map[int]string   // unit → what was said in its place
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
	idle   bool          // and it was not waited for, as it took so long then
	rested bool          // a whole reply came where the recording has a part
	bad    bool          // something came that the recording cannot go on from
	over   bool          // nothing more is compared
}

func newComparison(sc *script.Script, o CompareOptions, w *rewriter) *Comparison {
	return &Comparison{sc: sc, o: o, w: w, conn: -1, Captures: map[string]string{}}
}

// repeated stands for a secret in what the server says.
const repeated = "${secret}"

// Learn takes the next event of the new run, and returns what was compared
// because of it.
func (c *Comparison) Learn(e session.Event) []StepReport {
	n := len(c.steps)
	before := c.st
	if e.Kind == session.Received {
		e.Data = e.Public(repeated) // what is told of it may be read by anybody
	}
	c.st = c.st.Apply(e)
	if e.Kind == session.Opened {
		c.open(e)
	}
	if c.conn < 0 || c.conn >= len(c.sc.Conns) || c.over {
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
		switch e.Fault {
		case session.FaultTimeout:
			c.missing(len(c.at().Turns))
		case session.FaultTLS:
			c.refused(e)
		}
	case session.Closed:
		c.closed(e)
	}
	return c.steps[n:]
}

func (c *Comparison) at() *script.Conn { return &c.sc.Conns[c.conn] }

func (c *Comparison) open(e session.Event) {
	c.conn++
	if c.conn >= len(c.sc.Conns) {
		return
	}
	c.now = map[int]string{}
	c.units, c.said, c.last = map[int]int{}, map[int]int{}, -1
	c.done, c.from = make([]bool, len(c.at().Answer)), 0
	c.spoken, c.waited = make([]bool, len(c.at().Units)), 0
	c.lines, c.came = map[int][]string{}, map[int]int{}
	c.rested, c.idle = false, false
	c.spoke, c.line, c.raw, c.octet, c.helo, c.behind = e.At, nil, nil, nil, "", nil
}

// sent finds which unit of the recording was said.
func (c *Comparison) sent(e session.Event, before session.State) {
	c.spoke = e.At
	p, ok := script.Asks(c.st, before.Owed(), e)
	if !ok {
		return
	}
	if p.Verb == "EHLO" || p.Verb == "HELO" || p.Verb == "LHLO" {
		c.helo = strings.TrimSpace(p.Arg)
	}
	if e.Step == 0 {
		return // by hand
	}
	if i := c.at().Unit(e.Step, c.said[e.Step]); i >= 0 {
		c.put(i, e)
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
	if id := normalise.QueueID(got.Reply); id != "" {
		c.capture(normalise.QueueName, id)
	}
	at := c.at()
	for c.from < len(c.done) && c.done[c.from] {
		c.from++
	}
	for i := c.from; i < len(at.Answer) && at.Answer[i].Unit <= unit; i++ {
		if a := &at.Answer[i]; a.Unit == unit && !c.done[i] {
			if c.done[i] = true; !c.skipped(a.Line) {
				c.answer(a, got)
			}
			return
		}
	}
	step := c.step(unit)
	step.Got, step.octets = got.Reply, got.octets
	if r := at.Rest; r != nil && r.Unit == unit && !c.rested {
		c.rested = true
		step.Reply, step.Want = r.Line, r.Reply
		if at.Closed == nil {
			step.note("surplus", "the recording ends in the middle of this reply")
		} else {
			step.differ("surplus", "a whole reply; it had no end then")
		}
	} else if at.Closed == nil && at.End.Fault == "" && len(at.Answer) > 0 && at.Answer[len(at.Answer)-1].Unit < unit {
		step.note("surplus", "the recording ends before this reply")
	} else {
		step.differ("surplus", "a reply that the recording does not have")
	}
	c.steps = append(c.steps, step)
}

// skipped reports whether a line stands behind "@ skip".
func (c *Comparison) skipped(line int) bool { return c.sc.Skip > 0 && line >= c.sc.Skip }

// put notes what is said in the place of a unit, if that is something else and
// no secret.
func (c *Comparison) put(unit int, e session.Event) {
	u := &c.at().Units[unit]
	now := strings.TrimRight(string(e.Data), "\r\n")
	if u.Octets != nil && len(u.Vars) == 0 && len(e.Secret) == 0 && u.Verb != session.EndOfData && now != u.Text {
		c.now[unit] = now
	}
}

// step begins a report on what a unit was answered.
func (c *Comparison) step(unit int) StepReport {
	at := c.at()
	s := StepReport{Line: at.Line, Title: session.Greeting, Conn: c.conn, Diff: Diff{ignore: c.ignored()}}
	if unit >= 0 {
		u := at.Units[unit]
		s.Line, s.Title, s.Turn = u.Line, session.Escape(u.Text), at.Turns[u.Turn].ID
		if u.Text == "" {
			s.Title = "an empty line"
		}
		s.Sent = session.Escape(c.now[unit])
	}
	return s
}

func (c *Comparison) ignored() []string { return append(slices.Clone(c.o.Ignore), c.sc.Ignore...) }

func (c *Comparison) answer(a *script.Answer, got came) {
	if a.Group >= 0 {
		c.expected(a, got)
		return
	}
	level := c.o.Level
	if a.Level != nil {
		level = *a.Level
	}
	s := c.step(a.Unit)
	if a.Unit < 0 && c.at().Secured != nil && !c.st.Secure {
		s.differ("tls", "the channel was under TLS from its beginning, and is in the clear")
	}
	s.Reply, s.Want, s.Got, s.octets = a.Line, a.Reply, got.Reply, got.octets
	if s.Line == 0 {
		s.Line = a.Line
	}
	then, now := c.names()
	if path := c.path(a.Unit); path != "" { // it is no message-id, whatever it looks like
		w := normalise.Word{Text: path, Token: path, Why: "it was said"}
		then.Add(w)
		now.Add(w)
	}
	s.Diff.reply(level, a.Reply, got.Reply, then, now)
	s.place(a.Reply, a.Rows)
	if level == transcript.ByOctets && c.o.Timing && a.Reads != got.reads {
		s.change(true, "octets", "", fmt.Sprint(a.Reads), fmt.Sprint(got.reads), "pieces in which the reply came")
	}
	s.times(a, got.took)
	c.bad = c.bad || a.Code.Class() != got.Code.Class()
	c.steps = append(c.steps, s)
}

// path is whom a command names, or "".
func (c *Comparison) path(unit int) string {
	if unit < 0 {
		return ""
	}
	keyword, u := "TO", &c.at().Units[unit]
	switch u.Verb {
	case "MAIL":
		keyword = "FROM"
	case "RCPT":
	default:
		return ""
	}
	env, err := session.ParseEnvelope(keyword, u.Arg)
	if err != nil {
		return ""
	}
	return env.Path
}

// names are how both runs call what they have in common.
func (c *Comparison) names() (then, now normalise.Names) {
	at := c.at()
	then, now = normalise.NamesOf(at.End, at.Helo), normalise.NamesOf(c.st, c.helo)
	for _, w := range c.w.then {
		then.Add(w)
	}
	for _, w := range c.w.now {
		now.Add(w)
	}
	for _, w := range at.IDs {
		then.Add(w)
		if value, ok := c.Captures[w.Token]; ok {
			now.Add(normalise.Word{Text: value, Token: w.Token, Why: w.Why})
		}
	}
	then.Rules, now.Rules = c.sc.Rules, c.sc.Rules
	return then, now
}

// expected waits for all replies that a group is about, and checks them
// together.
func (c *Comparison) expected(a *script.Answer, got came) {
	g := &c.at().Groups[a.Group]
	c.lines[a.Group] = append(c.lines[a.Group], got.lines...)
	c.came[a.Group]++
	last := c.came[a.Group] == g.Answers
	if !last && len(a.Wants) == 0 || len(g.Expect) == 0 {
		return
	}
	s := c.step(a.Unit)
	s.Expected, s.Got, s.octets = true, got.Reply, got.octets
	if s.Line == 0 {
		s.Line = a.Line
	}
	if last {
		for name, value := range s.expectations(g.Expect, c.lines[a.Group]) {
			c.capture(name, value)
		}
	}
	if !s.Same() && a.Unit >= 0 && a.Turn > c.at().Units[a.Unit].Turn {
		s.note("expect", "line %d is about the reply to line %d, which has no other", g.Expect[0].Line, s.Line)
	}
	s.times(a, got.took)
	c.bad = c.bad || !s.Same() && a.Code.Class() != got.Code.Class()
	c.steps = append(c.steps, s)
}

func (c *Comparison) capture(name, value string) { c.Captures[name] = value }

// times judges how long a reply took. That a server is slow once is worth a
// note when it is much slower than it was.
func (s *StepReport) times(a *script.Answer, took time.Duration) {
	s.Took = took
	for i := range a.Wants {
		if limit, ok := a.Wants[i].Within(); ok && took > limit {
			s.unmet("time", a.Wants[i].Line, "expects the reply within %s: it took %s", limit, round(took))
		}
	}
	if a.Took > 0 && took > 2*a.Took+time.Second {
		s.note("time", "it took %s, and %s then", round(took), round(a.Took))
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
	out := maps.Clone(c.sc.Set)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, c.Captures)
	maps.Copy(out, given)
	return out
}
