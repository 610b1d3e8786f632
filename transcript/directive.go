package transcript

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// order is a directive that was taken apart: what somebody wants of a replay
// or of a server.
//
//	@ connect …, @ starttls, @ auth mech= user=    what would have happened
//	@ close [by=server] [how=rst|half] [after=N]
//	@ timeout 30, @ wait 5                         seconds
//	@ set name value                               of ${name}, unless another is given
//	@ compare code|text|octets                     from here on
//	@ ignore enhanced,keyword=SIZE,…               in the whole file
//	@ normalise name /re/, @ normalise -name       in the whole file
//	@ expect within=2, closed by=server, tls …     of what stands before it
//	@ skip [why]                                   from here on nothing is played
//	@ break [why]                                  a person is asked before it goes on
type order struct {
	seconds time.Duration
	level   Level
	rule    *Normaliser // nil: without the one called name
	name    string
	value   string
	words   []string
	expects condition
}

// parseOrder reads a directive. What is not known here is none: a later
// version may know it.
func parseOrder(it *Item) (order, error) {
	var o order
	var err error
	first, rest, _ := strings.Cut(it.Text, " ")
	rest = strings.TrimLeft(rest, " \t")
	switch it.Key {
	case "timeout", "wait":
		o.seconds, err = parseSeconds(it.Text)
	case "compare":
		o.level, err = ParseLevel(it.Text)
	case "ignore":
		if o.words, err = ParseIgnore(it.Text); err == nil && len(o.words) == 0 {
			err = fmt.Errorf("expected what to ignore: %s", aspects)
		}
	case "set":
		o.name, o.value = first, rest
		if !isName(first) {
			err = fmt.Errorf("%q is no name of a variable", first)
		}
	case "normalise":
		err = o.normalise(first, rest)
	case "expect":
		o.expects, err = parseCondition(it)
	case "close", "auth":
		_, err = parseParams(it.Text)
	}
	return o, err
}

// checkOrder is for readers: a directive that makes no sense is an error at
// its line, not later.
func checkOrder(it *Item) error {
	if _, err := parseOrder(it); err != nil {
		return &columnError{len("@ ") + len(it.Key) + 1, err}
	}
	return nil
}

func (o *order) normalise(first, rest string) error {
	if name, without := strings.CutPrefix(first, "-"); without {
		o.name = name
		if !isName(name) || rest != "" {
			return fmt.Errorf("expected -name of what to leave as it is")
		}
		return nil
	}
	o.name = first
	expr, ok := strings.CutPrefix(rest, "/")
	expr, closed := strings.CutSuffix(expr, "/")
	if !isName(first) || !ok || !closed || expr == "" {
		return fmt.Errorf("expected name /regular expression/, or -name")
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return err
	}
	o.rule = &Normaliser{Name: first, Why: "the transcript says so", re: re}
	return nil
}

// condition is what "@ expect" wants of a reply, of the end or of TLS.
type condition struct {
	line  int
	of    string // "", "closed" or "tls"
	wants []want
}

type want struct{ key, op, value string }

var conditionKeys = map[string]string{
	"":       "within",
	"closed": "by how within",
	"tls":    "version cipher chain name group alpn sni",
}

// parseCondition reads [closed|tls] key=value …, with >= and <= for versions.
func parseCondition(it *Item) (condition, error) {
	c := condition{line: it.Line}
	for i, word := range strings.Fields(it.Text) {
		if i == 0 && (word == "closed" || word == "tls") {
			c.of = word
			continue
		}
		at := strings.IndexAny(word, "<>=")
		if at <= 0 {
			return c, fmt.Errorf("%q: expected key=value", word)
		}
		w := want{key: word[:at], op: word[at : at+1], value: word[at+1:]}
		if w.op != "=" {
			if !strings.HasPrefix(w.value, "=") || w.key != "version" {
				return c, fmt.Errorf("%q: only version can be compared by >= and <=", word)
			}
			w.op, w.value = w.op+"=", w.value[1:]
		}
		known := false
		for key := range strings.FieldsSeq(conditionKeys[c.of]) {
			known = known || key == w.key
		}
		if !known {
			return c, fmt.Errorf("%q is nothing that can be expected here; there is %s", w.key, conditionKeys[c.of])
		}
		if w.key == "within" {
			if _, err := parseSeconds(w.value); err != nil {
				return c, err
			}
		}
		c.wants = append(c.wants, w)
	}
	if c.of == "" && len(c.wants) == 0 {
		return c, fmt.Errorf("expected within=SECONDS, closed …, or tls …")
	}
	return c, nil
}

// holds reports whether a value is as wanted. Versions of TLS compare as
// their names do: TLSv1.2 < TLSv1.3.
func (w want) holds(value string) bool {
	switch w.op {
	case ">=":
		return value >= w.value
	case "<=":
		return value != "" && value <= w.value
	}
	return strings.EqualFold(value, w.value)
}

// within returns the time that a condition allows, if it does.
func (c *condition) within() (time.Duration, bool) {
	for _, w := range c.wants {
		if w.key == "within" {
			d, err := parseSeconds(w.value)
			return d, err == nil
		}
	}
	return 0, false
}
