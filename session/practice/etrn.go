package practice

import (
	"strings"

	"ehlo/session"
)

// etrn: RFC 1985, 5: a domain, @ before one for all below it, # before the name
// of a queue. The server holds mail for its own domain.
func (c *conn) etrn(cmd session.Command) string {
	node := argument(cmd)
	switch {
	case !c.has("ETRN"):
		return notImplemented()
	case !c.state.ESMTP:
		return reply("503 5.5.1 EHLO first")
	case c.state.InTransaction():
		return reply("503 5.5.1 A transaction is open; RSET ends it")
	case strings.HasPrefix(node, "#") && len(node) > 1 && ascii(node) && printable(node):
		return reply("251 2.0.0 No messages are waiting")
	case node == "" || session.CheckDomain(strings.TrimPrefix(node, "@"), false) != nil:
		return reply("501 5.5.4 ETRN is a domain, @domain or #queue")
	case strings.EqualFold(strings.TrimPrefix(node, "@"), c.srv.opts.Name):
		return reply("250 2.0.0 Queuing has started")
	}
	return reply("459 4.7.1 Mail for another domain is not held here")
}
