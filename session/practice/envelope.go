package practice

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"ehlo/session"
)

// mail: RFC 5321, 3.3 and 4.1.1.2.
func (c *conn) mail(cmd session.Command) string {
	c.mails++ // RFC 9422, 4.1: whether taken or refused
	switch {
	case c.state.InTransaction():
		return reply("503 5.5.1 A transaction is open; RSET ends it") // RFC 5321, 4.1.4
	case c.state.Phase == session.Greeted && c.lmtp():
		return reply("503 5.5.1 LHLO first")
	case c.state.Phase == session.Greeted:
		return reply("503 5.5.1 EHLO or HELO first") // RFC 5321, 4.1.4
	}
	if most := c.limit("MAILMAX"); most > 0 && c.mails > most {
		return reply("452 4.5.0 Too many transactions; open a new session") // RFC 9422, 4.1
	}
	env, problem := c.envelope("FROM", cmd)
	if problem != "" {
		return problem
	}
	_, wide := env.Param("SMTPUTF8")
	wide = wide && c.state.Offered.Has("SMTPUTF8")
	if !ascii(env.Path) && !wide {
		return reply("553 5.6.7 An address beyond ASCII needs SMTPUTF8") // RFC 6531, 3.5
	}
	if err := session.CheckReversePath(env.Path, wide); err != nil {
		return reply("501 5.1.7 " + err.Error())
	}
	if !printable(env.Path) {
		return reply("501 5.1.7 The address is no printable UTF-8")
	}
	if problem := c.params(env, c.mailParam); problem != "" {
		return problem
	}
	return reply("250 2.1.0 <" + env.Path + "> Ok")
}

// envelope reads the argument of MAIL or RCPT as strictly as the ABNF.
func (c *conn) envelope(keyword string, cmd session.Command) (session.Envelope, string) {
	env, err := session.ParseEnvelope(keyword, cmd.Arg)
	switch {
	case err != nil:
		return env, reply("501 5.5.4 " + err.Error())
	case env.Bare:
		return env, reply("501 5.5.4 The path stands in angle brackets") // RFC 5321, 4.1.2
	case env.Blank:
		return env, reply("501 5.5.4 No blank may follow the colon") // RFC 5321, 3.3
	case len(env.Params) > 0 && !c.state.ESMTP:
		return env, reply("555 5.5.4 Parameters need EHLO") // RFC 5321, 4.1.1.11
	}
	return env, ""
}

// rcpt: RFC 5321, 3.3 and 4.1.1.3.
func (c *conn) rcpt(cmd session.Command) string {
	switch {
	case !c.state.InTransaction():
		return reply("503 5.5.1 MAIL first") // RFC 5321, 4.1.4
	case c.state.Phase == session.Chunks || c.state.Phase == session.Spoilt:
		return reply("503 5.5.1 The content has begun; RSET ends the transaction") // RFC 3030, 2
	}
	env, problem := c.envelope("TO", cmd)
	if problem != "" {
		return problem
	}
	_, wide := c.state.ReversePath.Param("SMTPUTF8")
	if !ascii(env.Path) && !wide {
		return reply("553 5.6.7 An address beyond ASCII needs SMTPUTF8 at MAIL") // RFC 6531, 3.5
	}
	if err := session.CheckForwardPath(env.Path, wide); err != nil {
		return reply("501 5.1.3 " + err.Error())
	}
	if !printable(env.Path) {
		return reply("501 5.1.3 The address is no printable UTF-8")
	}
	if problem := c.params(env, c.rcptParam); problem != "" {
		return problem
	}
	if len(c.state.ForwardPath()) >= c.maxRecipients() {
		return reply("452 4.5.3 Too many recipients; send to these first") // RFC 5321, 4.5.3.1.10
	}
	return c.recipient(env.Path)
}

// recipient says what a mailbox takes.
func (c *conn) recipient(path string) string {
	if c.srv.opts.Refuse != nil {
		if problem := c.srv.opts.Refuse(path); problem != "" {
			return reply(problem)
		}
	}
	local, domain, _ := session.SplitMailbox(mailbox(path))
	switch {
	case c.srv.opts.Relays:
	case local == boxNobody, c.isLocal(domain) && !c.lives(local):
		return reply("550 5.1.1 <" + path + "> there is no such mailbox")
	case local == boxBusy:
		return reply("450 4.2.1 <" + path + "> the mailbox is busy; try again later")
	case local == boxMoved: // RFC 5321, 3.4
		return reply("251 2.1.5 User not local; will forward to <bob@" + domain + ">")
	case local == boxGone: // RFC 5321, 3.4
		return reply("551 5.1.6 User not local; please try <" + local + "@elsewhere.example>")
	}
	return reply("250 2.1.5 <" + path + "> Ok")
}

// isLocal reports whether a domain is the server's own.
func (c *conn) isLocal(domain string) bool {
	return domain == "" || strings.EqualFold(domain, c.srv.opts.Name)
}

// lives reports whether there is such a mailbox. Case counts (RFC 5321, 2.4).
func (c *conn) lives(local string) bool {
	only := c.srv.scenario.mailboxes
	return len(only) == 0 || slices.Contains(only, local) || local == "" || strings.EqualFold(local, "postmaster")
}

func (c *conn) maxRecipients() int {
	if most := c.limit("RCPTMAX"); most > 0 { // RFC 9422, 4.2
		return min(most, c.srv.opts.MaxRecipients)
	}
	return c.srv.opts.MaxRecipients
}

// mailboxOf returns the local part, behind a source route if there is one.
func mailboxOf(path string) string {
	if strings.HasPrefix(path, "@") {
		_, path, _ = strings.Cut(path, ":")
	}
	local, _, _ := session.SplitMailbox(path)
	return local
}

// unknown refuses a parameter. What goes back to the client is cut and
// escaped: a reply is 512 octets of printable ASCII at most (RFC 5321, 4.2 and
// 4.5.3.1.5).
func unknown(key string) string {
	if len(key) > 40 {
		key = key[:40]
	}
	return reply("555 5.5.4 Parameter " + strings.Trim(strconv.QuoteToASCII(key), `"`) + " not recognized")
}

func ascii[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// printable reports whether s may go back in a reply.
func printable(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
