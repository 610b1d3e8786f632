package practice

import (
	"strings"
	"testing"
)

func TestConversations(t *testing.T) {
	for _, c := range []struct{ name, conversation string }{
		{"a mail", given + `C: RCPT TO:<nobody@practice.example>
			S: 550 5.1.1 <nobody@practice.example> there is no such mailbox
			C: RCPT TO:<busy@practice.example>
			S: 450 4.2.1 <busy@practice.example> the mailbox is busy; try again later
			C: DATA
			S: 354 End data with <CR><LF>.<CR><LF>
			C: Subject: x
			C:
			C: ..
			C: .
			S: 250 2.0.0 Ok: 17 octets, message 1 of this session
			C: QUIT
			S: 221 2.0.0 practice.example closing the channel
			S.`},
		{"sequence", `S: 220 practice.example ESMTP ehlo practice server 0.1.0
			C: MAIL FROM:<>
			S: 503 5.5.1 EHLO or HELO first
			C: HELO client.example
			S: 250 practice.example greets client.example
			C: RCPT TO:<bob@practice.example>
			S: 503 5.5.1 MAIL first
			C: DATA
			S: 503 5.5.1 MAIL and RCPT first
			C: MAIL FROM:<>
			S: 250 2.1.0 <> Ok
			C: MAIL FROM:<>
			S: 503 5.5.1 A transaction is open; RSET ends it
			C: DATA
			S: 554 5.5.1 No valid recipients
			C: RSET
			S: 250 2.0.0 Ok
			C: RCPT TO:<bob@practice.example>
			S: 503 5.5.1 MAIL first`},
		{"verbs", hello + `C: FROB
			S: 500 5.5.1 Command unrecognized
			C:
			S: 500 5.5.2 An empty line is no command
			C: ATRN
			S: 502 5.5.1 Command not implemented
			C: noop whatever
			S: 250 2.0.0 Ok
			C: VRFY alice
			S: 250 2.1.5 <alice@practice.example>
			C: VRFY someone
			S: 252 2.0.0 I cannot verify that, and will take mail for it
			C: VRFY nobody
			S: 550 5.1.1 There is no such mailbox
			C: VRFY
			S: 501 5.5.4 VRFY wants a name
			C: EXPN staff
			S: 250-2.1.5 <alice@practice.example>
			S: 250-2.1.5 <bob@practice.example>
			S: 250 2.1.5 <carol@practice.example>
			C: EXPN other
			S: 550 5.1.1 There is no such list; there is staff
			C: HELP MAIL
			S: 214-2.0.0 MAIL: begin a transaction
			S: 214 2.0.0 See RFC 5321, 4.1.1.2
			C: HELP frob
			S: 504 5.5.4 There is no help on that
			C: RSET now
			S: 501 5.5.4 RSET takes no argument
			C: QUIT now
			S: 501 5.5.4 QUIT takes no argument`},
		{"arguments", hello + `C: EHLO
			S: 501 EHLO wants your name: a domain or an address literal
			C: EHLO a_b
			S: 501 That is no name: the domain has a character that is not a letter, a digit or a hyphen
			C: MAIL
			S: 501 5.5.4 expected FROM:
			C: MAIL FROM:alice@client.example
			S: 501 5.5.4 The path stands in angle brackets
			C: MAIL FROM: <alice@client.example>
			S: 501 5.5.4 No blank may follow the colon
			C: MAIL FROM:<alice>
			S: 501 5.1.7 a mailbox is local-part@domain
			C: MAIL FROM:<> SIZE=many
			S: 501 5.5.4 SIZE is a number of octets
			C: MAIL FROM:<> SIZE=1001
			S: 552 5.3.4 1001 octets are more than the limit of 1000
			C: MAIL FROM:<> FROB=1
			S: 555 5.5.4 Parameter FROB not recognized
			C: MAIL FROM:<> BODY=9BIT
			S: 501 5.5.4 BODY is 7BIT or 8BITMIME
			C: MAIL FROM:<> SIZE=1 SIZE=2
			S: 501 5.5.4 Parameter SIZE is given twice
			C: MAIL FROM:<> SIZE=100 BODY=8BITMIME
			S: 250 2.1.0 <> Ok
			C: RCPT TO:<>
			S: 501 5.1.3 a mailbox is local-part@domain
			C: RCPT TO:<Postmaster>
			S: 250 2.1.5 <Postmaster> Ok
			C: RCPT TO:<@relay.example:bob@practice.example>
			S: 250 2.1.5 <@relay.example:bob@practice.example> Ok`},
		{"too many recipients", given + `C: RCPT TO:<c@practice.example>
			S: 250 2.1.5 <c@practice.example> Ok
			C: RCPT TO:<d@practice.example>
			S: 250 2.1.5 <d@practice.example> Ok
			C: RCPT TO:<e@practice.example>
			S: 452 4.5.3 Too many recipients; send to these first`},
		{"too much content", given + `C: DATA
			S: 354 End data with <CR><LF>.<CR><LF>
			C: ` + strings.Repeat("x", 1000) + `
			C: .
			S: 552 5.3.4 1002 octets are more than the limit of 1000`},
		{"no command line", `S: 220 practice.example ESMTP ehlo practice server 0.1.0
			C| NOOP\n
			S: 500 5.5.2 A line ends with CRLF, not with a bare LF
			C: NO\0OP
			S: 500 5.5.2 A bare CR or a NUL is in the line
			C: ` + strings.Repeat("x", 9000) + `
			S: 500 5.5.2 Line too long
			C: NOOP
			S: 250 2.0.0 Ok`},
		{"pipelined", hello + `C| MAIL FROM:<>\r\nRCPT TO:<bob@practice.example>\r\nDATA\r\n
			S: 250 2.1.0 <> Ok
			S: 250 2.1.5 <bob@practice.example> Ok
			S: 354 End data with <CR><LF>.<CR><LF>
			C| .\r\nQUIT\r\n
			S: 250 2.0.0 Ok: 0 octets, message 1 of this session
			S: 221 2.0.0 practice.example closing the channel
			S.`},
		{"bare LF.LF is content", given + `C: DATA
			S: 354 End data with <CR><LF>.<CR><LF>
			C| a\n.\nQUIT\r\n.\r\n
			S: 250 2.0.0 Ok: 10 octets, message 1 of this session`},
	} {
		t.Run(c.name, func(t *testing.T) { talk(t, "default", c.conversation) })
	}
}
