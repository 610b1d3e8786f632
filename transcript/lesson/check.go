package lesson

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ehlo/session"
)

// Check is a condition on what has happened: terms that must all hold.
//
//	esmtp, lmtp, secure, verified, loggedin, broken    a fact, or "not" and the fact
//	phase = recipients given                           in the words of [session.Phase]
//	from = alice@client.example, none, <>              the reverse-path
//	to, refused = 2                                    recipients of this transaction
//	accepted, delivered, undelivered, connections, bad >= 1
//	last, heard = 550                                  the last reply; any reply since the step began
//	enhanced = 5.1.1                                   the last enhanced code
//	offers = SIZE                                      a keyword in the reply to EHLO
//	responsible = server, client, either
//	closed = server, client                            who closed the channel
type Check struct {
	Text  string
	terms []term
}

type term struct {
	word, op, value string
	not             bool
}

// facts are the terms that are true or not.
func facts() []string { return []string{"esmtp", "lmtp", "secure", "verified", "loggedin", "broken"} }

// numbers are the terms that are counted.
func numbers() []string {
	return []string{"to", "refused", "accepted", "delivered", "undelivered", "connections", "bad"}
}

// words are the terms that are compared with a word.
func words() []string {
	return []string{"phase", "from", "last", "heard", "enhanced", "offers", "responsible", "closed"}
}

func parseCheck(text string) (Check, error) {
	c := Check{Text: text}
	for part := range strings.SplitSeq(text, " and ") {
		t, err := parseTerm(strings.TrimSpace(part))
		if err != nil {
			return c, err
		}
		c.terms = append(c.terms, t)
	}
	return c, nil
}

func parseTerm(text string) (term, error) {
	t := term{}
	text, t.not = strings.CutPrefix(text, "not ")
	if slices.Contains(facts(), text) {
		t.word = text
		return t, nil
	}
	for _, op := range []string{">=", "<=", "!=", "=", ">", "<"} {
		word, value, ok := strings.Cut(text, op)
		if !ok {
			continue
		}
		t.word, t.op, t.value = strings.TrimSpace(word), op, strings.TrimSpace(value)
		return t, t.problem()
	}
	return t, fmt.Errorf("%q is no term of a check; there are %s, and comparisons of %s", text,
		strings.Join(facts(), ", "), strings.Join(append(numbers(), words()...), ", "))
}

// problem says what is wrong with a comparison.
func (t term) problem() error {
	switch {
	case t.value == "":
		return fmt.Errorf("behind %q something is missing", t.word+" "+t.op)
	case slices.Contains(numbers(), t.word):
		if _, err := strconv.Atoi(t.value); err != nil {
			return fmt.Errorf("%s is compared with a number, not with %q", t.word, t.value)
		}
	case !slices.Contains(words(), t.word):
		return fmt.Errorf("%q is nothing that can be compared; there are %s", t.word, strings.Join(append(numbers(), words()...), ", "))
	case t.op != "=" && t.op != "!=":
		return fmt.Errorf("%s is the same or not: = or !=", t.word)
	case t.word == "phase" && !isPhase(t.value):
		return fmt.Errorf("%q is no phase", t.value)
	case t.word == "responsible" && !slices.Contains([]string{"server", "client", "either"}, t.value):
		return fmt.Errorf("responsible is server, client or either, not %q", t.value)
	}
	return nil
}

func isPhase(name string) bool {
	for p := session.Idle; p <= session.Over; p++ {
		if p.String() == name {
			return true
		}
	}
	return false
}

// Holds reports whether the check is true of what was seen. The zero Check
// never holds.
func (c Check) Holds(s Seen) bool {
	for _, t := range c.terms {
		if t.holds(s) == t.not {
			return false
		}
	}
	return len(c.terms) > 0
}

func (t term) holds(s Seen) bool {
	if slices.Contains(facts(), t.word) {
		return s.fact(t.word)
	}
	if slices.Contains(numbers(), t.word) {
		n, _ := strconv.Atoi(t.value)
		return compare(s.number(t.word), t.op, n)
	}
	return slices.ContainsFunc(s.words(t.word), func(w string) bool { return strings.EqualFold(w, t.value) }) == (t.op == "=")
}

func compare(a int, op string, b int) bool {
	switch op {
	case "=":
		return a == b
	case "!=":
		return a != b
	case ">=":
		return a >= b
	case "<=":
		return a <= b
	case ">":
		return a > b
	}
	return a < b
}
