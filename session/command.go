package session

import "strings"

// Two things that a server answers are not commands; they have names here so
// that they can wait for their replies like all others.
const (
	Greeting  = "greeting"    // the reply to opening the channel (RFC 5321, 3.1)
	EndOfData = "end of data" // the reply to CRLF.CRLF or to the last chunk (RFC 5321, 4.1.1.4)
)

// Command is one line from the client, taken apart. Raw keeps what was sent.
type Command struct {
	Verb string // in upper case: MAIL, RCPT, EHLO, …
	Arg  string // what follows the verb and one blank, untouched
	Raw  string // the line without its ending
	// Ending is "\r\n", "\n", or "" if the line is not complete.
	Ending string
}

// ParseCommand takes any line apart. The verb of an empty line is "".
//
// RFC 5321, 2.4: verbs are not case-sensitive.
func ParseCommand(line []byte) Command {
	text, ending := cutEnding(line)
	verb, arg, _ := strings.Cut(text, " ")
	return Command{Verb: strings.ToUpper(verb), Arg: arg, Raw: text, Ending: ending}
}

// verbs lists the commands of SMTP and its extensions, with the RFC that
// defines each. Those of RFC 5321 stand in the order of its 4.1.1.
var verbs = []struct{ Verb, Source string }{
	{"EHLO", "RFC 5321, 4.1.1.1"},
	{"HELO", "RFC 5321, 4.1.1.1"},
	{"MAIL", "RFC 5321, 4.1.1.2"},
	{"RCPT", "RFC 5321, 4.1.1.3"},
	{"DATA", "RFC 5321, 4.1.1.4"},
	{"RSET", "RFC 5321, 4.1.1.5"},
	{"VRFY", "RFC 5321, 4.1.1.6"},
	{"EXPN", "RFC 5321, 4.1.1.7"},
	{"HELP", "RFC 5321, 4.1.1.8"},
	{"NOOP", "RFC 5321, 4.1.1.9"},
	{"QUIT", "RFC 5321, 4.1.1.10"},
	{"LHLO", "RFC 2033, 4.1"},
	{"BDAT", "RFC 3030, 2"},
	{"STARTTLS", "RFC 3207, 4"},
	{"AUTH", "RFC 4954, 4"},
	{"ETRN", "RFC 1985, 5"},
	{"BURL", "RFC 4468, 3.2"},
	{"ATRN", "RFC 2645, 5.2.1"},
	{"XCLIENT", "Postfix XCLIENT"},
	{"XFORWARD", "Postfix XFORWARD"},
}

// Source returns where a verb is defined, or "" for an unknown verb.
func Source(verb string) string {
	for _, v := range verbs {
		if v.Verb == verb {
			return v.Source
		}
	}
	return ""
}

// Verbs returns the known verbs.
func Verbs() []string {
	names := make([]string, len(verbs))
	for i, v := range verbs {
		names[i] = v.Verb
	}
	return names
}
