package message

import "strings"

// Template is a mail to begin with. What its flags do not name stays. A flag is
// one of ehlo send that says something about a mail: from, to, subject, header,
// body, attach, message.
type Template struct {
	Name, Words string
	Flags       map[string][]string
}

// Templates are those that everybody has.
func Templates() []Template {
	return []Template{
		{"plain", "a short text to one recipient", map[string][]string{
			"from": {"alice@example.org"}, "to": {"bob@example.com"}, "subject": {"A first mail"},
			"body": {"Hello Bob,\n\nthis mail goes out one step at a time.\n"},
		}},
		{"several", "three recipients: the practice server takes one, refuses one and has one wait", map[string][]string{
			"to": {"bob@example.com, nobody@example.com, busy@example.com"}, "subject": {"To three of you"},
			"body": {"Each recipient has an answer of its own.\n"},
		}},
		{"dots", "lines that begin with a dot (RFC 5321, 4.5.2)", map[string][]string{
			"subject": {"Dots"}, "body": {"The next line is a dot alone.\n.\n..two of them\nand this is still the message\n"},
		}},
		{"eight-bit", "text outside ASCII as it is: BODY=8BITMIME (RFC 6152)", map[string][]string{
			"from": {"alice@example.org BODY=8BITMIME"}, "subject": {"Grüße"}, "body": {"Schöne Grüße aus Köln\n"},
		}},
		{"utf8-address", "addresses outside ASCII: SMTPUTF8 (RFC 6531)", map[string][]string{
			"from": {"jürgen@example.org SMTPUTF8 BODY=8BITMIME"}, "to": {"δοκιμή@example.com"}, "subject": {"Παράδειγμα"}, "body": {"Καλημέρα\n"},
		}},
		{"delivery-report", "asks for reports on delivery and failure (RFC 3461)", map[string][]string{
			"from": {"alice@example.org RET=HDRS ENVID=ehlo-1"}, "to": {"bob@example.com NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;bob@example.com"},
			"subject": {"Report, please"}, "body": {"Did this arrive?\n"},
		}},
		{"null-sender", "what a report of a failure comes from: MAIL FROM:<> (RFC 5321, 4.5.5)", map[string][]string{
			"from": {"<>"}, "subject": {"Undelivered mail"}, "body": {"A mail of yours could not be delivered.\n"},
		}},
		{"postmaster", "the one mailbox that every server has (RFC 5321, 4.5.1)", map[string][]string{
			"to": {"Postmaster"}, "subject": {"A question"}, "body": {"Is anybody there?\n"},
		}},
		{"long-line", "a line of more than 998 octets, which has to be encoded (RFC 5322, 2.1.1)", map[string][]string{
			"subject": {"A long line"}, "body": {strings.Repeat("all work and no play ", 60) + "\n"},
		}},
		{"spam", "what every spam filter must catch: GTUBE", map[string][]string{
			"subject": {"A test of the filter"}, "body": {"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\n"},
		}},
	}
}
