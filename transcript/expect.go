package transcript

import "maps"

// expectations compares the lines of a reply, or of several, with what a
// transcript expects of them, and returns what was captured.
func (d *Diff) expectations(expect []expectation, lines []string) map[string]string {
	captures := map[string]string{}
	keep := func(got map[string]string) { maps.Copy(captures, got) }
	at, ordered := 0, false
	for i, x := range expect {
		switch x.op {
		case '+':
			d.mustContain(x, lines, keep)
		case '!':
			for _, line := range lines {
				if _, ok := x.pattern.MatchAnywhere(line); ok {
					d.differ("expect", "line %d does not want %q: got %q", x.line, x.pattern, line)
				}
			}
		case '?':
			ordered = true
			at = d.inOrder(expect[i:], lines, at, keep)
		}
	}
	if ordered && at < len(lines) {
		d.differ("expect", "%d lines more than expected, the first is %q", len(lines)-at, lines[at])
	}
	return captures
}

func (d *Diff) mustContain(x expectation, lines []string, keep func(map[string]string)) {
	for _, line := range lines {
		if got, ok := x.pattern.MatchAnywhere(line); ok {
			keep(got)
			return
		}
	}
	d.differ("expect", "line %d expects %q somewhere in the reply", x.line, x.pattern)
}

// inOrder matches the first expectation at lines[at] and returns where the
// next one begins.
func (d *Diff) inOrder(expect []expectation, lines []string, at int, keep func(map[string]string)) int {
	x := expect[0]
	if x.pattern.Any() {
		rest := orderedOf(expect[1:])
		for len(rest) > 0 && rest[0].pattern.Any() {
			rest = rest[1:]
		}
		if len(rest) == 0 {
			return len(lines)
		}
		first := -1
		for i := at; i < len(lines); i++ {
			if _, ok := rest[0].pattern.Match(lines[i]); !ok {
				continue
			}
			if first < 0 {
				first = i
			}
			if len(lines) > maxUnified || fits(rest, lines[i:]) {
				return i
			}
		}
		return max(first, at) // where it does not fit is told from there on
	}
	if at >= len(lines) {
		d.differ("expect", "line %d expects %q, and nothing came", x.line, x.pattern)
		return at
	}
	got, ok := x.pattern.Match(lines[at])
	if !ok {
		d.differ("expect", "line %d expects %q: got %q", x.line, x.pattern, lines[at])
		return at + 1
	}
	keep(got)
	return at + 1
}

// orderedOf returns those expectations that are about the order of lines.
func orderedOf(expect []expectation) (out []expectation) {
	for _, x := range expect {
		if x.op == '?' {
			out = append(out, x)
		}
	}
	return out
}

// fits reports whether lines are just what is expected, where "..." may stand
// for any of them.
func fits(expect []expectation, lines []string) bool {
	e, l, dots, from := 0, 0, -1, 0
	for l < len(lines) {
		if e < len(expect) && expect[e].pattern.Any() {
			dots, from = e, l
			e++
			continue
		}
		if e < len(expect) {
			if _, ok := expect[e].pattern.Match(lines[l]); ok {
				e, l = e+1, l+1
				continue
			}
		}
		if dots < 0 {
			return false
		}
		from++ // one line more for the last "..."
		e, l = dots+1, from
	}
	for e < len(expect) && expect[e].pattern.Any() {
		e++
	}
	return e == len(expect)
}
