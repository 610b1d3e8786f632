package practice

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/session"
)

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
		"helo-only": `S: 220 practice.example ESMTP ehlo practice server 0.1.0
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
		"no-enhanced": `S: 220 practice.example ESMTP ehlo practice server 0.1.0
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
		"garbage": `S: 220 practice.example ESMTP ehlo practice server 0.1.0
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
	type end struct {
		accepted    int
		responsible session.Party
		broken      bool
	}
	refused := end{0, session.Client, false}
	ends := map[string]end{ // those in which the mail does not simply arrive
		"vanish-after-dot": {0, session.Either, false}, "reset-after-dot": {0, session.Either, false}, "garbage": {0, session.Client, true},
		"reject": refused, "busy-greeting": refused, "greylisting": refused, "mailbox-full": refused, "mailbox-busy": refused,
		"moved-refused": refused, "relay-denied": refused, "null-mx": refused, "auth-required": refused, "tls-required": refused, "dovecot": refused, "exchange": refused,
		"implicit-tls": refused, "size-late": refused, "no-space": refused, "shutdown": refused, "multi-503": refused,
		"content-refused": refused, "lmtp": refused, "lmtp-partial": refused, "duplicated-replies": {0, session.Client, false},
	}
	for _, sc := range Scenarios() {
		t.Run(sc.Name, func(t *testing.T) {
			if sc.Title == "" || sc.Notice == "" || sc.Source == "" || !slices.Contains(Chapters(), sc.Chapter) {
				t.Errorf("chapter %q, title %q, notice %q, source %q", sc.Chapter, sc.Title, sc.Notice, sc.Source)
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
				want, odd := ends[sc.Name]
				if !odd {
					want = end{1, session.Server, false}
				}
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
		"title: t\nrequire: FROB":            `x.scenario:2: require "FROB"`,
		"title: t\nprotocol: X.400":          `protocol "X.400": there are SMTP, LMTP`,
		"title: t\ntls: never":               `tls "never": there is implicit`,
		"title: t\ncertificate: lost":        `certificate "lost": there are expired`,
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
