package practice

import (
	"strings"

	"ehlo/session"
)

// answer is the reply of a correct server.
//
// RFC 2034, 3: neither the greeting nor any reply to HELO or EHLO, refusals
// among them, has an enhanced code.
func (c *conn) answer(what string, cmd session.Command) string {
	text := c.decide(what, cmd)
	if what == "EHLO" || what == "HELO" || what == "LHLO" {
		return withoutEnhanced(text)
	}
	return c.coded(text)
}

// coded takes the enhanced codes off if the scenario withholds them.
func (c *conn) coded(text string) string {
	if contains(c.srv.scenario.withhold, "ENHANCEDSTATUSCODES") {
		return withoutEnhanced(text)
	}
	return text
}

func (c *conn) decide(what string, cmd session.Command) string {
	if what == session.Greeting {
		return c.greeting()
	}
	if what == session.EndOfData {
		return c.endOfData()
	}
	if c.state.Phase == session.Rejected && what != "QUIT" {
		return reply("503 5.5.1 No service here; only QUIT is left") // RFC 5321, 3.1
	}
	if problem := c.malformed(cmd); problem != "" {
		return problem
	}
	if problem := c.missing(what); problem != "" {
		return problem
	}
	switch what {
	case "EHLO", "HELO", "LHLO":
		return c.hello(cmd)
	case "MAIL":
		return c.mail(cmd)
	case "RCPT":
		return c.rcpt(cmd)
	case "DATA":
		return c.dataCommand(cmd)
	case "BDAT":
		return c.chunk(cmd)
	case "RSET":
		return c.rset(cmd)
	case "NOOP":
		return reply("250 2.0.0 Ok") // RFC 5321, 4.1.1.9
	case "QUIT":
		return c.quit(cmd)
	}
	return c.decideRarely(what, cmd)
}

// decideRarely answers what a mail does without.
func (c *conn) decideRarely(what string, cmd session.Command) string {
	switch what {
	case "VRFY":
		return c.vrfy(cmd)
	case "EXPN":
		return c.expn(cmd)
	case "HELP":
		return c.help(cmd)
	case "STARTTLS":
		return c.startTLS(cmd)
	case "AUTH":
		return c.auth(cmd)
	case "ETRN":
		return c.etrn(cmd)
	case "XCLIENT":
		return c.xclient(cmd)
	case "XFORWARD":
		return c.xforward(cmd)
	}
	if session.Source(what) != "" {
		return notImplemented()
	}
	return unrecognized()
}

// RFC 5321, 4.2.4: 502 for a verb that is known and not implemented, 500 for
// one that is not known.
func notImplemented() string { return reply("502 5.5.1 Command not implemented") }
func unrecognized() string   { return reply("500 5.5.1 Command unrecognized") }

// missing refuses what a client may not say before TLS or before it has logged
// in, if the scenario requires that.
func (c *conn) missing(what string) string {
	// RFC 3207, 4: every command other than NOOP, EHLO, STARTTLS, or QUIT.
	if c.requires("STARTTLS") && !c.state.Secure {
		switch what {
		case "NOOP", "EHLO", "LHLO", "STARTTLS", "QUIT":
		default:
			return reply("530 5.7.0 Must issue a STARTTLS command first")
		}
	}
	// RFC 4954, 6: any command other than AUTH, EHLO, HELO, NOOP, RSET, or QUIT;
	// STARTTLS comes before AUTH.
	if c.requires("AUTH") && c.state.Auth == "" {
		switch what {
		case "AUTH", "EHLO", "HELO", "LHLO", "NOOP", "RSET", "QUIT", "STARTTLS":
		default:
			return reply("530 5.7.0 Authentication required")
		}
	}
	return ""
}

func (c *conn) requires(what string) bool { return contains(c.srv.scenario.require, what) }

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

func (c *conn) rset(cmd session.Command) string {
	if argument(cmd) != "" {
		return reply("501 5.5.4 RSET takes no argument") // RFC 5321, 4.1.1.5
	}
	return reply("250 2.0.0 Ok")
}

func (c *conn) quit(cmd session.Command) string {
	if argument(cmd) != "" {
		return reply("501 5.5.4 QUIT takes no argument") // RFC 5321, 4.1.1.10
	}
	return reply("221 2.0.0 " + c.srv.opts.Name + " closing the channel")
}

// argument returns what follows the verb.
//
// RFC 5321, 4.1.1: blanks before the CRLF should be tolerated.
func argument(cmd session.Command) string { return strings.TrimSpace(cmd.Arg) }
