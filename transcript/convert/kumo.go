package convert

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"ehlo/session"
	"ehlo/transcript/lazy"
)

// kumoFormat reads kcli trace-smtp-server and trace-smtp-client of KumoMTA.
func kumoFormat() Format {
	return Format{
		Name: "kumo", About: "kcli trace-smtp-server of KumoMTA",
		score: func(head []string) int { n, _ := count(head, kumoMarks); return n * 2 },
		timed: func([]string) bool { return true },
		read: func(src *source, d *draft) {
			_, swap := count(peekHead(src), kumoMarks)
			readMarked(src, d, swap, kumoClock(), nil)
		},
	}
}

var (
	kumoLine = lazy.Regexp(`^\[(\S*)\]\s+(?:([\d.]+(?:ns|µs|us|ms|s))\s+)?(===|->|<-)(?: {1,2}(.*))?$`)
	kumoAt   = lazy.Regexp(`^Connected (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)`)
)

// kumoClock adds to each lapse when its connection was opened.
func kumoClock() marks {
	opened := map[string]time.Time{}
	return func(line string) []said {
		all := kumoMarks(line)
		s := &all[0]
		if m := kumoAt().FindStringSubmatch(s.text); m != nil && len(opened) < maxFlows {
			if at, err := time.Parse("2006-01-02 15:04:05", m[1]+" "+m[2]); err == nil {
				opened[s.conn] = at
			}
		}
		if at, ok := opened[s.conn]; ok {
			s.at = at.Add(s.at.Sub(time.Time{}))
		}
		return all
	}
}

func kumoMarks(line string) []said {
	m := kumoLine().FindStringSubmatch(line)
	if m == nil {
		return []said{{text: line}}
	}
	s := said{conn: m[1]}
	if lapse, err := time.ParseDuration(m[2]); err == nil {
		s.at = time.Time{}.Add(lapse)
	}
	switch {
	case m[3] == "->":
		s.who, s.text = theClient, rustUnescape(m[4])
	case m[3] == "<-":
		s.who, s.text = theServer, rustUnescape(m[4])
	case strings.HasPrefix(m[4], "Connected"):
		s.who, s.text = opened, m[4]
		from, to, _ := strings.Cut(m[1], "->")
		s.facts = []session.Fact{{Key: "addr", Value: to}, {Key: "from", Value: from}}
	case m[4] == "Closed":
		s.who = closing
	case strings.HasPrefix(m[4], "bytes read="):
		s.who = withheld
	case strings.HasPrefix(m[4], "conn_meta"), strings.HasPrefix(m[4], "Message "), strings.Contains(m[4], ": Ok"):
		s.who = noise
	default:
		s.who, s.text = aside, m[4]
	}
	return []said{s}
}

// rustUnescape resolves what Rust's escape_debug writes.
func rustUnescape(text string) string {
	if strings.IndexByte(text, '\\') < 0 {
		return text
	}
	var b []byte
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b = append(b, text[i])
			continue
		}
		i++
		switch c := text[i]; c {
		case 'r':
			b = append(b, '\r')
		case 'n':
			b = append(b, '\n')
		case 't':
			b = append(b, '\t')
		case '0':
			b = append(b, 0)
		case 'u':
			end := strings.IndexByte(text[i:], '}')
			if end > 2 && text[i+1] == '{' {
				if v, err := strconv.ParseUint(text[i+2:i+end], 16, 32); err == nil {
					b = utf8.AppendRune(b, rune(v))
					i += end
					continue
				}
			}
			b = append(b, '\\', c)
		default:
			b = append(b, c)
		}
	}
	return string(b)
}
