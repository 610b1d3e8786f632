package session

import (
	"encoding/base64"
	"net/netip"
	"strconv"
	"strings"
)

// Everything that [Advise] says about what follows a verb lives in this file,
// but for the parameters of MAIL and RCPT.

// argument judges what follows the verb by the ABNF (RFC 5321, 4.1.1 and
// 4.1.2, and that of each extension).
func (a *advice) argument(s State, c Command) {
	arg := strings.TrimSpace(c.Arg)
	switch c.Verb {
	case "EHLO", "HELO", "LHLO":
		a.hello(c.Verb, arg)
	case "MAIL", "RCPT":
		a.wide(s, c)
		a.envelope(s, c)
	case "DATA", "RSET", "QUIT", "STARTTLS":
		if arg != "" {
			a.add(Wrong, 501, c.Verb+" takes no argument", Source(c.Verb))
		}
	case "VRFY", "EXPN":
		a.wide(s, c)
		a.whom(s, c.Verb, arg)
	case "BDAT":
		a.chunk(s, arg)
	case "BURL":
		a.url(arg)
	case "AUTH":
		a.login(s, arg)
	case "ETRN":
		a.node(arg)
	case "ATRN":
		a.domains(arg)
	case "XCLIENT", "XFORWARD":
		a.attributes(s, c.Verb, arg)
	}
}

// hello: RFC 5321, 4.1.1.1.
func (a *advice) hello(verb, name string) {
	source := Source(verb)
	if name == "" {
		a.add(Wrong, 501, verb+" wants the client's name", source)
		return
	}
	if !isASCII(name) {
		// RFC 6531, 3.7.1: nobody has offered SMTPUTF8 yet.
		a.add(Wrong, 501, "the name has octets outside ASCII: write such a domain as xn--…", "RFC 6531, 3.7.1")
		return
	}
	if _, err := netip.ParseAddr(name); err == nil {
		a.add(Wrong, 501, "an address stands in brackets: [192.0.2.1] or [IPv6:2001:db8::1]", "RFC 5321, 4.1.3")
		return
	}
	if err := CheckDomain(name, false); err != nil {
		a.add(Wrong, 501, err.Error(), source)
		return
	}
	switch {
	case verb == "HELO" && strings.HasPrefix(name, "["):
		a.add(Warning, 0, "by its ABNF HELO wants a domain; most servers take an address literal too", "RFC 5321, 4.1.1.1")
	case !strings.ContainsAny(name, ".["):
		a.add(Warning, 0, "a bare word is no fully qualified name; some servers refuse it", "RFC 5321, 2.3.5")
	}
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}

// whom: RFC 5321, 3.5.1; RFC 6531, 3.7.4.2.
func (a *advice) whom(s State, verb, arg string) {
	words := strings.Fields(arg)
	utf8 := len(words) > 1 && strings.EqualFold(words[len(words)-1], "SMTPUTF8")
	switch {
	case arg == "":
		a.add(Wrong, 501, verb+" wants an argument", Source(verb))
	case utf8 && !s.Offered.Has("SMTPUTF8"):
		a.add(Warning, 501, "SMTPUTF8 was not offered: it would be a part of the name", "RFC 6531, 3.7.4.2")
	case verb == "VRFY":
		a.add(Note, 0, "by policy, many servers answer 252 whether the mailbox exists or not", "RFC 5321, 3.5.3")
	}
}

// chunk: RFC 3030, 2: "BDAT" SP chunk-size [SP "LAST"].
func (a *advice) chunk(s State, arg string) {
	number, last, more := strings.Cut(arg, " ")
	switch {
	case !digits(number, 20):
		a.add(Wrong, 501, "BDAT wants the number of octets that follow", "RFC 3030, 2")
	case more && !strings.EqualFold(strings.TrimSpace(last), "LAST"):
		a.add(Wrong, 501, "behind its number BDAT takes nothing but LAST", "RFC 3030, 2")
	default:
		n, err := strconv.ParseInt(number, 10, 64)
		if most := s.maxSize(); err != nil || most > 0 && s.MailData.Octets+n > most {
			a.add(Warning, 552, "the content would be larger than the SIZE that was offered", "RFC 1870, 6.3")
		}
	}
}

// maxSize returns the largest message that the server takes, or 0 if it does
// not say (RFC 1870, 4).
func (s State) maxSize() int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(s.offer("SIZE")), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// url: RFC 4468, 3.2: "BURL" SP absolute-URI [SP "LAST"].
func (a *advice) url(arg string) {
	url, last, more := strings.Cut(arg, " ")
	switch {
	case !strings.Contains(url, ":"):
		a.add(Wrong, 501, "BURL wants a URL", "RFC 4468, 3.2")
	case more && !strings.EqualFold(strings.TrimSpace(last), "LAST"):
		a.add(Wrong, 501, "behind its URL BURL takes nothing but LAST", "RFC 4468, 3.2")
	}
}

// login: RFC 4954, 4: "AUTH" SP sasl-mech [SP initial-response].
func (a *advice) login(s State, arg string) {
	mech, response, some := strings.Cut(arg, " ")
	name := strings.ToUpper(mech)
	switch {
	case mech == "":
		a.add(Wrong, 501, "AUTH wants a mechanism", "RFC 4954, 4")
		return
	case s.Offered.Has("AUTH") && !hasWord(s.offer("AUTH"), name):
		a.add(Warning, 504, "the server does not offer the mechanism "+name, "RFC 4954, 4")
	}
	switch {
	case !some || response == "=":
	case !isBase64(response):
		a.add(Wrong, 501, "the initial response is not base64", "RFC 4954, 4")
	case name == "CRAM-MD5" || name == "DIGEST-MD5":
		// RFC 4954, 4: the client sends one, and the server has to speak first.
		a.add(Wrong, 501, name+" has no initial response: the server speaks first", "RFC 4954, 4")
	}
}

// response judges a line that answers a challenge.
func (a *advice) response(s State, line []byte, c Command) {
	a.ending(line)
	switch {
	case len(line) > authLine:
		a.add(Warning, 500, "a server need not take a response of more than 12288 octets", "RFC 4954, 4")
	case c.Raw == "*":
		a.add(Note, 501, "a * cancels the login", "RFC 4954, 4")
		return
	case !isBase64(c.Raw):
		a.add(Wrong, 501, "a response is base64, or * to cancel", "RFC 4954, 4")
	}
	if !s.Secure && c.Raw != "" {
		mech := s.out.mech
		switch {
		case mech == "":
			a.add(Warning, 0, "a secret would go out in the clear", "RFC 4954, 4")
		default:
			a.exposedLogin(mech, true)
		}
	}
}

func isBase64(text string) bool {
	_, err := base64.StdEncoding.Strict().DecodeString(text)
	return err == nil && !strings.ContainsAny(text, "\r\n")
}

func hasWord(list, word string) bool {
	for w := range strings.FieldsSeq(list) {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}

// node: RFC 1985, 5 and 5.3: a domain, @ before it for all below, or # and the
// name of a queue.
func (a *advice) node(arg string) {
	name := strings.TrimPrefix(arg, "@")
	if arg == "" || !strings.HasPrefix(arg, "#") && CheckDomain(name, false) != nil {
		a.add(Wrong, 501, "ETRN wants a domain", "RFC 1985, 5")
	}
}

// domains: RFC 2645, 5.2.1: "ATRN" [SP domain *("," domain)].
func (a *advice) domains(arg string) {
	if arg == "" {
		return
	}
	for domain := range strings.SplitSeq(arg, ",") {
		if CheckDomain(domain, false) != nil {
			a.add(Wrong, 501, "ATRN takes domains with commas between", "RFC 2645, 5.2.1")
			return
		}
	}
}

// envelope judges the argument of MAIL or RCPT.
func (a *advice) envelope(s State, c Command) {
	keyword := envelopeKeyword(c.Verb)
	env, err := ParseEnvelope(keyword, c.Arg)
	if err != nil {
		a.add(Wrong, 501, err.Error(), Source(c.Verb))
		return
	}
	if env.Bare {
		a.add(Wrong, 501, "the path stands in angle brackets, though many servers take it without", "RFC 5321, 4.1.2")
	}
	if env.Blank {
		a.add(Wrong, 501, "no blank may follow the colon, though many servers take it", "RFC 5321, 3.3")
	}
	a.path(s, c.Verb, env)
	a.parameters(s, c.Verb, env)
}

// path: RFC 5321, 4.1.2.
func (a *advice) path(s State, verb string, env Envelope) {
	check, wide := CheckForwardPath, s.Offered.Has("SMTPUTF8")
	if verb == "MAIL" {
		check = CheckReversePath
	}
	if err := check(env.Path, wide); err != nil {
		a.add(Wrong, 501, err.Error(), "RFC 5321, 4.1.2")
	}
	mailbox := env.Path
	if strings.HasPrefix(mailbox, "@") {
		a.add(Warning, 0, "source routes are obsolete; servers ignore or refuse them", "RFC 5321, Appendix C")
		_, mailbox, _ = strings.Cut(mailbox, ":")
	}
	if local, domain, ok := SplitMailbox(mailbox); ok {
		a.mailbox(s, local, domain)
	}
	if verb != "RCPT" {
		return
	}
	for i := range s.Recipients {
		if r := &s.Recipients[i]; r.Path == env.Path && r.Taken() {
			a.add(Note, 0, "this recipient was taken before; it will get one copy, most likely", "RFC 5321, 4.1.1.3")
			return
		}
	}
}

// mailbox notes what is allowed and often not meant.
func (a *advice) mailbox(s State, local, domain string) {
	switch {
	case !isASCII(domain) && !s.Offered.Has("SMTPUTF8"):
		a.add(Note, 0, "the domain could be written as xn--…, which needs no SMTPUTF8", "RFC 5890, 2.3.2.1")
	case strings.HasPrefix(domain, "["):
		a.add(Note, 0, "an address literal goes past the MX of any domain; many servers refuse it", "RFC 5321, 4.1.3")
	case !strings.Contains(domain, "."):
		a.add(Warning, 0, "the domain has no dot: only fully qualified names mean the same everywhere", "RFC 5321, 2.3.5")
	}
	if local != strings.ToLower(local) && !strings.EqualFold(local, "postmaster") {
		a.add(Note, 0, "the local-part is case-sensitive: in small letters it may be another mailbox", "RFC 5321, 2.4")
	}
	if needlessQuotes(local) {
		a.add(Note, 0, "the quotes are not needed, and not a part of the name", "RFC 5321, 4.1.2")
	}
}

func needlessQuotes(local string) bool {
	if len(local) < 3 || local[0] != '"' || local[len(local)-1] != '"' {
		return false
	}
	return checkLocal(local[1:len(local)-1], false) == nil
}
