package session

import (
	"strings"
	"testing"
)

// offering is a session whose server offers these keywords, one a line with |
// between.
func offering(lines string) string {
	var b strings.Builder
	b.WriteString(greeted + "C: EHLO client.example\nS: 250-server.example\n")
	list := strings.Split(lines, "|")
	for i, line := range list {
		sep := "-"
		if i == len(list)-1 {
			sep = " "
		}
		b.WriteString("S: 250" + sep + line + "\n")
	}
	return b.String()
}

// Moments for advice, beside those of state_test.go.
const (
	mail   = "C: MAIL FROM:<a@client.example>\nS: 250 ok\n"
	rcpt   = "C: RCPT TO:<b@server.example>\nS: 250 ok\n"
	noRcpt = "C: RCPT TO:<b@server.example>\nS: 550 no\n"
	old    = greeted + "C: HELO client.example\nS: 250 hi\n"
	lmtp   = "= opened\nS: 220 server.example LMTP\n"
)

// under is a session under TLS that offers these.
func under(lines string) string {
	_, hello, _ := strings.Cut(offering(lines), "ESMTP\n")
	return greeted + "C: STARTTLS\nS: 220 go\n= secured\n" + hello
}

// advised is one case: what is said when, what advice comes, and what a correct
// server would answer. An empty text is no advice at all.
type advised struct {
	name, conversation, line string
	text                     string
	expect                   Code
	source                   string
}

func checkAdvice(t *testing.T, c advised) {
	t.Helper()
	s := fold(t, c.conversation)
	got := Advise(s, []byte(c.line))
	if code := Expect(s, []byte(c.line)); code != c.expect {
		t.Errorf("%s: expects %d, want %d: %v", c.name, code, c.expect, got)
	}
	for _, r := range got {
		if r.Source == "" || r.Text == "" {
			t.Errorf("%s: %q has the source %q", c.name, r.Text, r.Source)
		}
		if c.text != "" && strings.Contains(r.Text, c.text) && strings.Contains(r.Source, c.source) {
			return
		}
	}
	if c.text != "" || len(got) > 0 {
		t.Errorf("%s: %v, want %q, %s", c.name, got, c.text, c.source)
	}
}

func TestAdviseSequence(t *testing.T) {
	pipelined, chunked, auth := offering("PIPELINING"), offering("CHUNKING"), under("AUTH PLAIN")
	for _, c := range []advised{
		{"no channel", "= opened\n= lost", "NOOP\r\n", "connect first", 0, "RFC 5321, 3.1"},
		{"early", "= opened", "EHLO client.example\r\n", "greeting has not come", 250, "RFC 5321, 4.3.1"},
		{"rejected", "= opened\nS: 554 no", "EHLO client.example\r\n", "everything but QUIT", 503, "RFC 5321, 3.1"},
		{"QUIT when rejected", "= opened\nS: 554 no", "QUIT\r\n", "", 221, ""},
		{"over", ready + "C: QUIT\nS: 221 bye", "NOOP\r\n", "session is over", 0, "RFC 5321, 4.1.1.10"},
		{"EHLO", greeted, "EHLO client.example\r\n", "", 250, ""},
		{"EHLO first", greeted, "MAIL FROM:<>\r\n", "EHLO or HELO comes first", 503, "RFC 5321, 4.1.4"},
		{"EHLO before AUTH", greeted, "AUTH PLAIN\r\n", "EHLO comes first", 503, "RFC 5321, 4.1.4"},
		{"EHLO again clears", given, "EHLO client.example\r\n", "clears the transaction", 250, "RFC 5321, 4.1.4"},
		{"EHLO on LMTP", lmtp + "C: LHLO client.example\nS: 250 hi", "EHLO client.example\r\n", "no command of LMTP", 500, "RFC 2033, 4.1"},
		{"EHLO to a greeting of LMTP", lmtp, "EHLO client.example\r\n", "begins with LHLO", 500, "RFC 2033, 4.1"},
		{"LHLO on LMTP", lmtp, "LHLO client.example\r\n", "", 250, ""},
		{"LHLO on SMTP", ready, "LHLO client.example\r\n", "this is SMTP", 500, "RFC 2033, 4.1"},
		{"LHLO to a greeting of ESMTP", greeted, "LHLO client.example\r\n", "LHLO is of LMTP", 500, "RFC 2033, 4.1"},
		{"MAIL", ready, "MAIL FROM:<a@client.example> SIZE=10\r\n", "", 250, ""},
		{"MAIL first", ready, "RCPT TO:<b@x.example>\r\n", "MAIL comes first", 503, "RFC 5321, 4.1.4"},
		{"nested MAIL", given, "MAIL FROM:<>\r\n", "a transaction is open", 503, "RFC 5321, 4.1.4"},
		{"MAIL after MAILMAX", offering("LIMITS MAILMAX=1") + mail + rcpt + "C: DATA\nS: 354 go\nC: .\nS: 250 ok", "MAIL FROM:<>\r\n", "MAILMAX=1", 250, "RFC 9422, 4.1"},
		{"DATA", given, "DATA\r\n", "", 354, ""},
		{"DATA before MAIL", ready, "DATA\r\n", "MAIL comes first", 503, "RFC 5321, 4.1.4"},
		{"DATA without RCPT", sender, "DATA\r\n", "no recipient", 503, "RFC 5321, 3.3"},
		{"DATA when all were refused", sender + noRcpt, "DATA\r\n", "no recipient", 554, "RFC 5321, 3.3"},
		{"DATA when some were refused", sender + noRcpt + rcpt, "DATA\r\n", "1 of 2 recipients", 354, "RFC 5321, 3.3"},
		{"DATA after BDAT", given + "C: BDAT 0\nS: 250 ok", "DATA\r\n", "do not mix", 503, "RFC 3030, 2"},
		{
			"DATA after BODY=BINARYMIME", offering("8BITMIME|CHUNKING|BINARYMIME") + "C: MAIL FROM:<a@client.example> BODY=BINARYMIME\nS: 250 ok\n" + rcpt,
			"DATA\r\n", "BODY=BINARYMIME", 503, "RFC 3030, 3",
		},
		{"BDAT", given, "BDAT 5 LAST\r\n", "", 250, ""},
		{"BDAT without CHUNKING", offering("SIZE") + mail + rcpt, "BDAT 5 LAST\r\n", "CHUNKING, which was not offered", 502, "RFC 5321, 2.2.1 and 4.2.4"},
		{"BDAT without a recipient", chunked + mail, "BDAT 5\r\n", "no recipient", 503, "RFC 3030, 2"},
		{"BDAT after a refused chunk", given + "C: BDAT 0\nS: 452 full", "BDAT 5\r\n", "RSET comes first", 503, "RFC 3030, 2"},
		{"MAIL after a refused chunk", given + "C: BDAT 0\nS: 452 full", "MAIL FROM:<>\r\n", "RSET comes first", 503, "RFC 3030, 2"},
		{"HELP after a refused chunk", given + "C: BDAT 0\nS: 452 full", "HELP\r\n", "says RSET before anything", 214, "RFC 3030, 2"},
		{"RSET after a refused chunk", given + "C: BDAT 0\nS: 452 full", "RSET\r\n", "", 250, ""},
		{"RCPT after a chunk", given + "C: BDAT 0\nS: 250 ok", "RCPT TO:<c@server.example>\r\n", "content has begun", 503, "RFC 5321, 4.1.4"},
		{"octets of a chunk", given + "C: BDAT 50", "QUIT\r\n", "belong to the chunk", 0, "RFC 3030, 2"},
		{"BURL", offering("BURL imap") + mail + rcpt, "BURL imap://x.example/y;UID=1 LAST\r\n", "", 250, ""},
		{"BURL before AUTH", offering("BURL") + mail + rcpt, "BURL imap://x.example/y LAST\r\n", "wants AUTH first", 250, "RFC 4468, 3.1"},
		{"BURL not offered", given, "BURL imap://x.example/y LAST\r\n", "extension BURL", 502, "RFC 5321, 2.2.1 and 4.2.4"},
		{"BURL without a recipient", offering("BURL imap") + mail, "BURL imap://x.example/y\r\n", "no recipient", 503, ""},
		{"STARTTLS", ready, "STARTTLS\r\n", "", 220, ""},
		{"STARTTLS not offered", offering("SIZE"), "STARTTLS\r\n", "was not offered", 502, "RFC 5321, 2.2.1 and 4.2.4"},
		{"STARTTLS after HELO", old, "STARTTLS\r\n", "EHLO comes first", 503, "RFC 5321, 4.1.4"},
		{"STARTTLS under TLS", auth, "STARTTLS\r\n", "under TLS already", 503, "RFC 3207, 4.2"},
		{"STARTTLS in a transaction", sender, "STARTTLS\r\n", "would forget under TLS", 503, "RFC 3207, 4.2"},
		{"NOOP in the handshake", ready + "C: STARTTLS\nS: 220 go", "NOOP\r\n", "handshake", 0, "RFC 3207, 4"},
		{"behind STARTTLS", pipelined + "C: STARTTLS", "EHLO x.example\r\n", "belongs to TLS", 250, "RFC 3207, 4"},
		{"AUTH", auth, "AUTH PLAIN AGEAYg==\r\n", "", 235, ""},
		{"AUTH, then a challenge", auth, "AUTH PLAIN\r\n", "", 334, ""},
		{"AUTH not offered", under("SIZE"), "AUTH PLAIN\r\n", "extension AUTH", 502, ""},
		{"second AUTH", auth + "C: AUTH PLAIN AGEAYg==\nS: 235 ok", "AUTH PLAIN\r\n", "authenticated already", 503, "RFC 4954, 4"},
		{"AUTH in a transaction", auth + mail, "AUTH PLAIN\r\n", "not allowed in a transaction", 503, "RFC 4954, 4"},
		{"ETRN", offering("ETRN"), "ETRN client.example\r\n", "", 250, ""},
		{"ETRN not offered", ready, "ETRN client.example\r\n", "extension ETRN", 502, ""},
		{"ETRN in a transaction", offering("ETRN") + mail, "ETRN client.example\r\n", "in a transaction", 503, "RFC 1985, 5"},
		{"ATRN before AUTH", offering("ATRN|AUTH PLAIN"), "ATRN client.example\r\n", "AUTH comes first", 530, "RFC 2645, 5.2.1"},
		{"XCLIENT", offering("XCLIENT NAME ADDR"), "XCLIENT NAME=x.example ADDR=192.0.2.1\r\n", "", 220, ""},
		{"XCLIENT not offered", ready, "XCLIENT NAME=x.example\r\n", "extension XCLIENT", 502, ""},
		{"XCLIENT in a transaction", offering("XCLIENT NAME") + mail, "XCLIENT NAME=x.example\r\n", "in a transaction", 503, "Postfix XCLIENT"},
		{"XFORWARD", offering("XFORWARD NAME"), "XFORWARD NAME=x.example\r\n", "", 250, ""},
		{"XFORWARD not offered", ready, "XFORWARD NAME=x.example\r\n", "extension XFORWARD", 502, ""},
		{"XFORWARD after MAIL", offering("XFORWARD NAME") + mail, "XFORWARD NAME=x.example\r\n", "before MAIL", 503, "Postfix XFORWARD"},
		{"QUIT in a transaction", given, "QUIT\r\n", "nothing will be delivered", 221, "RFC 5321, 4.1.1.10"},
		{"pipelined", ready + "C: NOOP", "NOOP\r\n", "PIPELINING was not offered", 250, "RFC 2920, 3.1"},
		{"pipelined as offered", pipelined + "C: MAIL FROM:<a@client.example>", "RCPT TO:<b@x.example>\r\n", "", 250, ""},
		{"a group of three", pipelined + "C: MAIL FROM:<a@client.example>\nC: RCPT TO:<b@x.example>", "DATA\r\n", "", 354, ""},
		{"behind a login in one step", under("PIPELINING|AUTH PLAIN") + "C: AUTH PLAIN AGEAYg==", "MAIL FROM:<>\r\n", "", 250, ""},
		{"behind a login in more", under("PIPELINING|AUTH CRAM-MD5") + "C: AUTH CRAM-MD5", "MAIL FROM:<>\r\n", "AUTH ends a group", 250, "RFC 2920, 3.1"},
		{"behind the end of a group", pipelined + "C: NOOP", "RSET\r\n", "ends a group", 250, "RFC 2920, 3.1"},
		{"unknown verb", ready, "FROB\r\n", "unknown verb", 500, "RFC 5321, 4.2.4"},
		{"a reply", ready, "250-PIPELINING\r\n", "only the server says", 500, "RFC 5321, 4.2.4"},
		{"a header", ready, "Subject: hello\r\n", "a header is content", 500, "RFC 5321, 4.2.4"},
		{"no blank", ready, "MAILFROM:<a@x.example>\r\n", "a blank belongs behind MAIL", 500, "RFC 5321, 4.2.4"},
		{"a letter too much", greeted, "HELLO x.example\r\n", "is it HELO?", 500, "RFC 5321, 4.2.4"},
		{"a letter missing", ready, "QUT\r\n", "is it QUIT?", 500, "RFC 5321, 4.2.4"},
		{"another letter", ready, "DATE\r\n", "is it DATA?", 500, "RFC 5321, 4.2.4"},
		{"two letters the wrong way round", ready, "RCTP TO:<a@x.example>\r\n", "is it RCPT?", 500, "RFC 5321, 4.2.4"},
		{"TURN", ready, "TURN\r\n", "obsolete", 502, "RFC 5321, F.1"},
		{"SOML", ready, "SOML FROM:<>\r\n", "obsolete", 502, "RFC 5321, F.6"},
		{"RSET, NOOP, HELP at any time", greeted, "HELP\r\n", "", 214, ""},
	} {
		checkAdvice(t, c)
	}
}

func TestAdviseRecipients(t *testing.T) {
	many := strings.Repeat(rcpt, 100)
	for _, c := range []advised{
		{"as many as LIMITS says", offering("LIMITS RCPTMAX=2") + mail + rcpt, "RCPT TO:<c@x.example>\r\n", "", 250, ""},
		{"one more", offering("LIMITS MAILMAX=9 rcptmax=2") + mail + rcpt + rcpt, "RCPT TO:<c@x.example>\r\n", "RCPTMAX=2", 452, "RFC 9422, 4.2"},
		{"refused ones count", offering("LIMITS RCPTMAX=2") + mail + noRcpt + rcpt, "RCPT TO:<c@x.example>\r\n", "RCPTMAX=2", 452, "RFC 9422, 4.2"},
		{"pipelined ones count", offering("PIPELINING|LIMITS RCPTMAX=1") + mail + "C: RCPT TO:<b@x.example>", "RCPT TO:<c@x.example>\r\n", "RCPTMAX=1", 452, "RFC 9422, 4.2"},
		{"a limit that is none", offering("LIMITS RCPTMAX=-1 RCPTMAX") + mail + rcpt, "RCPT TO:<c@x.example>\r\n", "", 250, ""},
		{"more than 100", offering("SIZE") + mail + many, "RCPT TO:<c@x.example>\r\n", "more than 100", 250, "RFC 5321, 4.5.3.1.8"},
		{"twice", given, "RCPT TO:<b@server.example>\r\n", "taken before", 250, "RFC 5321, 4.1.1.3"},
	} {
		checkAdvice(t, c)
	}
}

func TestAdviseForm(t *testing.T) {
	long := strings.Repeat("x", 600)
	login := under("AUTH PLAIN LOGIN") + "C: AUTH PLAIN\nS: 334\n"
	for _, c := range []advised{
		{"empty line", ready, "\r\n", "no command", 500, "RFC 5321, 4.2.4"},
		{"blanks first", ready, "  NOOP\r\n", "beginning of its line", 500, "RFC 5321, 4.1.1"},
		{"small letters", ready, "noop\r\n", "", 250, ""},
		{"bare LF", ready, "NOOP\n", "not with LF alone", 250, "RFC 5321, 2.3.8"},
		{"no end", ready, "NOOP", "waits for the rest", 250, "RFC 5321, 2.3.8"},
		{"control character", ready, "NOOP \x1b[2J\r\n", "control character", 501, "RFC 5321, 4.1.2"},
		{"a CR inside", ready, "NOOP a\rb\r\n", "control character", 501, "RFC 5321, 4.1.2"},
		{"two lines", ready, "NOOP\r\nRSET\r\n", "more than one line, and PIPELINING", 250, "RFC 2920, 3.1"},
		{"two lines, pipelined", offering("PIPELINING"), "NOOP\r\nRSET\r\n", "about the first", 250, "RFC 2920, 3.1"},
		{"512 octets", ready, "NOOP " + strings.Repeat("x", 505) + "\r\n", "", 250, ""},
		{"513 octets", ready, "NOOP " + strings.Repeat("x", 506) + "\r\n", "512 octets", 500, "RFC 5321, 4.5.3.1.4"},
		{"513 octets after HELO", old, "NOOP " + strings.Repeat("x", 506) + "\r\n", "512 octets", 500, "RFC 5321, 4.5.3.1.4"},
		{"parameters make room", offering("DSN"), "MAIL FROM:<" + strings.Repeat("a", 64) + "@" + strings.Repeat("b.", 90) + "example> ENVID=" + long[:100] + "\r\n", "", 250, ""},
		{"ORCPT makes room", offering("DSN") + mail, "RCPT TO:<b@x.example> ORCPT=rfc822;" + long[:493] + "\r\n", "", 250, ""},
		{"parameters that were not offered do not", ready, "MAIL FROM:<a@x.example> ENVID=" + long + "\r\n", "512 octets", 500, "RFC 5321, 4.5.3.1.4"},
		{"AUTH of 512 octets", under("AUTH PLAIN"), "AUTH PLAIN " + strings.Repeat("QUFB", 124) + "\r\n", "", 235, ""},
		{"AUTH has no more room", under("AUTH PLAIN"), "AUTH PLAIN " + strings.Repeat("QUFB", 125) + "\r\n", "after the 334", 500, "RFC 4954, 4"},
		{"a response has", login, strings.Repeat("QUFB", 3000) + "\r\n", "", 0, ""},
		{"a response", login, "AGEAYg==\r\n", "", 0, ""},
		{"an empty response", login, "\r\n", "", 0, ""},
		{"a long response", login, strings.Repeat("QUFB", 3100) + "\r\n", "12288 octets", 500, "RFC 4954, 4"},
		{"no base64", login, "password\x00\r\n", "a response is base64", 501, "RFC 4954, 4"},
		{"cancelled", login, "*\r\n", "cancels", 501, "RFC 4954, 4"},
		{"a dot too few", data, ".hidden\r\n", "take the first dot away", 0, "RFC 5321, 4.5.2"},
		{"long line of content", data, strings.Repeat("x", 999) + "\r\n", "998", 0, "RFC 5321, 4.5.3.1.6"},
		{"bare LF in content", data, "x\n", "CRLF", 0, "RFC 5321, 2.3.8"},
		{"content", data, "..\r\n", "", 0, ""},
	} {
		checkAdvice(t, c)
	}
}

func TestAdviseSecrets(t *testing.T) {
	clear := offering("AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256 SCRAM-SHA-256-PLUS EXTERNAL|XCLIENT LOGIN|BURL imap")
	for _, c := range []advised{
		{"PLAIN in the clear", clear, "AUTH PLAIN AGEAYg==\r\n", "in the clear", 235, "RFC 4954, 4"},
		{"PLAIN, not yet", clear, "AUTH PLAIN\r\n", "would carry a secret in the clear", 334, "RFC 4954, 4"},
		{"the response", clear + "C: AUTH PLAIN\nS: 334", "AGEAYg==\r\n", "in the clear", 0, "RFC 4954, 4"},
		{"CRAM-MD5", clear, "AUTH CRAM-MD5\r\n", "at leisure", 334, "RFC 4954, 9"},
		{"SCRAM", clear, "AUTH SCRAM-SHA-256\r\n", "", 334, ""},
		{"PLUS without TLS", clear, "AUTH SCRAM-SHA-256-PLUS\r\n", "no channel to bind to", 334, "RFC 5802, 6"},
		{"EXTERNAL without TLS", clear, "AUTH EXTERNAL =\r\n", "no certificate", 235, "RFC 4422, A"},
		{"XCLIENT LOGIN", clear, "XCLIENT LOGIN=bob\r\n", "in the clear", 220, "RFC 4954, 4"},
		{"BURL", clear + mail + rcpt, "BURL imap://a@x.example/y;UID=1;URLAUTH=anonymous:INTERNAL:91354a473744909de610943775f92038 LAST\r\n", "in the clear", 250, ""},
		{"under TLS", under("AUTH PLAIN"), "AUTH PLAIN AGEAYg==\r\n", "", 235, ""},
	} {
		checkAdvice(t, c)
	}
}

// TestAdviseNeverForbids: whatever the line, there is an answer and no panic,
// and advice does not change the state it was asked about.
func TestAdviseNeverForbids(t *testing.T) {
	for _, conversation := range []string{"= opened", greeted, ready, sender, given, data, dotted, lmtp, old} {
		s := fold(t, conversation)
		before := show(s)
		for _, line := range []string{"", "\r\n", "\n\n\n", "MAIL", "RCPT", "MAIL FROM:", "MAIL FROM:<", "AUTH", "BDAT", "XCLIENT =", "\x00\xff", strings.Repeat("<", 100_000)} {
			for _, r := range Advise(s, []byte(line)) {
				if strings.ContainsAny(Escape(r.Text), "\x00\x1b\r\n") {
					t.Errorf("%q: %q", line, r.Text)
				}
			}
			_ = Expect(s, []byte(line))
		}
		if after := show(s); after != before {
			t.Errorf("advice changed %s to %s", before, after)
		}
	}
}

func FuzzAdvise(f *testing.F) {
	for i, line := range []string{"MAIL FROM:<a@x.example> SIZE=1\r\n", "RCPT TO:<\"a b\"@[192.0.2.1]> NOTIFY=NEVER\r\n", "BDAT 5 LAST\r\n", "AUTH PLAIN AGEAYg==\r\n", "XCLIENT ADDR=IPv6:::1\r\n", "EHLO é\n"} {
		f.Add(uint8(i), line)
	}
	moments := []string{"= opened", greeted, ready, sender, given, data, offering("SMTPUTF8|DSN|SIZE 5|XCLIENT NAME|LIMITS RCPTMAX=1|FUTURERELEASE 5 x") + mail, ready + "C: AUTH PLAIN\nS: 334"}
	f.Fuzz(func(t *testing.T, moment uint8, line string) {
		s := fold(t, moments[int(moment)%len(moments)])
		for _, r := range Advise(s, []byte(line)) {
			if r.Text == "" || r.Source == "" || r.Expect != 0 && (r.Expect < 200 || r.Expect > 599) {
				t.Errorf("%q: %+v", line, r)
			}
		}
	})
}

func BenchmarkAdvise(b *testing.B) {
	s := State{}
	for i, line := range []string{"220 x ESMTP", "250-x", "250-SIZE 1000", "250-DSN", "250-PIPELINING", "250-8BITMIME", "250 AUTH PLAIN"} {
		if i == 0 {
			s = s.Apply(Event{Seq: 1, Kind: Opened})
		}
		if i == 1 {
			s = s.Apply(Event{Seq: 3, Kind: Sent, Data: []byte("EHLO client.example\r\n")})
		}
		s = s.Apply(Event{Seq: 4 + i, Kind: Received, Data: []byte(line + "\r\n")})
	}
	for _, line := range []string{"MAIL FROM:<Alice@client.example> SIZE=2000 BODY=8BITMIME RET=HDRS ENVID=x\r\n", "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n", "NOOP\r\n"} {
		b.Run(line[:4], func(b *testing.B) {
			for b.Loop() {
				Advise(s, []byte(line))
			}
		})
	}
}

// TestAdviseUnfinished: what is sent behind half a line belongs to it.
func TestAdviseUnfinished(t *testing.T) {
	s := fold(t, offering("SIZE")).Apply(Event{Kind: Sent, Data: []byte("NOO")})
	for line, want := range map[string]Code{"P\r\n": 250, "RSET\r\n": 500} {
		got := Advise(s, []byte(line))
		if len(got) == 0 || !strings.Contains(got[0].Text, "no end yet") || Expect(s, []byte(line)) != want {
			t.Errorf("%q: %v, and %d, not %d", line, got, Expect(s, []byte(line)), want)
		}
	}
	if s.Unfinished() != 3 || s.Apply(Event{Kind: Sent, Data: []byte("P\r\n")}).Unfinished() != 0 {
		t.Error("what is unfinished is told wrongly")
	}
}

// TestAdviseBehind: a line is judged by what goes out before it in the same write.
func TestAdviseBehind(t *testing.T) {
	for _, c := range []struct{ offers, before, line, want string }{
		{"PIPELINING", "MAIL FROM:<a@x.example>,RCPT TO:<b@y.example>", "DATA", ""},
		{"PIPELINING", "MAIL FROM:<a@x.example>,RSET", "MAIL FROM:<a@x.example>", ""},
		{"PIPELINING", "RSET", "RCPT TO:<b@y.example>", "MAIL comes first"},
		{"PIPELINING", "EHLO x.example", "RSET", "EHLO ends a group"},
		{"SIZE", "RSET", "RSET", "PIPELINING was not offered"},
		{"STARTTLS", "STARTTLS", "RSET", "belongs to TLS"},
		{"SIZE", "", "RSET", ""},
	} {
		var before []Step
		for text := range strings.SplitSeq(c.before, ",") {
			if text != "" {
				before = append(before, Line(text))
			}
		}
		var got []string
		for _, a := range AdviseBehind(fold(t, offering(c.offers)), before, []byte(c.line+"\r\n")) {
			got = append(got, a.Text)
		}
		if all := strings.Join(got, "; "); !strings.Contains(all, c.want) || c.want == "" && all != "" {
			t.Errorf("%q behind %q: %q, want %q", c.line, c.before, all, c.want)
		}
	}
}
