package session

import (
	"fmt"
	"strconv"
	"strings"
)

// Everything that [Advise] says about the order of commands lives in this
// file (RFC 5321, 4.1.4).

// sequence judges the verb by the phase.
func (a *advice) sequence(s State, c Command) {
	if !a.known(c) {
		return
	}
	a.group(s, c)
	if s.Phase == Greeted && c.Verb == "LHLO" || s.Phase == Greeted && c.Verb == "EHLO" {
		a.protocol(s, c.Verb)
	}
	if x := notOffered(s, c.Verb); x != "" {
		// RFC 5321, 4.2.4: 500 if the server does not know it, 502 if it does.
		a.add(Warning, 502, c.Verb+" belongs to the extension "+x+", which was not offered", "RFC 5321, 2.2.1 and 4.2.4")
		return
	}
	if why, source, expect := outOfSequence(s, c.Verb); why != "" {
		a.add(Wrong, expect, why, source)
		return
	}
	a.consequence(s, c)
}

// known judges the verb alone, and reports whether there is more to say.
func (a *advice) known(c Command) bool {
	switch {
	case strings.TrimSpace(c.Raw) == "":
		a.add(Wrong, 500, "an empty line is no command", "RFC 5321, 4.2.4")
	case c.Verb == "":
		a.add(Wrong, 500, "a command begins at the beginning of its line", "RFC 5321, 4.1.1")
	case c.Verb == "TURN":
		a.add(Wrong, 502, "TURN is obsolete: ETRN and ATRN took its place", "RFC 5321, F.1")
	case c.Verb == "SEND" || c.Verb == "SOML" || c.Verb == "SAML":
		a.add(Wrong, 502, c.Verb+" is obsolete", "RFC 5321, F.6")
	case Source(c.Verb) == "":
		a.add(Wrong, 500, "unknown verb"+mistaken(c), "RFC 5321, 4.2.4")
	default:
		return true
	}
	return false
}

// mistaken says what an unknown verb may have been meant for.
func mistaken(c Command) string {
	if len(c.Verb) >= 3 && strings.Trim(c.Verb[:3], "0123456789") == "" {
		return ": only the server says lines that begin with a code"
	}
	for _, verb := range []string{"MAIL", "RCPT"} {
		if strings.HasPrefix(c.Verb, verb) {
			return ": a blank belongs behind " + verb
		}
	}
	for _, verb := range []string{"EHLO", "HELO", "MAIL", "RCPT", "DATA", "RSET", "QUIT", "NOOP", "VRFY", "STARTTLS"} {
		if oneOff(c.Verb, verb) {
			return "; is it " + verb + "?"
		}
	}
	if strings.HasSuffix(c.Verb, ":") {
		return ": a header is content, which is said behind DATA"
	}
	return ""
}

// oneOff reports whether a letter is too much, missing or another, or two have
// changed places.
func oneOff(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	for i := range len(a) {
		if a[i] != b[i] {
			swapped := len(a) == len(b) && i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
			return swapped || a[i:] == b[i+1:] || len(a) == len(b) && a[i+1:] == b[i+1:]
		}
	}
	return len(b)-len(a) <= 1
}

// group judges a command by those before it whose replies have not come
// (RFC 2920, 3.1).
func (a *advice) group(s State, c Command) {
	if len(s.Pending) == 0 || s.Pending[0].Verb == Greeting {
		return
	}
	behind := s.Pending[len(s.Pending)-1]
	last := behind.Verb
	switch {
	case last == "STARTTLS":
		a.add(Wrong, 0, "the next octet after STARTTLS belongs to TLS: wait for the reply", "RFC 3207, 4")
	case !s.Offered.Has("PIPELINING"):
		a.add(Warning, 0, s.Pending[0].What()+" has not come, and PIPELINING was not offered", "RFC 2920, 3.1")
	case last == "AUTH" && oneStep(behind.Arg):
		// RFC 4468, 3.4: a login in one step may be pipelined. Whether it had its
		// response with it, a state does not keep.
	case endsGroup(last):
		a.add(Warning, 0, last+" ends a group of commands: wait for its reply", "RFC 2920, 3.1")
	}
}

// endsGroup reports whether a client has to wait for the reply to a verb
// whatever was offered: RFC 2920, 3.1; RFC 3207, 4; RFC 4954, 4.
func endsGroup(verb string) bool {
	switch verb {
	case "EHLO", "HELO", "LHLO", "DATA", "VRFY", "EXPN", "QUIT", "NOOP", "STARTTLS", "AUTH", "XCLIENT", "ETRN", "ATRN":
		return true
	}
	return false
}

// protocol compares LHLO and EHLO with what the greeting says.
func (a *advice) protocol(s State, verb string) {
	if s.Last.To != Greeting || len(s.Last.Lines) == 0 {
		return
	}
	words := strings.Fields(strings.ToUpper(s.Last.Text()))
	for _, w := range words {
		switch {
		case w == "LMTP" && verb != "LHLO":
			a.add(Warning, 500, "the greeting says LMTP, which begins with LHLO", "RFC 2033, 4.1")
			return
		case (w == "ESMTP" || w == "SMTP") && verb == "LHLO":
			a.add(Warning, 500, "the greeting says "+w+", and LHLO is of LMTP", "RFC 2033, 4.1")
			return
		}
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

// notOffered returns the extension that a verb needs and the server lacks, or
// "". Before EHLO nobody knows, and STARTTLS is not offered twice (RFC 3207,
// 4.2).
func notOffered(s State, verb string) string {
	x := extensionOf(verb)
	switch {
	case x == "" || s.Offered.Has(x) || !s.ESMTP, verb == "STARTTLS" && s.Secure:
		return ""
	case s.Phase == Over || s.Phase == Handshake:
		return ""
	}
	return x
}

func isHello(verb string) bool { return verb == "EHLO" || verb == "HELO" || verb == "LHLO" }

// outOfSequence says why a correct server refuses a verb in this phase.
func outOfSequence(s State, verb string) (why, source string, expect Code) {
	switch {
	case s.Phase == Rejected && verb != "QUIT":
		return "the greeting was a refusal: the server answers 503 to everything but QUIT", "RFC 5321, 3.1", 503
	case s.Phase == Over:
		return "the session is over", "RFC 5321, 4.1.1.10", 0
	case s.Phase == Greet && s.out.preamble == 0 && !s.Offered.Has("PIPECONNECT"):
		return "the greeting has not come; some servers refuse early talkers", "RFC 5321, 4.3.1", 0
	case s.Phase == Handshake:
		return "the server waits for a TLS handshake: a command would break it", "RFC 3207, 4", 0
	case s.Phase == Spoilt && (verb == "HELP" || verb == "VRFY" || verb == "EXPN"):
		return "a chunk was refused: a client says RSET before anything else", "RFC 3030, 2", 0
	case s.Phase == Spoilt && verb != "RSET" && verb != "QUIT" && verb != "NOOP" && !isHello(verb):
		return "a chunk was refused: RSET comes first", "RFC 3030, 2", 503
	case isHello(verb) && s.LMTP && verb != "LHLO":
		return verb + " is no command of LMTP", "RFC 2033, 4.1", 500
	case verb == "LHLO" && s.Helo != "" && !s.LMTP:
		return "LHLO is of LMTP, and this is SMTP", "RFC 2033, 4.1", 500
	}
	if why, source, expect := outOfTransaction(s, verb); why != "" {
		return why, source, expect
	}
	return outOfSession(s, verb)
}

// outOfTransaction is for the commands of a transaction.
func outOfTransaction(s State, verb string) (why, source string, expect Code) {
	switch verb {
	case "MAIL":
		if s.InTransaction() {
			return "a transaction is open; RSET ends it", "RFC 5321, 4.1.4", 503
		}
		if s.Phase == Greeted {
			return "EHLO or HELO comes first", "RFC 5321, 4.1.4", 503
		}
	case "RCPT":
		if s.Phase == Chunks {
			return "the content has begun: no recipient can be added", "RFC 5321, 4.1.4", 503
		}
		if !s.InTransaction() && !s.waitsFor("MAIL") {
			return "MAIL comes first", "RFC 5321, 4.1.4", 503
		}
	case "DATA", "BDAT", "BURL":
		return outOfContent(s, verb)
	}
	return "", "", 0
}

// outOfContent is for the commands that send content.
func outOfContent(s State, verb string) (why, source string, expect Code) {
	taken := s.Phase == Recipients || s.Phase == Chunks || s.waitsFor("RCPT")
	switch {
	case verb == "DATA" && s.Phase == Chunks:
		return "DATA and BDAT do not mix", "RFC 3030, 2", 503
	case verb == "DATA" && taken && isBinary(s):
		return "MAIL said BODY=BINARYMIME, which goes with BDAT only", "RFC 3030, 3", 503
	case !s.InTransaction() && !s.waitsFor("MAIL"):
		return "MAIL comes first", "RFC 5321, 4.1.4", 503
	case taken:
		return "", "", 0
	case verb == "DATA" && len(s.Recipients) > 0:
		// RFC 5321, 3.3: 503 or 554.
		return "no recipient has been taken", "RFC 5321, 3.3", 554
	case verb == "DATA":
		return "no recipient has been taken", "RFC 5321, 3.3", 503
	}
	return "no recipient has been taken", "RFC 3030, 2", 503
}

func isBinary(s State) bool {
	if s.ReversePath == nil {
		return false
	}
	body, _ := s.ReversePath.Param("BODY")
	return strings.EqualFold(body, "BINARYMIME")
}

// outOfSession is for the commands between transactions.
func outOfSession(s State, verb string) (why, source string, expect Code) {
	switch {
	case verb == "AUTH" && s.Auth != "":
		return "the client is authenticated already", "RFC 4954, 4", 503
	case verb == "AUTH" && s.InTransaction():
		return "AUTH is not allowed in a transaction", "RFC 4954, 4", 503
	case verb == "STARTTLS" && s.Secure:
		return "the channel is under TLS already", "RFC 3207, 4.2", 503
	case verb == "ETRN" && s.InTransaction():
		return "ETRN is not allowed in a transaction", "RFC 1985, 5", 503
	case verb == "XCLIENT" && s.InTransaction():
		return "XCLIENT is not allowed in a transaction", "Postfix XCLIENT", 503
	case verb == "XFORWARD" && s.InTransaction():
		return "XFORWARD comes before MAIL", "Postfix XFORWARD", 503
	case !s.ESMTP && extensionOf(verb) != "":
		return "EHLO comes first: nothing has been offered yet", "RFC 5321, 4.1.4", 503
	case verb == "ATRN" && s.Auth == "":
		return "AUTH comes first", "RFC 2645, 5.2.1", 530
	}
	return "", "", 0
}

// consequence says what a command does that is in its place.
func (a *advice) consequence(s State, c Command) {
	switch {
	case isHello(c.Verb) && s.InTransaction():
		a.add(Warning, 0, "a new "+c.Verb+" clears the transaction", "RFC 5321, 4.1.4")
	case c.Verb == "STARTTLS" && s.InTransaction():
		a.add(Warning, 503, "a transaction is open, which both sides would forget under TLS; most servers refuse", "RFC 3207, 4.2")
	case c.Verb == "QUIT" && s.InTransaction():
		a.add(Note, 0, "the transaction is given up: nothing will be delivered", "RFC 5321, 4.1.1.10")
	case c.Verb == "MAIL":
		if most := s.Limit("MAILMAX"); most > 0 && s.Letters >= most {
			a.add(Warning, 0, fmt.Sprintf("LIMITS says MAILMAX=%d, and the session has had as many transactions", most), "RFC 9422, 4.1")
		}
	case c.Verb == "RCPT":
		a.recipients(s)
	case c.Verb == "BURL" && s.Auth == "" && !hasWord(s.offer("BURL"), "imap"):
		a.add(Warning, 0, "BURL was offered without imap: the server wants AUTH first", "RFC 4468, 3.1")
	case (c.Verb == "DATA" || c.Verb == "BDAT") && s.Phase == Recipients:
		if taken := s.taken(); taken < len(s.Recipients) {
			a.add(Note, 0, fmt.Sprintf("%d of %d recipients were taken: the others will not get it", taken, len(s.Recipients)), "RFC 5321, 3.3")
		}
	}
}

// recipients judges one more recipient by how many there are.
func (a *advice) recipients(s State) {
	// RFC 9422, 4.2: every RCPT counts, also one that was refused.
	n := len(s.Recipients)
	for _, p := range s.Pending {
		if p.Verb == "RCPT" {
			n++
		}
	}
	switch most := s.Limit("RCPTMAX"); {
	case most > 0 && n >= most:
		a.add(Warning, 452, fmt.Sprintf("LIMITS says RCPTMAX=%d, and the transaction has had as many recipients", most), "RFC 9422, 4.2")
	case most == 0 && n >= 100:
		a.add(Note, 0, "more than 100 recipients: the server may answer 452; send the others in another transaction", "RFC 5321, 4.5.3.1.8")
	}
}

// taken counts the recipients that the server took.
func (s State) taken() int {
	n := 0
	for i := range s.Recipients {
		if s.Recipients[i].Taken() {
			n++
		}
	}
	return n
}

// offer returns the parameters of a keyword, "" if it was not offered.
func (s State) offer(keyword string) string {
	params, _ := s.Offered.Params(keyword)
	return params
}

// Limit returns a number that LIMITS offers, or 0 (RFC 9422, 3).
func (s State) Limit(name string) int {
	for word := range strings.FieldsSeq(s.offer("LIMITS")) {
		key, value, _ := strings.Cut(word, "=")
		if n, err := strconv.Atoi(value); err == nil && n > 0 && strings.EqualFold(key, name) {
			return n
		}
	}
	return 0
}
