package tui

import (
	"strconv"

	"ehlo/session"
)

// offeredLines shows the extensions at the cursor's moment: what is new since
// the EHLO before, what stayed, what is gone.
func (m *Model) offeredLines(w int) []line {
	t := m.theme
	s := m.shown().moment()
	var out []line
	if len(s.Offered) == 0 && len(s.Before) == 0 {
		var l line
		switch {
		case s.Helo != "" && !s.ESMTP:
			l.add(t.Dim, " nothing: HELO asks for no extensions")
		case s.ESMTP:
			l.add(t.Dim, " nothing: the server knows no extensions")
		default:
			l.add(t.Dim, " the reply to EHLO will tell")
		}
		return []line{l}
	}
	when := "since the EHLO before"
	if s.Secure {
		when = "after TLS"
	}
	var fresh, gone session.Extensions
	if len(s.Before) > 0 && s.ESMTP {
		fresh, gone = s.Offered.Without(s.Before), s.Before.Without(s.Offered)
		for _, x := range gone {
			if s.Offered.Has(x.Keyword) { // only its parameters changed
				gone = gone.Without(session.Extensions{x})
			}
		}
	}
	changed := func(mark string, style style, x session.Extension, what string) {
		var l line
		l.add(style, " "+mark+" ")
		l.wire(style, t.Escape, offer(x))
		note := "(" + what + ")"
		if gap := w - l.width() - width(note) - 1; gap >= 2 {
			l.add(t.Dim, blanks(gap)+note)
		}
		out = append(out, l)
	}
	for _, x := range fresh {
		changed(t.Marks.Added, t.Good, x, "new "+when)
	}
	var stayed []string
	for _, x := range s.Offered {
		if p, ok := fresh.Params(x.Keyword); !ok || p != x.Params {
			stayed = append(stayed, escaped(offer(x)))
		}
	}
	for _, words := range flow(stayed, "   ", w-4) {
		var l line
		l.add(t.Text, "   "+words)
		out = append(out, l)
	}
	if !s.ESMTP && len(s.Before) > 0 && len(s.Offered) == 0 {
		var l line
		l.add(t.Dim, " forgotten at TLS: EHLO asks anew")
		out = append(out, l)
	}
	for _, x := range gone {
		changed(t.Marks.Gone, t.Warning, x, "gone "+when)
	}
	return out
}

// offer writes an extension, sizes for people.
func offer(x session.Extension) string {
	if x.Keyword != "SIZE" {
		return x.String()
	}
	n, err := strconv.ParseInt(x.Params, 10, 64)
	switch {
	case err != nil || n <= 0:
		return x.String()
	case n%(1<<20) == 0:
		return "SIZE " + count(n>>20) + " MiB"
	case n%(1<<10) == 0:
		return "SIZE " + count(n>>10) + " KiB"
	}
	return "SIZE " + count(n)
}
