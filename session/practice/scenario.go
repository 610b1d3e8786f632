package practice

import (
	"bufio"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"ehlo/session"
	"ehlo/session/explain"
)

//go:embed scenarios/*.scenario
var files embed.FS

// Scenario is what the server does differently from a correct one.
type Scenario struct {
	Name   string
	Title  string // what the server does
	Notice string // what a person should see in it
	Source string // where that is written

	rules    []rule
	offer    []string
	withhold []string
	require  []string // STARTTLS, AUTH
	// lmtp is for "protocol: LMTP", implicitTLS for "tls: implicit".
	lmtp, implicitTLS bool
	certificate       string // expired, other-name, untrusted, or "" for a good one
}

// rule is one "on …" line.
type rule struct {
	what     string // verb in upper case, greeting, end of data, or *
	arg      string // glob, "" for any
	phase    string // of the state before the reply, "" for any
	from, to int    // which of the matching commands; to 0 is no end
	actions  []action
}

// action is one thing a rule does.
type action struct {
	verb  string
	text  string
	delay time.Duration
}

// Scenarios returns the built-in ones: the correct server first, the others
// by name.
func Scenarios() []Scenario {
	names, err := fs.Glob(files, "scenarios/*.scenario")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	var list []Scenario
	for _, name := range names {
		f, err := files.Open(name)
		if err != nil {
			panic(err) // embedded files can be opened
		}
		sc, err := ParseScenario(path.Base(name), f)
		f.Close()
		if err != nil {
			panic(err) // TestScenariosAreRight reads them all
		}
		list = append(list, sc)
	}
	slices.SortFunc(list, func(a, b Scenario) int {
		if (a.Name == Default) != (b.Name == Default) {
			if a.Name == Default {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return list
}

// Default is the scenario of the correct server.
const Default = "default"

// Find returns a built-in scenario.
func Find(name string) (Scenario, error) {
	var names []string
	for _, sc := range Scenarios() {
		if sc.Name == name {
			return sc, nil
		}
		names = append(names, sc.Name)
	}
	if near := near(name, names); len(near) > 0 {
		return Scenario{}, fmt.Errorf("there is no scenario %q; did you mean %s?", name, strings.Join(near, " or "))
	}
	return Scenario{}, fmt.Errorf("there is no scenario %q; ehlo list scenarios names them", name)
}

// near returns the names that a person may have meant: those that begin or go
// on as what was typed, or else those with few letters wrong.
func near(name string, names []string) []string {
	var found []string
	for _, n := range names {
		if len(name) > 2 && (strings.Contains(n, name) || strings.Contains(name, n)) {
			found = append(found, n)
		}
	}
	if len(found) == 0 {
		found = explain.Like(name, names, 3)
	}
	return found
}

// ParseScenario reads a scenario file. Errors begin with file:line.
func ParseScenario(file string, r io.Reader) (Scenario, error) {
	sc := Scenario{Name: strings.TrimSuffix(file, ".scenario")}
	lines := bufio.NewScanner(r)
	n := 0
	for lines.Scan() {
		n++
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := sc.line(line); err != nil {
			return sc, fmt.Errorf("%s:%d: %w", file, n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return sc, fmt.Errorf("%s:%d: %w", file, n+1, err)
	}
	if sc.Title == "" {
		return sc, fmt.Errorf("%s:1: the title is missing", file)
	}
	return sc, nil
}

func (sc *Scenario) line(line string) error {
	if rest, ok := strings.CutPrefix(line, "on "); ok {
		r, err := parseRule(rest)
		sc.rules = append(sc.rules, r)
		return err
	}
	key, value, ok := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	if !ok || value == "" {
		return fmt.Errorf("expected \"key: value\" or \"on WHAT: ACTION\"")
	}
	switch key {
	case "title":
		sc.Title = value
	case "notice":
		sc.Notice = value
	case "source":
		sc.Source = value
	case "offer":
		sc.offer = append(sc.offer, value)
	case "withhold":
		sc.withhold = append(sc.withhold, strings.Fields(value)...)
	case "require":
		for _, word := range strings.Fields(strings.ToUpper(value)) {
			if word != "STARTTLS" && word != "AUTH" {
				return fmt.Errorf("require %q: there are STARTTLS and AUTH", word)
			}
			sc.require = append(sc.require, word)
		}
	case "protocol":
		sc.lmtp = strings.EqualFold(value, "LMTP")
		if !sc.lmtp && !strings.EqualFold(value, "SMTP") {
			return fmt.Errorf("protocol %q: there are SMTP and LMTP", value)
		}
	case "tls":
		sc.implicitTLS = strings.EqualFold(value, "implicit")
		if !sc.implicitTLS {
			return fmt.Errorf("tls %q: there is implicit", value)
		}
	case "certificate":
		sc.certificate = value
		if !slices.Contains([]string{"expired", "other-name", "untrusted"}, value) {
			return fmt.Errorf("certificate %q: there are expired, other-name, untrusted", value)
		}
	default:
		return fmt.Errorf("%q is no key; there are title, notice, source, offer, withhold, require, protocol, tls, certificate", key)
	}
	return nil
}

func parseRule(text string) (rule, error) {
	head, tail, ok := strings.Cut(text, ": ")
	if !ok {
		return rule{}, fmt.Errorf("a rule is \"on WHAT: ACTION\"")
	}
	r := rule{from: 1}
	if before, count, ok := strings.Cut(head, " count "); ok {
		var err error
		if r.from, r.to, err = parseCount(strings.TrimSpace(count)); err != nil {
			return r, err
		}
		head = before
	}
	if before, phase, ok := strings.Cut(head, " phase "); ok {
		head, r.phase = before, strings.TrimSpace(phase)
		if !slices.Contains(phases(), r.phase) {
			return r, fmt.Errorf("%q is no phase; there are %s", r.phase, strings.Join(phases(), ", "))
		}
	}
	if before, arg, ok := strings.Cut(head, " arg "); ok {
		head, r.arg = before, strings.TrimSpace(arg)
		if _, err := path.Match(r.arg, ""); err != nil {
			return r, fmt.Errorf("the pattern %q is not closed", r.arg)
		}
	}
	r.what = strings.TrimSpace(head)
	switch {
	case r.what == session.Greeting || r.what == session.EndOfData || r.what == "*":
	case session.Source(strings.ToUpper(r.what)) != "":
		r.what = strings.ToUpper(r.what)
	default:
		return r, fmt.Errorf("%q is no verb, nor greeting, end of data or *", r.what)
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

// phases returns the names of all phases, as a screen shows them.
func phases() []string {
	var names []string
	for p := session.Idle; p <= session.Over; p++ {
		names = append(names, p.String())
	}
	return names
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

func parseAction(text string) (action, error) {
	verb, rest, _ := strings.Cut(text, " ")
	a := action{verb: verb, text: strings.TrimSpace(rest)}
	var err error
	switch verb {
	case "reply":
		for part := range strings.SplitSeq(a.text, " | ") {
			if l := session.ParseReplyLine([]byte(part + "\r\n")); l.Code == 0 {
				return a, fmt.Errorf("%q is no reply line; garbage goes with raw", part)
			}
		}
		a.text = strings.ReplaceAll(a.text, " | ", "\r\n") + "\r\n"
	case "raw":
		if a.text, err = strconv.Unquote(a.text); err != nil {
			return a, fmt.Errorf("raw wants a quoted string")
		}
	case "delay", "drip":
		if a.delay, err = time.ParseDuration(a.text); err != nil || a.delay < 0 {
			return a, fmt.Errorf("%s %q: expected a duration such as 3s", verb, a.text)
		}
	case "close", "reset":
		if a.text != "" {
			return a, fmt.Errorf("%s takes no argument", verb)
		}
	case "go":
		if a.text != "on" {
			return a, fmt.Errorf("%q is no action", text)
		}
	default:
		return a, fmt.Errorf("%q is no action; there are reply, raw, delay, drip, close, reset, go on", text)
	}
	return a, nil
}

// find returns the first rule that fits, counting the matches of each.
func (sc *Scenario) find(what, arg string, phase session.Phase, counts map[int]int) (rule, bool) {
	for i, r := range sc.rules {
		if r.what != what && (r.what != "*" || what == session.Greeting || what == session.EndOfData) {
			continue
		}
		if r.arg != "" && !glob(r.arg, arg) || r.phase != "" && r.phase != phase.String() {
			continue
		}
		counts[i]++
		if n := counts[i]; n >= r.from && (r.to == 0 || n <= r.to) {
			return r, true
		}
	}
	return rule{}, false
}

// glob matches without regard to case; * stands for any run of characters,
// slashes among them.
func glob(pattern, text string) bool {
	slash := func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "/", "\x00") }
	ok, err := path.Match(slash(pattern), slash(text))
	return ok && err == nil
}
