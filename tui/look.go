package tui

import (
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
)

// Time travel: ways for the cursor to go where something is.

// looking are the actions that find and mark rows.
func looking() []action {
	return []action{
		{"find", "session", []string{"/"}, "find", "find a row: words, /regexp/, verb: code: side: …", (*Model).askFind},
		{"next-match", "session", []string{"]"}, "next match", "the next row that matches", func(m *Model) tea.Cmd { return m.findAgain(1) }},
		{"match-before", "session", []string{"["}, "match before", "the row before that matches", func(m *Model) tea.Cmd { return m.findAgain(-1) }},
		{"filter", "session", []string{"&"}, "filter", "show only the rows that match", (*Model).askFilter},
		{"next-failure", "session", []string{"f"}, "next failure", "the next refusal or failure; behind the end what it came to", (*Model).nextFailure},
		{"failure-before", "session", []string{"alt+f"}, "failure before", "the refusal or failure before", goes(-1, "failure", (*conversation).isFailure)},
		{"next-phase", "session", []string{"}"}, "next phase", "the next row that changes the phase", goes(1, "change of phase", (*conversation).isTurn)},
		{"phase-before", "session", []string{"{"}, "phase before", "the row before that changes the phase", goes(-1, "change of phase", (*conversation).isTurn)},
		{"next-slow", "session", []string{"d"}, "next slow", "the next reply that took long", goesSlow(1)},
		{"slow-before", "session", []string{"D"}, "slow before", "the reply before that took long", goesSlow(-1)},
		{"set-slow", "session", []string{"alt+d"}, "how slow", "say from when on a reply is slow", (*Model).askSlow},
		{"mark", "session", []string{"space", "M"}, "mark", "mark the row, or take the mark away", (*Model).mark},
		{"next-mark", "session", []string{"'"}, "next mark", "the next row that is marked or has a note", goes(1, "mark", (*conversation).isMarked)},
		{"mark-before", "session", []string{"\""}, "mark before", "the row before that is marked or has a note", goes(-1, "mark", (*conversation).isMarked)},
		{"note", "session", []string{"a"}, "note", "write a note beside the row; it goes into the transcript", (*Model).askNote},
		{"unfold", "session", []string{"right", "l"}, "unfold", "show all lines of the reply or content", folds(false)},
		{"fold", "session", []string{"left", "h"}, "fold", "fold the lines of the reply or content", folds(true)},
		{"octets", "session", []string{"v"}, "octets", "every octet of the rows, and a dump in Explain", (*Model).exactly},
	}
}

func (t *timeline) isFailure(i int) bool {
	r := &t.rows[i]
	return r.failed() && (r.start || r.kind != session.Received)
}

func (c *conversation) isTurn(i int) bool { return i == 0 || c.rows[i].phase != c.rows[i-1].phase }

func (c *conversation) isMarked(i int) bool {
	return c.rows[i].marked || c.written[c.rows[i].from] != ""
}

func (c *conversation) isSlow(i int, slow time.Duration) bool {
	r := &c.rows[i]
	return r.kind == session.Received && r.took.duration() >= slow
}

// goes has a key go to the next row of a kind, in a direction.
func goes(by int, what string, is func(*conversation, int) bool) func(*Model) tea.Cmd {
	return func(m *Model) tea.Cmd {
		m.jump(by, what, is)
		return nil
	}
}

// jump goes to the next row of a kind that can be seen, on and round the end,
// and unfolds it. Nothing comes behind the end: from there it is the last one.
func (m *Model) jump(by int, what string, is func(*conversation, int) bool) {
	c := m.shown()
	i, round := c.nearest(by, is)
	if round && by > 0 && c.follows() && !is(c, c.cursor) {
		i, _ = c.nearest(-1, is)
		m.say("the last " + what)
		m.visit(i)
		return
	}
	switch {
	case i < 0:
		m.say("there is no " + what + " here")
	case i == c.cursor:
		m.say("there is no other " + what)
	case round:
		m.say(wentRound(by))
	}
	if i >= 0 {
		m.visit(i)
	}
}

// wentRound says that a search went on at the other end.
func wentRound(by int) string {
	if by > 0 {
		return "round the end, from the top"
	}
	return "round the top, from the end"
}

// nextFailure goes to the next failure. Behind the end that is what the last
// channel came to, and from there on through all of them.
func (m *Model) nextFailure() tea.Cmd {
	c := m.shown()
	if i := c.cause(); i >= 0 && c.follows() && len(c.rows) > 0 && !c.isFailure(c.cursor) && (c.sieve == nil || c.sieve.has(i)) {
		m.visit(i)
		return nil
	}
	m.jump(1, "failure", (*conversation).isFailure)
	return nil
}

// nearest returns the next row of a kind that can be seen, in a direction and
// round the end, at last the one with the cursor; -1 if there is none.
func (c *conversation) nearest(by int, is func(*conversation, int) bool) (at int, round bool) {
	for i, n := c.cursor+by, len(c.rows); n > 0; i, n = i+by, n-1 {
		if i < 0 || i >= len(c.rows) {
			i, round = within(len(c.rows)-1-i, 0, len(c.rows)-1), true
		}
		if is(c, i) && (c.sieve == nil || c.sieve.has(i)) {
			return i, round
		}
	}
	return -1, false
}

// visit puts the cursor of the conversation on a row.
func (m *Model) visit(i int) {
	m.shown().reveal(i)
	m.session.focus = conversationPane
	m.session.tops[explainPane] = 0
}

// goesSlow goes to replies that took as long as was said, or half a second.
func goesSlow(by int) func(*Model) tea.Cmd {
	return func(m *Model) tea.Cmd {
		slow := m.session.slow
		if slow == 0 {
			slow = 500 * time.Millisecond
		}
		m.jump(by, fmt.Sprintf("reply that took %s", slow), func(c *conversation, i int) bool { return c.isSlow(i, slow) })
		return nil
	}
}

func (m *Model) askSlow() tea.Cmd {
	m.ask(prompt{
		name: "set-slow", title: "From when on is a reply slow?", sign: "› ", verb: "take that", note: "a time such as 50ms or 2s",
		accept: func(m *Model, text string) tea.Cmd {
			d, err := time.ParseDuration(strings.TrimSpace(text))
			if err != nil || d <= 0 {
				m.prompt.fault = "expected a time such as 50ms or 2s"
				return nil
			}
			m.over, m.session.slow = uncovered, d
			return nil
		},
	}, "500ms")
	return nil
}

// search is a find that is under way.
type search struct {
	session.Condition
	id, by  int
	at      int // the next row to look at
	left    int // rows still to look at
	wrapped bool
}

// seekMsg has a search go on.
type seekMsg struct{ search }

func (m *Model) askFind() tea.Cmd {
	m.ask(prompt{
		name: "find", title: "Find", sign: "/ ", verb: "find",
		note: conditionNote + "; " + m.keys.named("next-match").key(false) + " is the next then, " + m.keys.named("match-before").key(false) + " the one before",
		accept: func(m *Model, text string) tea.Cmd {
			cond, err := session.ParseCondition(text)
			if err != nil {
				m.prompt.fault = err.Error()
				return nil
			}
			m.over, m.session.wanted = uncovered, cond
			return m.findAgain(1)
		},
	}, m.session.wanted.String())
	return nil
}

// findAgain looks for what was looked for last, on and round the end.
func (m *Model) findAgain(by int) tea.Cmd {
	c := m.shown()
	if m.session.wanted.String() == "" {
		return m.askFind()
	}
	if len(c.rows) == 0 {
		m.say("there is nothing yet to find anything in")
		return nil
	}
	m.session.looks++
	return m.seek(search{Condition: m.session.wanted, id: m.session.looks, by: by, at: c.cursor + by, left: len(c.rows)})
}

// seek looks at a part of the rows, so that the keys stay alive.
func (m *Model) seek(s search) tea.Cmd {
	c := m.shown()
	if s.id != m.session.looks {
		return nil
	}
	for n := 0; n < siftAtOnce && s.left > 0; n++ {
		if s.at < 0 || s.at >= len(c.rows) {
			s.at, s.wrapped = map[bool]int{true: 0, false: len(c.rows) - 1}[s.by > 0], true
		}
		sight := c.sight(s.at)
		if (c.sieve == nil || c.sieve.has(s.at)) && s.Holds(&sight) {
			m.visit(s.at)
			if s.wrapped {
				m.say(wentRound(s.by))
			}
			return nil
		}
		s.at, s.left = s.at+s.by, s.left-1
	}
	if s.left == 0 {
		m.say("nothing here matches " + escaped(s.String()))
		return nil
	}
	return func() tea.Msg { return seekMsg{s} }
}

func (m *Model) mark() tea.Cmd {
	c := m.shown()
	if len(c.rows) > 0 {
		c.rows[c.cursor].marked = !c.rows[c.cursor].marked
	}
	return nil
}

// askNote asks for a note on the row under the cursor.
func (m *Model) askNote() tea.Cmd {
	c := m.shown()
	switch {
	case m.tape != nil:
		m.say("notes are for a session; a file is edited where it lies")
		return nil
	case len(c.rows) == 0 || m.drive.sess == nil:
		m.say("there is no row yet to write beside")
		return nil
	}
	row := c.cursor
	from := c.rows[row].from
	m.ask(prompt{
		name: "note", title: fmt.Sprintf("A note on row %d", row+1), sign: m.theme.Marks.Note + " ", verb: "write it", note: "it stands beside the row, and in the transcript as a comment",
		accept: func(m *Model, text string) tea.Cmd {
			m.over = uncovered
			text = strings.TrimSpace(text)
			if text == m.live.written[from] {
				return nil
			}
			if m.live.written == nil {
				m.live.written = map[int32]string{}
			}
			m.live.written[from] = text
			if text == "" {
				delete(m.live.written, from)
				return nil
			}
			m.drive.sess.Note(noteOn(&m.live, row) + text)
			return nil
		},
	}, c.written[from])
	return nil
}

// noteOn says in a transcript what a note is about: nothing, where it stands
// right behind its row.
func noteOn(c *conversation, row int) string {
	if row == len(c.rows)-1 {
		return ""
	}
	text := []rune(session.Escape(c.plainText(&c.rows[row])))
	if len(text) > 40 {
		text = append(text[:39], '…')
	}
	return fmt.Sprintf("note on row %d (%s): ", row+1, string(text))
}

func folds(folded bool) func(*Model) tea.Cmd {
	return func(m *Model) tea.Cmd {
		if m.session.focus == conversationPane && !m.shown().fold(folded) {
			m.say(map[bool]string{true: "nothing to fold here", false: "nothing is folded here"}[folded])
		}
		return nil
	}
}

func (m *Model) exactly() tea.Cmd {
	c := m.shown()
	c.exact = !c.exact
	m.session.tops[explainPane] = 0
	if c.exact {
		m.say("every octet, line ends included")
	}
	return nil
}
