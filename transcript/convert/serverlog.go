package convert

import (
	"slices"
	"strings"
	"time"

	"ehlo/session"
	"ehlo/transcript/lazy"
)

// The logs of two servers that people paste often: hMailServer's, with tabs,
// and the protocol log of Exchange, with commas. Both log for either side, so
// which of the marks is the server's is told by the replies behind it.
var (
	hmailLine    = lazy.Regexp(`^"SMTP[DC]"\t.*\t"(SENT|RECEIVED): (.*)"$`)
	hmailTime    = lazy.Regexp(`\t"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+)"\t`)
	exchangeLine = lazy.Regexp(`^(\d{4}-\d\d-\d\dT[\d:.]+Z),[^,]*,([0-9A-F]{8,}),\d+,([^,]*),([^,]*),([<>+*-]),(?:"((?:[^"]|"")*)"|(.*?)),([^,]*)$`)
	exchangeHead = lazy.Regexp(`^#(?:Software|Version|Log-type|Date|Fields): `)
)

func serverLog(line string) (said, bool) {
	if m := hmailLine().FindStringSubmatch(line); m != nil {
		s := said{who: theClient, text: m[2]}
		if m[1] == "RECEIVED" {
			s.who = theServer
		}
		if strings.Contains(m[2], "[nl]") {
			s.bytes = []byte(strings.ReplaceAll(m[2], "[nl]", "\r\n") + "\r\n")
		}
		if at := hmailTime().FindStringSubmatch(line); at != nil {
			s.at, _ = time.Parse("2006-01-02 15:04:05", at[1])
		}
		return s, true
	}
	if m := exchangeLine().FindStringSubmatch(line); m != nil {
		return exchangeSaid(m), true
	}
	if exchangeHead().MatchString(line) {
		return said{who: aside, text: line}, true
	}
	return said{}, false
}

func exchangeSaid(m []string) said {
	s := said{who: theClient, conn: m[2], text: strings.ReplaceAll(m[6], `""`, `"`) + m[7]}
	s.at, _ = time.Parse(time.RFC3339, m[1])
	listens := strings.HasSuffix(m[3], ":25") || strings.HasSuffix(m[3], ":587") || strings.HasSuffix(m[3], ":465") || strings.HasSuffix(m[3], ":2525")
	switch m[5] {
	case "<":
		s.who = theServer
	case "+":
		local, remote := session.Fact{Key: "from", Value: m[3]}, session.Fact{Key: "addr", Value: m[4]}
		if listens {
			local.Key, remote.Key = remote.Key, local.Key
		}
		s.who, s.facts = opened, []session.Fact{local, remote}
	case "-":
		if s.who, s.text = closing, "client"; (m[8] == "Local") == listens {
			s.text = "server"
		}
	case "*":
		if s.who = aside; m[8] != "" {
			s.text = strings.TrimSpace(s.text + " " + m[8])
		}
	}
	return s
}

// timedLog reports whether a head has a server's log with times.
func timedLog(head []string) bool {
	return slices.ContainsFunc(head, func(l string) bool {
		s, ok := serverLog(l)
		return ok && !s.at.IsZero()
	})
}
