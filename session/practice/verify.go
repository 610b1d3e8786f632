package practice

import (
	"strings"

	"ehlo/session"
	"ehlo/session/explain"
)

// whom returns the argument of VRFY or EXPN, or what is wrong with it.
//
// RFC 6531, 3.7.4.2: the parameter SMTPUTF8 stands behind the name, and without
// it neither the name nor the reply goes beyond ASCII.
func (c *conn) whom(cmd session.Command, what string) (who, problem string) {
	who = argument(cmd)
	utf8 := false
	if i := strings.LastIndexByte(who, ' '); i > 0 && strings.EqualFold(who[i+1:], "SMTPUTF8") && c.state.Offered.Has("SMTPUTF8") {
		who, utf8 = strings.TrimSpace(who[:i]), true
	}
	who = strings.Trim(who, "<>")
	switch {
	case who == "":
		return "", reply("501 5.5.4 " + cmd.Verb + " wants " + what)
	case !ascii(who) && !utf8:
		return "", reply("553 5.6.7 A name beyond ASCII needs SMTPUTF8")
	case !printable(who):
		return "", reply("501 5.5.2 That is no name")
	}
	return who, ""
}

// vrfy: RFC 5321, 3.5. Of other domains the server knows nothing.
func (c *conn) vrfy(cmd session.Command) string {
	who, problem := c.whom(cmd, "a name")
	if problem != "" {
		return problem
	}
	local, domain, _ := strings.Cut(who, "@")
	at := "@" + c.srv.opts.Name + ">"
	switch {
	case local == boxNobody, c.isLocal(domain) && !c.lives(local):
		return reply("550 5.1.1 There is no such mailbox")
	case !c.isLocal(domain): // RFC 5321, 3.5.3
	case local == boxSmith && len(c.srv.scenario.mailboxes) == 0: // RFC 5321, 3.5.1
		return replyLines("553", []string{
			"5.1.4 Ambiguous; possibilities are", "5.1.4 Joe Smith <jsmith" + at, "5.1.4 Harry Smith <hsmith" + at,
		})
	case local == boxMoved: // RFC 5321, 3.5.1
		return reply("251 2.1.5 User not local; will forward to <bob" + at)
	case local == boxGone:
		return reply("551 5.1.6 User not local; please try <gone@elsewhere.example>")
	case contains(staff(), local) || local == boxStaff || strings.EqualFold(local, "postmaster") || len(c.srv.scenario.mailboxes) > 0:
		return reply("250 2.1.5 <" + local + at)
	}
	return reply("252 2.0.0 I cannot verify that, and will take mail for it") // RFC 5321, 3.5.3
}

func (c *conn) expn(cmd session.Command) string {
	who, problem := c.whom(cmd, "the name of a list")
	if problem != "" {
		return problem
	}
	if local, domain, _ := strings.Cut(who, "@"); local != boxStaff || !c.isLocal(domain) {
		return reply("550 5.1.1 There is no such list; there is staff")
	}
	var lines []string
	for _, name := range staff() {
		lines = append(lines, "2.1.5 <"+name+"@"+c.srv.opts.Name+">")
	}
	return replyLines("250", lines)
}

// help: RFC 5321, 4.1.1.8.
func (c *conn) help(cmd session.Command) string {
	verb := strings.ToUpper(argument(cmd))
	if verb == "" {
		return reply("214-2.0.0 "+strings.Join(c.verbs(), " ")) + reply("214 2.0.0 HELP VERB says more")
	}
	for _, e := range explain.Lookup(verb) {
		if e.Kind == "verb" {
			return reply("214-2.0.0 "+e.Word+": "+e.Title) + reply("214 2.0.0 See "+e.Source)
		}
	}
	return reply("504 5.5.4 There is no help on that")
}

// verbs lists what the server understands now.
func (c *conn) verbs() []string {
	list := []string{"EHLO", "HELO"}
	if c.lmtp() {
		list = []string{"LHLO"}
	}
	list = append(list, "MAIL", "RCPT", "DATA", "RSET", "VRFY", "EXPN", "HELP", "NOOP", "QUIT")
	for _, x := range []struct{ keyword, verb string }{
		{"CHUNKING", "BDAT"}, {"STARTTLS", "STARTTLS"}, {"AUTH", "AUTH"}, {"ETRN", "ETRN"}, {"XCLIENT", "XCLIENT"}, {"XFORWARD", "XFORWARD"},
	} {
		if c.has(x.keyword) {
			list = append(list, x.verb)
		}
	}
	return list
}
