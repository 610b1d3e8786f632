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
	if len(s.Offered) == 0 && len(s.Before) == 0 {
		return []line{nothingOffered(s, t.Dim)}
	}
	when := "since the EHLO before"
	if s.Secure {
		when = "after TLS"
	}
	fresh, gone := changedOffers(s)
	var out []line
	changed := func(mark string, style style, x session.Extension, what string) {
		note, mark := "("+what+")", " "+mark+" "
		parts := wrap(escaped(offer(x)), w-6)
		for i, part := range parts {
			var l line
			l.add(style, mark+part)
			if gap := w - l.width() - width(note) - 1; i == len(parts)-1 && gap >= 2 {
				l.add(t.Dim, blanks(gap)+note)
			}
			out = append(out, l)
			mark = "     "
		}
	}
	for _, x := range fresh {
		changed(t.Marks.Added, t.Good, x, "new "+when)
	}
	var stayed []string
	put := func(lines ...string) {
		for _, words := range lines {
			var l line
			l.add(t.Text, "   "+words)
			out = append(out, l)
		}
	}
	for _, x := range s.Offered.Without(fresh) {
		parts := wrap(escaped(offer(x)), w-6)
		if len(parts) < 2 {
			stayed = append(stayed, escaped(offer(x)))
			continue
		}
		put(flow(stayed, "   ", w-4)...)
		stayed = nil
		put(parts[0])
		for _, part := range parts[1:] {
			put("  " + part)
		}
	}
	put(flow(stayed, "   ", w-4)...)
	if !s.ESMTP && len(s.Before) > 0 && len(s.Offered) == 0 {
		var l line
		l.add(t.Dim, " forgotten at TLS: to be asked for anew")
		out = append(out, l)
	}
	for _, x := range gone {
		changed(t.Marks.Gone, t.Warning, x, "gone "+when)
	}
	return out
}

func nothingOffered(s session.State, style style) line {
	var l line
	switch {
	case s.Helo != "" && !s.ESMTP:
		l.add(style, " nothing: HELO asks for no extensions")
	case s.ESMTP:
		l.add(style, " nothing: the server knows no extensions")
	default:
		l.add(style, " the reply to EHLO will tell")
	}
	return l
}

// changedOffers compares the offers with those of the EHLO before.
func changedOffers(s session.State) (fresh, gone session.Extensions) {
	if len(s.Before) == 0 || !s.ESMTP {
		return nil, nil
	}
	for _, x := range s.Before.Without(s.Offered) {
		if !s.Offered.Has(x.Keyword) { // or only its parameters changed
			gone = append(gone, x)
		}
	}
	return s.Offered.Without(s.Before), gone
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
		return "SIZE " + session.Digits(n>>20) + " MiB"
	case n%(1<<10) == 0:
		return "SIZE " + session.Digits(n>>10) + " KiB"
	}
	return "SIZE " + session.Digits(n)
}
