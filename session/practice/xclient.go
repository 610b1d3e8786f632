package practice

import (
	"strings"

	"ehlo/session"
)

// xclient: Postfix XCLIENT: the server takes the client for another one, greets
// it, and the session begins anew.
func (c *conn) xclient(cmd session.Command) string {
	if problem := c.attributes(cmd); problem != "" {
		return problem
	}
	return c.greeting()
}

// xforward: Postfix XFORWARD: facts about the client before this one, for the
// log. Nothing else changes.
func (c *conn) xforward(cmd session.Command) string {
	if problem := c.attributes(cmd); problem != "" {
		return problem
	}
	return reply("250 2.0.0 Ok")
}

// attributes checks a list of NAME=VALUE, the names those that were offered,
// the values in xtext.
func (c *conn) attributes(cmd session.Command) string {
	names, offered := c.state.Offered.Params(cmd.Verb)
	switch {
	case !c.has(cmd.Verb):
		return notImplemented()
	case !offered:
		return reply("503 5.5.1 EHLO first")
	case c.state.InTransaction():
		return reply("503 5.5.1 A transaction is open; RSET ends it")
	case argument(cmd) == "":
		return reply("501 5.5.4 " + cmd.Verb + " is a list of NAME=VALUE")
	}
	for word := range strings.FieldsSeq(cmd.Arg) {
		name, value, ok := strings.Cut(word, "=")
		if !ok || value == "" || !session.IsXText(value) || !contains(strings.Fields(names), name) {
			return reply("501 5.5.4 " + cmd.Verb + " is a list of NAME=VALUE; the names are " + names)
		}
	}
	return ""
}
