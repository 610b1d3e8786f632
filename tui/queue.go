package tui

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
	"ehlo/session/outbox"
)

// queueScreen shows what waits in the outbox, recipient by recipient: why it
// is still there, when it is tried again, and who is responsible for it.
type queueScreen struct {
	bare
	list
	runner *outbox.Runner // nil if there is no outbox yet
	rows   []queued
	more   int  // recipients that are not listed
	all    bool // what is finished, too
	asked  int  // counts the looks; what an older one brings is not heard
	file   int  // which transcript of the message is opened next
}

// queued is a recipient of a message in the outbox.
type queued struct {
	m     outbox.Message // its recipients are those of the row alone
	at    int            // which one it is of the message
	why   string
	owner string
	files []string // transcripts and reports
}

// maxQueued bounds how many recipients are listed, the oldest first.
const maxQueued = 2000

// queueMsg brings what is in the outbox.
type queueMsg struct {
	asked  int
	runner *outbox.Runner
	rows   []queued
	more   int
	err    error
}

// queueTickMsg comes each second while the queue is looked at: it counts down.
type queueTickMsg struct{ asked int }

// handMsg brings an attempt that is to be made by hand.
type handMsg struct {
	hand *outbox.Hand
	err  error
}

// changedMsg says what became of an order.
type changedMsg struct {
	text string
	err  error
}

func (s *queueScreen) place() place {
	return place{
		name: "queue", title: "Queue", keys: []string{"9", "alt+9"}, words: "queue: what waits in the outbox, why, and who is responsible for it",
		wider: []scope{reading},
	}
}

func (s *queueScreen) actions() []action {
	return []action{
		{"try-queued", "queue", []string{"enter"}, "try by hand", "make one attempt by hand, step by step", (*Model).tryQueued},
		{"open-attempt", "queue", []string{"space"}, "transcript", "open the transcript of the last attempt; again: the one before", (*Model).openAttempt},
		{"hold-queued", "queue", []string{"h"}, "hold", "keep it from being tried; again: let it", (*Model).holdQueued},
		{"retry-queued", "queue", []string{"r"}, "retry", "have it tried as soon as possible, even if it may have been delivered", (*Model).retryQueued},
		{"drop-queued", "queue", []string{"D"}, "drop", "forget it and remove its files; asks first", (*Model).dropQueued},
		{"all-queued", "queue", []string{"a"}, "all", "list what is finished, too; or not", (*Model).allQueued},
	}
}

func (s *queueScreen) hints(*Model) []hint {
	hold := ""
	if q := s.chosen(); q != nil && q.m.Held != "" {
		hold = "release"
	}
	return []hint{{"try-queued", ""}, {"open-attempt", ""}, {"retry-queued", ""}, {"hold-queued", hold}, {"drop-queued", ""}, {"all-queued", ""}, {"up", ""}, {"down", ""}, {"close", "session"}, {"help", ""}, {"quit", ""}}
}

func (s *queueScreen) about(*Model) string {
	return "The messages of the outbox, a row for each recipient: when the next attempt is due, why it is still here, and who is responsible for it now, since which reply and on whose word (RFC 5321, 4.5.4.1 and 6.1). ehlo queue run sends what is due."
}

func (s *queueScreen) remark(*Model) notice { return notice{} }

func (s *queueScreen) open(m *Model) tea.Cmd {
	cmd := s.look(m)
	return tea.Batch(cmd, s.tick())
}

// leave stops the countdown.
func (s *queueScreen) leave(*Model) { s.asked++ }

func (s *queueScreen) tick() tea.Cmd {
	asked := s.asked
	return tea.Tick(time.Second, func(time.Time) tea.Msg { return queueTickMsg{asked} })
}

// look reads the outbox in the background.
func (s *queueScreen) look(m *Model) tea.Cmd {
	s.asked++
	asked, all, open, runner, now, free := s.asked, s.all, m.o.Outbox, s.runner, m.o.Now(), m.freeHand(false)
	return func() tea.Msg {
		msg := queueMsg{asked: asked, runner: runner}
		if msg.err = free(); msg.err != nil {
			return msg
		}
		if msg.runner == nil && open != nil {
			msg.runner, msg.err = open()
		}
		if msg.runner == nil || msg.err != nil {
			return msg
		}
		msg.err = msg.read(all, now)
		return msg
	}
}

// read makes the rows.
func (msg *queueMsg) read(all bool, now time.Time) error {
	spool := msg.runner.Spool()
	return spool.Each(func(m *outbox.Message) bool {
		for i, r := range m.Recipients {
			if !all && r.Fate.Final() {
				continue
			}
			if len(msg.rows) == maxQueued {
				msg.more++
				continue
			}
			q := queued{m: *m, at: i, why: m.Why(i, now), owner: m.Holder(i)}
			q.m.Recipients = []outbox.Recipient{r}
			msg.rows = append(msg.rows, q)
		}
		return true
	})
}

func (s *queueScreen) hear(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case queueMsg:
		return s.heard(m, msg)
	case queueTickMsg:
		if msg.asked != s.asked || m.front() != screen(s) {
			return nil
		}
		return tea.Batch(s.look(m), s.tick())
	case changedMsg:
		if msg.err != nil {
			m.warn(msg.err.Error())
		} else {
			m.say(msg.text)
		}
		return tea.Batch(s.look(m), s.tick())
	case handMsg:
		if msg.err != nil {
			m.warn(msg.err.Error())
			return nil
		}
		return m.byHand(msg.hand)
	}
	return nil
}

func (s *queueScreen) heard(m *Model, msg queueMsg) tea.Cmd {
	if msg.asked != s.asked {
		return nil
	}
	was := s.chosen()
	s.runner, s.rows, s.more = msg.runner, msg.rows, msg.more
	for i := range s.rows {
		if was != nil && s.rows[i].m.ID == was.m.ID && s.rows[i].at == was.at {
			s.cursor = i
			s.rows[i].files = was.files
		}
	}
	if msg.err != nil {
		m.warn(msg.err.Error())
	}
	return nil
}

// chosen is the row under the cursor; nil if there is none.
func (s *queueScreen) chosen() *queued {
	if s.cursor >= len(s.rows) {
		return nil
	}
	return &s.rows[s.cursor]
}

func (s *queueScreen) move(_ *Model, by int) {
	s.by(by, len(s.rows))
	s.file = 0
}

func (s *queueScreen) settle(m *Model) {
	_, h := m.room()
	s.list.settle(len(s.rows), s.height(h))
	if q := s.chosen(); q != nil && s.runner != nil {
		spool := s.runner.Spool()
		q.files = append(spool.Attempts(q.m.ID), spool.Reports(q.m.ID)...)
	}
}

func (s *queueScreen) height(h int) int {
	below := max(detailHeight(h), 9)
	if low(h) {
		below = 3
	}
	return max(h-3-below, 1)
}

func (s *queueScreen) draw(m *Model, w, h int) []string {
	t := m.theme
	height := s.height(h)
	now := m.o.Now()
	to := max(w/4, 14)
	table := s.window("Queue", len(s.rows), w-2, height, t, func(i int) line {
		q := &s.rows[i]
		r := &q.m.Recipients[0]
		mark, style, word := fateOf(&q.m, r, t)
		var l line
		l.add(style, mark+" ")
		if w >= 100 {
			l.column(t.Dim, q.m.ID, 16)
		}
		l.column(t.Text, r.To, to)
		l.column(style, word, 9)
		if w >= 60 {
			l.column(t.Text, due(&q.m, r, now), 10)
		}
		l.wire(t.Dim, t.Escape, r.Reply)
		return l
	})
	switch {
	case len(s.rows) == 0:
		table.lines = emptyList("nothing waits: on a command line, ehlo queue add or ehlo send --queue-on-failure puts something in", w-2, t)
	case s.more > 0:
		table.note = fmt.Sprintf("%s of %s", session.Digits(int64(len(s.rows))), session.Digits(int64(len(s.rows)+s.more)))
	}
	detail := section{height: h - height - 3}
	if q := s.chosen(); q != nil {
		detail.title = escaped(q.m.ID)
		detail.note = session.Digits(q.m.Octets) + " octets"
		text := sheet{m: m, w: w - 2}
		s.detail(&text, q)
		detail.lines = below(text.lines, w-2, detail.height, t)
	}
	return frame(w, t, []section{table, detail}, "")
}

// detail says all that is known of a row.
func (s *queueScreen) detail(below *sheet, q *queued) {
	t := below.m.theme
	r := q.m.Recipients[0]
	_, style, _ := fateOf(&q.m, &r, t)
	below.fact("why", style, q.why)
	below.fact("responsible", t.Text, q.owner)
	below.fact("from", t.Text, "<"+q.m.From+">, "+outbox.Plain(below.m.o.Now().Sub(q.m.Added))+" ago")
	where := q.m.Target
	if where == "" {
		where = "where the DNS says"
	}
	below.fact("goes to", t.Text, where)
	if !r.Next.IsZero() && !r.Fate.Final() {
		below.fact("next try", t.Text, r.Next.In(below.m.o.Now().Location()).Format("Jan _2 15:04:05")+", after "+session.Count(r.Tries, "attempt", "attempts"))
	}
	if len(q.files) > 0 {
		names := make([]string, len(q.files))
		for i, f := range q.files {
			names[i] = filepath.Base(f)
		}
		below.fact("files", t.Dim, strings.Join(names, " "))
	}
}

// fateOf is a recipient's state: a mark, how it looks, and a word.
func fateOf(m *outbox.Message, r *outbox.Recipient, t theme) (mark string, look style, word string) {
	switch {
	case r.Fate == outbox.Accepted:
		return t.Marks.Taken, t.Good, "accepted"
	case r.Fate.Failed():
		return t.Marks.Rejected, t.Refused, r.Fate.String()
	case r.Trying != 0:
		return t.Marks.Next, t.Text, "sending"
	case m.Held != "":
		return t.Marks.Open, t.Dim, "held"
	case r.Fate == outbox.Unclear:
		return t.Marks.Warning, t.Warning, "unclear"
	case r.Reply == "":
		return t.Marks.Open, t.Text, "new"
	}
	return t.Marks.Open, t.Text, "waiting"
}

// due counts down to the next attempt.
func due(m *outbox.Message, r *outbox.Recipient, now time.Time) string {
	left := r.Next.Sub(now)
	switch {
	case r.Fate.Final() || m.Held != "" || r.Fate == outbox.Unclear && r.Next.IsZero():
		return "-"
	case left <= 0:
		return "due"
	case left < time.Hour:
		return fmt.Sprintf("in %d:%02d", int(left.Minutes()), int(left.Seconds())%60)
	}
	return "in " + outbox.Plain(left)
}
