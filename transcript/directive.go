package transcript

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"ehlo/transcript/normalise"
)

// Order is a directive that was taken apart: what somebody wants of a replay
// or of a server.
//
//	@ connect …, @ starttls, @ auth mech= user=    what would have happened
//	@ close [by=server] [how=rst|half] [after=N]
//	@ timeout 30, @ wait 5                         seconds
//	@ set name value                               of ${name}, unless another is given
//	@ compare code|text|octets                     from here on
//	@ ignore enhanced,keyword=SIZE,…               in the whole file
//	@ normalise name /re/, @ normalise -name       in the whole file
//	@ expect within=2                              of the reply that is due, or the last one
//	@ expect closed by=server, tls …               of the connection
//	@ skip [why]                                   from here on nothing is played
//	@ break [why]                                  a person is asked before it goes on
type Order struct {
	Wait    time.Duration
	Level   Level
	Rule    *normalise.Rule // nil: without the one called name
	Name    string
	Value   string
	Words   []string
	Expects Condition
}

// ParseOrder reads a directive. What is not known here is none: a later
// version may know it.
func ParseOrder(it *Item) (Order, error) {
	var o Order
	var err error
	first, rest, _ := strings.Cut(it.Text, " ")
	rest = strings.TrimLeft(rest, " \t")
	switch it.Key {
	case "timeout", "wait":
		o.Wait, err = parseSeconds(it.Text)
	case "compare":
		o.Level, err = ParseLevel(it.Text)
	case "ignore":
		if o.Words, err = ParseIgnore(it.Text); err == nil && len(o.Words) == 0 {
			err = fmt.Errorf("expected what to ignore: %s", aspects)
		}
	case "set":
		o.Name, o.Value = first, rest
		if !isName(first) {
			err = fmt.Errorf("%q is no name of a variable", first)
		}
	case "normalise":
		err = o.normalise(first, rest)
	case "expect":
		o.Expects, err = parseCondition(it)
	case "close", "auth":
		_, err = ParseParams(it.Text)
	}
	return o, err
}

// checkOrder is for readers: a directive that makes no sense is an error at
// its line, not later.
func checkOrder(it *Item) error {
	if _, err := ParseOrder(it); err != nil {
		return &columnError{len("@ ") + len(it.Key) + 1, err}
	}
	return nil
}

func (o *Order) normalise(first, rest string) error {
	if name, without := strings.CutPrefix(first, "-"); without {
		o.Name = name
		if !isName(name) || rest != "" {
			return fmt.Errorf("expected -name of what to leave as it is")
		}
		return nil
	}
	o.Name = first
	expr, ok := strings.CutPrefix(rest, "/")
	expr, closed := strings.CutSuffix(expr, "/")
	if !isName(first) || !ok || !closed || expr == "" {
		return fmt.Errorf("expected name /regular expression/, or -name")
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return err
	}
	o.Rule = &normalise.Rule{Name: first, Why: "the transcript says so", Expr: func() *regexp.Regexp { return re }}
	return nil
}

// Condition is what "@ expect" wants of a reply, of the end or of TLS.
type Condition struct {
	Line  int
	Of    string // "", "closed" or "tls"
	Wants []want
}

type want struct{ Key, Op, Value string }

var conditionKeys = map[string]string{
	"":       "within",
	"closed": "by how within",
	"tls":    "version cipher chain name group alpn sni",
}

// parseCondition reads [closed|tls] key=value … in any order, with >= and <=
// for versions.
func parseCondition(it *Item) (Condition, error) {
	c := Condition{Line: it.Line}
	words := strings.Fields(it.Text)
	if i := slices.IndexFunc(words, func(w string) bool { return w == "closed" || w == "tls" }); i >= 0 {
		c.Of = words[i]
		words = slices.Delete(words, i, i+1)
	}
	for _, word := range words {
		at := strings.IndexAny(word, "<>=")
		if at <= 0 {
			return c, fmt.Errorf("%q: expected key=value", word)
		}
		w := want{Key: word[:at], Op: word[at : at+1], Value: word[at+1:]}
		if w.Op != "=" {
			if !strings.HasPrefix(w.Value, "=") || w.Key != "version" {
				return c, fmt.Errorf("%q: only version can be compared by >= and <=", word)
			}
			w.Op, w.Value = w.Op+"=", w.Value[1:]
		}
		known := false
		for key := range strings.FieldsSeq(conditionKeys[c.Of]) {
			known = known || key == w.Key
		}
		if !known {
			return c, fmt.Errorf("%q is nothing that can be expected here; there is %s", w.Key, conditionKeys[c.Of])
		}
		if w.Key == "within" {
			if _, err := parseSeconds(w.Value); err != nil {
				return c, err
			}
		}
		c.Wants = append(c.Wants, w)
	}
	if c.Of == "closed" && len(c.Wants) == 0 {
		c.Wants = []want{{"by", "=", "server"}}
	}
	if c.Of == "" && len(c.Wants) == 0 {
		return c, fmt.Errorf("expected within=SECONDS, closed …, or tls …")
	}
	return c, nil
}

// Holds reports whether a value is as wanted. Versions of TLS compare as
// their names do: TLSv1.2 < TLSv1.3.
func (w want) Holds(value string) bool {
	switch w.Op {
	case ">=":
		return value >= w.Value
	case "<=":
		return value != "" && value <= w.Value
	}
	return strings.EqualFold(value, w.Value)
}

// Asks reports whether a condition is about something: "chain", say.
func (c *Condition) Asks(key string) bool {
	return slices.ContainsFunc(c.Wants, func(w want) bool { return w.Key == key })
}

// Within returns the time that a condition allows, if it does.
func (c *Condition) Within() (time.Duration, bool) {
	for _, w := range c.Wants {
		if w.Key == "within" {
			d, err := parseSeconds(w.Value)
			return d, err == nil
		}
	}
	return 0, false
}
