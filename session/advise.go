package session

import (
	"bytes"
	"strings"
)

// Advice is what the rules say about a line before it is sent.
type Advice struct {
	Remark
	// Expect is what a correct server answers because of it; 0 if it does not
	// change the answer.
	Expect Code
}

// Advise says what the rules think of a line that is about to be sent in this
// state: what a correct server would answer, and why. It never forbids
// anything, and whatever the line holds it has no error. An empty advice means
// that nothing speaks against the line.
//
// Of more than one line it judges the first. The advice stands in the order in
// which a server would look: at the line, the sequence, the argument.
func Advise(s State, line []byte) []Advice {
	var a advice
	if !s.Open {
		a.add(Wrong, 0, "there is no channel: connect first", "RFC 5321, 3.1")
		return a
	}
	if s.out.chunk > 0 {
		a.add(Note, 0, "these octets belong to the chunk that is under way", "RFC 3030, 2")
		return a
	}
	if s.Phase == Data && !s.MailData.Complete {
		a.content(line)
		return a
	}
	if len(s.out.text) > 0 {
		a.add(Note, 0, "it goes on with the line that has no end yet", "RFC 5321, 2.3.8")
		line = join(s.out.text, line)
	}
	if i := bytes.IndexByte(line, '\n'); i >= 0 && i+1 < len(line) {
		a.severalLines(s)
		line = line[:i+1]
	}
	c := ParseCommand(line)
	if s.Phase == Challenged || s.waitsFor("AUTH") && Source(c.Verb) == "" {
		a.response(s, line, c)
		return a
	}
	a.form(s, line, c)
	if syntaxFirst(c.Verb) {
		a.argument(s, c)
		a.sequence(s, c)
	} else {
		a.sequence(s, c)
		a.argument(s, c)
	}
	a.exposed(s, line, c)
	return a
}

// syntaxFirst reports whether servers look at the argument before they ask
// whether the command is in its place: where there should be none, or where
// octets follow that have to be read.
func syntaxFirst(verb string) bool {
	switch verb {
	case "DATA", "RSET", "QUIT", "STARTTLS", "BDAT":
		return true
	}
	return false
}

// AdviseBehind is [Advise] for a line that goes out in one write with others
// before it, which are answered as hoped.
func AdviseBehind(s State, others []Step, line []byte) []Advice {
	sent := s
	for _, st := range others {
		sent = sent.Apply(Event{Seq: sent.Seq + 1, Kind: Sent, Data: st.Bytes})
		s = Hoped(s, st)
	}
	var a advice
	if len(others) > 0 {
		a.group(sent, ParseCommand(line))
	}
	return append(a, Advise(s, line)...)
}

// Expect returns what a correct server would answer to a line: what the advice
// on it says, or else what the verb hopes for. It is 0 where nobody can tell.
func Expect(s State, line []byte) Code {
	for _, r := range Advise(s, line) {
		if r.Expect != 0 {
			return r.Expect
		}
	}
	if !s.Open || s.out.chunk > 0 {
		return 0
	}
	switch s.Phase {
	case Data, Challenged, Handshake, Over:
		return 0
	}
	return success(ParseCommand(join(s.out.text, line)))
}

// success is what a server answers to a command that it carries out.
func success(c Command) Code {
	switch c.Verb {
	case "HELP":
		return 214
	case "AUTH":
		if mech, response, _ := strings.Cut(strings.TrimSpace(c.Arg), " "); response == "" || !oneStep(mech) {
			return 334
		}
	}
	return HopeFor(c.Verb)
}

// oneStep reports whether a mechanism is done with its initial response.
func oneStep(mech string) bool {
	switch strings.ToUpper(mech) {
	case "PLAIN", "EXTERNAL", "ANONYMOUS", "XOAUTH2", "OAUTHBEARER":
		return true
	}
	return false
}

type advice []Advice

// add notes one thing. What the server answers stands before it, where a narrow
// screen shows it.
func (a *advice) add(sev Severity, expect Code, text, source string) {
	if expect != 0 {
		text = "expect " + expect.String() + ": " + text
	}
	*a = append(*a, Advice{Remark{sev, text, source}, expect})
}

func (a *advice) content(line []byte) {
	text, ending := cutEnding(line)
	if ending == "\n" || strings.ContainsAny(text, "\r") {
		a.add(Wrong, 0, "content has lines that end with CRLF and nothing else", "RFC 5321, 2.3.8")
	}
	if len(text) > 998 {
		a.add(Wrong, 0, "a line of content has 998 octets at most", "RFC 5321, 4.5.3.1.6")
	}
	if strings.HasPrefix(text, ".") && text != "." && !strings.HasPrefix(text, "..") {
		a.add(Warning, 0, "the server will take the first dot away", "RFC 5321, 4.5.2")
	}
}

func (a *advice) severalLines(s State) {
	if s.Offered.Has("PIPELINING") {
		a.add(Note, 0, "there is more than one line: this is about the first", "RFC 2920, 3.1")
		return
	}
	a.add(Warning, 0, "there is more than one line, and PIPELINING was not offered", "RFC 2920, 3.1")
}

// The longest lines, CRLF included.
const (
	commandLine = 512   // RFC 5321, 4.5.3.1.4; and for AUTH RFC 4954, 4
	authLine    = 12288 // RFC 4954, 4: enough for a response, whatever the mechanism
)

// form judges the line as a line.
func (a *advice) form(s State, line []byte, c Command) {
	a.ending(line)
	// RFC 5321, 4.5.3.1.9: a line that is too long is answered 500.
	switch {
	case len(line)-extended(s, c) <= commandLine || c.Verb == "BURL":
	case c.Verb == "AUTH":
		a.add(Wrong, 500, "AUTH has 512 octets at most: such a response comes after the 334", "RFC 4954, 4")
	default:
		a.add(Wrong, 500, "a command line has 512 octets at most, extensions aside", "RFC 5321, 4.5.3.1.4")
	}
	for i := range len(c.Raw) {
		switch b := c.Raw[i]; {
		case b < ' ' && b != '\t', b == 0x7f:
			a.add(Wrong, 501, "the line has a control character", "RFC 5321, 4.1.2")
			return
		case b >= 0x80:
			a.eightBit(s, c)
			return // once is enough
		}
	}
}

func (a *advice) ending(line []byte) {
	switch {
	case !bytes.HasSuffix(line, []byte("\n")):
		a.add(Warning, 0, "without CRLF the server waits for the rest of the line", "RFC 5321, 2.3.8")
	case !bytes.HasSuffix(line, []byte("\r\n")):
		a.add(Wrong, 0, "a line ends with CRLF, not with LF alone", "RFC 5321, 2.3.8")
	}
}

// extended counts the octets of a line that extensions have added: those of
// their parameters. Each of them makes room for its own (RFC 1870, 3, for
// example, for SIZE).
func extended(s State, c Command) int {
	keyword := envelopeKeyword(c.Verb)
	if keyword == "" || !s.ESMTP {
		return 0
	}
	env, err := ParseEnvelope(keyword, c.Arg)
	if err != nil {
		return 0
	}
	n := 0
	for _, p := range env.Params {
		if x := parameterOf(p.Key); x != nil && s.Offered.Has(x.keyword) {
			n += 1 + len(p.String())
		}
	}
	return n
}

func envelopeKeyword(verb string) string {
	switch verb {
	case "MAIL":
		return "FROM"
	case "RCPT":
		return "TO"
	}
	return ""
}

// eightBit judges octets outside ASCII where nothing makes room for them.
//
// RFC 5321, 2.4: without an extension that permits it a command is ASCII, and
// a server should answer 500.
func (a *advice) eightBit(s State, c Command) {
	switch {
	case isHello(c.Verb): // hello says more
	case !s.Offered.Has("SMTPUTF8"):
		a.add(Wrong, 500, "the line has octets outside ASCII, and SMTPUTF8 was not offered", "RFC 5321, 2.4")
	case c.Verb != "MAIL" && c.Verb != "RCPT" && c.Verb != "VRFY" && c.Verb != "EXPN":
		a.add(Wrong, 500, "the line has octets outside ASCII, which SMTPUTF8 has no place for here", "RFC 5321, 2.4")
	}
}

// wide judges octets outside ASCII in an address under SMTPUTF8: RFC 6531, 3.5
// has 550 for MAIL and 553 for RCPT.
func (a *advice) wide(s State, c Command) {
	if isASCII(c.Arg) || !s.Offered.Has("SMTPUTF8") {
		return
	}
	asked := strings.Contains(strings.ToUpper(c.Raw)+" ", " SMTPUTF8 ")
	if c.Verb == "RCPT" && s.ReversePath != nil {
		_, asked = s.ReversePath.Param("SMTPUTF8")
	}
	if asked {
		return
	}
	switch c.Verb {
	case "MAIL":
		a.add(Wrong, 550, "the path has octets outside ASCII: MAIL says SMTPUTF8 then", "RFC 6531, 3.4 and 3.5")
	case "RCPT":
		a.add(Wrong, 553, "the path has octets outside ASCII, and MAIL did not say SMTPUTF8", "RFC 6531, 3.4 and 3.5")
	default:
		a.add(Wrong, 553, "the name has octets outside ASCII: "+c.Verb+" says SMTPUTF8 then", "RFC 6531, 3.7.4.2")
	}
}

// exposed warns of what anybody on the way could read.
func (a *advice) exposed(s State, line []byte, c Command) {
	if s.answersNothing(c, []byte(c.Raw)) {
		a.add(Note, 0, "AUTH was refused: what is no command is taken for a name or a password, and veiled", "RFC 4954, 4")
	}
	if s.Secure {
		return
	}
	if c.Verb == "AUTH" {
		mech, response, _ := strings.Cut(strings.TrimSpace(c.Arg), " ")
		a.exposedLogin(strings.ToUpper(mech), response != "")
		return
	}
	if len(s.Secrets(line)) > 0 {
		a.add(Warning, 0, "a secret would go out in the clear", "RFC 4954, 4")
	}
}

// exposedLogin judges a mechanism without TLS. said is set if the line has a
// response already.
func (a *advice) exposedLogin(mech string, said bool) {
	switch mech {
	case "PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER", "SECURID":
		if said {
			a.add(Warning, 0, "a secret would go out in the clear: base64 is no encryption", "RFC 4954, 4")
		} else {
			a.add(Warning, 0, "the response to it would carry a secret in the clear", "RFC 4954, 4")
		}
	case "CRAM-MD5", "DIGEST-MD5", "NTLM":
		a.add(Warning, 0, "in the clear: who listens can guess at the password at leisure", "RFC 4954, 9")
	case "EXTERNAL":
		a.add(Warning, 0, "without TLS there is no certificate that EXTERNAL could mean", "RFC 4422, A")
	default:
		if strings.HasSuffix(mech, "-PLUS") {
			a.add(Wrong, 0, mech+" needs TLS: there is no channel to bind to", "RFC 5802, 6")
		}
	}
}
