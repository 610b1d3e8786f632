package practice

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"ehlo/session"
)

// What a rule can be on, beside verbs, [session.Greeting] and
// [session.EndOfData].
const (
	anything       = "*"
	unknownCommand = "unknown command"
	earlyTalk      = "early talk"   // octets came before the greeting was complete
	handshakeBegun = "handshake"    // the first octets of a TLS handshake came
	endOfLogin     = "end of login" // a 235 or a refusal is due
	oneVerdict     = "verdict"      // on one recipient, after the end of data (LMTP, PRDR)
)

// rule is one "on …" line.
type rule struct {
	what   []string // verbs in upper case, or one of the constants
	arg    string   // glob, "" for any
	answer string   // glob on what a correct server would say, "" for any
	phase  string   // of the state before the reply, "" for any
	flags  []string // that must be set
	per    string   // whose matches are counted together
	from   int      // which of the matching commands; to 0 is no end
	to     int
	after  time.Duration // since the first match
	until  time.Duration // 0 is for ever

	actions []action
}

// conditions are the words that can stand between WHAT and the colon.
func conditions() []string {
	return []string{"arg", "answer", "phase", "if", "per", "count", "after", "until"}
}

// flags are what "if" can ask for.
func flags() []string { return []string{"pipelined", "bare-lf", "eight-bit", "secure", "clear"} }

// scopes are what "per" can ask for: one connection is the default.
func scopes() []string {
	return []string{"transaction", "connection", "client", "recipient", "triplet", "server"}
}

func parseRule(text string) (rule, error) {
	head, tail, ok := strings.Cut(text, ": ")
	if !ok {
		return rule{}, fmt.Errorf("a rule is \"on WHAT: ACTION\"")
	}
	r := rule{from: 1}
	words := strings.Fields(head)
	at := func() int {
		for i, w := range words {
			if slices.Contains(conditions(), w) {
				return i
			}
		}
		return len(words)
	}
	n := at()
	if err := r.setWhat(strings.Join(words[:n], " ")); err != nil {
		return r, err
	}
	for words = words[n:]; len(words) > 0; {
		key := words[0]
		words = words[1:]
		n := at()
		if err := r.condition(key, strings.Join(words[:n], " ")); err != nil {
			return r, err
		}
		words = words[n:]
	}
	for _, part := range strings.Split(tail, ", then ") {
		a, err := parseAction(strings.TrimSpace(part))
		if err != nil {
			return r, err
		}
		r.actions = append(r.actions, a)
	}
	return r, nil
}

func (r *rule) setWhat(text string) error {
	for what := range strings.SplitSeq(text, "|") {
		what = strings.TrimSpace(what)
		switch what {
		case session.Greeting, session.EndOfData, anything, unknownCommand, earlyTalk, handshakeBegun, endOfLogin, oneVerdict:
		default:
			if what = strings.ToUpper(what); session.Source(what) == "" {
				return fmt.Errorf("%q is no verb, nor greeting, early talk, unknown command, handshake, end of login, end of data, verdict or *",
					strings.TrimSpace(text))
			}
		}
		r.what = append(r.what, what)
	}
	return nil
}

func (r *rule) condition(key, value string) (err error) {
	if value == "" {
		return fmt.Errorf("behind %q something is missing", key)
	}
	switch key {
	case "arg":
		r.arg, err = value, checkGlob(value)
	case "answer":
		r.answer, err = value, checkGlob(value)
	case "phase":
		r.phase, err = value, oneOf(key, value, phases()...)
	case "if":
		r.flags = append(r.flags, value)
		err = oneOf(key, value, flags()...)
	case "per":
		r.per, err = value, oneOf(key, value, scopes()...)
	case "count":
		r.from, r.to, err = parseCount(value)
	case "after":
		r.after, err = parseDuration(key, value)
	case "until":
		r.until, err = parseDuration(key, value)
	}
	return err
}

func checkGlob(pattern string) error {
	if _, err := path.Match(pattern, ""); err != nil {
		return fmt.Errorf("the pattern %q is not closed", pattern)
	}
	return nil
}

// phases returns the names of all phases, as a screen shows them.
func phases() []string {
	var names []string
	for p := session.Idle; p <= session.Over; p++ {
		names = append(names, p.String())
	}
	return names
}

func parseDuration(key, text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%s %q: expected a duration such as 3s", key, text)
	}
	return d, nil
}

func parseCount(text string) (from, to int, err error) {
	first, last, ranged := strings.Cut(text, "-")
	if from, err = strconv.Atoi(first); err != nil || from < 1 {
		return 0, 0, fmt.Errorf("count %q: expected N, N- or N-M", text)
	}
	switch {
	case !ranged:
		return from, from, nil
	case last == "":
		return from, 0, nil
	}
	if to, err = strconv.Atoi(last); err != nil || to < from {
		return 0, 0, fmt.Errorf("count %q: expected N, N- or N-M", text)
	}
	return from, to, nil
}

// on reports whether a rule is about this.
func (r *rule) on(what string) bool {
	for _, w := range r.what {
		switch {
		case w == what, w == unknownCommand && isUnknown(what):
			return true
		case w == anything && isCommand(what):
			return true
		}
	}
	return false
}

// isCommand tells commands from the other things that are answered.
func isCommand(what string) bool {
	switch what {
	case session.Greeting, session.EndOfData, earlyTalk, handshakeBegun, endOfLogin, oneVerdict:
		return false
	}
	return true
}

func isUnknown(what string) bool { return isCommand(what) && session.Source(what) == "" }

// glob matches without regard to case; * stands for any run of characters,
// slashes among them.
func glob(pattern, text string) bool {
	slash := func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "/", "\x00") }
	ok, err := path.Match(slash(pattern), slash(text))
	return ok && err == nil
}
