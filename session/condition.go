package session

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Condition says what is looked for in a conversation: to find a row, to show
// some rows and hide the others, or to stop a run. It is written as terms, all
// of which must hold:
//
//	verb:RCPT       the command, and the replies to it
//	code:550        a reply with this code; code:5xx or code:5 is a class
//	side:S          what the server said; side:C the client, side:= neither
//	step:rcpt-2     a step of the plan, by name
//	state:ready     a phase, or the beginning of its name
//	slow:500ms      a reply that took at least so long
//	is:failed       also: is:secret is:exposed is:content is:tls is:marked is:noted
//	/regexp/        octets that match (RE2)
//	"unknown user"  octets, whatever their case; one word needs no quotes
//	!verb:NOOP      the term does not hold
//
// The zero Condition holds always.
type Condition struct {
	text  string
	terms []term
}

type term struct {
	key   string
	not   bool
	holds func(*Sight) bool
}

// Sight is what a [Condition] looks at: something that happened, or a step
// before it is taken.
type Sight struct {
	Kind    Kind
	Step    int // of the plan
	Verb    string
	Code    Code
	Phase   Phase // after it; before it if it is a step
	Took    time.Duration
	Failed  bool          // refused, failed, or against a rule
	Secret  bool          // it holds a secret
	Content bool          // it is mail data
	Secure  bool          // it goes over TLS
	Marked  bool          // by a person
	Noted   bool          // a person wrote something beside it
	Line    func() string // its octets, without secrets
}

// String is the condition as it was written.
func (c Condition) String() string { return c.text }

// Holds reports whether every term holds.
func (c Condition) Holds(s *Sight) bool {
	for _, t := range c.terms {
		if t.holds(s) == t.not {
			return false
		}
	}
	return true
}

// has reports whether a term of one of these keys is among the condition's.
func (c Condition) has(keys ...string) bool {
	for _, t := range c.terms {
		for _, k := range keys {
			if t.key == k && !t.not {
				return true
			}
		}
	}
	return false
}

// maxCondition bounds how long a condition may be, in octets.
const maxCondition = 1000

// ParseCondition reads a condition. The error says what it does not
// understand, and what there is.
func ParseCondition(text string) (Condition, error) {
	c := Condition{text: strings.TrimSpace(text)}
	if len(text) > maxCondition {
		return c, fmt.Errorf("a condition has %d octets at most", maxCondition)
	}
	for rest := c.text; rest != ""; {
		word, after, err := cutTerm(rest)
		if err != nil {
			return c, err
		}
		t, err := parseTerm(word)
		if err != nil {
			return c, err
		}
		c.terms, rest = append(c.terms, t), strings.TrimLeft(after, " ")
	}
	if len(c.terms) == 0 {
		return c, errors.New("nothing to look for: expected verb:, code:, side:, step:, state:, slow:, is:, a word or /regexp/")
	}
	return c, nil
}

// cutTerm takes the first term off a text: a regexp ends with its slash, a
// phrase with its quote, and all else with a blank.
func cutTerm(text string) (word, rest string, err error) {
	start := strings.TrimPrefix(text, "!")
	at := len(text) - len(start)
	for _, mark := range []string{"/", `"`} {
		if !strings.HasPrefix(start, mark) {
			continue
		}
		for end := 1; end < len(start); end++ {
			switch {
			case mark == "/" && start[end] == '\\':
				end++
			case start[end:end+1] == mark && (end+1 == len(start) || start[end+1] == ' '):
				return text[:at+end+1], text[at+end+1:], nil
			}
		}
		return "", "", fmt.Errorf("%s has no %s at its end", Escape(start), mark)
	}
	word, rest, _ = strings.Cut(text, " ")
	return word, rest, nil
}

func parseTerm(word string) (t term, err error) {
	word, t.not = strings.CutPrefix(word, "!")
	if word == "" {
		return t, errors.New("a term is missing behind the exclamation mark")
	}
	key, value, keyed := strings.Cut(word, ":")
	key = strings.ToLower(key)
	switch {
	case strings.HasPrefix(word, "/"):
		t.key = "regexp"
		t.holds, err = matches(word[1 : len(word)-1])
	case strings.HasPrefix(word, `"`):
		t.key, t.holds = "text", contains(word[1:len(word)-1])
	case keyed && meant(key) != "":
		err = fmt.Errorf("there is no %s:, but %s:; in quotes it is text", Escape(key), meant(key))
	case !keyed || condition[key] == nil:
		t.key, t.holds = "text", contains(word)
	case value == "":
		err = errors.New("nothing stands behind it")
	default:
		t.key = key
		t.holds, err = condition[key](value)
	}
	if err != nil {
		return t, fmt.Errorf("%s: %w", Escape(word), err)
	}
	return t, nil
}

// meant is the key that somebody will have meant who left out its end, or
// wrote on; "" if it is none.
func meant(key string) string {
	for known := range condition {
		if key != known && (len(key) > 2 && strings.HasPrefix(known, key) || len(known) > 2 && strings.HasPrefix(key, known)) {
			return known
		}
	}
	return ""
}

func matches(expression string) (func(*Sight) bool, error) {
	re, err := regexp.Compile(expression)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return func(s *Sight) bool { return re.MatchString(s.Line()) }, nil
}

func contains(text string) func(*Sight) bool {
	text = strings.ToLower(text)
	return func(s *Sight) bool { return strings.Contains(strings.ToLower(s.Line()), text) }
}

// condition has what each key means.
var condition = map[string]func(value string) (func(*Sight) bool, error){
	"verb": func(v string) (func(*Sight) bool, error) {
		return func(s *Sight) bool { return strings.EqualFold(s.Verb, v) }, nil
	},
	"code":  ofCode,
	"side":  ofSide,
	"step":  ofStep,
	"state": ofState,
	"is":    ofKind,
	"slow": func(v string) (func(*Sight) bool, error) {
		d, err := time.ParseDuration(v)
		if err != nil || d <= 0 {
			return nil, errors.New("expected a time such as 500ms or 2s")
		}
		return func(s *Sight) bool { return s.Kind == Received && s.Took >= d }, nil
	},
}

// ofCode reads 550, 55x, 5xx and 5.
//
// RFC 5321, 4.2: the first digit is 2 to 5, the second 0 to 5, the third any. The
// second is any here: there are servers that say 571.
func ofCode(v string) (func(*Sight) bool, error) {
	low := strings.ToLower(v)
	first := strings.TrimRight(low, "xyz")
	n, err := strconv.ParseUint(first, 10, 16)
	if err != nil || len(low) != 3 && len(low) != 1 || first[0] < '2' || first[0] > '5' {
		return nil, errors.New("expected a code such as 550, or a class such as 55x, 5xx or 5; the first digit is 2, 3, 4 or 5")
	}
	unit := [...]int{1: 100, 2: 10, 3: 1}[len(first)]
	return func(s *Sight) bool { return s.Code != 0 && int(s.Code)/unit == int(n) }, nil
}

func ofSide(v string) (func(*Sight) bool, error) {
	switch strings.ToUpper(v) {
	case "C":
		return func(s *Sight) bool { return s.Kind == Sent }, nil
	case "S":
		return func(s *Sight) bool { return s.Kind == Received }, nil
	case "=":
		return func(s *Sight) bool { return s.Kind != Sent && s.Kind != Received }, nil
	}
	return nil, errors.New("expected C, S or =")
}

func ofStep(v string) (func(*Sight) bool, error) {
	v = strings.ToLower(v)
	return func(s *Sight) bool {
		name := StepName(s.Step)
		return name == v || v == "rcpt" && strings.HasPrefix(name, "rcpt-")
	}, checkStepName(v)
}

// ofState takes the beginning of a phase's name, with hyphens for blanks.
func ofState(v string) (func(*Sight) bool, error) {
	v = strings.ToLower(v)
	fits := map[Phase]bool{}
	var names []string
	for i, name := range phaseNames {
		name = strings.ToLower(strings.ReplaceAll(name, " ", "-"))
		names = append(names, name)
		if name == v { // greeted alone, where another begins so
			fits = map[Phase]bool{Phase(i): true}
			break
		}
		if strings.HasPrefix(name, v) {
			fits[Phase(i)] = true
		}
	}
	if len(fits) == 0 {
		return nil, fmt.Errorf("no state begins so; there are %s", strings.Join(names, ", "))
	}
	return func(s *Sight) bool { return fits[s.Phase] }, nil
}

func ofKind(v string) (func(*Sight) bool, error) {
	switch v := strings.ToLower(v); v {
	case "failed":
		return func(s *Sight) bool { return s.Failed }, nil
	case "secret":
		return func(s *Sight) bool { return s.Secret }, nil
	case "exposed":
		return func(s *Sight) bool { return s.Secret && !s.Secure }, nil
	case "content":
		return func(s *Sight) bool { return s.Content }, nil
	case "tls":
		return func(s *Sight) bool { return s.Secure }, nil
	case "marked":
		return func(s *Sight) bool { return s.Marked }, nil
	case "noted":
		return func(s *Sight) bool { return s.Noted }, nil
	default:
		for k, name := range kindNames {
			if name == v && name != "" {
				return func(s *Sight) bool { return int(s.Kind) == k }, nil
			}
		}
	}
	return nil, errors.New("expected failed, secret, exposed, content, tls, marked, noted, or opened, secured, closed, …")
}
