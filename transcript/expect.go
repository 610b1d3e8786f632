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
		for _, next := range expect[1:] {
			if next.op != '?' || next.pattern.Any() {
				continue
			}
			for i := at; i < len(lines); i++ {
				if _, ok := next.pattern.Match(lines[i]); ok {
					return i
				}
			}
			return at
		}
		return len(lines)
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
