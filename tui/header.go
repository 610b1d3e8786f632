package tui

import (
	"fmt"
	"strings"
	"time"

	"ehlo/session"
	"ehlo/themes"
)

type (
	style = themes.Style
	theme = themes.Theme
)

// part is a piece of the header. The less it weighs, the sooner it is left
// out of a narrow one.
type part struct {
	text   string
	style  style
	weight int
}

// header says what the session is.
func (m *Model) header() string {
	t := m.theme
	parts := m.headerParts()
	for total(parts) > m.width && len(parts) > 1 {
		least := 1
		for i := range parts {
			if i > 0 && parts[i].weight < parts[least].weight {
				least = i
			}
		}
		parts = append(parts[:least:least], parts[least+1:]...)
	}
	var l line
	for i, p := range parts {
		if i > 0 {
			l.add(t.Border, " ▏")
		}
		l.wire(p.style, t.Escape, p.text)
	}
	return l.draw(m.width, t.Text, t.Marks.Cut)
}

func total(parts []part) int {
	n := -2
	for _, p := range parts {
		n += width(escaped(p.text)) + 2
	}
	return n + 1
}

func (m *Model) headerParts() []part {
	t := m.theme
	parts := []part{{" ehlo", t.Title, 10}}
	add := func(weight int, style style, text string) {
		if text != "" {
			parts = append(parts, part{text, style, weight})
		}
	}
	s := m.shown().now
	if m.tape != nil { // played back, it is as far as it has come
		s = m.tape.moment()
	}
	switch {
	case m.front() == screen(m.form):
		add(9, t.Text, "compose")
		if m.drive.sess != nil {
			goes := "goes on behind this"
			if !m.live.now.Open && !m.drive.acting {
				goes = "is closed"
			}
			add(8, t.Dim, "the session with "+m.drive.mail.Target.String()+" "+goes)
		}
		return parts
	case m.tape != nil:
		add(9, t.Key, t.Marks.Play+" "+m.tape.title())
		add(8, t.Text, m.tape.position())
		add(5, t.Text, s.Peer)
	default:
		add(9, t.Text, m.drive.mail.Target.String())
		if target := m.drive.mail.Target; target.Practice == "" && s.Peer != target.String() {
			add(3, t.Dim, s.Peer)
		}
	}
	if !s.Open && len(m.shown().rows) > 0 && m.tape == nil && !m.drive.acting {
		word := "closed"
		if s.Phase == session.Idle {
			word = "not connected"
		}
		add(8, t.Dim, word)
	}
	if s.Secure {
		verdict, style := "verified", t.Good
		if !s.Verified {
			verdict, style = "NOT verified", t.Warning
		}
		add(7, style, t.Marks.Secure+" "+strings.ReplaceAll(s.TLS, "TLSv", "TLS ")+" "+verdict)
	}
	add(6, t.Text, protocol(s))
	if s.Auth != "" {
		add(4, t.Text, "auth "+strings.TrimSpace(s.Auth+" "+s.User))
	}
	if m.tape == nil { // which has its position
		add(2, t.Dim, m.elapsed())
	}
	text, weight := m.recording()
	add(weight, t.Refused, text)
	return parts
}

func protocol(s session.State) string {
	switch {
	case s.LMTP:
		return "LMTP"
	case s.ESMTP:
		return "ESMTP"
	case s.Helo != "":
		return "SMTP"
	}
	return ""
}

// elapsed is the time from the first event to the last, or to now while a
// reply is awaited.
func (m *Model) elapsed() string {
	c := &m.live
	if len(c.events) == 0 {
		return ""
	}
	end := c.events[len(c.events)-1].At
	if m.drive.late {
		end = m.o.Now()
	}
	d := max(end.Sub(c.events[0].At), 0)
	return fmt.Sprintf("%02d:%04.1f", int(d/time.Minute), (d % time.Minute).Seconds())
}
