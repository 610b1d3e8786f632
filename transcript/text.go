package transcript

import (
	"fmt"
	"strings"

	"ehlo/session"
)

// textOf says an event to a human: in its own words if it has some.
func textOf(e session.Event) string {
	if e.Text != "" {
		return e.Text
	}
	return plainText(e)
}

// plainText says what can be said from the facts alone. Words of an event
// that are no more than this need no room in the file.
func plainText(e session.Event) string {
	switch e.Kind {
	case session.Resolved:
		var addrs []string
		for _, f := range e.Facts {
			if f.Key == "addr" {
				addrs = append(addrs, f.Value)
			}
		}
		return fmt.Sprintf("%s is %s", e.Fact("host"), strings.Join(addrs, ", "))
	case session.Opened:
		return strings.TrimSpace("connected " + prefixed("to ", e.Fact("addr")))
	case session.Secured:
		return strings.TrimSpace("TLS started " + e.Fact("version") + " " + e.Fact("cipher"))
	case session.Closed:
		by := e.Fact("by")
		if e.Fact("how") == "rst" {
			return strings.TrimSpace("reset " + prefixed("by the ", by))
		}
		return strings.TrimSpace("closed " + prefixed("by the ", by))
	}
	return ""
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}
