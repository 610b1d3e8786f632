package practice

import (
	"strconv"
	"strings"

	"ehlo/session"
)

func (c *conn) greeting() string {
	switch {
	case c.srv.scenario.greeting != "":
		return reply("220 " + c.fill(c.srv.scenario.greeting, session.Command{}))
	case c.srv.opts.Anonymous:
		return reply("220 " + c.srv.opts.Name)
	case c.lmtp():
		return reply("220 " + c.srv.opts.Name + " LMTP " + software)
	}
	return reply("220 " + c.srv.opts.Name + " ESMTP " + software)
}

// software is what the greeting announces.
//
// RFC 5321, 4.3.1: it may say what runs, and which version; some would rather
// not, and Options.Anonymous is for them.
const software = "ehlo practice server " + session.Version

// lmtp reports whether the server speaks LMTP instead of SMTP.
func (c *conn) lmtp() bool { return c.srv.scenario.lmtp }

// hello: RFC 5321, 4.1.1.1. RFC 2034, 3: no enhanced codes in replies to it.
func (c *conn) hello(cmd session.Command) string {
	switch {
	case c.lmtp() && cmd.Verb != "LHLO":
		return unrecognized() // RFC 2033, 4.1: HELO and EHLO are no commands of LMTP
	case !c.lmtp() && cmd.Verb == "LHLO":
		return notImplemented()
	}
	if problem := helloProblem(cmd); problem != "" {
		return problem
	}
	lines := []string{c.srv.opts.Name + " greets " + argument(cmd)}
	if text := c.srv.scenario.hello; text != "" {
		lines[0] = c.fill(text, session.Command{Arg: cmd.Arg})
	}
	if cmd.Verb != "HELO" {
		lines = append(lines, c.offers()...)
	}
	return replyLines("250", lines)
}

// replyLines makes one reply of several lines (RFC 5321, 4.2.1).
func replyLines(code string, lines []string) string {
	var b strings.Builder
	for i, line := range lines {
		sep := "-"
		if i == len(lines)-1 {
			sep = " "
		}
		b.WriteString(reply(code + sep + line))
	}
	return b.String()
}

func helloProblem(cmd session.Command) string {
	name := argument(cmd)
	if name == "" {
		return reply("501 " + cmd.Verb + " wants your name: a domain or an address literal")
	}
	if err := session.CheckDomain(name, false); err != nil {
		return reply("501 That is no name: " + err.Error())
	}
	return ""
}

// offers lists the keywords of the reply to EHLO. What a scenario offers
// stands even if it withholds the server's own offer of that name.
func (c *conn) offers() []string {
	all := []string{
		"PIPELINING", "SIZE " + strconv.FormatInt(c.srv.opts.MaxSize, 10), "8BITMIME", "ENHANCEDSTATUSCODES",
		"STARTTLS", "AUTH", "CHUNKING", "DSN", "SMTPUTF8",
	}
	if !c.lmtp() { // which gives a verdict for each recipient anyhow
		all = append(all, "PRDR")
	}
	all = append(all, "VRFY", "EXPN", "HELP")
	var offers []string
	for _, line := range all {
		keyword, _, _ := strings.Cut(line, " ")
		if !contains(c.srv.scenario.withhold, keyword) && !contains(c.srv.scenario.withhold, "*") {
			offers = c.offerNow(offers, line)
		}
	}
	for _, line := range c.srv.scenario.offer {
		offers = c.offerNow(offers, line)
	}
	return offers
}

// offerNow adds a line of the reply to EHLO if its time is now.
func (c *conn) offerNow(offers []string, line string) []string {
	if keyword, _, _ := strings.Cut(line, " "); !c.timely(keyword) {
		return offers
	}
	if strings.EqualFold(line, "AUTH") {
		list := c.mechanisms()
		if len(list) == 0 {
			return offers
		}
		line = "AUTH " + strings.Join(list, " ")
	}
	return append(offers, line)
}

// timely reports whether an extension may be offered now.
func (c *conn) timely(keyword string) bool {
	switch strings.ToUpper(keyword) {
	case "STARTTLS":
		return !c.state.Secure // RFC 3207, 4.2
	case "REQUIRETLS":
		return c.state.Secure // RFC 8689, 2
	}
	return true
}

// has reports whether the server offers an extension now.
func (c *conn) has(keyword string) bool {
	for _, line := range c.offers() {
		if first, _, _ := strings.Cut(line, " "); strings.EqualFold(first, keyword) {
			return true
		}
	}
	return false
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

// limit is a number that the server promised with LIMITS, or 0 (RFC 9422, 3).
func (c *conn) limit(name string) int {
	params, _ := c.state.Offered.Params("LIMITS")
	for word := range strings.FieldsSeq(params) {
		if key, value, _ := strings.Cut(word, "="); strings.EqualFold(key, name) {
			n, _ := strconv.Atoi(value)
			return n
		}
	}
	return 0
}
