package convert

import (
	"strings"

	"ehlo/session"
	"ehlo/transcript/lazy"
)

// postfixFormat reads Postfix' log with debug_peer_list or -v: < and > are the
// view of the program that wrote the line, smtpd a server, smtp a client.
func postfixFormat() Format {
	return Format{
		Name: "postfix", About: "verbose log of Postfix",
		score: func(head []string) int { n, _ := count(head, postfixMarks); return n * 2 },
		timed: haveTimes,
		read:  func(src *source, d *draft) { readMarked(src, d, false, postfixMarks, nil) },
	}
}

var (
	postfixLine  = lazy.Regexp(`([\w./-]*(?:smtpd|smtp|lmtp|postscreen|qmqpd|smtps|submission)\[(\d+)\]): (.*)$`)
	postfixSaid  = lazy.Regexp(`^([<>]) ([^\s\[]*)\[([^\]]*)\](?::(\d+))?: ?(.*)$`)
	postfixTLS   = lazy.Regexp(`TLS connection established (?:from|to) .*?: (\S+) with cipher (\S+)`)
	postfixPeer  = lazy.Regexp(`^connect from ([^\s\[]+)\[([^\]]+)\]`)
	postfixEnded = lazy.Regexp(`^(disconnect|lost connection|timeout)\b.* from `)
)

func postfixMarks(line string) []said {
	at, _, _ := cutTime(line)
	m := postfixLine().FindStringSubmatch(line)
	if m == nil {
		return []said{{text: line}}
	}
	s := said{conn: m[2], at: at}
	program, text := m[1], m[3]
	isServer := strings.Contains(program, "smtpd[") || strings.Contains(program, "postscreen[")
	if p := postfixSaid().FindStringSubmatch(text); p != nil {
		s.text, s.who = p[5], theClient
		if (p[1] == ">") == isServer {
			s.who = theServer
		}
		return []said{s}
	}
	if t := postfixTLS().FindStringSubmatch(text); t != nil {
		s.who, s.facts = securing, []session.Fact{{Key: "version", Value: t[1]}, {Key: "cipher", Value: t[2]}}
		return []said{s}
	}
	switch {
	case isServer && postfixPeer().MatchString(text):
		c := postfixPeer().FindStringSubmatch(text)
		s.who, s.facts = opened, []session.Fact{{Key: "from", Value: c[2]}}
	case postfixEnded().MatchString(text):
		s.who = closing
		if isServer && !strings.HasPrefix(text, "disconnect") {
			s.text = "client"
		}
	default:
		s.who = noise
	}
	return []said{s}
}

// noticeFormat reads what Postfix mails to a postmaster: "Transcript of session
// follows". Out and In are the view of Postfix, server or client.
func noticeFormat() Format {
	return Format{
		Name: "postfix-notice", About: `"Transcript of session follows" of Postfix`,
		score: func(head []string) int { n, _ := count(head, noticeMarks); return n * 2 },
		read: func(src *source, d *draft) {
			_, swap := count(peekHead(src), noticeMarks)
			readMarked(src, d, swap, noticeMarks, noticeWrap(d, src))
		},
	}
}

var noticeLine = lazy.Regexp(`^\s*(In|Out):(?: {1,2}(.*))?$`)

func noticeMarks(line string) []said {
	if m := noticeLine().FindStringSubmatch(line); m != nil {
		if m[1] == "In" {
			return []said{{who: theClient, text: m[2]}}
		}
		return []said{{who: theServer, text: m[2]}}
	}
	text := strings.TrimSpace(line)
	switch {
	case strings.HasPrefix(text, "Session aborted, reason: lost connection"), strings.HasPrefix(text, "Session aborted, reason: timeout"):
		return []said{{who: closing, text: "client"}}
	case strings.HasPrefix(text, "Transcript of session follows"):
		return []said{{who: noise}}
	}
	return []said{{text: line}}
}

// noticeWrap joins what Postfix has wrapped at 78 columns, indented by four
// more.
func noticeWrap(d *draft, src *source) func(*said, string) bool {
	return func(last *said, line string) bool {
		if last.who != theClient && last.who != theServer || !strings.HasPrefix(line, "    ") || strings.TrimSpace(line) == "" {
			return false
		}
		d.warnAt(src.line, "a wrapped line was joined to the one before")
		last.text += " " + strings.TrimSpace(line)
		return true
	}
}
