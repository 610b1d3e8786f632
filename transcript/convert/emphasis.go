package convert

import (
	"fmt"
	"strings"
)

// emphasis is what people put around the lines of one side to make them stand
// out: the marks of Markdown, of wikis, of forums, or quotes.
type emphasis struct{ open, end string }

var emphases = []emphasis{
	{"**", "**"}, {"__", "__"}, {"'''", "'''"}, {"``", "``"}, {"*", "*"}, {"`", "`"}, {"''", "''"},
	{"[b]", "[/b]"}, {"[i]", "[/i]"}, {"[code]", "[/code]"}, {"{{", "}}"}, {"“", "”"}, {`"`, `"`}, {"‘", "’"}, {"'", "'"},
}

// cut takes it off a line that has it.
func (e emphasis) cut(l string) string {
	inner, ok := e.inside(l)
	if !ok {
		return l
	}
	return inner
}

func (e emphasis) inside(l string) (string, bool) {
	if e.open == "" || len(l) < len(e.open)+len(e.end) {
		return "", false
	}
	rest, ok := strings.CutPrefix(strings.TrimRight(l, " \t"), e.open)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(rest, e.end)
}

// emphasised finds what stands around all commands, and so around the content
// too. What stands around some of them only is left to whoever knows which
// lines are commands.
func (s *source) emphasised(lines []string) {
	counts := make([]int, len(emphases))
	for _, l := range lines {
		l = l[min(s.indent, len(l)):]
		if commandLike().MatchString(l) {
			return
		}
		for i, e := range emphases {
			if inner, ok := e.inside(l); ok && commandLike().MatchString(inner) {
				counts[i]++
				break
			}
		}
	}
	for i, n := range counts {
		if n > 1 {
			s.pair = emphases[i]
			s.warn(1, fmt.Sprintf("the commands stand between %s and %s; these were taken away", s.pair.open, s.pair.end))
			return
		}
	}
}
