package session

import (
	"fmt"
	"strings"
)

// Advise says what the rules think of a line that is about to be sent in this
// state: what a correct server would answer, and why. It never forbids
// anything. An empty advice means that nothing speaks against the line.
func Advise(s State, line []byte) []Remark {
	var a advice
	if !s.Open {
		a.add(Wrong, "there is no channel: connect first", "RFC 5321, 3.1")
		return a
	}
	if s.Phase == Data && !s.MailData.Complete {
		a.content(line)
		return a
	}
	if len(s.secrets(line)) > 0 && !s.Secure {
		a.add(Warning, "a secret would go out in the clear", "RFC 4954, 4")
	}
	if s.Phase == Challenged {
		return a
	}
	c := ParseCommand(line)
	a.form(s, line, c)
	a.sequence(s, c)
	a.argument(s, c)
	return a
}

type advice []Remark

func (a *advice) add(sev Severity, text, source string) {
	*a = append(*a, Remark{sev, text, source})
}

func (a *advice) content(line []byte) {
	text, ending := cutEnding(line)
	if ending == "\n" || strings.ContainsAny(text, "\r") {
		a.add(Wrong, "content has lines that end with CRLF and nothing else", "RFC 5321, 2.3.8")
	}
	if len(text) > 998 {
		a.add(Wrong, "a line of content has 998 octets at most", "RFC 5321, 4.5.3.1.6")
	}
	if strings.HasPrefix(text, ".") && text != "." && !strings.HasPrefix(text, "..") {
		a.add(Warning, "the server will take the first dot away", "RFC 5321, 4.5.2")
	}
}

// form judges the line as a line.
func (a *advice) form(s State, line []byte, c Command) {
	switch {
	case !strings.HasSuffix(string(line), "\n"):
		a.add(Warning, "without CRLF the server waits for the rest of the line", "RFC 5321, 2.3.8")
	case !strings.HasSuffix(string(line), "\r\n"):
		a.add(Wrong, "a line ends with CRLF, not with LF alone", "RFC 5321, 2.3.8")
	}
	// RFC 5321, 4.5.3.1.4: 512 octets with CRLF; extensions allow more.
	if len(line) > 512 && !s.ESMTP {
		a.add(Wrong, "a command line has 512 octets at most", "RFC 5321, 4.5.3.1.4")
	}
	for i := range len(c.Raw) {
		switch b := c.Raw[i]; {
		case b < ' ' && b != '\t', b == 0x7f:
			a.add(Wrong, "the line has a control character", "RFC 5321, 4.1.2")
			return
		case b >= 0x80 && !s.Offered.Has("SMTPUTF8"):
			a.add(Wrong, "the line has octets outside ASCII, and SMTPUTF8 was not offered", "RFC 6531, 3.4")
			return
		}
	}
}

// sequence judges the verb by the phase (RFC 5321, 4.1.4).
func (a *advice) sequence(s State, c Command) {
	if c.Verb == "" {
		a.add(Wrong, "an empty line is no command: expect 500", "RFC 5321, 4.2.4")
		return
	}
	if Source(c.Verb) == "" {
		a.add(Wrong, "unknown verb: expect 500", "RFC 5321, 4.2.4")
		return
	}
	if len(s.Pending) > 0 && !s.Offered.Has("PIPELINING") {
		a.add(Warning, "the reply to "+s.Pending[0].Verb+" has not come, and PIPELINING was not offered", "RFC 2920, 3.1")
	}
	if x := extensionOf(c.Verb); x != "" && !s.Offered.Has(x) {
		a.add(Warning, c.Verb+" belongs to the extension "+x+", which was not offered: expect 500 or 502", "RFC 5321, 2.2")
	}
	for _, verb := range s.MaySay() {
		if verb == c.Verb {
			return
		}
	}
	if why, source := outOfSequence(s, c.Verb); why != "" {
		a.add(Wrong, why, source)
	}
}

// extensionOf returns the keyword that a verb needs.
func extensionOf(verb string) string {
	switch verb {
	case "BDAT":
		return "CHUNKING"
	case "STARTTLS", "AUTH", "ETRN", "BURL", "ATRN", "XCLIENT", "XFORWARD":
		return verb
	}
	return ""
}

func outOfSequence(s State, verb string) (why, source string) {
	switch {
	case s.Phase == Rejected:
		return "the greeting was a refusal: the server answers 503 to everything but QUIT", "RFC 5321, 3.1"
	case s.Phase == Over:
		return "the session is over", "RFC 5321, 4.1.1.10"
	case verb == "MAIL" && s.InTransaction():
		return "a transaction is open: expect 503; RSET ends it", "RFC 5321, 4.1.4"
	case verb == "MAIL" && s.Phase == Greeted:
		return "EHLO or HELO comes first: expect 503", "RFC 5321, 4.1.4"
	case verb == "RCPT" && !s.InTransaction():
		return "MAIL comes first: expect 503", "RFC 5321, 4.1.4"
	case verb == "DATA" && s.Phase == Chunks:
		return "DATA and BDAT do not mix: expect 503", "RFC 3030, 2"
	case verb == "DATA" || verb == "BDAT":
		return "no recipient has been taken: expect 503 or 554", "RFC 5321, 3.3"
	case verb == "AUTH" && s.Auth != "":
		return "the client is authenticated already: expect 503", "RFC 4954, 4"
	case verb == "AUTH" && s.InTransaction():
		return "AUTH is not allowed in a transaction: expect 503", "RFC 4954, 4"
	case verb == "STARTTLS" && s.Secure:
		return "the channel is under TLS already: expect 503", "RFC 3207, 4"
	case (verb == "EHLO" || verb == "HELO" || verb == "LHLO") && s.InTransaction():
		return "a new " + verb + " clears the transaction", "RFC 5321, 4.1.4"
	case s.Phase == Greet:
		return "the greeting has not come; some servers refuse early talkers", "RFC 5321, 4.3.1"
	}
	return "", ""
}

// argument judges what follows the verb by the ABNF.
func (a *advice) argument(s State, c Command) {
	switch c.Verb {
	case "EHLO", "HELO", "LHLO":
		a.hello(c)
	case "MAIL":
		a.envelope(s, "FROM", "RFC 5321, 4.1.1.2", c)
	case "RCPT":
		a.envelope(s, "TO", "RFC 5321, 4.1.1.3", c)
	case "DATA", "RSET", "QUIT":
		if c.Arg != "" {
			a.add(Wrong, c.Verb+" takes no argument: expect 501", Source(c.Verb))
		}
	case "VRFY", "EXPN":
		if strings.TrimSpace(c.Arg) == "" {
			a.add(Wrong, c.Verb+" wants an argument: expect 501", Source(c.Verb))
		}
	}
}

func (a *advice) hello(c Command) {
	name := strings.TrimSpace(c.Arg)
	switch {
	case name == "":
		a.add(Wrong, c.Verb+" wants the client's name: expect 501", "RFC 5321, 4.1.1.1")
	case CheckDomain(name, false) != nil:
		a.add(Wrong, CheckDomain(name, false).Error()+": expect 501", "RFC 5321, 4.1.1.1")
	case !strings.ContainsAny(name, ".["):
		a.add(Warning, "a bare word is no fully qualified name; some servers refuse it", "RFC 5321, 2.3.5")
	}
}

func (a *advice) envelope(s State, keyword, source string, c Command) {
	env, err := ParseEnvelope(keyword, c.Arg)
	if err != nil {
		a.add(Wrong, err.Error()+": expect 501", source)
		return
	}
	if env.Bare {
		a.add(Wrong, "the path stands in angle brackets: expect 501, though many servers take it", "RFC 5321, 4.1.2")
	}
	if env.Blank {
		a.add(Wrong, "no blank may follow the colon, though many servers take it", "RFC 5321, 3.3")
	}
	check := CheckForwardPath
	if keyword == "FROM" {
		check = CheckReversePath
	}
	if err := check(env.Path, s.Offered.Has("SMTPUTF8")); err != nil {
		a.add(Wrong, err.Error()+": expect 501 or 553", "RFC 5321, 4.1.2")
	}
	if strings.HasPrefix(env.Path, "@") {
		a.add(Warning, "source routes are obsolete; servers ignore or refuse them", "RFC 5321, Appendix C")
	}
	if len(env.Params) > 0 && !s.ESMTP {
		a.add(Wrong, "parameters need EHLO: expect 555", "RFC 5321, 4.1.1.11")
		return
	}
	for _, p := range env.Params {
		switch x := extensionOfParam(p.Key); {
		case x == "":
			a.add(Warning, fmt.Sprintf("%s is no parameter that ehlo knows: expect 555", p.Key), "RFC 5321, 4.1.1.11")
		case !s.Offered.Has(x):
			a.add(Warning, fmt.Sprintf("%s belongs to the extension %s, which was not offered: expect 555", p.Key, x), "RFC 5321, 4.1.1.11")
		}
	}
}

// extensionOfParam returns the keyword that a MAIL or RCPT parameter needs.
func extensionOfParam(key string) string {
	switch key {
	case "BODY":
		return "8BITMIME"
	case "RET", "ENVID", "NOTIFY", "ORCPT":
		return "DSN"
	case "SIZE", "SMTPUTF8", "AUTH", "REQUIRETLS", "RRVS", "PRDR":
		return key
	case "BY":
		return "DELIVERBY"
	case "HOLDFOR", "HOLDUNTIL":
		return "FUTURERELEASE"
	case "MT-PRIORITY":
		return "MT-PRIORITY"
	}
	return ""
}
