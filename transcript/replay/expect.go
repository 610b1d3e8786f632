package replay

import (
	"fmt"
	"maps"
	"slices"

	"ehlo/transcript/script"
)

// expectations compares the lines of a reply, or of several, with what a
// transcript expects of them, and returns what was captured.
func (d *Diff) expectations(expect []script.Expectation, lines []string) map[string]string {
	captures := map[string]string{}
	keep := func(got map[string]string) { maps.Copy(captures, got) }
	at, last := 0, 0
	ordered := orderedOf(expect)
	rest := ordered
	for _, x := range expect {
		switch x.Op {
		case '+':
			d.mustContain(x, lines, keep)
		case '!':
			for _, line := range lines {
				if _, ok := x.Pattern.MatchAnywhere(line); ok {
					d.unmet("expect", x.Line, "does not want %q: got %q", x.Pattern, line)
				}
			}
		case '?':
			last = x.Line
			at = d.inOrder(rest, lines, at, keep)
			rest = rest[1:]
		}
	}
	if len(ordered) > 0 && at < len(lines) {
		d.add(true, Finding{What: "expect", Line: last, Text: fmt.Sprintf("%d lines more than expected, the first is %q", len(lines)-at, lines[at])})
	}
	return captures
}

// unmet adds that a line of the transcript has not got what it wants.
func (d *Diff) unmet(what string, line int, format string, args ...any) {
	d.add(true, Finding{What: what, Line: line, Text: fmt.Sprintf("line %d ", line) + fmt.Sprintf(format, args...)})
}

func (d *Diff) mustContain(x script.Expectation, lines []string, keep func(map[string]string)) {
	for _, line := range lines {
		if got, ok := x.Pattern.MatchAnywhere(line); ok {
			keep(got)
			return
		}
	}
	d.unmet("expect", x.Line, "expects %q somewhere in the reply", x.Pattern)
}

// inOrder matches the first of the expectations that are about the order of
// lines at lines[at], and returns where the next one begins.
func (d *Diff) inOrder(expect []script.Expectation, lines []string, at int, keep func(map[string]string)) int {
	x := expect[0]
	if x.Pattern.Any() {
		rest := expect[1:]
		if len(rest) == 0 {
			return len(lines)
		}
		if rest[0].Pattern.Any() {
			return at // that one is about the same lines
		}
		first := -1
		for i := at; i < len(lines); i++ {
			if _, ok := rest[0].Pattern.Match(lines[i]); !ok {
				continue
			}
			if first < 0 {
				first = i
			}
			if len(lines) > maxUnified || fits(rest, lines[i:]) {
				return i
			}
		}
		if first < 0 && !slices.ContainsFunc(rest, func(x script.Expectation) bool { return x.Pattern.Any() }) {
			return max(len(lines)-len(rest), at) // "..." is all but the last lines
		}
		return max(first, at) // where it does not fit is told from there on
	}
	if at >= len(lines) {
		d.unmet("expect", x.Line, "expects %q, and nothing came", x.Pattern)
		return at
	}
	got, ok := x.Pattern.Match(lines[at])
	if !ok {
		d.unmet("expect", x.Line, "expects %q: got %q", x.Pattern, lines[at])
		return at + 1
	}
	keep(got)
	return at + 1
}

// orderedOf returns those expectations that are about the order of lines.
func orderedOf(expect []script.Expectation) (out []script.Expectation) {
	for _, x := range expect {
		if x.Op == '?' {
			out = append(out, x)
		}
	}
	return out
}

// fits reports whether lines are just what is expected, where "..." may stand
// for any of them.
func fits(expect []script.Expectation, lines []string) bool {
	e, l, dots, from := 0, 0, -1, 0
	for l < len(lines) {
		if e < len(expect) && expect[e].Pattern.Any() {
			dots, from = e, l
			e++
			continue
		}
		if e < len(expect) {
			if _, ok := expect[e].Pattern.Match(lines[l]); ok {
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
	for e < len(expect) && expect[e].Pattern.Any() {
		e++
	}
	return e == len(expect)
}
