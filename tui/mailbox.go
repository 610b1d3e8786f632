package tui

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
	"ehlo/session/message"
)

// mailboxScreen shows what became of mail that the practice server took.
type mailboxScreen struct {
	bare
	list
	boxes   []message.Mailbox
	reading bool
	text    scroller
}

func (s *mailboxScreen) place() place {
	return place{
		name: "mailbox", title: "Mailbox", keys: []string{"m", "alt+m"}, words: "mailbox: what the practice server took, as it lies there",
		wider: []scope{reading},
	}
}

func (s *mailboxScreen) actions() []action {
	return []action{{"read", "mailbox", []string{"enter"}, "read", "read the message; again: back to the list", (*Model).readLetter}}
}

func (s *mailboxScreen) hints(*Model) []hint {
	if s.reading {
		return []hint{{"close", "the list"}, {"up", ""}, {"down", ""}, {"page-down", ""}, {"help", ""}, {"quit", ""}}
	}
	return []hint{{"read", ""}, {"up", ""}, {"down", ""}, {"close", "session"}, {"help", ""}, {"quit", ""}}
}

func (s *mailboxScreen) about(*Model) string {
	return "The messages that the practice server took, mailbox by mailbox, with the Return-Path and Received lines that it put on top (RFC 5321, 4.4), and the notifications that it made."
}

func (s *mailboxScreen) remark(*Model) notice { return notice{} }

func (s *mailboxScreen) open(m *Model) tea.Cmd {
	s.boxes = m.o.Mailboxes()
	return nil
}

// letter is the message at a row; nil for the row of a mailbox.
func (s *mailboxScreen) letter(row int) (box string, l *message.Letter) {
	for i := range s.boxes {
		if row == 0 {
			return s.boxes[i].Name, nil
		}
		row--
		if row < len(s.boxes[i].Letters) {
			return s.boxes[i].Name, &s.boxes[i].Letters[row]
		}
		row -= len(s.boxes[i].Letters)
	}
	return "", nil
}

func (s *mailboxScreen) rows() int {
	n := len(s.boxes)
	for _, b := range s.boxes {
		n += len(b.Letters)
	}
	return n
}

func (s *mailboxScreen) move(m *Model, by int) {
	if s.reading {
		s.text.by(by)
		return
	}
	s.past(by, s.rows(), func(row int) bool { _, l := s.letter(row); return l == nil })
}

// settle looks into the mailboxes again: something may have arrived.
func (s *mailboxScreen) settle(m *Model) {
	w, h := m.room()
	if s.reading {
		_, l := s.letter(s.cursor)
		s.text.settle(len(letterLines(l, w-2, m.theme)), h-2)
		return
	}
	s.boxes = m.o.Mailboxes()
	s.settlePast(s.rows(), s.height(h))
}

func (s *mailboxScreen) height(h int) int { return max(h-3-detailHeight(h), 1) }

func (s *mailboxScreen) back(*Model) (bool, tea.Cmd) {
	was := s.reading
	s.reading = false
	return was, nil
}

func (m *Model) readLetter() tea.Cmd {
	s := m.mailbox
	if _, l := s.letter(s.cursor); l != nil {
		s.reading, s.text = !s.reading, scroller{}
	}
	return nil
}

func (s *mailboxScreen) draw(m *Model, w, h int) []string {
	t := m.theme
	box, l := s.letter(s.cursor)
	if s.reading {
		return frame(w, t, []section{s.text.window(escaped(box), letterLines(l, w-2, t), w-2, h-2, t)}, "")
	}
	height := s.height(h)
	table := s.window("Mailbox", s.rows(), w-2, height, t, func(i int) line {
		box, l := s.letter(i)
		var out line
		if l == nil {
			out.wire(t.Title, t.Escape, " "+box)
			return out
		}
		out.column(t.Dim, "   "+l.At.Format("15:04:05"), 12)
		out.column(t.Text, "<"+l.From+">", max(w/4, 10))
		out.wire(t.Text, t.Escape, message.Subject(l.Data))
		return out
	})
	if s.rows() == 0 {
		table.lines = emptyList("nothing has been delivered yet: send a mail to a practice target", w-2, t)
	} else if n := s.rows() - len(s.boxes); table.note == "" {
		table.note = session.Count(n, "message", "messages")
	}
	detail := section{title: escaped(box), height: h - height - 3}
	if l != nil {
		detail.note = fmt.Sprintf("%s octets", session.Digits(int64(len(l.Data))))
		for _, words := range letterLines(l, w-2, t)[:] {
			if len(detail.lines) == detail.height {
				break
			}
			detail.lines = append(detail.lines, words.draw(w-2, t.Text, t.Marks.Cut))
		}
	}
	return frame(w, t, []section{table, detail}, "")
}

// maxLetter bounds how much of a message is shown.
const maxLetter = 256 << 10

// letterLines is a message line by line.
func letterLines(l *message.Letter, w int, t theme) []line {
	if l == nil {
		return nil
	}
	data := l.Data[:min(len(l.Data), maxLetter)]
	var out []line
	header := true
	for text := range strings.SplitSeq(strings.TrimSuffix(string(data), "\r\n"), "\n") {
		text = strings.ReplaceAll(strings.TrimSuffix(text, "\r"), "\t", "    ")
		var l line
		name, _, field := strings.Cut(text, ":")
		switch {
		case header && text == "":
			header = false
		case header && field && !strings.ContainsAny(name, " \t"):
			l.add(t.Label, " ")
			l.wire(t.Label, t.Escape, name)
			l.wire(t.Content, t.Escape, text[len(name):])
		default:
			l.wire(t.Content, t.Escape, " "+text)
		}
		out = append(out, l)
	}
	if len(l.Data) > maxLetter {
		var cut line
		cut.add(t.Dim, " "+t.Marks.Cut+" "+session.Digits(int64(len(l.Data)))+" octets in all")
		out = append(out, cut)
	}
	return out
}
