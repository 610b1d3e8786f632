package transcript

import (
	"regexp"
	"strings"
	"sync"

	"ehlo/session"
)

// rule replaces what differs from run to run and says nothing.
type rule struct {
	token string
	re    *regexp.Regexp
}

// rules are in the order in which they apply: what is longer comes first.
var rules = sync.OnceValue(func() []rule {
	table := []struct{ token, expr string }{
		{"‹date›", `(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d(?::\d\d)?(?: (?:[+-]\d{4}|[A-Z]{1,5}))?(?: \([A-Z]+\))?`},
		{"‹date›", `\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?`},
		{"‹date›", `(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d \d{4}`},
		{"‹uuid›", `\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b`},
		{"‹id›", `\b[0-9A-Za-z]{6}-(?:[0-9A-Za-z]{11}|[0-9A-Za-z]{6})-[0-9A-Za-z]{2,4}\b`}, // Exim
		{"queued as ‹id›", `\bqueued as [0-9A-Za-z]+\b`},                                   // Postfix
		{"Ok: ‹id›", `\bOk: queued[^ ]* [0-9A-Za-z]+\b`},
		{"‹id›", `\b[0-9A-Za-z_.-]+ - gsmtp\b`},
		{"‹message-id›", `<[^<>@ ]+@[^<> ]+>`},
		{"‹opaque›", `\b[0-9A-Za-z+/=_-]{20,}`},
		{"‹id›", `\b[0-9A-F]{8,}\b`},
		{"‹time›", `\b\d+(?:\.\d+)?(?:ms|s| secs?| seconds?)\b`},
		{"‹n›", `\b\d{3,}\b`},
	}
	out := make([]rule, len(table))
	for i, t := range table {
		out[i] = rule{t.token, regexp.MustCompile(t.expr)}
	}
	return out
})

// names are what a run calls its two sides. They differ from run to run.
type names struct{ server, client []string }

func namesOf(s session.State) names {
	return names{server: []string{s.Server, s.Host, host(s.Peer)}, client: []string{s.Helo, host(s.Local)}}
}

// host is an address without its port.
func host(addr string) string {
	if i := strings.LastIndexByte(addr, ':'); i > 0 {
		return strings.Trim(addr[:i], "[]")
	}
	return addr
}

// normalise puts tokens in the place of what may differ.
func (n names) normalise(text string) string {
	text = replaceNames(text, n.server, "‹server›")
	text = replaceNames(text, n.client, "‹client›")
	for _, r := range rules() {
		text = r.re.ReplaceAllLiteralString(text, r.token)
	}
	return text
}

func replaceNames(text string, names []string, token string) string {
	for _, name := range names {
		if len(name) > 2 {
			text = strings.ReplaceAll(text, name, token)
		}
	}
	return text
}
