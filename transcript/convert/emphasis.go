package convert

import (
	"fmt"
	"strings"

	"ehlo/transcript/lazy"
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

// lineEnd is what logs and editors show for CR, and for the end of a line.
var lineEnd = lazy.Regexp(`(?:\?|\^M\$?|␍␊?) *$`)

// ended finds what stands at the end of every reply and of every command.
// multilog writes a question mark for CR, cat -v ^M.
func (s *source) ended(lines []string) {
	counts, all := map[string]int{}, 0
	for _, l := range lines {
		at := saidAt(l)
		if at < 0 && !commandLike().MatchString(strings.TrimLeft(l, " \t")) {
			bare := strings.TrimRight(strings.TrimSuffix(l, lineEnd().FindString(l)), " ")
			if at = saidAt(bare); at < 0 {
				continue
			}
		}
		all++
		counts[lineEnd().FindString(l)]++
	}
	for end, n := range counts {
		if end != "" && n > 2 && n*10 >= all*9 {
			s.end = end
			s.warn(1, fmt.Sprintf("%s stands at the end of every line that somebody said, for the end of the line; it was taken away", strings.TrimSpace(end)))
			return
		}
	}
}
