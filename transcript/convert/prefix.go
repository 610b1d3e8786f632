package convert

import (
	"regexp"
	"strings"

	"ehlo/transcript/lazy"
)

// A prefix is what a log, or a program that shows the times, puts before each
// line of a dialogue that has no other marks. Digits in it change from line to
// line, the rest does not:
//
//	[14:22:01] 220 mx.test.example ESMTP
//	[14:22:03] EHLO client.test.example
type prefix struct {
	re    func() *regexp.Regexp
	piped bool // it ends in a bar, as docker-compose writes it
}

// maxPrefix bounds how long a prefix is taken for one.
const maxPrefix = 80

var (
	prefixedReply = lazy.Regexp(`^(.*?\s)[2-5][0-9][0-9](?:[ -]|$)`)
	digits        = lazy.Regexp(`[0-9]+`)
)

// findPrefix finds the prefix that most lines of a head have. Before a command
// it must stand too: else it is the mark of one side.
func findPrefix(head []string) prefix {
	shapes := map[string]int{}
	for _, l := range head {
		if m := prefixedReply().FindStringSubmatch(l); m != nil && len(m[1]) <= maxPrefix && strings.TrimSpace(m[1]) != "" {
			shapes[prefixShape(m[1])]++
		}
	}
	best, most := "", 1
	for shape, n := range shapes {
		if n > most || n == most && shape < best {
			best, most = shape, n
		}
	}
	if best == "" {
		return prefix{}
	}
	p := prefix{re: lazy.Regexp("^" + best)}
	lines, with, commands := 0, 0, 0
	for _, l := range head {
		if strings.TrimSpace(l) == "" {
			continue
		}
		lines++
		if rest, ok := p.cut(l); ok {
			with++
			if commandLike().MatchString(rest) {
				commands++
			}
		}
	}
	if with*2 <= lines || commands == 0 {
		return prefix{}
	}
	return p
}

// prefixShape makes a regular expression of a prefix. Numbers may be set to the
// right; behind the prefix other blanks are the line's own.
func prefixShape(prefix string) string {
	inner := strings.TrimRight(strings.TrimLeft(prefix, " "), " \t")
	behind := prefix[len(strings.TrimRight(prefix, " \t")):]
	return `\s*` + strings.ToValidUTF8(digits().ReplaceAllString(regexp.QuoteMeta(inner), "[0-9]+"), ".+?") + behind
}

// cut takes the prefix off a line that has it.
func (p prefix) cut(line string) (rest string, ok bool) {
	if p.re == nil {
		return line, false
	}
	if at := p.re().FindStringIndex(line); at != nil {
		return line[at[1]:], true
	}
	// Of an empty line an editor has taken the blank away.
	if at := p.re().FindStringIndex(line + " "); at != nil {
		return "", true
	}
	return line, false
}

// tableEnd is what stands behind a row of a table.
var tableEnd = lazy.Regexp(`(?:^|\s+)\|+(?:\s+\|+)*\s*$`)

// bars reports whether the lines are rows of a table: bars stand before and
// behind them.
func (b *bare) bars(head []string) bool {
	with, all := 0, 0
	for _, l := range head {
		if rest, ok := b.prefix.cut(l); ok && rest != "" {
			if all++; tableEnd().MatchString(rest) {
				with++
			}
		}
	}
	return with > 3 && with*10 >= all*9
}

// uncut takes away what stands before a line, and the bars behind it.
func (b *bare) uncut(line string) string {
	line, _ = b.prefix.cut(line)
	if b.barred {
		line = tableEnd().ReplaceAllString(line, "")
	}
	return line
}
