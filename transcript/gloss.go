package transcript

import (
	"strings"

	"ehlo/transcript/lazy"
)

var (
	// arrowed is a remark with a mark that no command and no reply has.
	arrowed = lazy.Regexp(`\s+(?:<-{1,9}|←|<={1,9})\s+(\S.*)$|\s+(?:<-{1,9}|←)(\S.*)$`)
	// setOff is a remark that blanks set off.
	setOff = lazy.Regexp(`(?: {2,}|\t)\s*(?:#|//|--|;|←)\s*(\S.*)$`)
	// party is who says it, behind what he says.
	party = lazy.Regexp(`\s+\(((?i:server|client|you|me))\)$`)
	// behind is a remark behind a command: nothing there begins so.
	behind = lazy.Regexp(`\s+(?:#|//)\s+(\S.*)$|(?: {2,}|\t)\s*\(([^()]*)\)$`)
)

// CutRemark parts a line of a pasted dialogue from what somebody has written
// behind it: <-- so, # or so. It is for commands and replies; content may hold
// anything.
func CutRemark(line string, dir Dir) (rest, remark string) {
	rules := []func() []int{
		func() []int { return arrowed().FindStringSubmatchIndex(line) },
		func() []int { return setOff().FindStringSubmatchIndex(line) },
		func() []int { return party().FindStringSubmatchIndex(line) },
	}
	if dir == FromClient {
		rules = append(rules, func() []int { return behind().FindStringSubmatchIndex(line) })
	}
	for _, rule := range rules {
		m := rule()
		if m == nil || strings.TrimSpace(line[:m[0]]) == "" {
			continue
		}
		for i := 2; i < len(m); i += 2 {
			if m[i] >= 0 {
				remark = line[m[i]:m[i+1]]
			}
		}
		return strings.TrimRight(line[:m[0]], " \t"), strings.TrimSpace(remark)
	}
	return line, ""
}
