package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// What every server is asked, and what it alone offers.

func TestInteropGoSMTP(t *testing.T) {
	g, p := startGoSMTP(t)
	p.tryAll(t, basics())
	p.tryAll(t, extensions())
	p.tryAll(t, []talk{dsn(), smtpUTF8()})
	p.tryAll(t, oversize(t))
	p.tryAll(t, []talk{unknown(exitClosed)})
	p.logins(t, "PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER", "ANONYMOUS", "EXTERNAL")
	// What arrives is the content, octet for octet, by whichever way it went.
	file := filepath.Join(t.TempDir(), "dots.eml")
	const content = "Subject: dots\r\n\r\n.\r\n..\r\n.one\r\nlast\r\n"
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, way := range []string{"--pipeline=off", "--pipeline", "--chunking", "--chunking=7"} {
		p.try(t, talk{args: []string{"--message", file, way}, want: []string{"<-  250 "}})
		if got := string(g.last(t).content); got != content {
			t.Errorf("%s: %q arrived, want %q", way, got, content)
		}
	}
}

func TestInteropPostfix(t *testing.T) {
	p := startPeer(t, "postfix")
	speaksAs(t, "postfix", p.addrs[0], profileLines()...)
	p.tryAll(t, basics())
	p.tryAll(t, extensions())
	p.tryAll(t, []talk{dsn(), smtpUTF8()})
	p.tryAll(t, oversize(t))
	p.tryAll(t, []talk{unknown(exitClosed, " -> XYZZY20\n<** 500 ", "<** 421 4.7.0 ")})
	p.logins(t, "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256")
	spike := []string{"--xclient", "NAME=spike.example ADDR=192.0.2.1", "--xforward", "NAME=spike.example ADDR=192.0.2.9"}
	p.tryAll(t, with(spike,
		talk{"XCLIENT", 0, nil, exitDone, []string{" -> XCLIENT NAME=spike.example ADDR=192.0.2.1", "<-  220 ", " -> EHLO", " -> XFORWARD ", "<-  250 ", " -> .", "<-  250 "}},
		talk{"XCLIENT under TLS", 0, []string{"--tls", "require"}, exitDone, []string{" ~> XCLIENT ", "<~  220 ", " ~> EHLO", " ~> .", "<~  250 "}},
	))
	p.tryAll(t, []talk{
		{"XCLIENT refused", 0, []string{"--xclient", "FROB=1"}, exitXClient, []string{" -> XCLIENT FROB=1", "<** 501 "}},
		{"TLS is required", 2, nil, exitMail, []string{" -> MAIL FROM", "<** 530 "}},
		{"a login is required", 2, []string{"--tls", "require"}, exitRcpt, []string{" ~> RCPT TO", "<~* 554 "}},
	})
	p.tryAll(t, with(p.login("PLAIN"), talk{"submission", 2, []string{"--tls", "require", "--to", "carol@elsewhere.example"}, exitDone,
		[]string{"<~  235 ", " ~> .", "<~  250 "}}))
}

func TestInteropExim(t *testing.T) {
	p := startPeer(t, "exim")
	speaksAs(t, "exim", p.addrs[0], slices.DeleteFunc(profileLines(), func(line string) bool {
		return line == "EHLO" || line == "RCPT TO:<>" || line == "QUIT" // at the fourth mistake it hangs up
	})...)
	p.tryAll(t, basics())
	p.tryAll(t, extensions())
	p.tryAll(t, []talk{dsn(), smtpUTF8()})
	p.tryAll(t, oversize(t))
	p.tryAll(t, []talk{unknown(exitClosed, " -> XYZZY3\n<** 500 unrecognized", " -> XYZZY4\n<** 500 Too many")})
	p.logins(t, "PLAIN", "LOGIN", "CRAM-MD5")
	two := []string{"--prdr", "--to", "alice@test.example,bob@test.example"}
	p.tryAll(t, with(two,
		talk{"PRDR", 0, nil, exitDone, []string{" PRDR", " -> .", "<-  353 ", "<-  250 ", "<-  250 ", "<-  250 ", "<-  221 "}},
		talk{"PRDR refused for one", 0, []string{"--header", "X-Refuse: bob"}, exitPartial, []string{" -> .", "<-  353 ", "<-  250 ", "<** 550 ", "<-  250 ", "<-  221 "}},
		talk{"PRDR refused for all", 0, []string{"--header", "X-Refuse: alice bob"}, exitPRDR, []string{" -> .", "<-  353 ", "<** 550 ", "<** 550 ", "<-  221 "}},
		talk{"PRDR and BDAT", 0, []string{"--header", "X-Refuse: bob", "--chunking", "--pipeline"}, exitPartial, []string{" LAST", "<-  353 ", "<-  250 ", "<** 550 ", "<-  250 ", "<-  221 "}},
	))
	// Exim asks for no verdicts where there is one recipient.
	p.tryAll(t, []talk{{"PRDR with one recipient", 0, []string{"--prdr"}, exitDone, []string{" PRDR", " -> .\n<-  250 "}}})
}

func TestInteropDovecot(t *testing.T) {
	_, relay := startGoSMTP(t)
	p := startPeer(t, "dovecot", "RELAY="+relay.addrs[0])
	speaksAs(t, "dovecot", p.addrs[0], "EHLO", "EHLO client.example", "MAIL FROM:<a@client.example>", "NOOP", "RSET", "FROB", "EXPN x", "VRFY bob", "QUIT")
	p.user = "alice@test.example" // Dovecot passes it on in MAIL AUTH=, which wants a mailbox
	in := p.login("PLAIN")
	p.tryAll(t, with(in, basics()...))
	p.tryAll(t, with(in, extensions()...))
	// Its submission service offers no SMTPUTF8.
	p.tryAll(t, with(in, dsn(), talk{"SMTPUTF8 is not offered", 0, []string{"--smtputf8"}, exitMail, []string{"advice: ", " SMTPUTF8 ", "<** 555 "}}))
	p.tryAll(t, with(in, dovecotOversize(oversize(t))...))
	p.tryAll(t, []talk{unknown(exitClosed, " -> XYZZY10\n<** 500 ", " -> XYZZY11\n<** 421 ")})
	p.logins(t, "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256")
	two := []string{"--hello", "LHLO", "--to", "alice@test.example,bob@test.example"}
	p.tryAll(t, with(two,
		talk{"LMTP", 2, nil, exitDone, []string{" -> LHLO", " -> .", "<-  250 2.0.0 <alice@test.example>", "<-  250 2.0.0 <bob@test.example>", "<-  221 "}},
		talk{"LMTP under TLS", 2, []string{"--tls", "require"}, exitDone, []string{" ~> LHLO", " ~> .", "<~  250 ", "<~  250 ", "<~  221 "}},
		talk{"LMTP in groups", 2, []string{"--pipeline"}, exitDone, []string{" -> DATA", " -> .", "<-  250 2.0.0 <alice@test.example>", "<-  250 2.0.0 <bob@test.example>", "<-  221 "}},
		talk{"LMTP and BDAT", 2, []string{"--chunking=100", "--pipeline"}, exitDone, []string{" LAST", "<-  250 2.0.0 <alice@test.example>", "<-  250 2.0.0 <bob@test.example>", "<-  221 "}},
		talk{"LMTP and nobody", 2, []string{"--to", "nobody@test.example"}, exitPartial, []string{"<** 550 ", " -> .", "<-  250 2.0.0 <alice@test.example>", "<-  250 2.0.0 <bob@test.example>", "<-  221 "}},
	))
}

// dovecotOversize is what Dovecot's submission service makes of a message that
// is too big: it hangs up without a word, as a capture of the wire shows, and
// counts a chunk that was refused as bad commands. Whether that arrives as a
// reset or as an end depends on how much of the content it had read by then.
func dovecotOversize(talks []talk) []talk {
	for i, c := range talks {
		switch c.name {
		case "oversize", "oversize under TLS":
			talks[i].code, talks[i].want = exitClosed, []string{" 354 ", " by the server\n"}
		case "oversize BDAT":
			talks[i].want = []string{" -> BDAT ", "<** "}
		}
	}
	return talks
}
