package convert

import (
	"slices"
	"strconv"
	"strings"

	"ehlo/session"
	"ehlo/transcript/lazy"
)

// curlFormat reads what curl -v prints. It shows commands and replies, and of
// content only how much there was.
func curlFormat() Format {
	return Format{
		Name: "curl", About: "curl -v",
		score: func(head []string) int {
			n, swap := count(head, curlMarks())
			if swap || !hasReply(head, curlMarks()) {
				return 0 // the same marks, and another meaning
			}
			for _, l := range head {
				if _, l, _ = cutTime(l); curlInfo().MatchString(l) {
					n++
				}
			}
			return n
		},
		timed: haveStamps(curlSaid),
		read: func(src *source, d *draft) {
			read := readGuessed // people type these marks too
			info := func(l string) bool {
				_, l, _ = cutTime(l)
				return curlInfo().MatchString(l)
			}
			if slices.ContainsFunc(peekHead(src), info) {
				read = readMarked
			}
			read(src, d, false, curlMarks(), nil)
		},
	}
}

var (
	curlSaid  = lazy.Regexp(`^([<>])(?: (.*))?$`)
	curlInfo  = lazy.Regexp(`^(?:.*[0-9:] {2,}[0-9:.kMG-]+)?\* ?(.*)$`) // the progress meter ends without a line end
	curlData  = lazy.Regexp(`^([{}]) \[(\d+) bytes data\]$`)
	curlEnd   = lazy.Regexp(`^curl: \(\d+\) `)
	curlMeter = lazy.Regexp(`^\s*%? *(?:Total|Dload|\d+) .*(?:--:--:--|Speed|Current|\d:\d\d:\d\d)|^\s+0 +0 +0`)

	curlConnected = lazy.Regexp(`^(?:Connected to|Established connection to) (\S+) \((\S+?)(?: port (\d+))?\)(?: port (\d+))?`)
	curlTLS       = lazy.Regexp(`^SSL connection using (\S+) / (\S+)`)
)

func curlMarks() marks {
	secure := false
	untimed := func(line string) []said {
		if line == ">." {
			line = "> ." // people type these marks too
		}
		if m := curlSaid().FindStringSubmatch(line); m != nil {
			return []said{{who: map[string]who{"<": theServer, ">": theClient}[m[1]], text: m[2], mark: m[1]}}
		}
		if m := curlData().FindStringSubmatch(line); m != nil {
			if m[1] == "{" {
				return []said{{who: noise}}
			}
			// Under TLS these are the heads of records; the sizes say nothing.
			n, _ := strconv.ParseInt(m[2], 10, 64)
			if secure {
				n = 0
			}
			return []said{{who: withheld, count: n}}
		}
		m := curlInfo().FindStringSubmatch(line)
		if m == nil {
			if curlMeter().MatchString(line) {
				return []said{{who: noise}}
			}
			if curlEnd().MatchString(line) {
				return []said{{who: aside, text: line}}
			}
			return []said{{text: line}}
		}
		s := curlSays(m[1])
		secure = secure && s.who != opened || s.who == securing
		return []said{s}
	}
	return func(line string) []said {
		at, rest, ok := cutTime(line)
		if !ok || rest == "" || !strings.Contains("<>{}*", rest[:1]) {
			return untimed(line)
		}
		all := untimed(rest) // --trace-time
		for i := range all {
			all[i].at = at
		}
		return all
	}
}

// curlSays reads a line of information.
func curlSays(text string) said {
	text = strings.TrimSpace(text)
	if m := curlConnected().FindStringSubmatch(text); m != nil {
		return said{who: opened, facts: []session.Fact{{Key: "host", Value: m[1]}, {Key: "addr", Value: address(m[2], m[3]+m[4])}}}
	}
	if m := curlTLS().FindStringSubmatch(text); m != nil {
		return said{who: securing, facts: []session.Fact{{Key: "version", Value: m[1]}, {Key: "cipher", Value: m[2]}}}
	}
	switch {
	case strings.HasPrefix(text, "Closing connection"), strings.HasPrefix(text, "closing connection"), strings.HasPrefix(text, "shutting down connection"):
		return said{who: closing, text: "client"}
	case strings.HasPrefix(text, "connect to ") && strings.Contains(text, "failed"), strings.HasPrefix(text, "Failed to connect"), strings.HasPrefix(text, "Could not resolve"):
		return said{who: failing, fault: session.FaultConnect, text: text}
	case strings.HasPrefix(text, "SSL certificate problem"), strings.HasPrefix(text, "SSL: "), strings.Contains(text, "SSL_connect"), strings.HasPrefix(text, "TLS connect error"):
		return said{who: failing, fault: session.FaultTLS, text: text}
	case strings.HasPrefix(text, "TLS"), strings.HasPrefix(text, "Trying "), strings.Contains(text, "left intact"), text == "":
		return said{who: noise}
	}
	return said{who: aside, text: text}
}
