package practice

import (
	"strings"
	"testing"

	"ehlo/session"
	"ehlo/session/explain"
)

// TestClientsOwnPlaceholders: a client that says ${…} gets that back, in
// whatever order the placeholders of the reply are filled.
func TestClientsOwnPlaceholders(t *testing.T) {
	talk(t, "sendmail", "S~ 220 \n"+strings.Repeat("C: FROB ${name} ${limit} ${argument}\n"+
		`S: 500 5.5.1 Command unrecognized: "FROB ${name} ${limit} ${argument}"`+"\n", 20))
}

// TestStrictConversations holds what a client may get wrong, or a server may.
func TestStrictConversations(t *testing.T) {
	for _, c := range []struct{ name, scenario, conversation string }{
		{"blanks before CRLF are tolerated", "default", given + `C| RSET  \r\n
			S: 250 2.0.0 Ok
			C| QUIT   \r\n
			S: 221 2.0.0 practice.example closing the channel
			S.`},
		{"the size is a number", "default", hello + `C: MAIL FROM:<> SIZE=+5
			S: 501 5.5.4 SIZE is a number of octets
			C: MAIL FROM:<> SIZE=-0
			S: 501 5.5.4 SIZE is a number of octets
			C: MAIL FROM:<> SIZE=99999999999999999999
			S: 552 5.3.4 99999999999999999999 octets are more than the limit of 1000
			C: MAIL FROM:<> SIZE=999999999999999999999
			S: 501 5.5.4 SIZE is a number of octets`},
		{"doubled dots do not count", "default", given + `C: DATA
			S: 354 End data with <CR><LF>.<CR><LF>
			C| ` + strings.Repeat(`..\r\n`, 330) + `.\r\n
			S: 250 2.0.0 Ok: 990 octets, message 1 of this session`},
		{"nor do they from one message to the next", "default", given + `C: DATA
			S: 354 End data with <CR><LF>.<CR><LF>
			C| ..\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<b@x.example>\r\nDATA\r\n
			S: 250 2.0.0 Ok: 3 octets, message 1 of this session
			S: 250 2.1.0 <> Ok
			S: 250 2.1.5 <b@x.example> Ok
			S: 354 End data with <CR><LF>.<CR><LF>
			C| x\r\n.\r\n
			S: 250 2.0.0 Ok: 3 octets, message 2 of this session`},
		{"only RCPT takes Postmaster without a domain", "default", hello + `C: MAIL FROM:<Postmaster>
			S: 501 5.1.7 a mailbox is local-part@domain`},
		{"a source route is one", "default", given + `C: RCPT TO:<@\e[31m:bob@x.example>
			S: 501 5.1.3 the source route is no list of @domain
			C: RCPT TO:<@a.example,b.example:bob@x.example>
			S: 501 5.1.3 the source route is no list of @domain
			C: RCPT TO:<@a.example,@b.example:bob@x.example>
			S: 250 2.1.5 <@a.example,@b.example:bob@x.example> Ok
			C: RCPT TO:<@` + strings.Repeat("a.", 130) + `example:bob@x.example>
			S: 501 5.1.3 the path is longer than 256 octets`},
		{"nothing comes back as it was sent", "default", hello + `C: MAIL FROM:<> \e[31m=1
			S: 555 5.5.4 Parameter \x1b[31M not recognized
			C: MAIL FROM:<> ` + strings.Repeat("x", 1500) + `
			S: 555 5.5.4 Parameter ` + strings.Repeat("X", 40) + ` not recognized`},
		{"other domains cannot be verified", "default", hello + `C: VRFY alice@elsewhere.example
			S: 252 2.0.0 I cannot verify that, and will take mail for it
			C: VRFY <alice@Practice.Example>
			S: 250 2.1.5 <alice@practice.example>`},
		{"the start of a command holds back no reply", "default", hello + `C| NOOP\r\nNO
			S: 250 2.0.0 Ok
			C| OP\r\n
			S: 250 2.0.0 Ok`},
		{"no enhanced code in a reply to EHLO", "default", `S: 220 practice.example ESMTP ehlo practice server 0.1.0
			C| EHLO client.example\n
			S: 500 A line ends with CRLF, not with a bare LF`},
		{"codes of a rule stay", "no-enhanced", `S: 220 practice.example ESMTP ehlo practice server 0.1.0
			C: HELO client.example
			S: 250 practice.example greets client.example
			C: MAIL FROM:<>
			S: 250 <> Ok
			C: RCPT TO:<nobody@x.example>
			S: 550 5.1.1 There is no such mailbox
			C: RCPT TO:<bob@x.example>
			S: 250 <bob@x.example> Ok`},
		{"an offer is replaced", "size-declared", `S: 220 practice.example ESMTP ehlo practice server 0.1.0
			C: EHLO client.example
			S: 250-practice.example greets client.example
			S: 250-PIPELINING
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
			S: 250 SIZE 100
			C: MAIL FROM:<> SIZE=101
			S: 552 5.3.4 101 octets are more than the limit of 100
			C: MAIL FROM:<> SIZE=100
			S: 250 2.1.0 <> Ok`},
		{"a domain without mail", "null-mx", given[:strings.Index(given, "RCPT")] + `RCPT TO:<bob@x.example>
			S: 556 5.1.10 The domain has a null MX: it takes no mail
			C: DATA
			S: 554 5.5.1 No valid recipients`},
	} {
		t.Run(c.name, func(t *testing.T) { talk(t, c.scenario, c.conversation) })
	}
}

// TestRulesGoByPhase uses a scenario that nobody ships.
func TestRulesGoByPhase(t *testing.T) {
	sc, err := ParseScenario("x.scenario", strings.NewReader(
		"title: t\non NOOP phase recipients given count 2-: reply 421 4.3.2 bye"))
	if err != nil {
		t.Fatal(err)
	}
	conn := newConn(New(sc, Options{}), nil)
	for i, c := range []struct {
		phase session.Phase
		want  bool
	}{{session.Ready, false}, {session.Recipients, false}, {session.Sender, false}, {session.Recipients, true}} {
		conn.state.Phase = c.phase
		if _, got := conn.find("NOOP", session.Command{}, func() string { return "" }); got != c.want {
			t.Errorf("%d: %s: %v", i, c.phase, got)
		}
	}
	_, err = ParseScenario("x.scenario", strings.NewReader("title: t\non NOOP phase dancing: close"))
	if err == nil || !strings.Contains(err.Error(), `x.scenario:2: phase "dancing": there are idle`) {
		t.Errorf("%v", err)
	}
}

func TestFindGuessesSparingly(t *testing.T) {
	for name, want := range map[string]string{
		"":           "names them",
		"a":          "names them",
		"hlo-only":   "did you mean helo-only?",
		"tarpot":     "did you mean tarpit?",
		"no-version": "",
	} {
		_, err := Find(name)
		if want == "" && err == nil {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", name, err, want)
		}
	}
}

// TestEveryReplyOfAScenarioIsExplained keeps rules and facts together: a code
// that no table knows is a slip, or a fact that is missing.
func TestEveryReplyOfAScenarioIsExplained(t *testing.T) {
	for _, sc := range Scenarios() {
		for _, r := range sc.rules {
			for _, a := range r.actions {
				if a.verb != "reply" {
					continue
				}
				for line := range strings.Lines(a.text) {
					l := session.ParseReplyLine([]byte(line))
					for _, word := range []string{l.Code.String(), string(l.Enhanced)} {
						if word != "" && !explained(word) {
							t.Errorf("%s: %s is not explained", sc.Name, word)
						}
					}
				}
			}
		}
	}
}

// explained reports whether a table has the very word, not only its class.
func explained(word string) bool {
	for _, e := range explain.Lookup(word) {
		if e.Word == word {
			return true
		}
	}
	return false
}
