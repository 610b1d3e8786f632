package transcript

import (
	"fmt"
	"strings"
	"time"

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
		return strings.TrimSpace("connected " + prefixed("to ", e.Fact("addr")) + prefixed(" by way of ", e.Fact("via")))
	case session.Secured:
		return securedText(e)
	case session.Closed:
		by := e.Fact("by")
		if e.Fact("how") == "rst" {
			return strings.TrimSpace("reset " + prefixed("by the ", by))
		}
		return strings.TrimSpace("closed " + prefixed("by the ", by))
	}
	return ""
}

func securedText(e session.Event) string {
	version := strings.Replace(e.Fact("version"), "TLSv1", "TLS 1", 1)
	if version == "" {
		version = "TLS"
	}
	text := strings.TrimSpace(version + " " + e.Fact("cipher"))
	switch {
	case e.Fact("chain") == "":
		return text
	case e.Fact("chain") == "ok" && e.Fact("name") == "ok":
		return text + ", verified"
	}
	return text + ", NOT verified: " + e.Fact("reason")
}

// tookTime reports whether the words of an event are the plain ones and how
// long it took.
func tookTime(text, plain string) (string, bool) {
	took, ok := strings.CutPrefix(text, plain+" in ")
	if !ok {
		return "", false
	}
	_, err := time.ParseDuration(took)
	return took, err == nil
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}
