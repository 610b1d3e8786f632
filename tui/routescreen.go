package tui

import (
	"fmt"
	"strings"

	"ehlo/session"
)

// The screen Route: where the mail goes, which addresses were tried, why each
// failed, and what comes next.

func newRouteScreen() *paper {
	return &paper{
		at: place{
			name: "route", title: "Route", keys: []string{"6", "alt+6"}, words: "route: MX, addresses, what was tried and why it failed",
			wider: []scope{watching, reading},
		},
		says:  "From the target to an address: what the DNS said, which addresses there are and in which order, which were tried, and what comes next.",
		write: (*Model).routeLines,
	}
}

func (m *Model) routeLines(w int) []line {
	t := m.theme
	s := &sheet{m: m, w: w}
	c := m.shown()
	now := c.moment()
	s.title("Target")
	if m.tape == nil {
		target := m.drive.mail.Target
		s.fact("target", t.Text, target.String())
		s.fact("that is", t.Text, targetWords(target))
	} else {
		s.fact("host", t.Text, now.Host)
	}
	s.hops(now)
	s.addresses(now)
	s.attempts(c)
	if m.tape == nil {
		s.title("Next")
		if len(m.drive.plan) == 0 {
			s.indented(2, t.Dim, "nothing is left to do")
		} else {
			st := m.drive.plan[0]
			s.marked(t.Marks.Next, t.Key, m.stepText(0, st)+": "+st.Why, "")
		}
	}
	s.behind()
	if notes := c.notes("DNS: ", "route: "); len(notes) > 0 {
		s.title("What the DNS said")
		for _, note := range notes {
			s.indented(2, t.Text, note)
		}
	}
	return s.lines
}

func targetWords(t session.Target) string {
	switch {
	case t.Practice != "":
		return "the practice server, in memory: no network is touched"
	case t.MX != "":
		return "a domain: its MX records say which hosts take its mail, the lowest preference first (RFC 5321, 5.1)"
	case t.NeedsLookup():
		return "a host: its addresses are looked up, its MX records are not"
	case t.IsHost():
		return "an address: nothing is looked up"
	}
	return "a channel on this machine: nothing is looked up"
}

// hops shows the route of a domain.
func (s *sheet) hops(now session.State) {
	if len(now.Hops) == 0 {
		return
	}
	t := s.m.theme
	s.title(fmt.Sprintf("%s, in this order", session.Count(len(now.Hops), "address", "addresses")))
	for i, h := range now.Hops {
		mark, style, word := t.Marks.Open, t.Dim, "not yet"
		switch {
		case i == now.Tried-1 && now.Open:
			mark, style, word = t.Marks.Taken, t.Good, "connected"
		case i < now.Tried:
			mark, style, word = t.Marks.Rejected, t.Refused, "tried"
		case i == now.Tried:
			mark, style, word = t.Marks.Next, t.Key, "next"
		}
		var l line
		l.add(style, "  "+mark+" ")
		l.column(t.Text, h.Host, min(30, max(s.w/3, 12)))
		l.column(t.Text, fmt.Sprintf("%s port %d", h.Addr, h.Port), min(28, max(s.w/3, 12)))
		l.add(style, word)
		if h.TLS {
			l.add(t.Text, ", only under TLS")
		}
		s.lines = append(s.lines, l)
	}
}

// addresses shows those of a host.
func (s *sheet) addresses(now session.State) {
	if len(now.Hops) > 0 || len(now.Addresses) == 0 {
		return
	}
	s.title("Addresses of " + now.Host)
	for _, a := range now.Addresses {
		mark, style := s.m.theme.Marks.Open, s.m.theme.Text
		if now.Open && strings.Contains(now.Peer, a) {
			mark, style = s.m.theme.Marks.Taken, s.m.theme.Good
		}
		s.marked(mark, style, a, "")
	}
}

// attempts lists what was tried, and how each went on.
func (s *sheet) attempts(c *conversation) {
	t := s.m.theme
	began := false
	for _, n := range c.landmarks {
		r := &c.rows[n]
		if int(n) > c.cursor {
			break
		}
		if r.kind == session.Noted {
			continue
		}
		if !began {
			s.title("What was tried")
			began = true
		}
		e := c.events[r.from]
		mark, style := t.Marks.Taken, t.Good
		switch r.kind {
		case session.Failed:
			mark, style = t.Marks.Refused, t.Failure
		case session.Closed:
			mark, style = t.Marks.Open, t.Text
		}
		text, took := cutTook(e.Text)
		if took > 0 {
			text += ", " + shortest(took)
		}
		s.marked(mark, style, since(c, e)+": "+text, "")
		for _, key := range []string{"via", "via-reply"} {
			if v := e.Fact(key); v != "" {
				s.indented(6, t.Dim, key+" "+v)
			}
		}
	}
	if !began {
		s.title("What was tried")
		s.indented(2, t.Dim, "nothing yet")
	}
}

// since is when an event happened, counted from the first one.
func since(c *conversation, e session.Event) string {
	return fmt.Sprintf("+%.3f s", max(e.At.Sub(c.events[0].At).Seconds(), 0))
}

// behind shows what hosts behind a practice server did with the mail: practice:hops
// is a network in a box. They go on while nobody looks.
func (s *sheet) behind() {
	m, t := s.m, s.m.theme
	notes := m.hostNotes()
	if len(notes) == 0 {
		return
	}
	s.title("What the hosts behind the server did")
	for _, n := range notes {
		s.beside(11, n.At.Format("15:04:05"), t.Text, n.Host+": "+n.Text)
	}
	s.indented(2, t.Dim, "What they deliver lies in the mailboxes: "+m.keys.named("show-mailbox").key(false)+" shows it.")
}

// hostNotes are theirs, if it is a practice server that is talked to.
func (m *Model) hostNotes() []HostNote {
	if m.o.Behind == nil || m.tape != nil || m.drive.mail.Target.Practice == "" {
		return nil
	}
	return m.o.Behind(m.drive.mail.Target.Practice)
}
