package practice

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"ehlo/session"
)

// FuzzServer sends anything. The server must not panic, must end when the
// client does, must say nothing but replies, and none that nobody asked for.
func FuzzServer(f *testing.F) {
	for i, seed := range []string{
		"EHLO x\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nDATA\r\nx\r\n.\r\nQUIT\r\n",
		"\x00\r\nBDAT 5\r\nMAIL FROM:\r\nDATA\n.\n",
		"EHLO x\r\nMAIL FROM:<> PRDR\r\nRCPT TO:<full@e.f>\r\nBDAT 2\r\nhiBDAT 0 LAST\r\nBDAT 9 LAST\r\n",
		"EHLO x\r\nAUTH SCRAM-SHA-256 biwsbj1hbGljZSxyPXg=\r\nYz1iaXdzLHI9eCxwPUFBQUE=\r\nAUTH CRAM-MD5\r\n*\r\nAUTH LOGIN YQ==\r\n",
		"EHLO x\r\nSTARTTLS\r\nNOOP\r\n", "EHLO x\r\nXCLIENT NAME=x\r\nETRN #x\r\nXFORWARD A=b\r\n",
		"LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nRCPT TO:<full@b>\r\nDATA\r\n.\r\nBDAT 1 LAST\r\n",
		"EHLO x\r\nMAIL FROM:<\xc3\xa4@b> SMTPUTF8 BODY=BINARYMIME RET=FULL ENVID=+2B BY=1;R HOLDFOR=1 MT-PRIORITY=-1\r\n" +
			"RCPT TO:<b@c> NOTIFY=NEVER ORCPT=rfc822;x RRVS=2014-04-03T23:01:00Z\r\n",
	} {
		f.Add(byte(i), []byte(seed))
	}
	quick := []string{"default", "extensions", "lmtp", "auth-required", "starttls-required", "no-enhanced", "implicit-tls", "helo-only", "reject", "size-declared",
		"postfix", "exim", "sendmail", "dovecot", "exchange", "case", "pipelining-strict", "bare-lf", "dot-forgotten", "dots-kept", "eight-bit-mangled",
		"prdr", "lmtp-partial", "chunking", "bad-password", "oauth-error", "error-limit", "list", "dsn", "greylisting", "unknown-user", "picky-name"}
	f.Fuzz(func(t *testing.T, which byte, p []byte) {
		sc, err := Find(quick[int(which)%len(quick)])
		if err != nil {
			t.Fatal(err)
		}
		client, server := inMemory(sc.Name)
		srv := New(sc, Options{MaxSize: 1000, MaxRecipients: 3})
		c := newConn(srv, server)
		go func() {
			_, _ = client.Write(p)
			_ = client.CloseWrite()
		}()
		ended := make(chan struct{})
		go func() {
			c.serve()
			server.Close()
			close(ended)
		}()
		said, err := io.ReadAll(client)
		client.Close()
		<-ended
		if err != nil || c.state.Unasked > 0 {
			t.Fatalf("%d replies that nobody asked for, %v:\n%q", c.state.Unasked, err, said)
		}
		if c.over && c.state.Fault == session.FaultTLS { // the last octets are those of an alert
			return
		}
		for line := range bytes.Lines(said) {
			if l := session.ParseReplyLine(line); l.Code < 200 || l.Code > 599 || l.Ending != "\r\n" {
				t.Fatalf("%q is no reply line", line)
			}
		}
	})
}

// FuzzParseScenario reads anything. What is taken can be served.
func FuzzParseScenario(f *testing.F) {
	for _, sc := range Scenarios() {
		if p, err := files.ReadFile("scenarios/" + sc.Name + extension); err == nil {
			f.Add(p)
		}
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		sc, err := ParseScenario("x.scenario", bytes.NewReader(p))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "x.scenario:") {
				t.Fatalf("no place: %v", err)
			}
			return
		}
		c := newConn(New(sc, Options{}), nil)
		c.raw, _ = inMemory("x")
		for _, what := range []string{session.Greeting, "EHLO", "FROB", session.EndOfData} {
			cmd := session.ParseCommand([]byte(what + " x\r\n"))
			if r, ok := c.find(what, cmd, func() string { return "250 x\r\n" }); ok {
				for _, a := range r.actions {
					_ = c.fill(a.text, cmd)
				}
			}
		}
	})
}

// FuzzReadUsers: no password is in an error.
func FuzzReadUsers(f *testing.F) {
	f.Add("alice wonderland t0ken\n\"b b\" \"x\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		users, err := ReadUsers("u", strings.NewReader(text))
		if err == nil && len(users) == 0 {
			t.Fatal("nobody, and no error")
		}
	})
}
