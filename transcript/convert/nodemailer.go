package convert

import (
	"strings"

	"ehlo/session"
	"ehlo/transcript/lazy"
)

// nodemailerFormat reads the log of nodemailer, with debug: true. Content has
// no mark of its own there.
func nodemailerFormat() Format {
	return Format{
		Name: "nodemailer", About: "log of nodemailer",
		score: func(head []string) int { n, _ := count(head, nodemailerMarks()); return n * 2 },
		timed: haveTimes,
		read:  func(src *source, d *draft) { readMarked(src, d, false, nodemailerMarks(), nil) },
	}
}

var (
	nodemailerLine = lazy.Regexp(`^(TRACE|DEBUG|INFO|WARN|ERROR|FATAL) +(?:\[([^\]\s]+)\] ?)?(.*)$`)
	nodemailerSaid = lazy.Regexp(`^([CS]): ?(.*)$`)
	nodemailerSize = lazy.Regexp(`^<\d+ bytes encoded mime message`)
	nodemailerTo   = lazy.Regexp(`^(?:Secure c|C)onnection established to (\S+):(\d+)`)
)

func nodemailerMarks() marks {
	content := map[string]bool{} // connections in which content goes out
	replies := map[string]bool{} // and in which a reply goes on: its other lines have no S:
	return func(line string) []said {
		at, rest, ok := cutTime(line)
		m := nodemailerLine().FindStringSubmatch(rest)
		if m == nil || !ok {
			return []said{{text: line}}
		}
		conn, text := m[2], m[3]
		if nodemailerSize().MatchString(strings.TrimPrefix(text, "C: ")) {
			if content[conn] {
				delete(content, conn)
				return []said{{who: withheld, conn: conn, at: at}}
			}
			return []said{{who: noise}}
		}
		if c := nodemailerSaid().FindStringSubmatch(text); c != nil {
			who := theClient
			if delete(replies, conn); c[1] == "S" {
				who = theServer
				if len(replies) < 1000 && unfinishedReply([]byte(c[2])) {
					replies[conn] = true
				}
				if len(content) < 1000 && strings.HasPrefix(c[2], "354") {
					content[conn] = true
				} else {
					delete(content, conn)
				}
			}
			return []said{{who: who, text: c[2], conn: conn, at: at}}
		}
		if replies[conn] && m[1] == "DEBUG" && replyLike().MatchString(text) {
			replies[conn] = unfinishedReply([]byte(text))
			return []said{{who: theServer, text: text, conn: conn, at: at}}
		}
		if content[conn] && m[1] == "DEBUG" {
			if text == "." {
				delete(content, conn)
			}
			return []said{{who: theClient, text: text, conn: conn, at: at}}
		}
		return []said{nodemailerInfo(text, conn, said{conn: conn, at: at})}
	}
}

func nodemailerInfo(text, conn string, s said) said {
	if m := nodemailerTo().FindStringSubmatch(text); m != nil {
		s.who = opened
		s.facts = []session.Fact{{Key: "host", Value: m[1]}, {Key: "addr", Value: address(m[1], m[2])}}
		if strings.HasPrefix(text, "Secure") {
			s.facts = append(s.facts, session.Fact{Key: "tls", Value: "implicit"})
		}
		return s
	}
	switch {
	case strings.HasPrefix(text, "Connection upgraded with STARTTLS"):
		s.who = securing
	case strings.HasPrefix(text, "Connection closed"), strings.HasPrefix(text, "Closing connection"), strings.HasPrefix(text, "Client closed"):
		s.who, s.text = closing, "client"
	case conn == "":
		s.who = noise
	default:
		s.who, s.text = aside, text
	}
	return s
}
