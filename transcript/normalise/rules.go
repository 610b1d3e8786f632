package normalise

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"ehlo/session"
)

// Rule replaces what differs from run to run and says nothing, such as
// a date. It works on both sides when replies are compared; the recorded text
// stays what it is.
type Rule struct {
	Name string // the token is ‹Name›
	Why  string

	Expr  func() *regexp.Regexp // what is replaced: its group, or all of it
	is    func(string) bool
	need  func(string) bool // nothing is found in a text that does not have it
	queue bool              // it is the id under which a server has queued a message
}

// Token is what one rule or name did to a pair of texts.
type Token struct {
	Name, Why string
	Then, Now string // what it replaced
}

const (
	month = `(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)`
	day   = `(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)`
)

// Veiled is what a server says in the place of a secret that it once repeated and
// that nobody wrote down.
const Veiled = "********"

// Rules are those of every file, in the order in which they apply: what knows
// more of its text comes first.
func Rules() []Rule { return rules() }

var rules = sync.OnceValue(func() []Rule {
	table := []struct {
		name, why string
		need      func(string) bool
		expr      string
		is        func(string) bool
	}{
		{"secret", "what gives access, as the server repeats it", veiled, `\$\{secret(?:\.\d+)?\}|` + regexp.QuoteMeta(Veiled), nil},
		{"date", "the time of the run, as mail writes it (RFC 5322, 3.3)", has(":"), `(?:` + day + `, ?)?\b\d{1,2} ` + month + ` \d{4} \d\d:\d\d(?::\d\d)?(?: (?:[+-]\d{4}|[A-Z]{1,5}))?(?: \([A-Z]+\))?`, nil},
		{"date", "the time of the run (RFC 3339)", has(":"), `\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?`, nil},
		{"date", "the time of the run, as C writes it", has(":"), `\b` + day + ` ` + month + ` [ \d]\d \d\d:\d\d:\d\d (?:[A-Z]{1,5} )?\d{4}\b`, nil},
		{"uuid", "an identifier of this run alone (RFC 9562)", has("-"), `\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}(?:-\d+|\.\d+)?\b`, nil},
		{"message-id", "an identifier of one message (RFC 5322, 3.6.4)", has("@"), `<[^<>@ ]+@[^<> ]+>`, oddLocal},
		{"id", "Exim's name for the message", has("-"), `\b[0-9A-Za-z]{6}-(?:[0-9A-Za-z]{11}|[0-9A-Za-z]{6})-[0-9A-Za-z]{2,4}\b`, hasDigit},
		{"id", "the name under which the server has queued the message", has("ueued"), `(?i)\bqueued(?: mail)?(?: for delivery)?(?: as| with id|:)[: ]+<?([0-9A-Za-z_.@+/=-]{5,})`, nil},
		{"id", "the name under which the server has queued the message", hasID, `(?i)\b(?:queue-?id|message[ -]?id|id)[=: ] ?<?([0-9A-Za-z_.@+/-]{6,})`, hasDigit},
		{"id", "Gmail's name for the message", has("gsmtp"), `\b([0-9A-Za-z_.-]+) - gsmtp\b`, nil},
		{"id", "Exchange's number for the message", has("InternalId"), `\bInternalId=(\d+)`, nil},
		{"id", "qmail's process", has("qp "), `\bqp (\d+)\b`, nil},
		{"id", "Dovecot's name for the delivery", has(" Saved"), ` ([0-9A-Za-z+/]{22}(?::\w+)*) Saved\b`, nil},
		{"id", "sendmail's name for the message", word(14), `\b[0-9A-Za-z]{8}\d{6}\b`, hasLetter},
		{"id", "OpenSMTPD's name for the message", word(8), `\b[0-9a-f]{8}(?:[0-9a-f]{8})?\b`, hasDigit},
		{"id", "Postfix' short name for the message", word(8), `\b[0-9A-F]{8,14}\b`, hasDigit},
		{"epoch", "the time of the run, in seconds", word(10), `\b[12]\d{9}(?:\.\d+)?\b`, nil},
		{"pid", "the server's process", nil, `(?i)\bpid[=: ]\s?(\d+)`, nil},
		{"duration", "how long it took", hasDigit, `\b\d+(?:\.\d+)? ?(?:ms|msec|s|secs?|seconds?)\b`, nil},
		{"duration", "how long it took", hasDigit, `\bin (\d+\.\d+)\b`, nil},
		{"octets", "how much was sent; a name or a date changes it", hasDigit, `(?i)\b\d+(?:\.\d+)?(?: ?(?:octets|bytes|chars|characters|[KM]i?B)(?:/s(?:ec)?)?)\b`, nil},
		{"octets", "how much was sent; a name or a date changes it", hasDigit, `(?i)\b(?:size|bytes|octets|length)[=: ](\d+)\b`, nil},
		{"name", "where a side of this run was", nil, `(?:\[(?:IPv6:)?[0-9a-fA-F:.]{3,}\]|\b(?:\d{1,3}\.){3}\d{1,3}\b)(?::\d+\b)?`, isAddress},
		{"opaque", "a long token with no meaning to a person", nil, `[0-9A-Za-z+/=_-]{20,}`, opaque},
	}
	out := make([]Rule, len(table))
	for i, t := range table {
		out[i] = Rule{Name: t.name, Why: t.why, need: t.need, Expr: compiled(t.expr), is: t.is, queue: t.name == "id"}
	}
	return out
})

// compiled compiles an expression when it is first asked.
func compiled(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// What an expression cannot do without is asked first: it takes a hundredth of
// the time, and most expressions need never be compiled.
func has(what string) func(string) bool {
	return func(text string) bool { return strings.Contains(text, what) }
}

// veiled wants what may stand for a secret.
func veiled(text string) bool {
	return strings.Contains(text, "${secret") || strings.Contains(text, Veiled)
}

// word wants so many letters and digits in a row.
func word(least int) func(string) bool {
	return func(text string) bool {
		n := 0
		for i := 0; i < len(text) && n < least; i++ {
			if n++; !isAlnum(text[i]) {
				n = 0
			}
		}
		return n >= least
	}
}

func isAlnum(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' }

// hasID wants "id" in either case.
func hasID(text string) bool {
	for i := 1; i < len(text); i++ {
		if text[i]|0x20 == 'd' && text[i-1]|0x20 == 'i' {
			return true
		}
	}
	return false
}

func hasDigit(text string) bool { return strings.ContainsAny(text, "0123456789") }

func hasLetter(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' })
}

// opaque tells a token from a long word: words are of one case, and without
// digits.
func opaque(text string) bool {
	mixed := strings.ToLower(text) != text && strings.ToUpper(text) != text
	return hasLetter(text) && (hasDigit(text) || mixed && !strings.Contains(text, "-"))
}

// oddLocal tells a message-id from the address of somebody.
func oddLocal(text string) bool {
	local, _, _ := strings.Cut(strings.Trim(text, "<>"), "@")
	return len(local) >= 10 && hasDigit(local)
}

func isAddress(text string) bool { return strings.ContainsAny(text, ".:") && hasHex(text) }

func hasHex(text string) bool { return strings.ContainsAny(text, "0123456789abcdefABCDEF") }

// find returns the pieces of text that are replaced.
func (n *Rule) find(text string) (spans [][2]int) {
	if n.need != nil && !n.need(text) {
		return nil
	}
	for _, m := range n.Expr().FindAllStringSubmatchIndex(text, -1) {
		from, to := m[0], m[1]
		if len(m) > 2 && m[2] >= 0 {
			from, to = m[2], m[3]
		}
		if from < to && (n.is == nil || n.is(text[from:to])) {
			spans = append(spans, [2]int{from, to})
		}
	}
	return spans
}

// replace puts the token in the place of what is found, and tells what it was.
func (n *Rule) replace(text string, found *[]Token) string {
	var b strings.Builder
	at := 0
	for _, s := range n.find(text) {
		if strings.Contains(text[s[0]:s[1]], "‹") {
			continue // another one was here
		}
		b.WriteString(text[at:s[0]])
		b.WriteString("‹" + n.Name + "›")
		*found = append(*found, Token{Name: n.Name, Why: n.Why, Then: text[s[0]:s[1]]})
		at = s[1]
	}
	if at == 0 {
		return text
	}
	b.WriteString(text[at:])
	return b.String()
}

// Pair puts what was replaced on both sides side by side. Texts that are the
// same but for their tokens have as many of each kind.
func Pair(then, now []Token) []Token {
	var out []Token
	now = slices.Clone(now)
	for _, t := range then {
		i := slices.IndexFunc(now, func(n Token) bool { return n.Name == t.Name })
		if i < 0 {
			continue
		}
		if t.Now = now[i].Then; t.Now != t.Then {
			out = append(out, t)
		}
		now = slices.Delete(now, i, i+1)
	}
	return out
}

func (t Token) String() string {
	return session.Escape(fmt.Sprintf("‹%s› %s: %s → %s", t.Name, t.Why, t.Then, t.Now))
}
