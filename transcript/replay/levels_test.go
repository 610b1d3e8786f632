package replay

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"ehlo/transcript"
)

// TestEveryReplyAtEveryLevel: of what is wrong a recorded reply shows what its
// level promises, wherever it stands, and nothing else.
func TestEveryReplyAtEveryLevel(t *testing.T) {
	for _, d := range dialogues {
		t.Run(d.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { d.everyReply(t) })
		})
	}
}

func (d *dialogue) everyReply(t *testing.T) {
	recorded := func(lines []string) []string { return each(lines, func(l string) string { return "S: " + l }) }
	for at, p := range d.parts {
		file, from, to := d.file(at, recorded(p.server), recorded)
		all := wrong(p.server)
		all["right"] = answer{write: wire(p.server)}
		for name, a := range all {
			if a.then == "" && p.closes {
				a.then = "close"
			}
			lines, _ := a.lines()
			if !goesOn(p.server, lines) {
				continue
			}
			hello := len(p.client) > 0 && strings.Contains(p.client[0], "LHLO") || len(p.client) > 0 && strings.Contains(p.client[0], "EHLO")
			for level, same := range levelsOf(hello, p.server, lines) {
				same = same && a.then != "silence" && (a.then != "close" || p.closes) && strings.HasSuffix(a.write, "\n")
				rep := perform(t, file, d.stage(t, at, a, passwords), Options{Variables: passwords, Compare: CompareOptions{Level: level}, Continue: true})
				if place, told := firstDifference(rep); rep.Same != same || !same && (place < from-len(p.client) || place > to) {
					t.Errorf("%s, %s, lines %d to %d: same is %v, first at %d: %s\n%s\ngot %q, then %s\n%s", level, name, from, to, rep.Same, place, told, file, a.write, a.then, text(t, rep))
				}
			}
		}
	}
}

// repliesIn cuts lines into replies; what has no end is one too.
func repliesIn(lines []string) (out [][]string) {
	begun := false
	for _, l := range lines {
		if !begun {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], l)
		begun = len(l) > 3 && l[3] == '-'
	}
	return out
}

// levelsOf says which levels see no difference. It knows nothing of how that is
// found out: there are no dates, names and ids in these replies.
func levelsOf(hello bool, want, got []string) map[transcript.Level]bool {
	a, b := repliesIn(want), repliesIn(got)
	same := map[transcript.Level]bool{transcript.ByCode: len(a) == len(b), transcript.ByText: len(a) == len(b), transcript.ByOctets: slices.Equal(want, got)}
	for i := 0; i < len(a) && i < len(b); i++ {
		code := slices.Equal(codesOf(a[i]), codesOf(b[i])) && enhancedOf(a[i]) == enhancedOf(b[i])
		text := slices.EqualFunc(a[i], b[i], func(x, y string) bool { return x[4:] == y[4:] })
		if hello && a[i][0][0] == '2' {
			then, now := offersOf(a[i]), offersOf(b[i])
			for keyword := range then {
				_, offered := now[keyword]
				code = code && offered
			}
			text = maps.Equal(then, now) && a[i][0][4:] == b[i][0][4:]
		}
		same[transcript.ByCode] = same[transcript.ByCode] && code
		same[transcript.ByText] = same[transcript.ByText] && code && text
	}
	return same
}

// codesOf are the code of a reply, and those of its lines that have another.
func codesOf(reply []string) []string {
	last := reply[len(reply)-1][:3]
	codes := []string{last}
	for _, l := range reply {
		if l[:3] != last {
			codes = append(codes, l[:3])
		}
	}
	slices.Sort(codes[1:])
	return codes
}

func enhancedOf(reply []string) string {
	code, _, _ := strings.Cut(reply[len(reply)-1][4:], " ")
	if strings.Count(code, ".") != 2 {
		return ""
	}
	return code
}

func offersOf(reply []string) map[string]string {
	out := map[string]string{}
	for _, l := range reply[1:] {
		keyword, parameters, _ := strings.Cut(l[4:], " ")
		out[strings.ToUpper(keyword)] = parameters
	}
	return out
}
