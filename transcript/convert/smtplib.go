package convert

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"ehlo/session"
	"ehlo/transcript/lazy"
)

// smtplibFormat reads what Python's smtplib prints with set_debuglevel(1) or
// (2): the octets, as literals of Python.
func smtplibFormat() Format {
	return Format{
		Name: "smtplib", About: "debug output of Python's smtplib",
		score: func(head []string) int { n, _ := count(head, smtplibMarks); return n * 2 },
		timed: haveStamps(smtplibLine),
		read:  func(src *source, d *draft) { readMarked(src, d, false, smtplibMarks, smtplibWrap) },
	}
}

var (
	smtplibLine = lazy.Regexp(`^(send|reply|connect|data|starttls): ?(.*)$`)
	smtplibTo   = lazy.Regexp(`^(?:to )?\('([^']*)', (\d+)`)
)

func smtplibMarks(line string) []said {
	at, rest, _ := cutTime(line)
	m := smtplibLine().FindStringSubmatch(rest)
	if m == nil {
		return []said{{text: line}}
	}
	who := theServer
	switch m[1] {
	case "connect":
		if to := smtplibTo().FindStringSubmatch(m[2]); to != nil {
			return []said{{who: opened, at: at, facts: []session.Fact{{Key: "host", Value: to[1]}, {Key: "addr", Value: address(to[1], to[2])}}}}
		}
		return []said{{who: noise}}
	case "data", "starttls":
		return []said{{who: noise}} // the reply again
	case "send":
		who = theClient
	case "reply":
		if strings.HasPrefix(m[2], "retcode") {
			return []said{{who: noise}}
		}
	}
	text, whole, ok := pythonLiteral(m[2])
	switch {
	case !ok && who == theClient:
		return []said{{who: who, at: at, text: m[2]}} // Python 2 of old, and others
	case !ok:
		return []said{{text: line}}
	case !whole:
		return []said{{who: who, at: at, text: m[2], bytes: []byte{}}}
	case len(text) == 0:
		return []said{{who: noise}}
	}
	return []said{{who: who, at: at, bytes: text}}
}

// smtplibWrap joins a literal that a terminal or a mail has cut.
func smtplibWrap(last *said, line string) bool {
	if last.bytes == nil || last.text == "" {
		return false
	}
	if smtplibLine().MatchString(line) || len(last.text) > 1<<20 {
		last.bytes = nil // no end will come: as it stands
		return false
	}
	last.text += line
	if text, whole, ok := pythonLiteral(last.text); ok && whole {
		last.bytes, last.text = text, ""
	}
	return true
}

// pythonLiteral reads a literal of bytes or str. Whole is false if its end is
// missing.
func pythonLiteral(s string) (out []byte, whole, ok bool) {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "b"), "u")
	if s == "" || s[0] != '\'' && s[0] != '"' {
		return nil, false, false
	}
	quote := s[0]
	for i := 1; i < len(s); i++ {
		c := s[i]
		if c == quote {
			return out, true, true
		}
		if c != '\\' {
			out = append(out, c)
			continue
		}
		if i++; i >= len(s) {
			return out, false, true
		}
		switch e := s[i]; e {
		case 'r':
			out = append(out, '\r')
		case 'n':
			out = append(out, '\n')
		case 't':
			out = append(out, '\t')
		case '0', 'a', 'b', 'f', 'v':
			out = append(out, map[byte]byte{'0': 0, 'a': 7, 'b': 8, 'f': 12, 'v': 11}[e])
		case 'x', 'u', 'U':
			n := map[byte]int{'x': 2, 'u': 4, 'U': 8}[e]
			if i+n >= len(s) {
				return out, false, true
			}
			v, err := strconv.ParseUint(s[i+1:i+1+n], 16, 32)
			switch {
			case err != nil:
				out = append(out, '\\', e)
				n = 0
			case e == 'x':
				out = append(out, byte(v))
			default:
				out = utf8.AppendRune(out, rune(v))
			}
			i += n
		case '\\', '\'', '"':
			out = append(out, e)
		default:
			out = append(out, '\\', e)
		}
	}
	return out, false, true
}
