package tui

import (
	"fmt"
	"math"
	"sort"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
)

// timelineScreen shows how long each phase took: finding addresses,
// connecting, TLS, the greeting and every reply, against what RFC 5321 allows.
type timelineScreen struct {
	bare
	list
	follow bool // the cursor is at the end and goes with it
}

func (s *timelineScreen) place() place {
	return place{
		name: "timeline", title: "Timeline", keys: []string{"7", "alt+7"}, words: "timeline: how long each phase took, against the RFC's timeouts",
		wider: []scope{watching, reading},
	}
}

func (s *timelineScreen) actions() []action {
	return []action{{"to-phase", "timeline", []string{"enter"}, "its row", "to the row in the conversation", (*Model).toPhase}}
}

func (s *timelineScreen) hints(m *Model) []hint {
	return append([]hint{{"to-phase", ""}}, viewHints(m)...)
}

func (s *timelineScreen) about(*Model) string {
	return "Every phase, when it was over and how long it took. The bar grows with the logarithm, from a millisecond to the timeout that RFC 5321 gives a client."
}

func (s *timelineScreen) remark(m *Model) notice { return m.session.remark(m) }

// open begins at the moment of the conversation.
func (s *timelineScreen) open(m *Model) tea.Cmd {
	c := m.shown()
	s.follow = c.follows()
	s.cursor = max(sort.Search(len(c.phases), func(i int) bool { return int(c.phases[i]) > c.cursor })-1, 0)
	return nil
}

func (s *timelineScreen) move(m *Model, by int) {
	n := len(m.shown().phases)
	s.by(by, n)
	s.follow = s.cursor >= n-1
}

func (s *timelineScreen) settle(m *Model) {
	_, h := m.room()
	n := len(m.shown().phases)
	if s.follow {
		s.cursor = max(n-1, 0)
	}
	s.list.settle(n, s.height(h))
}

func (s *timelineScreen) height(h int) int { return max(h-4-s.below(h), 1) }

// below is how many lines there are for the phase under the cursor.
func (s *timelineScreen) below(h int) int { return min(detailHeight(h), 6) }

// phase is a line of the timeline.
type phase struct {
	row    int
	name   string // DNS, connect, TLS, greeting, or what was asked
	took   time.Duration
	limit  time.Duration
	source string // of the limit
	style  style
}

// phaseAt tells of a row of the index.
func (m *Model) phaseAt(c *conversation, row int) phase {
	t := m.theme
	r := &c.rows[row]
	e := c.events[r.from]
	p := phase{row: row, took: r.took.duration(), style: t.Text}
	if end := c.groupEnd(r.group); r.kind == session.Received {
		if held := c.events[c.rows[end].from].At.Sub(c.events[r.from].At); held >= stall {
			p.took += held // until its last line
		}
	}
	if r.kind != session.Received {
		p.name = map[session.Kind]string{
			session.Resolved: "DNS", session.Opened: "connect", session.Secured: "TLS", session.Closed: "closed",
		}[r.kind]
		if r.kind == session.Failed {
			p.name, p.style = string(e.Fault)+" failed", t.Failure
		}
		_, p.took = cutTook(e.Text)
		if r.kind != session.Closed {
			p.limit, p.source = connectLimit, "no RFC names one; ehlo waits a minute"
		}
		return p
	}
	p.style = replyStyle(r.class, t)
	switch {
	case r.verb == "":
		p.name = "nobody asked"
		return p
	case r.verb == session.Greeting:
		p.name = "greeting"
	case r.verb == session.EndOfData:
		p.name = "end of data"
	default:
		p.name = r.verb
		if r.command >= 0 {
			p.name = commandText(c, int(r.command), t)
		}
	}
	p.limit, p.source = session.Timeout(r.verb)
	if m.o.Timeout > 0 {
		p.source += fmt.Sprintf("; this session waits %s", m.o.Timeout)
	}
	return p
}

// connectLimit is how long a session waits for a channel.
const connectLimit = time.Minute

// commandText is the line that a reply answers.
func commandText(c *conversation, row int, t theme) string {
	r := &c.rows[row]
	data, _ := octets(c.events[r.from:r.to], 256, t.Marks.Secret)
	if text, _ := cutEnding(string(data)); text != "" {
		return text
	}
	return "(an empty line)"
}

func (s *timelineScreen) draw(m *Model, w, h int) []string {
	t, c := m.theme, m.shown()
	height := s.height(h)
	name := min(max(w*35/100, 16), 50)
	bar := w - name - 35
	if w < 60 {
		name = max(w-25, 8)
	}
	var head line
	head.add(t.Label, "  ")
	head.column(t.Label, "at", 9)
	head.column(t.Label, "phase", name)
	head.column(t.Label, "    took", 8)
	if bar >= 8 {
		head.column(t.Label, "1 ms … limit", bar)
	}
	if w >= 60 {
		head.add(t.Label, "limit")
	}
	table := s.window("Timeline", len(c.phases), w-2, height, t, func(i int) line {
		return s.row(m, c, m.phaseAt(c, int(c.phases[i])), name, bar)
	})
	table.lines = append([]string{head.draw(w-2, t.Text, t.Marks.Cut)}, table.lines...)
	if len(c.phases) == 0 {
		var l line
		l.add(t.Dim, "   nothing has happened yet")
		table.lines[0] = l.draw(w-2, t.Text, t.Marks.Cut)
	}
	table.height++
	if n := len(c.events); n > 0 {
		table.note = strings.TrimSpace(fmt.Sprintf("%s in all, %s of it waiting for the server  %s",
			shortest(c.lasted()), shortest(c.waited), table.note))
	}
	detail := section{height: h - height - 4}
	if s.cursor < len(c.phases) {
		detail.lines = below(s.detail(m, c, m.phaseAt(c, int(c.phases[s.cursor])), w-2), w-2, detail.height, t)
	}
	return frame(w, t, []section{table, detail}, "")
}

// shortest says a duration, however short.
func shortest(d time.Duration) string {
	if text := short(d); text != "" {
		return text
	}
	return "0 ms"
}

func (s *timelineScreen) row(m *Model, c *conversation, p phase, name, bar int) line {
	t := m.theme
	var l line
	l.add(t.Text, " ")
	l.column(t.Dim, strings.TrimSuffix(since(c, c.events[c.rows[p.row].from]), " s"), 9)
	l.column(p.style, p.name, name)
	took := precisely(p.took)
	style := t.Text
	if p.took >= time.Second {
		style = t.Warning
	}
	l.column(style, blanks(8-width(took))+took, 8)
	switch {
	case bar >= 8 && p.limit == 0:
		l.add(t.Text, blanks(bar+1))
	case bar >= 8:
		n := barLength(p.took, p.limit, bar)
		l.add(style, strings.Repeat("━", n))
		l.add(t.Border, strings.Repeat("─", bar-n)+" ")
	}
	if p.limit > 0 && bar > 0 {
		l.add(t.Dim, clock(p.limit))
	}
	return l
}

// precisely is short with tenths of a millisecond where that is all there is.
func precisely(d time.Duration) string {
	if d > 0 && d < 10*time.Millisecond {
		if d < 50*time.Microsecond {
			return fmt.Sprintf("%d µs", d.Microseconds())
		}
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	}
	return short(d)
}

// barLength is how much of a bar a duration fills, by its logarithm.
func barLength(took, limit time.Duration, w int) int {
	if took < time.Millisecond || limit <= time.Millisecond {
		return 0
	}
	share := math.Log(float64(took)/float64(time.Millisecond)) / math.Log(float64(limit)/float64(time.Millisecond))
	return max(min(int(share*float64(w)), w), 1)
}

func (s *timelineScreen) detail(m *Model, c *conversation, p phase, w int) []line {
	t := m.theme
	out := &sheet{m: m, w: w}
	l := c.text(&c.rows[p.row], w, t)
	var row line
	side, style := sideOf(c.rows[p.row].kind, t)
	row.add(style, " "+fit(side, 3))
	row.pieces = append(row.pieces, l.pieces...)
	out.lines = append(out.lines, row)
	if p.took > 0 {
		share := ""
		if p.limit > 0 {
			share = fmt.Sprintf(", %.1f %% of the limit", 100*float64(p.took)/float64(p.limit))
		}
		out.fact("took", t.Text, p.took.Round(10*time.Microsecond).String()+share)
	}
	if p.limit > 0 {
		out.fact("limit", t.Text, clock(p.limit)+" ("+p.source+")")
	}
	return out.lines
}

// toPhase goes to the row of a phase.
func (m *Model) toPhase() tea.Cmd {
	c, s := m.shown(), m.timeline
	if s.cursor >= 0 && s.cursor < len(c.phases) {
		c.move(int(c.phases[s.cursor]))
	}
	return m.goTo("session")
}
