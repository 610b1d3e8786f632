package session

import (
	"strings"
	"testing"
)

func TestAdviseArgument(t *testing.T) {
	tls := under("AUTH PLAIN CRAM-MD5|ETRN|ATRN|XCLIENT NAME ADDR|BURL imap|CHUNKING|SIZE 100|SMTPUTF8|STARTTLS")
	for _, c := range []advised{
		{"EHLO without a name", ready, "EHLO\r\n", "client's name", 501, "RFC 5321, 4.1.1.1"},
		{"EHLO with two", ready, "EHLO a.example b.example\r\n", "not a letter", 501, "RFC 5321, 4.1.1.1"},
		{"bare word", ready, "EHLO laptop\r\n", "bare word", 250, "RFC 5321, 2.3.5"},
		{"address literal", ready, "EHLO [192.0.2.1]\r\n", "", 250, ""},
		{"address literal of IPv6", ready, "EHLO [IPv6:2001:db8::1]\r\n", "", 250, ""},
		{"bad literal", ready, "EHLO [2001:db8::1]\r\n", "address literal is", 501, "RFC 5321, 4.1.1.1"},
		{"address without brackets", ready, "EHLO 192.0.2.1\r\n", "in brackets", 501, "RFC 5321, 4.1.3"},
		{"HELO with a literal", ready, "HELO [192.0.2.1]\r\n", "by its ABNF", 250, "RFC 5321, 4.1.1.1"},
		{"IDN in EHLO", ready, "EHLO bücher.example\r\n", "xn--", 501, "RFC 6531, 3.7.1"},
		{"DATA", given, "DATA now\r\n", "no argument", 501, "RFC 5321, 4.1.1.4"},
		{"RSET", given, "RSET all\r\n", "no argument", 501, "RFC 5321, 4.1.1.5"},
		{"QUIT", ready, "QUIT now\r\n", "no argument", 501, "RFC 5321, 4.1.1.10"},
		{"STARTTLS", ready, "STARTTLS now\r\n", "no argument", 501, "RFC 3207, 4"},
		{"VRFY", ready, "VRFY\r\n", "wants an argument", 501, "RFC 5321, 4.1.1.6"},
		{"VRFY bob", ready, "VRFY bob\r\n", "answer 252", 252, "RFC 5321, 3.5.3"},
		{"EXPN", ready, "EXPN \r\n", "wants an argument", 501, "RFC 5321, 4.1.1.7"},
		{"VRFY SMTPUTF8", tls, "EXPN josé SMTPUTF8\r\n", "", 250, ""},
		{"VRFY 8-bit without SMTPUTF8", tls, "VRFY josé\r\n", "VRFY says SMTPUTF8", 553, "RFC 6531, 3.7.4.2"},
		{"VRFY SMTPUTF8 not offered", ready, "VRFY bob SMTPUTF8\r\n", "part of the name", 501, "RFC 6531, 3.7.4.2"},
		{"BDAT without a number", tls + mail + rcpt, "BDAT LAST\r\n", "number of octets", 501, "RFC 3030, 2"},
		{"BDAT FIRST", tls + mail + rcpt, "BDAT 5 FIRST\r\n", "nothing but LAST", 501, "RFC 3030, 2"},
		{"BDAT above SIZE", tls + mail + rcpt, "BDAT 101\r\n", "larger than the SIZE", 552, "RFC 1870, 6.3"},
		{"BURL without a URL", tls + mail + rcpt, "BURL LAST\r\n", "wants a URL", 501, "RFC 4468, 3.2"},
		{"AUTH without a mechanism", tls, "AUTH\r\n", "wants a mechanism", 501, "RFC 4954, 4"},
		{"mechanism not offered", tls, "AUTH SCRAM-SHA-256 biws\r\n", "does not offer the mechanism SCRAM-SHA-256", 504, "RFC 4954, 4"},
		{"mechanism in small letters", tls, "AUTH plain AGEAYg==\r\n", "", 235, ""},
		{"initial response", tls, "AUTH PLAIN user:password\r\n", "not base64", 501, "RFC 4954, 4"},
		{"initial response for CRAM-MD5", tls, "AUTH CRAM-MD5 AGEAYg==\r\n", "server speaks first", 501, "RFC 4954, 4"},
		{"empty initial response", tls, "AUTH PLAIN =\r\n", "", 235, ""},
		{"ETRN", tls, "ETRN\r\n", "wants a domain", 501, "RFC 1985, 5"},
		{"ETRN @", tls, "ETRN @client.example\r\n", "", 250, ""},
		{"ETRN #", tls, "ETRN #slow\r\n", "", 250, ""},
		{"ATRN", tls + "C: AUTH PLAIN AGEAYg==\nS: 235 ok", "ATRN a.example, b.example\r\n", "commas", 501, "RFC 2645, 5.2.1"},
		{"XCLIENT", tls, "XCLIENT\r\n", "wants attributes", 501, "Postfix XCLIENT"},
		{"XCLIENT attribute", tls, "XCLIENT NAME\r\n", "NAME=value", 501, "Postfix XCLIENT"},
		{"XCLIENT attribute not offered", tls, "XCLIENT LOGIN=bob\r\n", "attribute LOGIN", 501, "Postfix XCLIENT"},
		{"XCLIENT address", tls, "XCLIENT ADDR=here\r\n", "ADDR is an IPv4", 501, "Postfix XCLIENT"},
		{"XCLIENT IPv6 as IPv4", tls, "XCLIENT ADDR=2001:db8::1\r\n", "IPV6: and an address", 501, "Postfix XCLIENT"},
		{"XCLIENT IPv4 as IPv6", tls, "XCLIENT ADDR=IPV6:192.0.2.1\r\n", "ADDR is an IPv4", 501, "Postfix XCLIENT"},
		{"XCLIENT nothing", tls, "XCLIENT NAME=\r\n", "NAME has no value", 501, "Postfix XCLIENT"},
		{"XCLIENT unavailable", tls, "XCLIENT NAME=[unavailable] ADDR=[TEMPUNAVAIL]\r\n", "", 220, ""},
		{"XCLIENT not xtext", tls, "XCLIENT NAME=a+b\r\n", "not in xtext: + is written +2B, = +3D, a blank +20", 501, "Postfix XCLIENT"},
		{"XCLIENT port", offering("XCLIENT PORT"), "XCLIENT PORT=70000\r\n", "PORT is a number from 1 to 65535", 501, "Postfix XCLIENT"},
		{"XCLIENT protocol", offering("XCLIENT PROTO"), "XCLIENT PROTO=LMTP\r\n", "SMTP or ESMTP", 501, "Postfix XCLIENT"},
		{"XFORWARD source", offering("XFORWARD SOURCE"), "XFORWARD SOURCE=moon\r\n", "LOCAL or REMOTE", 501, "Postfix XFORWARD"},
		{"XCLIENT IPv6", tls, "XCLIENT ADDR=IPV6:2001:db8::1\r\n", "", 220, ""},
	} {
		checkAdvice(t, c)
	}
}

func TestAdvisePath(t *testing.T) {
	utf8 := offering("8BITMIME|SMTPUTF8")
	for _, c := range []advised{
		{"null reverse-path", ready, "MAIL FROM:<>\r\n", "", 250, ""},
		{"null forward-path", sender, "RCPT TO:<>\r\n", "local-part@domain", 501, "RFC 5321, 4.1.2"},
		{"no FROM", ready, "MAIL <a@x.example>\r\n", "expected FROM:", 501, "RFC 5321, 4.1.1.2"},
		{"no TO", sender, "RCPT FROM:<a@x.example>\r\n", "expected TO:", 501, "RFC 5321, 4.1.1.3"},
		{"bare path", ready, "MAIL FROM:a@client.example\r\n", "angle brackets", 501, "RFC 5321, 4.1.2"},
		{"blank", ready, "MAIL FROM: <a@client.example>\r\n", "no blank", 501, "RFC 5321, 3.3"},
		{"no domain", ready, "MAIL FROM:<Postmaster>\r\n", "local-part@domain", 501, "RFC 5321, 4.1.2"},
		{"Postmaster", sender, "RCPT TO:<Postmaster>\r\n", "", 250, ""},
		{"source route", sender, "RCPT TO:<@a.example,@b.example:c@x.example>\r\n", "obsolete", 250, "RFC 5321, Appendix C"},
		{"no source route", sender, "RCPT TO:<@a.example,b:c@x.example>\r\n", "list of @domain", 501, "RFC 5321, 4.1.2"},
		{"two dots", ready, "MAIL FROM:<a..b@x.example>\r\n", "empty atom", 501, "RFC 5321, 4.1.2"},
		{"long local-part", ready, "MAIL FROM:<" + strings.Repeat("a", 65) + "@x.example>\r\n", "64 octets", 501, "RFC 5321, 4.1.2"},
		{"case", sender, "RCPT TO:<Bob@x.example>\r\n", "case-sensitive", 250, "RFC 5321, 2.4"},
		{"case of the domain", sender, "RCPT TO:<bob@X.Example>\r\n", "", 250, ""},
		{"quotes", sender, "RCPT TO:<\"bob\"@x.example>\r\n", "quotes are not needed", 250, "RFC 5321, 4.1.2"},
		{"needed quotes", sender, "RCPT TO:<\"b b\"@x.example>\r\n", "", 250, ""},
		{"address literal", sender, "RCPT TO:<b@[192.0.2.1]>\r\n", "goes past the MX", 250, "RFC 5321, 4.1.3"},
		{"bad address literal", sender, "RCPT TO:<b@[192.0.2]>\r\n", "address literal is", 501, "RFC 5321, 4.1.2"},
		{"no dot", sender, "RCPT TO:<b@localhost>\r\n", "no dot", 250, "RFC 5321, 2.3.5"},
		{"8-bit without the offer", ready, "MAIL FROM:<josé@x.example>\r\n", "SMTPUTF8 was not offered", 500, "RFC 5321, 2.4"},
		{"8-bit without the offer, RCPT", sender, "RCPT TO:<josé@x.example>\r\n", "SMTPUTF8 was not offered", 500, "RFC 5321, 2.4"},
		{"8-bit without the parameter", utf8, "MAIL FROM:<josé@x.example>\r\n", "MAIL says SMTPUTF8", 550, "RFC 6531, 3.4"},
		{"8-bit with the parameter", utf8, "MAIL FROM:<josé@x.example> SMTPUTF8\r\n", "", 250, ""},
		{"RCPT 8-bit without the parameter", utf8 + mail, "RCPT TO:<josé@x.example>\r\n", "MAIL did not say SMTPUTF8", 553, "RFC 6531, 3.4"},
		{"RCPT 8-bit with the parameter", utf8 + "C: MAIL FROM:<a@x.example> SMTPUTF8\nS: 250 ok", "RCPT TO:<josé@x.example>\r\n", "", 250, ""},
		{"IDN", sender, "RCPT TO:<bob@bücher.example>\r\n", "xn--", 500, "RFC 5890, 2.3.2.1"},
		{"8-bit elsewhere", ready, "NOOP josé\r\n", "outside ASCII", 500, "RFC 5321, 2.4"},
		{"8-bit where SMTPUTF8 has no place", utf8, "NOOP josé\r\n", "no place for here", 500, "RFC 5321, 2.4"},
	} {
		checkAdvice(t, c)
	}
}

func TestAdviseParameters(t *testing.T) {
	all := under("SIZE 1000|8BITMIME|CHUNKING|BINARYMIME|DSN|SMTPUTF8|AUTH PLAIN|DELIVERBY|FUTURERELEASE 3600 2026-12-01T00:00:00Z|MT-PRIORITY|RRVS|REQUIRETLS|MTRK|PRDR|NO-SOLICITING|CHECKPOINT|CONPERM|CONNEG|SUBMITTER|XVERP")
	for _, c := range []advised{
		{"not offered", ready, "MAIL FROM:<> RET=FULL\r\n", "extension DSN", 555, "RFC 5321, 4.1.1.11"},
		{"unknown", ready, "MAIL FROM:<> FOO=1\r\n", "no parameter that ehlo knows", 555, "RFC 5321, 4.1.1.11"},
		{"after HELO", old, "MAIL FROM:<> SIZE=1\r\n", "need EHLO", 555, "RFC 5321, 4.1.1.11"},
		{"on the wrong command", all, "MAIL FROM:<> NOTIFY=NEVER\r\n", "NOTIFY is a parameter of RCPT", 555, "RFC 3461, 4.1"},
		{"twice", all, "MAIL FROM:<> SIZE=1 size=2\r\n", "given twice", 501, "RFC 5321, 4.1.2"},
		{"above the limit", all, "MAIL FROM:<> SIZE=1001\r\n", "1000 octets at most", 552, "RFC 1870, 6.1"},
		{"far above the limit", all, "MAIL FROM:<> SIZE=99999999999999999999\r\n", "1000 octets at most", 552, "RFC 1870, 6.1"},
		{"at the limit", all, "MAIL FROM:<> SIZE=1000\r\n", "", 250, ""},
		{"no limit", offering("SIZE 0"), "MAIL FROM:<> SIZE=99999999\r\n", "", 250, ""},
		{"BINARYMIME not offered", offering("8BITMIME|CHUNKING"), "MAIL FROM:<> BODY=BINARYMIME\r\n", "needs BINARYMIME", 501, "RFC 3030, 3"},
		{"REQUIRETLS in the clear", offering("REQUIRETLS"), "MAIL FROM:<> REQUIRETLS\r\n", "under TLS", 250, "RFC 8689, 2"},
		{"MTRK without ENVID", all, "MAIL FROM:<> MTRK=QUFB\r\n", "needs ENVID", 501, "RFC 3885, 3.2"},
		{"two holds", all, "MAIL FROM:<> HOLDFOR=5 HOLDUNTIL=2026-11-24T05:00:00Z\r\n", "exclude each other", 501, "RFC 4865, 4.1"},
		{"hold for too long", all, "MAIL FROM:<> HOLDFOR=3601\r\n", "longer than the 3600", 501, "RFC 4865, 3"},
		{"hold until too late", all, "MAIL FROM:<> HOLDUNTIL=2026-12-24T05:00:00Z\r\n", "later than was offered", 501, "RFC 4865, 3"},
	} {
		checkAdvice(t, c)
	}
	for line, ok := range map[string]bool{
		"MAIL SIZE": false, "MAIL SIZE=-1": false, "MAIL SIZE=1x": false, "MAIL BODY=9BIT": false, "MAIL BODY=8bitmime": true,
		"MAIL BODY=BINARYMIME": true, "MAIL RET=ALL": false, "MAIL RET=hdrs": true, "MAIL ENVID=": false, "MAIL ENVID=a+3Db": true,
		"MAIL ENVID=a+3db": false, "MAIL AUTH=<>": true, "MAIL AUTH=a+2Bb@x.example": true, "MAIL AUTH=": false, "MAIL SMTPUTF8=1": false,
		"MAIL SMTPUTF8": true, "MAIL REQUIRETLS": true, "MAIL REQUIRETLS=yes": false, "MAIL BY=120;R": true, "MAIL BY=0;R": false,
		"MAIL BY=-5;NT": true, "MAIL BY=5": false, "MAIL BY=--5;N": false, "MAIL HOLDFOR=10": true, "MAIL HOLDFOR=0": false,
		"MAIL HOLDUNTIL=soon": false, "MAIL HOLDUNTIL=2026-11-24T05:00:00Z": true, "MAIL MT-PRIORITY=-9": true, "MAIL MT-PRIORITY=10": false,
		"MAIL MT-PRIORITY=+1": false, "RCPT RRVS=2026-01-01T00:00:00Z;R": true, "RCPT RRVS=2026-01-01T00:00:00Z;X": false,
		"MAIL ENVID=x MTRK=QUFB:60": true, "MAIL ENVID=x MTRK=?": false, "MAIL PRDR": true, "MAIL PRDR=1": false, "MAIL SOLICIT": false,
		"MAIL SOLICIT=org.example:ADV": true, "MAIL TRANSID=<1@x.example>": true, "MAIL CONPERM": true, "RCPT CONNEG": true, "RCPT CONNEG=1": false,
		"MAIL SUBMITTER=a@x.example": true, "MAIL SUBMITTER": false, "MAIL XVERP": true, "MAIL XVERP=+=": true, "RCPT NOTIFY=SUCCESS,delay": true,
		"RCPT NOTIFY=SUCCESS,NEVER": false, "RCPT NOTIFY=": false, "RCPT ORCPT=rfc822;b@x.example": true, "RCPT ORCPT=b@x.example": false,
		"RCPT ORCPT=utf-8;josé@x.example": true, "RCPT ORCPT=rfc822;a b": false,
	} {
		verb, params, _ := strings.Cut(line, " ")
		s, command := fold(t, all), "MAIL FROM:<> "+params+"\r\n"
		if verb == "RCPT" {
			s, command = fold(t, all+"C: MAIL FROM:<> SMTPUTF8\nS: 250 ok\n"), "RCPT TO:<b@x.example> "+params+"\r\n"
		}
		if got := Advise(s, []byte(command)); ok != (len(got) == 0) {
			t.Errorf("%s: %v", line, got)
		}
	}
}
