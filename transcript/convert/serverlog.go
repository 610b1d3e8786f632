package convert

import (
	"strings"

	"ehlo/transcript/lazy"
)

// The logs of two servers that people paste often: hMailServer's, with tabs,
// and the protocol log of Exchange, with commas. Both log for either side, so
// which of the marks is the server's is told by the replies behind it.
var (
	hmailLine    = lazy.Regexp(`^"SMTP[DC]"\t.*\t"(SENT|RECEIVED): (.*)"$`)
	exchangeLine = lazy.Regexp(`^\d{4}-\d\d-\d\dT[\d:.]+Z,[^,]*,([0-9A-F]{8,}),\d+,[^,]*,[^,]*,([<>]),(?:"((?:[^"]|"")*)"|(.*?)),[^,]*$`)
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
		return s, true
	}
	if m := exchangeLine().FindStringSubmatch(line); m != nil {
		s := said{who: theClient, conn: m[1], text: strings.ReplaceAll(m[3], `""`, `"`) + m[4]}
		if m[2] == "<" {
			s.who = theServer
		}
		return s, true
	}
	return said{}, false
}
