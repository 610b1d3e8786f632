package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ehlo/session/sasl"
)

// The talks that any server should be able to have. The word before a line
// tells who said it, and whether under TLS: -> and <- not, ~> and <~ yes.

func basics() []talk {
	whole := []string{" -> EHLO client.example", " -> MAIL FROM:<alice@client.example>", "<-  250 ", " -> RCPT TO:<alice@test.example>",
		"<-  250 ", " -> DATA", "<-  354 ", " -> .", "<-  250 ", " -> QUIT", "<-  221 "}
	return []talk{
		{"plain", 0, nil, exitDone, whole},
		{"STARTTLS", 0, []string{"--tls", "require"}, exitDone, []string{" -> STARTTLS", "<-  220 ", ", verified",
			" ~> EHLO client.example", " ~> MAIL FROM", " ~> DATA", "<~  354 ", " ~> .", "<~  250 ", "<~  221 "}},
		{"implicit TLS", 1, []string{"--tls", "implicit"}, exitDone, []string{", verified", "<~  220 ", " ~> EHLO", " ~> .", "<~  250 ", "<~  221 "}},
		{"TLS 1.2", 0, []string{"--tls", "require", "--tls-max", "1.2"}, exitDone, []string{"TLS 1.2", ", verified", " ~> .", "<~  250 "}},
	}
}

func extensions() []talk {
	grouped := []string{"> MAIL FROM", "> RCPT TO:<alice@", "> RCPT TO:<bob@", "> DATA", " 250 ", " 250 ", " 250 ", " 354 ", "> .", " 250 "}
	return []talk{
		{"pipelining", 0, []string{"--pipeline", "--to", "alice@test.example,bob@test.example"}, exitDone, grouped},
		{"pipelining under TLS", 0, []string{"--pipeline", "--tls", "require", "--to", "alice@test.example,bob@test.example"}, exitDone, grouped},
		{"BDAT in one", 0, []string{"--chunking"}, exitDone, []string{" -> BDAT ", " LAST", "<-  250 ", "<-  221 "}},
		{"BDAT in chunks", 0, []string{"--chunking=100"}, exitDone, []string{" -> BDAT 100\n", "<-  250 ", " -> BDAT 100\n", "<-  250 ", " LAST", "<-  250 "}},
		{"BDAT in one write", 0, []string{"--chunking=100", "--pipeline", "--tls", "require"}, exitDone, []string{" ~> BDAT 100\n", " LAST", "<~  250 ", "<~  221 "}},
		{"nobody", 0, []string{"--to", "nobody@test.example"}, exitRcpt, []string{"<** 550", " -> QUIT", "<-  221 "}},
	}
}

func dsn() talk {
	return talk{"DSN", 0, []string{"--ret", "hdrs", "--envid", "QQ+1", "--notify", "success,failure", "--orcpt", "bob+x@test.example"}, exitDone,
		[]string{" MAIL FROM:<alice@client.example> RET=HDRS ENVID=QQ+2B1 ", " RCPT TO:<alice@test.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;bob+2Bx@test.example\n", " 354 ", "> .", " 250 "}}
}

func smtpUTF8() talk {
	return talk{"SMTPUTF8", 0, []string{"--smtputf8", "--to", "josé@test.example", "--subject", "grüße", "--body", "пример"}, exitDone,
		[]string{"MAIL FROM:<alice@client.example> SMTPUTF8", "RCPT TO:<josé@test.example>", "<-  354 ", " -> Subject: grüße", " -> .", "<-  250 "}}
}

// oversize are talks about 12 MiB where 10 are the limit: announced, not
// announced, in one chunk, in many. The 552 must be seen, whatever the server
// does with its connection.
func oversize(t *testing.T) []talk {
	t.Helper()
	file := filepath.Join(t.TempDir(), "large.eml")
	line := strings.Repeat("x", 76) + "\n"
	if err := os.WriteFile(file, []byte("Subject: large\n\n"+strings.Repeat(line, 12<<20/len(line))), 0o600); err != nil {
		t.Fatal(err)
	}
	return []talk{
		{"oversize announced", 0, []string{"--message", file}, exitMail, []string{" SIZE=1", "<** 552"}},
		{"oversize", 0, []string{"--message", file, "--size=none"}, exitContent, []string{"<-  354 ", "<** 552"}},
		{"oversize under TLS", 1, []string{"--message", file, "--size=none", "--tls", "implicit"}, exitContent, []string{"<~  354 ", "<~* 552"}},
		{"oversize BDAT", 0, []string{"--message", file, "--size=none", "--chunking"}, exitContent, []string{" -> BDAT ", "<** 552"}},
		{"oversize BDAT in chunks", 0, []string{"--message", file, "--size=none", "--chunking=1000000"}, exitData, []string{" -> BDAT 1000000\n", "<** 552"}},
	}
}

// unknown is a talk of 21 commands that no server knows.
func unknown(code int, want ...string) talk {
	c := talk{"21 unknown commands", 0, nil, code, want}
	for i := range 21 {
		c.args = append(c.args, "--also", fmt.Sprintf("helo=XYZZY%d", i+1))
	}
	return c
}

// with adds flags to talks.
func with(flags []string, talks ...talk) []talk {
	for i := range talks {
		talks[i].args = append(slices.Clone(talks[i].args), flags...)
	}
	return talks
}

func (p peer) login(mech string) []string {
	return []string{"--user", p.user, "--password-from", "env:EHLO_TEST_PASSWORD", "--auth", mech}
}

// logins has a talk with every mechanism that is offered under TLS and that
// ehlo knows, and one with a wrong password; those named must be among them.
func (p peer) logins(t *testing.T, must ...string) {
	t.Helper()
	stdout := p.try(t, talk{args: []string{"--tls", "require", "--stop-after", "helo"}})
	_, list, _ := strings.Cut(stdout[strings.LastIndex(stdout, "> EHLO"):], "AUTH ")
	list, _, _ = strings.Cut(list, "\n")
	offered := strings.Fields(list)
	for _, mech := range must {
		if !slices.Contains(offered, mech) {
			t.Errorf("%s does not offer %s, only %q", p.name, mech, list)
		}
	}
	var talks []talk
	for _, mech := range offered {
		if !slices.Contains(sasl.Names(), mech) {
			t.Logf("%s offers %s, which ehlo does not know", p.name, mech)
			continue
		}
		flags := []string{"--tls", "require"}
		if mech == "EXTERNAL" {
			flags = append(flags, "--cert", p.ca, "--key", filepath.Join(filepath.Dir(p.ca), "key.pem"))
		}
		talks = append(talks, with(append(flags, p.login(mech)...), talk{mech, 0, nil, exitDone, []string{" ~> AUTH " + mech, "<~  235 ", " ~> .", "<~  250 "}})...)
	}
	p.tryAll(t, talks)
	for _, mech := range offered {
		if slices.Contains([]string{"EXTERNAL", "ANONYMOUS"}, mech) || !slices.Contains(sasl.Names(), mech) {
			continue
		}
		refusal := "<~* 535"
		if p.name == "go-smtp" && mech == "OAUTHBEARER" {
			refusal = "<~* 454" // go-sasl returns no error that go-smtp knows
		}
		t.Run(mech+" with a wrong password", func(t *testing.T) {
			t.Setenv("EHLO_TEST_PASSWORD", "looking-glass")
			p.try(t, talk{"", 0, append(p.login(mech), "--tls", "require"), exitAuth, []string{" ~> AUTH " + mech, refusal, " ~> QUIT"}})
		})
	}
}
