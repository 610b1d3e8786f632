package practice

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/session"
)

// talk plays a conversation with a scenario: "C: …" lines are sent, "S: …"
// lines must be what the server says, octet by octet.
func talk(t *testing.T, scenario, conversation string) {
	t.Helper()
	sc, err := Find(scenario)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(sc, Options{MaxSize: 1000, MaxRecipients: 3}).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for line := range strings.SplitSeq(strings.TrimSpace(conversation), "\n") {
		line = strings.TrimSpace(line)
		text := strings.TrimPrefix(line[2:], " ")
		switch line[:2] {
		case "C:":
			fmt.Fprint(c, unescape(text)+"\r\n")
		case "C|":
			fmt.Fprint(c, unescape(text))
		case "S:":
			want := unescape(text) + "\r\n"
			got := make([]byte, len(want))
			n, err := io.ReadFull(c, got)
			if string(got[:n]) != want {
				t.Fatalf("the server said %q (%v), want %q", got[:n], err, want)
			}
		case "S.":
			if n, err := c.Read(make([]byte, 1)); err == nil {
				t.Fatalf("the server said %d octets more instead of closing", n)
			}
		default:
			t.Fatalf("not a line of a conversation: %q", line)
		}
	}
}

func unescape(s string) string {
	return strings.NewReplacer(`\r`, "\r", `\n`, "\n", `\0`, "\x00", `\e`, "\x1b").Replace(s)
}

const hello = `S: 220 practice.example ESMTP ehlo practice server
	C: EHLO client.example
	S: 250-practice.example greets client.example
	S: 250-PIPELINING
	S: 250-SIZE 1000
	S: 250-8BITMIME
	S: 250-ENHANCEDSTATUSCODES
	S: 250-VRFY
	S: 250-EXPN
	S: 250 HELP
	`

const given = hello + `C: MAIL FROM:<alice@client.example>
	S: 250 2.1.0 <alice@client.example> Ok
	C: RCPT TO:<bob@practice.example>
	S: 250 2.1.5 <bob@practice.example> Ok
	`

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
		{"sequence", `S: 220 practice.example ESMTP ehlo practice server
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
			C: STARTTLS
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
		{"no command line", `S: 220 practice.example ESMTP ehlo practice server
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

func TestScenarioConversations(t *testing.T) {
	for name, conversation := range map[string]string{
		"reject": `S: 554 practice.example No SMTP service here
			C: EHLO client.example
			S: 503 No service here; only QUIT is left
			C: NOOP
			S: 503 5.5.1 No service here; only QUIT is left
			C: QUIT
			S: 221 2.0.0 practice.example closing the channel
			S.`,
		"busy-greeting": `S: 421 practice.example Too busy, try again later
			S.`,
		"helo-only": `S: 220 practice.example ESMTP ehlo practice server
			C: EHLO client.example
			S: 500 Command unrecognized
			C: HELO client.example
			S: 250 practice.example greets client.example`,
		"no-second-ehlo": hello + `C: EHLO client.example
			S: 503 Duplicate EHLO`,
		"shutdown": given + `C: DATA
			S: 421 4.3.2 practice.example Shutting down
			S.`,
		"vanish-after-dot": given + `C: DATA
			S: 354 End data with <CR><LF>.<CR><LF>
			C: .
			S.`,
		"no-enhanced": `S: 220 practice.example ESMTP ehlo practice server
			C: NOOP
			S: 250 Ok`,
		"relay-denied": hello + `C: MAIL FROM:<>
			S: 250 2.1.0 <> Ok
			C: RCPT TO:<bob@elsewhere.example>
			S: 550 5.7.1 Relaying denied
			C: RCPT TO:<bob@practice.example>
			S: 250 2.1.5 <bob@practice.example> Ok`,
		"multi-503": given + `C: DATA
			S: 503-5.5.1 Three lines:
			S: 503-5.5.1 an earlier command was refused
			S: 503 5.5.1 and so is this one`,
		"garbage": `S: 220 practice.example ESMTP ehlo practice server
			C: EHLO client.example
			S: 250-practice.example
			S: 250 \e[31mred\e[0m \0`,
	} {
		t.Run(name, func(t *testing.T) { talk(t, name, conversation) })
	}
}

// TestScenariosAreRight drives a mail through every scenario and says how it
// must end.
func TestScenariosAreRight(t *testing.T) {
	ends := map[string]struct {
		accepted    int
		responsible session.Party
		broken      bool
	}{
		"default": {1, session.Server, false}, "helo-only": {1, session.Server, false}, "no-second-ehlo": {1, session.Server, false},
		"moved-forwarded": {1, session.Server, false}, "vrfy-disabled": {1, session.Server, false},
		"too-many-recipients": {1, session.Server, false}, "no-enhanced": {1, session.Server, false}, "size-declared": {1, session.Server, false},
		"no-version": {1, session.Server, false}, "slow-greeting": {1, session.Server, false}, "tarpit": {1, session.Server, false},
		"vanish-after-dot": {0, session.Either, false}, "garbage": {0, session.Client, true},
	}
	for _, sc := range Scenarios() {
		t.Run(sc.Name, func(t *testing.T) {
			if sc.Title == "" || sc.Notice == "" || !strings.HasPrefix(sc.Source, "RFC ") {
				t.Errorf("title %q, notice %q, source %q", sc.Title, sc.Notice, sc.Source)
			}
			synctest.Test(t, func(t *testing.T) {
				s := session.New(session.Options{
					Target: session.Target{Practice: sc.Name},
					Dial: func(ctx context.Context, _ session.Target, _ string) (net.Conn, error) {
						return New(sc, Options{}).Dial(ctx)
					},
				})
				m := session.Mail{
					Target: session.Target{Practice: sc.Name}, Helo: "client.example",
					Letter: session.Letter{
						From: session.Envelope{Path: "alice@client.example"}, To: session.To("bob@elsewhere.example"),
						Content: session.BytesContent([]byte("Subject: x\r\n\r\nhi\r\n")),
					},
				}
				for range 50 {
					st, ok := m.Next(s.State())
					if !ok {
						break
					}
					_ = s.Do(t.Context(), st)
				}
				st := s.State()
				want := ends[sc.Name]
				if st.Phase != session.Over || st.Accepted != want.accepted || st.Responsible != want.responsible || (st.Broken != "") != want.broken {
					t.Errorf("%s, accepted %d, responsible %s, broken %q", st.Phase, st.Accepted, st.Responsible, st.Broken)
				}
				s.Close()
				time.Sleep(time.Hour) // the server's own waits end; the clock is synctest's
				synctest.Wait()
			})
		})
	}
}

func TestParseScenarioSaysWhere(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "x.scenario:1: the title is missing",
		"title: t\nfrob: x":                  `x.scenario:2: "frob" is no key`,
		"title: t\non FROB: close":           `x.scenario:2: "FROB" is no verb`,
		"title: t\n\non MAIL: frob":          `x.scenario:3: "frob" is no action`,
		"title: t\non MAIL: reply hello":     `is no reply line`,
		"title: t\non MAIL: raw hello":       "quoted string",
		"title: t\non MAIL: delay long":      "expected a duration",
		"title: t\non MAIL count x: close":   "expected N",
		"title: t\non MAIL count 3-1: close": "expected N",
		"title: t\non MAIL arg [: close":     "is not closed",
		"title: t\non MAIL":                  "a rule is",
	} {
		_, err := ParseScenario("x.scenario", strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestFindSaysWhatIsNear(t *testing.T) {
	if _, err := Find("helo"); err == nil || !strings.Contains(err.Error(), "helo-only") {
		t.Errorf("%v", err)
	}
	if sc, err := Find("reject"); err != nil || sc.Name != "reject" {
		t.Errorf("%v %v", sc.Name, err)
	}
	if first := Scenarios()[0].Name; first != Default {
		t.Errorf("the first scenario is %s", first)
	}
}

func TestIdleClientIsToldAndLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		talk(t, "default", `S: 220 practice.example ESMTP ehlo practice server
			S: 421 4.4.2 practice.example you have been idle for too long
			S.`)
		synctest.Wait()
	})
}

func TestManyClientsAtOnce(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	sc, _ := Find(Default)
	srv := New(sc, Options{})
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	ends := make(chan string, 200)
	for range cap(ends) {
		go func() {
			s := session.New(session.Options{Target: session.Target{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}})
			m := session.Mail{Helo: "c.example", Letter: session.Letter{To: session.To("b@x.example"), Content: session.BytesContent([]byte("x\r\n"))}}
			m.Target = session.Target{Host: "127.0.0.1", Port: 1}
			for st, ok := m.Next(s.State()); ok; st, ok = m.Next(s.State()) {
				if err := s.Do(t.Context(), st); err != nil {
					ends <- err.Error()
					return
				}
			}
			ends <- s.State().Responsible.String()
		}()
	}
	for range cap(ends) {
		if end := <-ends; end != "server" {
			t.Error(end)
		}
	}
	l.Close()
	srv.Close()
	<-served
}

// FuzzServer sends anything. The server must not panic, and must end when the
// client does.
func FuzzServer(f *testing.F) {
	f.Add([]byte("EHLO x\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nDATA\r\nx\r\n.\r\nQUIT\r\n"))
	f.Add([]byte("\x00\r\nBDAT 5\r\nMAIL FROM:\r\nDATA\n.\n"))
	scenarios := Scenarios()
	f.Fuzz(func(t *testing.T, p []byte) {
		sc := scenarios[len(p)%len(scenarios)]
		if sc.Name == "tarpit" || sc.Name == "slow-greeting" {
			sc = scenarios[0] // they only wait
		}
		client, server := net.Pipe()
		done := make(chan struct{})
		go func() {
			New(sc, Options{}).ServeConn(server)
			close(done)
		}()
		go func() { _, _ = io.Copy(io.Discard, client) }()
		_ = client.SetWriteDeadline(time.Now().Add(10 * time.Second))
		_, _ = client.Write(p)
		client.Close()
		<-done
	})
}
