package practice

import (
	"fmt"
	"strconv"
	"strings"

	"ehlo/session"
	"ehlo/session/explain"
)

// answers holds what a correct server replies to each verb, given the state
// before the reply. All have the same shape.
var answers map[string]func(*conn, session.Command) string

func init() {
	answers = map[string]func(*conn, session.Command) string{
		session.Greeting: (*conn).greeting, session.EndOfData: (*conn).endOfData,
		"EHLO": (*conn).ehlo, "HELO": (*conn).helo, "MAIL": (*conn).mail, "RCPT": (*conn).rcpt,
		"DATA": (*conn).dataCommand, "RSET": (*conn).rset, "NOOP": (*conn).noop, "QUIT": (*conn).quit,
		"VRFY": (*conn).vrfy, "EXPN": (*conn).expn, "HELP": (*conn).help,
	}
}

// answer is the reply of a correct server.
//
// RFC 2034, 3: neither the greeting nor any reply to HELO or EHLO, refusals
// among them, has an enhanced code.
func (c *conn) answer(what string, cmd session.Command) string {
	text := c.decide(what, cmd)
	if what == "EHLO" || what == "HELO" || contains(c.srv.scenario.withhold, "ENHANCEDSTATUSCODES") {
		return withoutEnhanced(text)
	}
	return text
}

func (c *conn) decide(what string, cmd session.Command) string {
	if c.state.Phase == session.Rejected && what != "QUIT" {
		return reply("503 5.5.1 No service here; only QUIT is left") // RFC 5321, 3.1
	}
	if what != session.Greeting && what != session.EndOfData {
		if problem := c.malformed(cmd); problem != "" {
			return problem
		}
	}
	if a := answers[what]; a != nil {
		return a(c, cmd)
	}
	if session.Source(what) != "" {
		return reply("502 5.5.1 Command not implemented") // RFC 5321, 4.2.4
	}
	return reply("500 5.5.1 Command unrecognized") // RFC 5321, 4.2.4
}

// malformed refuses what is no line of SMTP.
func (c *conn) malformed(cmd session.Command) string {
	switch {
	case cmd.Raw == "":
		return reply("500 5.5.2 An empty line is no command")
	case strings.HasSuffix(cmd.Ending, "\n") && cmd.Ending != "\r\n":
		return reply("500 5.5.2 A line ends with CRLF, not with a bare LF") // RFC 5321, 2.3.8
	case strings.ContainsAny(cmd.Raw, "\r\x00"):
		return reply("500 5.5.2 A bare CR or a NUL is in the line") // RFC 5321, 2.3.8 and 4.1.2
	}
	return ""
}

func reply(line string) string { return line + "\r\n" }

func (c *conn) greeting(session.Command) string {
	return reply("220 " + c.srv.opts.Name + " ESMTP ehlo practice server")
}

// offers lists the keywords of the reply to EHLO. What a scenario offers
// stands even if it withholds the server's own offer of that name.
func (c *conn) offers() []string {
	all := []string{
		"PIPELINING", "SIZE " + strconv.FormatInt(c.srv.opts.MaxSize, 10), "8BITMIME",
		"ENHANCEDSTATUSCODES", "VRFY", "EXPN", "HELP",
	}
	var offers []string
	for _, line := range all {
		keyword, _, _ := strings.Cut(line, " ")
		if !contains(c.srv.scenario.withhold, keyword) {
			offers = append(offers, line)
		}
	}
	return append(offers, c.srv.scenario.offer...)
}

// maxSize is the size that is offered, or else the server's own limit.
func (c *conn) maxSize() int64 {
	for _, line := range c.srv.scenario.offer {
		if number, ok := strings.CutPrefix(line, "SIZE "); ok {
			if size, err := strconv.ParseInt(number, 10, 64); err == nil && size > 0 {
				return size
			}
		}
	}
	return c.srv.opts.MaxSize
}

// ehlo: RFC 5321, 4.1.1.1. RFC 2034, 3: no enhanced codes in replies to it.
func (c *conn) ehlo(cmd session.Command) string {
	if problem := helloProblem(cmd); problem != "" {
		return problem
	}
	lines := append([]string{c.srv.opts.Name + " greets " + strings.TrimSpace(cmd.Arg)}, c.offers()...)
	var b strings.Builder
	for i, line := range lines {
		sep := "-"
		if i == len(lines)-1 {
			sep = " "
		}
		b.WriteString("250" + sep + line + "\r\n")
	}
	return b.String()
}

func (c *conn) helo(cmd session.Command) string {
	if problem := helloProblem(cmd); problem != "" {
		return problem
	}
	return reply("250 " + c.srv.opts.Name + " greets " + strings.TrimSpace(cmd.Arg))
}

func helloProblem(cmd session.Command) string {
	name := strings.TrimSpace(cmd.Arg)
	if name == "" {
		return reply("501 " + cmd.Verb + " wants your name: a domain or an address literal")
	}
	if err := session.CheckDomain(name, false); err != nil {
		return reply("501 That is no name: " + err.Error())
	}
	return ""
}

// mail: RFC 5321, 3.3 and 4.1.1.2.
func (c *conn) mail(cmd session.Command) string {
	switch {
	case c.state.InTransaction():
		return reply("503 5.5.1 A transaction is open; RSET ends it") // RFC 5321, 4.1.4
	case c.state.Phase == session.Greeted:
		return reply("503 5.5.1 EHLO or HELO first") // RFC 5321, 4.1.4
	}
	env, problem := c.envelope("FROM", cmd)
	if problem != "" {
		return problem
	}
	if err := session.CheckReversePath(env.Path, false); err != nil {
		return reply("501 5.1.7 " + err.Error())
	}
	if problem := c.mailParams(env); problem != "" {
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

// unknown refuses a parameter. What goes back to the client is cut and
// escaped: a reply is 512 octets of printable ASCII at most (RFC 5321, 4.2 and
// 4.5.3.1.5).
func unknown(key string) string {
	if len(key) > 40 {
		key = key[:40]
	}
	return reply("555 5.5.4 Parameter " + strings.Trim(strconv.QuoteToASCII(key), `"`) + " not recognized")
}

func (c *conn) mailParams(env session.Envelope) string {
	seen := map[string]bool{}
	for _, p := range env.Params {
		offered := map[string]string{"SIZE": "SIZE", "BODY": "8BITMIME"}[p.Key]
		switch {
		case offered == "" || !c.state.Offered.Has(offered):
			return unknown(p.Key)
		case seen[p.Key]:
			return reply("501 5.5.4 Parameter " + p.Key + " is given twice")
		}
		seen[p.Key] = true
		if p.Key == "BODY" && !strings.EqualFold(p.Value, "7BIT") && !strings.EqualFold(p.Value, "8BITMIME") {
			return reply("501 5.5.4 BODY is 7BIT or 8BITMIME") // RFC 6152, 2
		}
		if p.Key != "SIZE" {
			continue
		}
		// RFC 1870, 5: size-value = 1*20DIGIT. Twenty digits may be more than
		// an int64 holds; that is no error of syntax, only very much.
		if p.Value == "" || len(p.Value) > 20 || strings.Trim(p.Value, "0123456789") != "" {
			return reply("501 5.5.4 SIZE is a number of octets")
		}
		if size, err := strconv.ParseInt(p.Value, 10, 64); err != nil || size > c.maxSize() { // RFC 1870, 6.1
			return tooBig(p.Value, c.maxSize())
		}
	}
	return ""
}

func tooBig(size string, limit int64) string {
	return reply(fmt.Sprintf("552 5.3.4 %s octets are more than the limit of %d", size, limit))
}

// rcpt: RFC 5321, 3.3 and 4.1.1.3.
func (c *conn) rcpt(cmd session.Command) string {
	if !c.state.InTransaction() {
		return reply("503 5.5.1 MAIL first") // RFC 5321, 4.1.4
	}
	env, problem := c.envelope("TO", cmd)
	if problem != "" {
		return problem
	}
	if err := session.CheckForwardPath(env.Path, false); err != nil {
		return reply("501 5.1.3 " + err.Error())
	}
	if len(env.Params) > 0 {
		return unknown(env.Params[0].Key)
	}
	if len(c.state.ForwardPath()) >= c.srv.opts.MaxRecipients {
		return reply("452 4.5.3 Too many recipients; send to these first") // RFC 5321, 4.5.3.1.10
	}
	switch mailboxOf(env.Path) {
	case "nobody":
		return reply("550 5.1.1 <" + env.Path + "> there is no such mailbox")
	case "busy":
		return reply("450 4.2.1 <" + env.Path + "> the mailbox is busy; try again later")
	}
	return reply("250 2.1.5 <" + env.Path + "> Ok")
}

// mailboxOf returns the local part, behind a source route if there is one.
func mailboxOf(path string) string {
	if strings.HasPrefix(path, "@") {
		_, path, _ = strings.Cut(path, ":")
	}
	local, _, _ := session.SplitMailbox(path)
	return local
}

// dataCommand: RFC 5321, 4.1.1.4.
func (c *conn) dataCommand(cmd session.Command) string {
	switch {
	case argument(cmd) != "":
		return reply("501 5.5.4 DATA takes no argument")
	case !c.state.InTransaction():
		return reply("503 5.5.1 MAIL and RCPT first")
	case c.state.Phase != session.Recipients:
		return reply("554 5.5.1 No valid recipients") // RFC 5321, 3.3
	}
	return reply("354 End data with <CR><LF>.<CR><LF>")
}

// argument returns what follows the verb.
//
// RFC 5321, 4.1.1: blanks before the CRLF should be tolerated.
func argument(cmd session.Command) string { return strings.TrimSpace(cmd.Arg) }

// endOfData counts as RFC 1870, 3 does: without the dots that were doubled on
// the way.
func (c *conn) endOfData(session.Command) string {
	size := c.state.MailData.Octets - c.dots
	if size > c.maxSize() { // RFC 1870, 6.3
		return tooBig(strconv.FormatInt(size, 10), c.maxSize())
	}
	return reply(fmt.Sprintf("250 2.0.0 Ok: %d octets, message %d of this session",
		size, c.state.Accepted+1))
}

func (c *conn) rset(cmd session.Command) string {
	if argument(cmd) != "" {
		return reply("501 5.5.4 RSET takes no argument") // RFC 5321, 4.1.1.5
	}
	return reply("250 2.0.0 Ok")
}

func (c *conn) noop(session.Command) string { return reply("250 2.0.0 Ok") } // RFC 5321, 4.1.1.9

func (c *conn) quit(cmd session.Command) string {
	if argument(cmd) != "" {
		return reply("501 5.5.4 QUIT takes no argument") // RFC 5321, 4.1.1.10
	}
	return reply("221 2.0.0 " + c.srv.opts.Name + " closing the channel")
}

// staff is the mailing list that EXPN and VRFY know.
var staff = []string{"alice", "bob", "carol"}

// vrfy: RFC 5321, 3.5. Of other domains the server knows nothing.
func (c *conn) vrfy(cmd session.Command) string {
	who := strings.Trim(strings.TrimSpace(cmd.Arg), "<>")
	local, domain, _ := strings.Cut(who, "@")
	here := domain == "" || strings.EqualFold(domain, c.srv.opts.Name)
	switch {
	case who == "":
		return reply("501 5.5.4 VRFY wants a name")
	case local == "nobody":
		return reply("550 5.1.1 There is no such mailbox")
	case !here: // RFC 5321, 3.5.3
	case contains(staff, local) || local == "staff" || strings.EqualFold(local, "postmaster"):
		return reply("250 2.1.5 <" + local + "@" + c.srv.opts.Name + ">")
	}
	return reply("252 2.0.0 I cannot verify that, and will take mail for it") // RFC 5321, 3.5.3
}

func (c *conn) expn(cmd session.Command) string {
	switch who := strings.Trim(strings.TrimSpace(cmd.Arg), "<>"); who {
	case "":
		return reply("501 5.5.4 EXPN wants the name of a list")
	case "staff":
		var b strings.Builder
		for i, name := range staff {
			sep := "-"
			if i == len(staff)-1 {
				sep = " "
			}
			b.WriteString("250" + sep + "2.1.5 <" + name + "@" + c.srv.opts.Name + ">\r\n")
		}
		return b.String()
	}
	return reply("550 5.1.1 There is no such list; there is staff")
}

// help: RFC 5321, 4.1.1.8.
func (c *conn) help(cmd session.Command) string {
	verb := strings.ToUpper(strings.TrimSpace(cmd.Arg))
	if verb == "" {
		return reply("214-2.0.0 EHLO HELO MAIL RCPT DATA RSET VRFY EXPN HELP NOOP QUIT") +
			reply("214 2.0.0 HELP VERB says more")
	}
	for _, e := range explain.Lookup(verb) {
		if e.Kind == "verb" {
			return reply("214-2.0.0 "+e.Word+": "+e.Title) + reply("214 2.0.0 See "+e.Source)
		}
	}
	return reply("504 5.5.4 There is no help on that")
}
