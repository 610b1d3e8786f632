package convert

import (
	"strings"

	"ehlo/transcript/lazy"
)

// Whoever collects the output of programs (syslog, docker-compose, a logger)
// puts something before every line of it, whatever the program:
//
//	mail_1  | send: 'ehlo client.test.example\r\n'
//
// Where the lines as they are belong to no program that is known, and without
// what all of them begin with they do, that is taken away.

// settle finds the format of the head, or looks whether it is the one that
// was asked for, and tells what was done to the lines.
func (s *source) settle(asked *Format, head []string) (*Format, []string) {
	f, raw := asked, s.raw
	if s.raw = nil; f == nil {
		f = recognise(head)
	}
	few := raw[:min(len(raw), 300)]
	plain, most := s.cleaned(few), 0
	var best prefix
	for _, p := range forewords(few) {
		g, lines := asked, s.bared(p, few).cleaned(few)
		if g == nil {
			g = recognise(lines)
		}
		if !betters(g, lines, f, plain, asked != nil, p.piped) {
			continue
		}
		known := 2 * g.score(lines)
		if !firstTime(lines).IsZero() { // the program's own
			known++
		}
		if known >= most {
			best, most = p, known
		}
	}
	if best.re != nil {
		*s = *s.bared(best, raw)
		if head = s.cleaned(raw); asked == nil {
			f = recognise(head)
		}
	}
	for _, n := range s.held {
		s.tell(n.line, n.text)
	}
	s.warn, s.held = s.tell, nil
	return f, head
}

// bared is a source without what stands before every line.
func (s *source) bared(p prefix, lines []string) *source {
	b := &source{r: s.r, read: s.read, tell: s.tell, long: s.long, before: p}
	b.warn = b.hold
	b.warn(1, "something stands before every line; it was taken away")
	b.study(b.cleaned(lines))
	return b
}

// hold keeps a warning until it is known whether it counts.
func (s *source) hold(line int, text string) {
	s.held = append(s.held, numbered{text, line})
}

// betters reports whether a format knows more of the lines: which of them are
// nobody's, and what the program itself says between them. Learned marks know
// the times that stand before the lines, too.
func betters(g *Format, lines []string, f *Format, plain []string, asked, piped bool) bool {
	switch {
	case g == nil || g.score == nil:
		return false
	case f == nil:
		return true
	case f.score == nil:
		return false
	case asked:
		return f.score(plain) == 0 && g.score(lines) > 0
	case f.Name == "bare" || f.Name == "learned":
		return g.Name != "bare" && g.Name != "learned" && !(f.Name == "learned" && (g.Name == "rfc" || g.Name == "arrows"))
	}
	return piped && g.Name == f.Name && g.score(lines) >= f.score(plain) // further lines of a reply have it, too
}

// maxForewords is how many words are looked at: syslog has five.
const maxForewords = 12

// forewords finds what may stand before all lines, or nearly all, the shortest
// first: digits in it may change.
func forewords(lines []string) []prefix {
	whole := make([]string, 0, len(lines))
	for _, l := range lines {
		if l = strings.TrimRight(uncolour(l), "\r"); strings.TrimSpace(l) != "" {
			whole = append(whole, l)
		}
	}
	if len(whole) < 4 {
		return nil
	}
	sample := whole[len(whole)/2]
	if text := strings.TrimSpace(sample); replyLike().MatchString(text) || commandLike().MatchString(text) {
		return nil
	}
	var found []prefix
	for i := 1; i < len(sample) && i < maxPrefix && len(found) < maxForewords; i++ {
		if sample[i-1] != ' ' && sample[i-1] != '\t' || strings.TrimSpace(sample[:i]) == "" {
			continue
		}
		p := prefix{re: lazy.Regexp("^" + prefixShape(sample[:i])), piped: strings.HasSuffix(strings.TrimSpace(sample[:i]), "|")}
		if !mostly(whole, func(l string) bool { _, ok := p.cut(l); return ok }) {
			break // longer ones have this before them
		}
		found = append(found, p)
	}
	return found
}
