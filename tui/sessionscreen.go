package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
)

// sessionScreen shows the conversation, what comes next, and the moment that
// the cursor is on.
type sessionScreen struct {
	bare
	focus  pane
	tab    pane       // which of State, Offered and Explain a narrow terminal shows
	tops   [panes]int // how far State, Offered and Explain are scrolled
	choice int        // the step that the cursor of Next is on

	wishes wishes // how the panes are to be arranged

	wanted session.Condition // what was looked for last
	looks  int               // counts searches and filters; older ones are not heard
	slow   time.Duration     // from when on a reply is slow, if it was said
}

func (s *sessionScreen) place() place {
	return place{
		name: "session", title: "Session", keys: []string{"1", "alt+1"},
		words: "the session: conversation, next steps, state, offers, explanation", wider: []scope{watching, reading},
	}
}

func (s *sessionScreen) actions() []action {
	return append([]action{
		{"go-on", "session", []string{"enter"}, "go on", "connect, or do the next step", (*Model).pressStep},
		{"next-pane", "session", []string{"tab"}, "pane", "the next pane", func(m *Model) tea.Cmd { return m.session.turn(1) }},
		{"pane-before", "session", []string{"shift+tab"}, "pane before", "the pane before", func(m *Model) tea.Cmd { return m.session.turn(-1) }},
		{"copy", "session", []string{"y"}, "copy", "copy the selection, or the command and its reply", (*Model).copy},
		{"copy-as", "session", []string{"Y"}, "copy as", "copy a row, all, the state, a command line, Markdown …", (*Model).askCopy},
		{"select", "session", []string{"V"}, "select", "select rows from here on; again: none", (*Model).selectRows},
	}, append(looking(), arranging()...)...)
}

func (s *sessionScreen) hints(m *Model) []hint {
	list := s.wayBack(m)
	said := len(list)
	for _, h := range s.onward(m) {
		if !slices.ContainsFunc(list[:said], func(first hint) bool { return first.name == h.name }) {
			list = append(list, h)
		}
	}
	return list
}

// wayBack are the keys that end what hides rows or panes, or holds rows.
func (s *sessionScreen) wayBack(m *Model) []hint {
	switch c := m.shown(); {
	case c.held > 0:
		return []hint{{"copy", "copy them"}, {"copy-as", ""}, {"close", "let go"}}
	case s.wishes.zoomed:
		return []hint{{"close", "all panes"}}
	case c.sieve != nil:
		return []hint{{"close", "all rows"}}
	}
	return nil
}

// onward are the keys with which the session, or the file, goes on.
func (s *sessionScreen) onward(m *Model) []hint {
	switch {
	case m.tape != nil:
		return []hint{{"play", map[bool]string{true: "pause"}[m.tape.playback.on]}, {"step", "next row"}, {"faster", ""}, {"slower", ""}, {"close", "close the file"}, {"up", ""}, {"down", ""}, {"copy", ""}, {"next-pane", ""}, {"open", ""}, {"help", ""}, {"quit", ""}}
	case m.drive.sess == nil:
		return []hint{{"go-on", "connect"}, {"show-compose", ""}, {"open", ""}, {"next-pane", ""}, {"theme", ""}, {"help", ""}, {"quit", ""}}
	case m.drive.running:
		if m.drive.late { // a server that hangs
			return []hint{{"close", "stop"}, {"run", "pause"}, {"help", ""}, {"quit", ""}}
		}
		return []hint{{"run", "pause"}, {"help", ""}, {"quit", ""}}
	case m.drive.acting:
		return []hint{{"close", "stop waiting"}, {"raw-line", ""}, {"help", ""}, {"quit", ""}}
	case !m.live.now.Open:
		after := []hint{{"reconnect", ""}, {"show-compose", "another mail"}, {"save", ""}, {"copy", ""}, {"next-pane", ""}, {"help", ""}, {"quit", ""}}
		if m.live.failed > 0 {
			after = append([]hint{{"next-failure", "failure"}}, after...)
		}
		return after
	}
	now := []hint{{"step", ""}, {"run", ""}}
	switch {
	case s.focus == nextPane && len(m.drive.plan) > 0:
		return append(now, s.planHints(m)...)
	case m.shown().foldedHere():
		now = append(now, hint{"unfold", ""})
	}
	return append(now, []hint{
		{"edit", ""}, {"raw-line", ""}, {"next-pane", ""}, {"copy", ""}, {"save", ""}, {"break", ""}, {"find", ""},
		{"reconnect", ""}, {"help", ""}, {"quit", ""}, {"step-group", ""}, {"mark", ""}, {"note", ""}, {"octets", ""},
		{"next-failure", ""}, {"zoom", ""}, {"show-compose", ""}, {"palette", ""},
	}...)
}

// planHints are the keys of Next: what can be done to the step under its
// cursor.
func (s *sessionScreen) planHints(m *Model) []hint {
	var list []hint
	if s.choice > 0 {
		list = append(list, hint{"run-to-cursor", ""})
	}
	list = append(list, hint{"edit", ""}, hint{"skip", "leave out"}, hint{"insert", ""})
	if len(m.drive.amended.Amendments) > 0 {
		list = append(list, hint{"undo", ""})
	}
	return append(list, []hint{{"break", ""}, {"repeat", ""}, {"next-pane", ""}, {"help", ""}, {"quit", ""}, {"step-later", ""}, {"step-earlier", ""}, {"step-group", ""}, {"zoom", ""}, {"palette", ""}}...)
}

// hear goes on with what takes longer than a key may.
func (s *sessionScreen) hear(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case siftMsg:
		return m.sift(msg)
	case contentEditedMsg:
		return m.contentEdited(msg)
	case seekMsg:
		return m.seek(msg.search)
	}
	return nil
}

func (s *sessionScreen) about(*Model) string { return s.focus.about() }

// turn gives the keyboard to another pane.
func (s *sessionScreen) turn(by int) tea.Cmd {
	for range panes {
		s.focus = pane((int(s.focus) + by + int(panes)) % int(panes))
		if !s.wishes.closed[s.focus] {
			break
		}
	}
	if s.focus >= statePane {
		s.tab = s.focus
	}
	return nil
}

func (s *sessionScreen) move(m *Model, n int) {
	switch s.focus {
	case conversationPane:
		c := m.shown()
		c.by(n)
		s.tops[explainPane] = 0
	case nextPane:
		s.choice = max(min(s.choice+n, len(m.steps())-1), 0)
		s.tops[explainPane] = 0
	default:
		s.tops[s.focus] = max(s.tops[s.focus]+n, 0)
	}
}

func (s *sessionScreen) page(m *Model) int { return max(m.layout().heights[s.focus]-1, 1) }

// settle keeps every cursor in sight.
func (s *sessionScreen) settle(m *Model) {
	l := m.layout()
	m.shown().show(l.heights[conversationPane])
	for p := statePane; p < panes; p++ {
		if s.tops[p] > 0 {
			s.tops[p] = max(min(s.tops[p], len(m.paneLines(p, l))-l.heights[p]), 0)
		}
	}
}

// back closes a file, stops a wait, or goes back to the conversation.
func (s *sessionScreen) back(m *Model) (bool, tea.Cmd) {
	switch {
	case m.shown().held > 0:
		m.shown().held = 0
	case s.wishes.zoomed:
		s.wishes.zoomed = false
	case m.shown().sieve != nil:
		m.shown().unsift()
	case m.tape != nil:
		from := m.tape.from
		m.tape = nil
		s.tops = [panes]int{}
		return true, m.goTo(from)
	case m.stopWaiting():
	default:
		s.focus = conversationPane
	}
	return true, nil
}

// remark says what is awaited.
func (s *sessionScreen) remark(m *Model) notice {
	if m.tape != nil {
		return notice{}
	}
	return notice{text: m.waiting()}
}

// begin is how the screen looks when a conversation comes to it.
func (s *sessionScreen) begin() { s.focus, s.tops = conversationPane, [panes]int{} }

// layout is where everything is.
func (m *Model) layout() layout {
	w, h := m.room()
	return arrange(w, h, m.session.wishes)
}

func (s *sessionScreen) draw(m *Model, w, h int) []string {
	l := arrange(w, h, s.wishes)
	switch l.shape {
	case single:
		sec := m.section(s.focus, l)
		sec.focused = true
		foot := ""
		if s.focus == conversationPane {
			foot = m.nextInBrief()
		}
		return frame(l.left, m.theme, []section{sec}, foot)
	case column:
		body := frame(l.left, m.theme, m.sections(l.leftPanes(), l), "")
		list := l.rightPanes()
		if len(list) == 0 {
			return body
		}
		below := m.below()
		lower := m.section(below, l)
		for _, p := range list {
			lower.tabs = append(lower.tabs, tab{p.title(), below == p})
		}
		return append(body, frame(l.left, m.theme, []section{lower}, "")...)
	}
	left := frame(l.left, m.theme, m.sections(l.leftPanes(), l), "")
	if l.right == 0 {
		return left
	}
	return beside(left, frame(l.right, m.theme, m.sections(l.rightPanes(), l), ""))
}

// below is the pane that a narrow terminal shows below the others: the one that
// was asked for last, but while the cursor is on a refusal, a failure, the end of
// what failed or a step of Next, what explains it.
func (m *Model) below() pane {
	s, c := m.session, m.shown()
	wanted := s.focus == nextPane && m.tape == nil ||
		s.focus == conversationPane && len(c.rows) > 0 && (c.rows[c.cursor].failed() || len(c.failuresBefore()) > 0)
	if wanted && m.over != prompting && !s.wishes.closed[explainPane] {
		return explainPane
	}
	return s.tab
}

func (m *Model) sections(list []pane, l layout) []section {
	var out []section
	for _, p := range list {
		out = append(out, m.section(p, l))
	}
	return out
}

// section is a pane ready for its frame.
func (m *Model) section(p pane, l layout) section {
	w, h := l.inside(p), l.heights[p]
	s := section{title: p.title(), height: h, focused: m.session.focus == p && m.over != prompting}
	switch p {
	case conversationPane:
		c := m.shown()
		s.note = c.note()
		s.lines = c.lines(w, h, m.theme)
		if len(c.rows) == 0 {
			s.lines = m.emptyConversation(w)
		}
		return s
	case nextPane:
		s.lines = m.nextLines(w, h)
		if n := len(m.steps()); n > h {
			s.note = session.Count(n, "step", "steps")
			if n >= planned {
				s.note = fmt.Sprintf("%d steps and more", n)
			}
		}
		if n := len(m.drive.amended.Amendments); n > 0 && m.tape == nil {
			s.note = strings.TrimPrefix(s.note+", "+session.Count(n, "change", "changes"), ", ")
		}
		return s
	case statePane, offeredPane, explainPane:
		if c := m.shown(); !c.follows() && len(c.rows) > 0 {
			s.note = fmt.Sprintf("at row %d", c.cursor+1)
		}
	}
	content := m.paneLines(p, l)
	top := max(min(m.session.tops[p], len(content)-h), 0)
	if len(content) > h {
		if s.note != "" {
			s.note += " "
		}
		s.note += span(top, h, len(content))
	}
	for _, line := range content[top:min(top+h, len(content))] {
		s.lines = append(s.lines, line.draw(w, m.theme.Text, m.theme.Marks.Cut))
	}
	return s
}

// span says which lines of how many are in sight.
func span(top, h, of int) string { return fmt.Sprintf("%d–%d of %d", top+1, top+h, of) }

// paneLines is all that one of the scrolling panes says.
func (m *Model) paneLines(p pane, l layout) []line {
	w := l.inside(p)
	switch p {
	case statePane:
		return m.stateLines(w)
	case offeredPane:
		return m.offeredLines(w)
	}
	return m.explainLines(w)
}

func (m *Model) emptyConversation(w int) []string {
	t := m.theme
	var l line
	l.add(t.Dim, "    nothing has happened yet: ")
	var blank line
	out := []string{blank.draw(w, t.Text, "")}
	key, does := m.keys.named("go-on").key(false), " connects to "+escaped(m.drive.mail.Target.String())
	if l.width()+width(key+does) > w {
		out = append(out, l.draw(w, t.Text, t.Marks.Cut))
		l = line{}
		l.add(t.Dim, "    ")
	}
	l.add(t.Key, key)
	l.add(t.Dim, does)
	return append(out, l.draw(w, t.Text, t.Marks.Cut))
}
