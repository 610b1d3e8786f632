package convert

import (
	"strings"

	"ehlo/transcript"
	"ehlo/transcript/lazy"
)

// blocksFormat reads what shows who speaks in a line of its own, and below it
// what he said: socat -v and ngrep.
//
//	> 2026/11/23 18:50:12.000123  length=16 from=0 to=15
//	EHLO client.test.example\r
func blocksFormat() Format {
	return Format{
		Name: "blocks", About: "socat -v, ngrep",
		score: func(head []string) int {
			n := 0
			for _, l := range head {
				if _, _, ok := blockHead(l); ok {
					n += 5
				}
			}
			return n
		},
		read: readBlocks,
	}
}

var (
	socatHead = lazy.Regexp(`^([<>]) \d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d+)?\s+length=\d+ from=\d+ to=\d+$`)
	ngrepHead = lazy.Regexp(`^T (?:\d{4}/\d\d/\d\d [\d:.]+ )?(\S+:\d+) -> (\S+:\d+) \[[A-Z]+\]`)
	ngrepMark = lazy.Regexp(`^#+$|^(?:interface|filter|match): `)
	dotted    = lazy.Regexp(`\.\.([2-5]\d\d[ -]|[A-Z]{4,8}\b|$)`)
)

// blockHead reports whose octets follow, and whether dots stand for what
// cannot be printed.
func blockHead(line string) (who string, dots, ok bool) {
	if m := socatHead().FindStringSubmatch(line); m != nil {
		return m[1], false, true
	}
	if m := ngrepHead().FindStringSubmatch(line); m != nil {
		return m[1], true, true
	}
	return "", false, false
}

func readBlocks(src *source, d *draft) {
	d.lossy = true
	server := greeter(peekHead(src))
	who, dots, warned := "", false, false
	for {
		line, ok := src.next()
		if !ok {
			return
		}
		d.line = src.line
		if whose, dotted, ok := blockHead(line); ok {
			who, dots = whose, dotted
			continue
		}
		if ngrepMark().MatchString(line) || line == "" && dots {
			continue
		}
		if who == "" {
			d.unknown(line)
			continue
		}
		dir := transcript.FromClient
		if who == server {
			dir = transcript.FromServer
		}
		if !dots {
			text, cr := strings.CutSuffix(line, `\r`)
			text = strings.ReplaceAll(text, `\\`, `\`)
			if !cr {
				d.octets(dir, []byte(text+"\n"))
				continue
			}
			d.say(dir, text)
			continue
		}
		if !warned {
			warned = true
			d.warn("dots stand for what cannot be printed; those that are line ends are a guess")
		}
		for part := range strings.SplitSeq(dotted().ReplaceAllString(strings.TrimSuffix(strings.TrimSuffix(line, "."), "."), "\n$1"), "\n") {
			d.say(dir, part)
		}
	}
}

// greeter finds who says the first reply.
func greeter(head []string) string {
	who := ""
	for _, l := range head {
		if whose, _, ok := blockHead(l); ok {
			who = whose
		} else if who != "" && replyLike().MatchString(l) {
			return who
		}
	}
	return ""
}
