package tui

import (
	"fmt"
	"slices"
	"sort"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
)

// sieve shows the rows for which a condition holds, and no others.
type sieve struct {
	session.Condition
	id      int
	matches []int32
	upto    int // rows that have been looked at
}

// siftAtOnce is how many rows are looked at before the keyboard is asked
// again.
const siftAtOnce = 20_000

// siftMsg has more rows looked at.
type siftMsg struct{ id int }

func (s *sieve) has(i int) bool {
	_, ok := slices.BinarySearch(s.matches, int32(i))
	return ok
}

func (s *sieve) next(i int) int {
	at := sort.Search(len(s.matches), func(n int) bool { return int(s.matches[n]) > i })
	if at == len(s.matches) {
		return -1
	}
	return int(s.matches[at])
}

func (s *sieve) previous(i int) int {
	at := sort.Search(len(s.matches), func(n int) bool { return int(s.matches[n]) >= i })
	if at == 0 {
		return -1
	}
	return int(s.matches[at-1])
}

func (s *sieve) note(rows int) string {
	text := fmt.Sprintf("%s of %s: %s", session.Digits(int64(len(s.matches))), session.Digits(int64(rows)), escaped(s.String()))
	if s.upto < rows {
		text += fmt.Sprintf(", %d%%", s.upto*100/max(rows, 1))
	}
	return text
}

// sift looks at so many more rows; it reports whether it has seen them all.
func (c *conversation) sift(most int) bool {
	s := c.sieve
	for end := min(s.upto+most, len(c.rows)); s.upto < end; s.upto++ {
		if sight := c.sight(s.upto); s.Holds(&sight) {
			s.matches = append(s.matches, int32(s.upto))
		}
	}
	return s.upto == len(c.rows)
}

// sight is a row as conditions look at it.
func (c *conversation) sight(i int) session.Sight {
	r := &c.rows[i]
	s := session.Sight{
		Kind: r.kind, Verb: r.verb, Phase: r.phase, Took: r.took.duration(), Failed: r.failed(),
		Content: r.content, Secure: r.secure, Marked: r.marked, Noted: c.written[r.from] != "",
		Secret: secret(c.events[r.from:r.to]), Step: c.events[r.from].Step,
	}
	if r.kind == session.Received && r.class != 0 {
		s.Code = session.ParseReplyLine(c.events[r.from].Data[:min(len(c.events[r.from].Data), 4)]).Code
	}
	s.Line = func() string { return c.plainText(r) }
	return s
}

// maxLine bounds what is looked at of one row.
const maxLine = 64 << 10

// plainText is what a row says, without secrets.
func (c *conversation) plainText(r *row) string {
	if r.kind != session.Sent && r.kind != session.Received {
		return c.events[r.from].Text
	}
	data, _ := octets(c.events[r.from:r.to], maxLine, "")
	text, _ := cutEnding(string(data))
	return text
}

// failed reports a refusal, a failure, a certificate that nobody vouches for,
// or what is against a rule.
func (r *row) failed() bool {
	return r.class >= 4 || r.kind == session.Failed || r.unverified() || r.against(session.Wrong)
}

// askFilter asks which rows to show alone.
func (m *Model) askFilter() tea.Cmd {
	value := ""
	if s := m.shown().sieve; s != nil {
		value = s.String()
	}
	m.ask(prompt{
		name: "filter", title: "Show only rows with; nothing shows all", sign: "& ", verb: "show them", note: conditionNote,
		accept: func(m *Model, text string) tea.Cmd { return m.filter(text) },
	}, value)
	return nil
}

const conditionNote = "words  \"a phrase\"  /regexp/  verb:RCPT  code:5xx  side:S  state:ready  slow:500ms  is:failed  !is:content"

func (m *Model) filter(text string) tea.Cmd {
	c := m.shown()
	if text == "" {
		m.over = uncovered
		c.unsift()
		return nil
	}
	cond, err := session.ParseCondition(text)
	if err != nil {
		m.prompt.fault = err.Error()
		return nil
	}
	m.over = uncovered
	m.session.looks++
	c.sieve = &sieve{Condition: cond, id: m.session.looks}
	return m.sift(siftMsg{m.session.looks})
}

// unsift shows all rows again.
func (c *conversation) unsift() {
	c.sieve = nil
	if len(c.rows) > 0 {
		c.reveal(c.cursor)
	}
}

// sift goes on looking, a part at a time.
func (m *Model) sift(msg siftMsg) tea.Cmd {
	c := m.shown()
	if c.sieve == nil || c.sieve.id != msg.id {
		return nil
	}
	done := c.sift(siftAtOnce)
	c.snap()
	if done {
		return nil
	}
	return func() tea.Msg { return msg }
}
