package convert

import (
	"strings"
	"time"

	"ehlo/session"
	"ehlo/transcript/lazy"
)

// phpmailerFormat reads PHPMailer's debug output, as text, as HTML, in a log,
// or from a browser, where its lines run together.
func phpmailerFormat() Format {
	return Format{
		Name: "phpmailer", About: "debug output of PHPMailer",
		score: func(head []string) int { n, _ := count(head, phpmailerMarks); return n * 2 },
		timed: haveTimes,
		read: func(src *source, d *draft) {
			readMarked(src, d, false, phpmailerMarks, func(last *said, line string) bool { return phpmailerWrap(d, src, last, line) })
		},
	}
}

var (
	phpmailerMark = lazy.Regexp(`(?:\[?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\]?[ \t]+)?(?:SMTP\[\d\] )?(SERVER -> CLIENT|CLIENT -> SERVER|SMTP -> FROM SERVER|SMTP -> get_lines\(\)|SMTP INBOUND|SMTP ERROR|SMTP Error|SMTP NOTICE|Connection failed|Connection|Auth method requested|Auth methods available|Auth method selected): ?`)
	phpmailerLog  = lazy.Regexp(`(?: \[\] \[\]|(?:\\r\\n)?, referer: \S+)$`)
	phpmailerTo   = lazy.Regexp(`opening to (\S+?):(\d+)`)
	phpmailerMore = lazy.Regexp(`^\s+([2-5]\d\d[ -].*)$`)
)

func phpmailerMarks(line string) []said {
	at, _, _ := cutTime(line)
	found := phpmailerMark().FindAllStringSubmatchIndex(line, -1)
	if found == nil {
		return []said{{text: line}}
	}
	var all []said
	for i, m := range found {
		end := len(line)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		text := phpmailerLog().ReplaceAllString(line[m[1]:end], "")
		text = strings.TrimRight(strings.ReplaceAll(text, `\r\n`, "\r\n"), "\r\n")
		if len(found) > 1 { // a browser had joined the lines
			text = strings.TrimRight(text, " \r\n")
		}
		if t, _, ok := cutTime(line[m[0]:m[1]]); ok {
			at = t
		}
		all = append(all, phpmailerSaid(line[m[2]:m[3]], text, at)...)
	}
	return all
}

func phpmailerSaid(mark, text string, at time.Time) []said {
	switch mark {
	case "CLIENT -> SERVER":
		return []said{{who: theClient, text: text, at: at}}
	case "SERVER -> CLIENT", "SMTP -> FROM SERVER":
		if text == "" {
			return []said{{who: noise}}
		}
		return unglue(text, at)
	case "Connection":
		if m := phpmailerTo().FindStringSubmatch(text); m != nil {
			return []said{{who: opened, at: at, facts: []session.Fact{{Key: "host", Value: m[1]}, {Key: "addr", Value: address(m[1], m[2])}}}}
		}
		switch text {
		case "opened":
			return []said{{who: noise}}
		case "closed":
			return []said{{who: closing, at: at, text: "client"}}
		}
		return []said{{who: aside, text: mark + ": " + text}}
	case "Connection failed":
		return []said{{who: failing, fault: session.FaultConnect, text: mark + ": " + text, at: at}}
	case "SMTP ERROR", "SMTP Error":
		return []said{{who: failing, text: mark + ": " + text, at: at}}
	case "SMTP INBOUND", "SMTP -> get_lines()":
		return []said{{who: noise}} // what comes again as a whole
	}
	return []said{{who: aside, text: mark + ": " + text}}
}

// unglue gives the lines of a reply whose line ends a browser has taken away:
// each begins with the same code.
func unglue(text string, at time.Time) []said {
	all := []said{}
	for len(text) > 4 && text[3] == '-' && replyLike().MatchString(text) {
		code := text[:3]
		next := -1
		for i := 4; i+4 <= len(text); i++ {
			if text[i:i+3] == code && (text[i+3] == '-' || text[i+3] == ' ') {
				next = i
				break
			}
		}
		if next < 0 {
			break
		}
		s := said{who: theServer, text: strings.TrimRight(text[:next], " \r\n"), at: at}
		if len(all) == 0 {
			s.guessed("the lines of this reply had run together; where they begin is a guess")
		}
		all = append(all, s)
		text = text[next:]
	}
	return append(all, said{who: theServer, text: text, at: at})
}

// phpmailerWrap takes the further lines of a reply, which are set in, and
// those of the options, which nobody needs.
func phpmailerWrap(_ *draft, src *source, last *said, line string) bool {
	if phpmailerMark().MatchString(line) {
		return false
	}
	if last.who == theServer {
		if m := phpmailerMore().FindStringSubmatch(line); m != nil || replyLike().MatchString(line) {
			more := strings.TrimSpace(line)
			last.bytes = append(last.wire(), more+"\r\n"...)
			return true
		}
	}
	return strings.TrimSpace(line) == "" || strings.HasPrefix(line, "       ") && last.who != theClient
}

// wire returns the octets of a line.
func (s *said) wire() []byte {
	if s.bytes != nil {
		return s.bytes
	}
	return []byte(s.text + "\r\n")
}
