package practice

import (
	"strings"
	"testing"
)

const everything = `S: 220 practice.example ESMTP ehlo practice server 0.1.0
	C: EHLO client.example
	S: 250-practice.example greets client.example
	S: 250-PIPELINING
	S: 250-SIZE 1000
	S: 250-8BITMIME
	S: 250-ENHANCEDSTATUSCODES
	S: 250-STARTTLS
	S: 250-AUTH SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 ANONYMOUS
	S: 250-CHUNKING
	S: 250-DSN
	S: 250-SMTPUTF8
	S: 250-PRDR
	S: 250-VRFY
	S: 250-EXPN
	S: 250-HELP
	S: 250-BINARYMIME
	S: 250-DELIVERBY
	S: 250-FUTURERELEASE 604800 2099-12-31T23:59:59Z
	S: 250-MT-PRIORITY
	S: 250-RRVS
	S: 250-LIMITS MAILMAX=10 RCPTMAX=5
	S: 250-ETRN
	S: 250-XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT
	S: 250 XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE
	`

func TestChunks(t *testing.T) {
	for _, c := range []struct{ name, conversation string }{
		{"chunks", given + `C| BDAT 4\r\nhi\r\nBDAT 3 LAST\r\n.\r\n
			S: 250 2.0.0 4 octets received
			S: 250 2.0.0 Ok: 7 octets, message 1 of this session
			C: MAIL FROM:<>
			S: 250 2.1.0 <> Ok`},
		{"nothing behind the chunks", given + `C| BDAT 4\r\nhi\r\nBDAT 0 LAST\r\n
			S: 250 2.0.0 4 octets received
			S: 250 2.0.0 Ok: 4 octets, message 1 of this session`},
		{"octets that look like commands", given + `C| BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n
			S: 250 2.0.0 Ok: 6 octets, message 1 of this session
			S: 250 2.0.0 Ok`},
		{"octets of any kind", given + `C| BDAT 6 LAST\r\n\0\r\n.\r\n
			S: 250 2.0.0 Ok: 6 octets, message 1 of this session`},
		{"in one write with the envelope", hello + `C| MAIL FROM:<>\r\nRCPT TO:<bob@practice.example>\r\nBDAT 2 LAST\r\nhi
			S: 250 2.1.0 <> Ok
			S: 250 2.1.5 <bob@practice.example> Ok
			S: 250 2.0.0 Ok: 2 octets, message 1 of this session`},
		{"no recipient was taken", hello + `C| MAIL FROM:<>\r\nRCPT TO:<nobody@practice.example>\r\nBDAT 6 LAST\r\nQUIT\r\nRSET\r\n
			S: 250 2.1.0 <> Ok
			S: 550 5.1.1 <nobody@practice.example> there is no such mailbox
			S: 554 5.5.1 No valid recipients
			S: 250 2.0.0 Ok`},
		{"no transaction", hello + `C| BDAT 6\r\nQUIT\r\nNOOP\r\n
			S: 503 5.5.1 MAIL and RCPT first
			S: 250 2.0.0 Ok`},
		{"not offered with HELO", `S: 220 practice.example ESMTP ehlo practice server 0.1.0
			C: BDAT 6
			S: 503 5.5.1 EHLO first
			C: NOOP
			S: 250 2.0.0 Ok`},
		{"sizes", given + `C: BDAT
			S: 501 5.5.4 BDAT is a number of octets, and LAST for the last chunk
			C: BDAT x
			S: 501 5.5.4 BDAT is a number of octets, and LAST for the last chunk
			C: RSET
			S: 250 2.0.0 Ok
			C| BDAT +6\r\nQUIT\r\n
			S: 501 5.5.4 BDAT is a number of octets, and LAST for the last chunk
			C| BDAT 6 FIRST\r\nQUIT\r\n
			S: 501 5.5.4 BDAT is a number of octets, and LAST for the last chunk
			C: BDAT -6
			S: 501 5.5.4 BDAT is a number of octets, and LAST for the last chunk
			C: BDAT 99999999999999999999
			S: 501 5.5.4 BDAT is a number of octets, and LAST for the last chunk
			C: NOOP
			S: 250 2.0.0 Ok`},
		{"RSET between", given + `C| BDAT 4\r\nhi\r\nRSET\r\nBDAT 6\r\nQUIT\r\nDATA\r\n
			S: 250 2.0.0 4 octets received
			S: 250 2.0.0 Ok
			S: 503 5.5.1 MAIL and RCPT first
			S: 503 5.5.1 MAIL and RCPT first`},
		{"DATA, RCPT and MAIL between", given + `C| BDAT 4\r\nhi\r\nDATA\r\nRCPT TO:<b@x.example>\r\nMAIL FROM:<>\r\nBDAT 0 LAST\r\n
			S: 250 2.0.0 4 octets received
			S: 503 5.5.1 BDAT and DATA exclude each other; RSET ends the transaction
			S: 503 5.5.1 The content has begun; RSET ends the transaction
			S: 503 5.5.1 A transaction is open; RSET ends it
			S: 250 2.0.0 Ok: 4 octets, message 1 of this session`},
		{"too much", given + `C| BDAT 900\r\n` + strings.Repeat("x", 900) + `BDAT 900\r\n` + strings.Repeat("x", 900) + `BDAT 6 LAST\r\nQUIT\r\n
			S: 250 2.0.0 900 octets received
			S: 552 5.3.4 1800 octets are more than the limit of 1000
			S: 503 5.5.1 A chunk was refused; RSET ends the transaction
			C: RSET
			S: 250 2.0.0 Ok
			C: MAIL FROM:<>
			S: 250 2.1.0 <> Ok`},
		{"too much at once", given + `C| BDAT 1001 LAST\r\n` + strings.Repeat("x", 1001) + `NOOP\r\n
			S: 552 5.3.4 1001 octets are more than the limit of 1000
			S: 250 2.0.0 Ok`},
		{"a line that is no line", given + `C| BDAT 6\nQUIT\r\nNOOP\r\n
			S: 500 5.5.2 A line ends with CRLF, not with a bare LF
			S: 250 2.0.0 Ok`},
	} {
		t.Run(c.name, func(t *testing.T) { talk(t, "default", c.conversation) })
	}
	t.Run("a scenario's verdict", func(t *testing.T) {
		talk(t, "content-refused", given+`C| BDAT 4\r\nhi\r\nBDAT 0 LAST\r\n
			S: 250 2.0.0 4 octets received
			S: 554 5.7.1 The content is refused`)
	})
}

func TestBinaryContent(t *testing.T) {
	talk(t, "extensions", everything+`C: MAIL FROM:<> BODY=BINARYMIME
		S: 250 2.1.0 <> Ok
		C: RCPT TO:<bob@practice.example>
		S: 250 2.1.5 <bob@practice.example> Ok
		C: DATA
		S: 503 5.5.1 BINARYMIME needs BDAT
		C| BDAT 4 LAST\r\n\0\n\r.
		S: 250 2.0.0 Ok: 4 octets, message 1 of this session
		C: MAIL FROM:<> BODY=9BIT
		S: 501 5.5.4 BODY is 7BIT, 8BITMIME or BINARYMIME`)
	talk(t, "default", hello+`C: MAIL FROM:<> BODY=BINARYMIME
		S: 501 5.5.4 BODY is 7BIT or 8BITMIME`)
}

// TestParameters takes one parameter after the other.
func TestParameters(t *testing.T) {
	const bad = "S: 501 5.5.4 "
	mail := map[string]string{
		"RET=FULL": "", "RET=hdrs": "", "RET=ALL": bad + "RET is FULL or HDRS", "RET": bad + "RET is FULL or HDRS",
		"ENVID=QQ314159": "", "ENVID=a+2Bb": "", "ENVID=a+2bb": bad + "ENVID is 1 to 100 characters of xtext",
		"ENVID=a+": bad + "ENVID is 1 to 100 characters of xtext", "ENVID=": bad + "ENVID is 1 to 100 characters of xtext",
		"ENVID=" + strings.Repeat("x", 100): "", "ENVID=" + strings.Repeat("x", 101): bad + "ENVID is 1 to 100 characters of xtext",
		"AUTH=<>": "", "AUTH=e+3Dmc2@example.com": "", "AUTH=": bad + "AUTH is a mailbox in xtext, or <>",
		"SMTPUTF8": "", "SMTPUTF8=1": bad + "SMTPUTF8 takes no value", "PRDR": "", "PRDR=1": bad + "PRDR takes no value",
		"BY=120;R": "", "BY=-120;N": "", "BY=+120;NT": "", "BY=0;R": bad + "BY is SECONDS;N or SECONDS;R, with R more than 0",
		"BY=-1;R": bad + "BY is SECONDS;N or SECONDS;R, with R more than 0", "BY=1;X": bad + "BY is SECONDS;N or SECONDS;R, with R more than 0",
		"BY=;N": bad + "BY is SECONDS;N or SECONDS;R, with R more than 0", "BY=1234567890;N": bad + "BY is SECONDS;N or SECONDS;R, with R more than 0",
		"BY=+-1;N":   bad + "BY is SECONDS;N or SECONDS;R, with R more than 0",
		"HOLDFOR=60": "", "HOLDFOR=604800": "", "HOLDFOR=604801": bad + "HOLDFOR is longer than the 604800 seconds that were offered",
		"HOLDFOR=-1": bad + "HOLDFOR is 1 to 9 digits: seconds", "HOLDUNTIL=2030-01-01T00:00:00Z": "", "HOLDUNTIL=soon": bad + "HOLDUNTIL is a date and time",
		"HOLDUNTIL=2100-01-01T00:00:00Z":           bad + "HOLDUNTIL is later than was offered",
		"HOLDFOR=1 HOLDUNTIL=2030-01-01T00:00:00Z": bad + "HOLDFOR and HOLDUNTIL exclude each other",
		"MT-PRIORITY=9":                            "", "MT-PRIORITY=-9": "", "MT-PRIORITY=10": bad + "MT-PRIORITY is -9 to 9", "MT-PRIORITY=+1": bad + "MT-PRIORITY is -9 to 9",
		"MT-PRIORITY=--1":   bad + "MT-PRIORITY is -9 to 9",
		"REQUIRETLS":        "S: 555 5.5.4 Parameter REQUIRETLS not recognized", // in the clear
		"NOTIFY=NEVER":      "S: 555 5.5.4 Parameter NOTIFY not recognized",     // of RCPT
		"RET=FULL RET=FULL": bad + "Parameter RET is given twice",
	}
	for param, want := range mail {
		if want == "" {
			want = "S: 250 2.1.0 <> Ok"
		}
		talk(t, "extensions", everything+"C: MAIL FROM:<> "+param+"\n"+want)
	}
	rcpt := map[string]string{
		"NOTIFY=NEVER": "", "NOTIFY=success,FAILURE,DELAY": "", "NOTIFY=NEVER,DELAY": bad + "NOTIFY is NEVER, or a list of SUCCESS, FAILURE, DELAY",
		"NOTIFY=":                          bad + "NOTIFY is NEVER, or a list of SUCCESS, FAILURE, DELAY",
		"ORCPT=rfc822;Bob+2Bx@example.com": "", "ORCPT=rfc822": bad + "ORCPT is a type, a semicolon and an address in xtext",
		"ORCPT=rfc822;a=b": bad + "ORCPT is a type, a semicolon and an address in xtext", "ORCPT=utf-8;bü@example.com": "",
		"ORCPT=rfc822;bü@example.com": bad + "ORCPT is a type, a semicolon and an address in xtext",
		"RRVS=2014-04-03T23:01:00Z":   "", "RRVS=2014-04-03T23:01:00Z;C": "", "RRVS=2014-04-03T23:01:00Z;R": "",
		"RRVS=2014-04-03":             bad + "RRVS is a date and time, and ;C or ;R behind it",
		"RRVS=2014-04-03T23:01:00Z;X": bad + "RRVS is a date and time, and ;C or ;R behind it",
		"RET=FULL":                    "S: 555 5.5.4 Parameter RET not recognized",
		"NOTIFY=NEVER NOTIFY=NEVER":   bad + "Parameter NOTIFY is given twice",
	}
	for param, want := range rcpt {
		if want == "" {
			want = "S: 250 2.1.5 <bob@practice.example> Ok"
		}
		talk(t, "extensions", everything+"C: MAIL FROM:<>\nS: 250 2.1.0 <> Ok\nC: RCPT TO:<bob@practice.example> "+param+"\n"+want)
	}
}

func TestUTF8(t *testing.T) {
	talk(t, "default", hello+`C: MAIL FROM:<älice@client.example>
		S: 553 5.6.7 An address beyond ASCII needs SMTPUTF8
		C: MAIL FROM:<\0älice@client.example> SMTPUTF8
		S: 500 5.5.2 A bare CR or a NUL is in the line
		C: MAIL FROM:<`+"\xff"+`@client.example> SMTPUTF8
		S: 501 5.1.7 The address is no printable UTF-8
		C: MAIL FROM:<`+"a\u0085"+`@client.example> SMTPUTF8
		S: 501 5.1.7 The address is no printable UTF-8
		C: MAIL FROM:<alice@client.example>
		S: 250 2.1.0 <alice@client.example> Ok
		C: RCPT TO:<bób@practice.example>
		S: 553 5.6.7 An address beyond ASCII needs SMTPUTF8 at MAIL
		C: RSET
		S: 250 2.0.0 Ok
		C: MAIL FROM:<älice@client.example> SMTPUTF8
		S: 250 2.1.0 <älice@client.example> Ok
		C: RCPT TO:<bób@bücher.example>
		S: 250 2.1.5 <bób@bücher.example> Ok
		C: VRFY bób
		S: 553 5.6.7 A name beyond ASCII needs SMTPUTF8
		C: VRFY bób SMTPUTF8
		S: 252 2.0.0 I cannot verify that, and will take mail for it
		C: VRFY alice smtputf8
		S: 250 2.1.5 <alice@practice.example>
		C: EXPN stäff
		S: 553 5.6.7 A name beyond ASCII needs SMTPUTF8
		C: EXPN stäff SMTPUTF8
		S: 550 5.1.1 There is no such list; there is staff`)
}

func TestVerdictForEachRecipient(t *testing.T) {
	const body = `C: DATA
		S: 354 End data with <CR><LF>.<CR><LF>
		C| x\r\n.\r\nNOOP\r\n
		`
	full := strings.ReplaceAll(given, "MAIL FROM:<alice@client.example>", "MAIL FROM:<alice@client.example> PRDR") + `C: RCPT TO:<full@practice.example>
		S: 250 2.1.5 <full@practice.example> Ok
		`
	talk(t, "default", full+body+`S: 353 A verdict for each recipient follows
		S: 250 2.1.5 <bob@practice.example> Ok
		S: 452 4.2.2 <full@practice.example> the mailbox is full
		S: 250 2.0.0 Ok: 3 octets, message 1 of this session
		S: 250 2.0.0 Ok`)
	talk(t, "default", full+`C| BDAT 3 LAST\r\nhi.NOOP\r\n
		S: 353 A verdict for each recipient follows
		S: 250 2.1.5 <bob@practice.example> Ok
		S: 452 4.2.2 <full@practice.example> the mailbox is full
		S: 250 2.0.0 Ok: 3 octets, message 1 of this session
		S: 250 2.0.0 Ok`)
	talk(t, "default", strings.ReplaceAll(given, "bob@", "full@")+body+`S: 452 4.2.2 Every mailbox is full
		S: 250 2.0.0 Ok`)
	talk(t, "default", strings.ReplaceAll(strings.ReplaceAll(given, "bob@", "full@"), "client.example>\n\tS: 250 2.1.0", "client.example> PRDR\n\tS: 250 2.1.0")+body+`S: 353 A verdict for each recipient follows
		S: 452 4.2.2 <full@practice.example> the mailbox is full
		S: 452 4.2.2 Every mailbox is full
		S: 250 2.0.0 Ok`)
}

func TestLMTP(t *testing.T) {
	start := strings.NewReplacer("ESMTP", "LMTP", "EHLO", "LHLO", "S: 250-PRDR\n", "").Replace(given)
	talk(t, "lmtp", `S: 220 practice.example LMTP ehlo practice server 0.1.0
		C: EHLO client.example
		S: 500 Command unrecognized
		C: HELO client.example
		S: 500 Command unrecognized
		C: MAIL FROM:<>
		S: 503 5.5.1 LHLO first`)
	talk(t, "lmtp", start+`C: RCPT TO:<full@practice.example>
		S: 250 2.1.5 <full@practice.example> Ok
		C: RCPT TO:<nobody@practice.example>
		S: 550 5.1.1 <nobody@practice.example> there is no such mailbox
		C: DATA
		S: 354 End data with <CR><LF>.<CR><LF>
		C| x\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<full@practice.example>\r\nRCPT TO:<bob@practice.example>\r\nBDAT 2\r\nhiBDAT 2 LAST\r\nhiDATA\r\n
		S: 250 2.1.5 <bob@practice.example> Ok
		S: 452 4.2.2 <full@practice.example> the mailbox is full
		S: 250 2.1.0 <> Ok
		S: 250 2.1.5 <full@practice.example> Ok
		S: 250 2.1.5 <bob@practice.example> Ok
		S: 250 2.0.0 2 octets received
		S: 452 4.2.2 <full@practice.example> the mailbox is full
		S: 250 2.1.5 <bob@practice.example> Ok
		S: 503 5.5.1 MAIL and RCPT first`)
	talk(t, "lmtp", start+`C: RCPT TO:<carol@practice.example>
		S: 250 2.1.5 <carol@practice.example> Ok
		C| BDAT 1001 LAST\r\n`+strings.Repeat("x", 1001)+`MAIL FROM:<>\r\nDATA\r\n
		S: 552 5.3.4 1001 octets are more than the limit of 1000
		S: 552 5.3.4 1001 octets are more than the limit of 1000
		S: 250 2.1.0 <> Ok
		S: 503 5.5.1 No valid recipients`)
}

func TestRareVerbs(t *testing.T) {
	talk(t, "extensions", everything+`C: ETRN practice.example
		S: 250 2.0.0 Queuing has started
		C: ETRN @practice.example
		S: 250 2.0.0 Queuing has started
		C: ETRN elsewhere.example
		S: 459 4.7.1 Mail for another domain is not held here
		C: ETRN #queue
		S: 251 2.0.0 No messages are waiting
		C: ETRN
		S: 501 5.5.4 ETRN is a domain, @domain or #queue
		C: ETRN a_b
		S: 501 5.5.4 ETRN is a domain, @domain or #queue
		C: XFORWARD NAME=spike.example ADDR=192.0.2.1 PROTO=ESMTP
		S: 250 2.0.0 Ok
		C: XFORWARD
		S: 501 5.5.4 XFORWARD is a list of NAME=VALUE
		C: XFORWARD COLOUR=red
		S: 501 5.5.4 XFORWARD is a list of NAME=VALUE; the names are NAME ADDR PORT PROTO HELO IDENT SOURCE
		C: XCLIENT NAME=[UNAVAILABLE] ADDR=IPv6:2001:db8::1 LOGIN=
		S: 501 5.5.4 XCLIENT is a list of NAME=VALUE; the names are NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT
		C: XCLIENT NAME=[UNAVAILABLE] ADDR=IPv6:2001:db8::1
		S: 220 practice.example ESMTP ehlo practice server 0.1.0
		C: MAIL FROM:<>
		S: 503 5.5.1 EHLO or HELO first
		C: XCLIENT NAME=x
		S: 503 5.5.1 EHLO first
		C: HELP
		S: 214-2.0.0 EHLO HELO MAIL RCPT DATA RSET VRFY EXPN HELP NOOP QUIT BDAT STARTTLS AUTH ETRN XCLIENT XFORWARD
		S: 214 2.0.0 HELP VERB says more`)
	talk(t, "default", hello+`C: ETRN practice.example
		S: 502 5.5.1 Command not implemented
		C: XCLIENT NAME=x
		S: 502 5.5.1 Command not implemented`)
}

func TestLimits(t *testing.T) {
	many := strings.Repeat("C: MAIL FROM:<>\nS: 250 2.1.0 <> Ok\nC: RSET\nS: 250 2.0.0 Ok\n", 10)
	talk(t, "extensions", everything+many+`C: MAIL FROM:<>
		S: 452 4.5.0 Too many transactions; open a new session`)
}

// TestRequireTLS: RFC 8689, 2: offered under TLS only.
func TestRequireTLS(t *testing.T) {
	sc, _ := Find("extensions")
	sc.withhold = []string{"AUTH"}
	_, offers, _ := strings.Cut(strings.ReplaceAll(everything, "S: 250-AUTH SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 ANONYMOUS\n", ""), "\n")
	under := strings.NewReplacer("S: 250-STARTTLS\n", "", "S: 250-LIMITS", "S: 250-REQUIRETLS\nS: 250-LIMITS").Replace(offers)
	converse(t, New(sc, Options{MaxSize: 1000}), "S: 220 practice.example ESMTP ehlo practice server 0.1.0\n"+offers+`C: STARTTLS
		S: 220 2.0.0 Ready to start TLS
		= tls
		`+under+`C: MAIL FROM:<> REQUIRETLS=1
		S: 501 5.5.4 REQUIRETLS takes no value
		C: MAIL FROM:<> REQUIRETLS
		S: 250 2.1.0 <> Ok`)
}
