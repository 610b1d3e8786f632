package outbox

import (
	"bufio"
	"fmt"
	"net"
	"strings"
)

// sink is the server of the tests that cut something off. Recipients that begin
// with "no" are refused, and those that begin with "later" while late says so.
type sink struct {
	late func(to string) bool
	// take is given each message before the server says that it has it. If it
	// returns false nothing is said, and the server is gone.
	take func(to, text string) bool
}

// serve speaks on one connection until its end.
func (k sink) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	say := func(text string) { fmt.Fprintf(c, "%s\r\n", text) }
	say("220 sink.example")
	for to := ""; ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		switch strings.ToUpper(line[:min(4, len(line))]) {
		case "EHLO":
			say("250-sink.example\r\n250 PIPELINING")
		case "RCPT":
			to = strings.TrimSuffix(strings.TrimPrefix(strings.Fields(line)[1], "TO:<"), "@test.example>")
			if no := k.refusal(to); no != "" {
				to = ""
				say(no)
				continue
			}
			say("250 ok")
		case "DATA":
			if to == "" {
				say("503 nobody")
				continue
			}
			say("354 go")
			var text strings.Builder
			for line = ""; line != ".\r\n"; text.WriteString(line) {
				if line, err = r.ReadString('\n'); err != nil {
					return // cut off before the dot
				}
			}
			if !k.take(to, text.String()) {
				return
			}
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// refusal is the reply to a recipient that is not taken, "" if it is.
func (k sink) refusal(to string) string {
	switch {
	case strings.HasPrefix(to, "no"):
		return "550 no such user"
	case strings.HasPrefix(to, "later") && k.late(to):
		return "450 come back later"
	}
	return ""
}
