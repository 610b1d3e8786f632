package replay

import (
	"strings"
	"testing"
	"testing/synctest"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/normalise"
)

const compared = `= smtp-transcript 1
= recorded by=test
= connect host=mx.a.example addr=192.0.2.1:25 from=192.0.2.9:1 tls=none
+ 0.010
S: 220 mx.a.example ESMTP
+ 0.010
C: EHLO client.example
+ 0.010
S: 250-mx.a.example Hello client.example [192.0.2.9]
S: 250-SIZE 1000
S: 250-AUTH LOGIN PLAIN
S: 250 DSN
+ 0.010
C: MAIL FROM:<a@a.example>
+ 0.010
S: 250 2.1.0 Ok
+ 0.010
C: RCPT TO:<b@a.example>
+ 0.010
S: 550-5.1.1 No such user here
S: 550 5.1.1 mx.a.example says so
+ 0.010
C: QUIT
+ 0.010
S: 221 2.0.0 Bye
= closed by=server how=fin
`

// TestLevels: what counts as a difference at which level, and what a list of
// aspects takes away from it.
func TestLevels(t *testing.T) { synctest.Test(t, testLevels) }

func testLevels(t *testing.T) {
	for _, c := range []struct {
		name, old, new      string
		code, text, octets  bool // whether it is the same
		ignore, notes, what string
	}{
		{"nothing", "x", "x", true, true, true, "", "", ""},
		{"code", "550 5.1.1 mx", "551 5.1.1 mx", false, false, false, "", "", "code differs: 550 → 551"},
		{"code of one line", "S: 550-5.1.1 No such", "S: 450-5.1.1 No such", false, false, false, "", "", "code of single lines differs: none → 450"},
		{"enhanced code", "250 2.1.0 Ok", "250 2.1.5 Ok", false, false, false, "enhanced,octets", "", "enhanced code differs: 2.1.0 → 2.1.5"},
		{"enhanced code is gone", "250 2.1.0 Ok", "250 Ok", false, false, false, "enhanced,octets", "", "enhanced code differs: 2.1.0 → none"},
		{"text", "2.1.0 Ok", "2.1.0 Fine", true, false, false, "text,octets", `text: "Ok" → "Fine"`, `text: "Ok" → "Fine"`},
		{"lines", "S: 550-5.1.1 No such user here\n", "", true, false, false, "lines,text,octets", "lines of the reply: 2 → 1", "lines of the reply: 2 → 1"},
		{"keyword is gone", "S: 250-SIZE 1000\n", "", false, false, false, "keyword=size,octets", "", "not offered: SIZE"},
		{"keyword is new", "S: 250 DSN", "S: 250-DSN\nS: 250 CHUNKING", true, false, false, "keyword=CHUNKING,octets", "offered now: CHUNKING", "offered now: CHUNKING"},
		{"parameter", "SIZE 1000", "SIZE 2000", true, false, false, "parameter=SIZE,octets", "SIZE: 1000 → 2000", "SIZE: 1000 → 2000"},
		{"order of mechanisms", "AUTH LOGIN PLAIN", "AUTH PLAIN LOGIN", true, true, false, "octets", "", "line 3 of the reply"},
		{"order of keywords", "S: 250-SIZE 1000\nS: 250-AUTH LOGIN PLAIN\n", "S: 250-AUTH LOGIN PLAIN\nS: 250-SIZE 1000\n", true, true, false, "octets", "", "line 2 of the reply"},
		{"line end", "S: 250 2.1.0 Ok\n", "S\"250 2.1.0 Ok\\n\"\n", true, true, false, "ending,octets", "lines that do not end with CRLF: 0 → 1", ""},
		{"who closes", "closed by=server", "closed by=client", true, true, true, "", "leaves it to the client", ""},
		{"another server's name", "mx.a.example", "mail.b.example", true, true, false, "octets", "", "line 1 of the reply"},
	} {
		served := parse(t, strings.ReplaceAll(compared, c.old, c.new))
		for level, same := range map[transcript.Level]bool{transcript.ByCode: c.code, transcript.ByText: c.text, transcript.ByOctets: c.octets} {
			o := Options{Compare: CompareOptions{Level: level}, Continue: true}
			rep, problems := between(t, served, parse(t, compared), o)
			got := text(t, rep)
			if rep.Same != same || len(problems) > 0 {
				t.Errorf("%s by %s: same is %v, %q\n%s", c.name, level, rep.Same, problems, got)
			}
			what := c.what
			if level == transcript.ByOctets && c.code {
				what = "of the reply: "
			}
			if !same && !strings.Contains(got, what) || level == transcript.ByCode && same && !strings.Contains(got, c.notes) {
				t.Errorf("%s by %s: no %q or %q in\n%s", c.name, level, what, c.notes, got)
			}
			if level == transcript.ByCode && same && c.notes == "" && strings.Contains(got, "note:") {
				t.Errorf("%s by %s: a note is made up\n%s", c.name, level, got)
			}
			if c.ignore == "" {
				continue
			}
			var err error
			if o.Compare.Ignore, err = transcript.ParseIgnore(c.ignore); err != nil {
				t.Fatal(err)
			}
			if rep, _ = between(t, served, parse(t, compared), o); !rep.Same {
				t.Errorf("%s by %s without %s:\n%s", c.name, level, c.ignore, text(t, rep))
			}
		}
	}
	if _, err := transcript.ParseIgnore("code"); err == nil {
		t.Error("a code can be ignored")
	}
}

// TestQueueIDs: what servers call a message is found, and is no difference.
func TestQueueIDs(t *testing.T) {
	for _, c := range []struct{ server, then, now, id string }{
		{"Postfix", "2.0.0 Ok: queued as 5D2A31C0042", "2.0.0 Ok: queued as 9B9471C0044", "5D2A31C0042"},
		{"Postfix, long", "2.0.0 Ok: queued as 4XyzAb1Cd2", "2.0.0 Ok: queued as 4Yab7w3QxRz9", "4XyzAb1Cd2"},
		{"Exim", "OK id=1rXyzA-00000000abc-2CdE", "OK id=1sBcdE-00000000xyz-3FgH", "1rXyzA-00000000abc-2CdE"},
		{"Exim, old", "OK id=1rXyzA-0001ab-2C", "OK id=1sBcdE-0009zz-3F", "1rXyzA-0001ab-2C"},
		{"sendmail", "2.0.0 4ANDx1aB012345 Message accepted for delivery", "2.0.0 4AOEy2bC067890 Message accepted for delivery", "4ANDx1aB012345"},
		{"OpenSMTPD", "2.0.0: 1a2b3c4d Message accepted for delivery", "2.0.0: 9f8e7d6c Message accepted for delivery", "1a2b3c4d"},
		{"Gmail", "2.0.0 OK  1700000000 d9443c01a7336-1cf5.12 - gsmtp", "2.0.0 OK  1800000001 ab43c01a7336-1cf6.99 - gsmtp", "d9443c01a7336-1cf5.12"},
		{"SES", "Ok 0102018d4e5f6a7b-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9-000000", "Ok 0102018d4e5f6a7c-1a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9-000000", ""},
		{"Exchange", "2.6.0 <abcdef0123456789@x.prod.outlook.com> [InternalId=123456, Hostname=h] 12345 bytes in 0.123, 45.678 KB/sec Queued mail for delivery", "2.6.0 <bbcdef0123456789@y.prod.outlook.com> [InternalId=99, Hostname=h] 11111 bytes in 1.123, 5.6 KB/sec Queued mail for delivery", "123456"},
		{"qmail", "ok 1700000000 qp 12345", "ok 1800000001 qp 999", "12345"},
		{"Dovecot", "2.0.0 <bob@test.example> 6EkOBv2xZ2WqDQAAuQm1uQ Saved", "2.0.0 <bob@test.example> oNx3Lg3yZ2XrDgAAuQm1uQ Saved", "6EkOBv2xZ2WqDQAAuQm1uQ"},
		{"Haraka", "Message Queued (2D5F8D8C-7A3E-4F4B-9C0E-0A1B2C3D4E5F.1)", "Message Queued (3D5F8D8C-7A3E-4F4B-9C0E-0A1B2C3D4E5F.1)", ""},
		{"nobody", "2.0.0 Message accepted for delivery", "2.0.0 Message accepted for delivery", ""},
	} {
		st := func(text string) session.Reply {
			l := session.ParseReplyLine([]byte("250 " + text + "\r\n"))
			return session.Reply{Code: 250, Enhanced: l.Enhanced, Lines: []session.ReplyLine{l}, To: session.EndOfData}
		}
		var d Diff
		n := normalise.Names{Rules: normalise.Rules()}
		d.reply(transcript.ByText, st(c.then), st(c.now), n, n)
		if len(d.Differences)+len(d.Notes) > 0 {
			t.Errorf("%s: %q %q", c.server, inWords(d.Differences), inWords(d.Notes))
		}
		if c.then != c.now && len(d.Normalised) == 0 {
			t.Errorf("%s: nothing tells why", c.server)
		}
		if id := normalise.QueueID(st(c.then)); c.id != "" && id != c.id || c.server == "nobody" && id != "" {
			t.Errorf("%s: the id is %q", c.server, id)
		}
	}
}

// TestNormaliseDirectives: a file adds a normaliser and takes one away.
func TestNormaliseDirectives(t *testing.T) {
	const file = "@ compare text\n@ normalise ticket /X[0-9]+/\n@ normalise -date\nS: 220 a X1\nC: NOOP\nS: 250 at 2026-11-23T18:50:12Z X2\n"
	served := parse(t, strings.NewReplacer("X1", "X77", "X2", "X88").Replace(file))
	rep, _ := between(t, served, parse(t, file), Options{})
	if !rep.Same || len(rep.Steps) != 2 || len(rep.Steps[0].Normalised) != 1 || rep.Steps[0].Normalised[0].String() != "‹ticket› the transcript says so: X1 → X77" {
		t.Error(text(t, rep))
	}
	served = parse(t, strings.Replace(file, "18:50", "19:50", 1))
	if rep, _ = between(t, served, parse(t, file), Options{}); rep.Same {
		t.Error(text(t, rep))
	}
}

// TestConditions: @ expect.
func TestConditions(t *testing.T) {
	const head = "S: 220 a\nC: QUIT\nS: 221 bye\n"
	for _, c := range []struct{ file, want string }{
		{head + "@ expect within=5\n", ""},
		{"S: 220 a\nC: NOOP\n@ wait 0.05\nS: 250 ok\n@ expect within=0.01\n", "line 5 expects the reply within 10ms"},
		{head + "@ expect closed by=server within=5\n", ""},
		{head + "@ expect closed by=client\n", "line 4 expects closed by=client: it is server"},
	} {
		tr := parse(t, c.file)
		rep, _ := between(t, tr, tr, Options{})
		if got := text(t, rep); rep.Same != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s\n%s", c.file, got)
		}
	}
	for _, bad := range []string{
		"@ expect", "@ expect sunshine", "@ expect code=250", "@ expect within=soon", "@ expect closed colour=red", "@ expect within>=5",
		"@ compare loosely", "@ normalise x", "@ normalise x /(/", "@ ignore code", "@ set 1 2", "@ wait long", "@ close by",
	} {
		if _, err := transcript.Parse("x", strings.NewReader("S: 220 a\n"+bad+"\n")); err == nil || !strings.HasPrefix(err.Error(), "x:2:") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestSkip: the rest is not played, and is no difference.
func TestSkip(t *testing.T) {
	all := parse(t, "@ skip not today\nS: 220 a\nC: QUIT\nS: 221 b\n")
	rep, err := Run(t.Context(), all, Options{Session: session.Options{Target: session.Target{Practice: "none"}}})
	if err != nil || !rep.Same || rep.Skipped != 1 || rep.Why != "not today" || !strings.Contains(rep.String(), "skipped") {
		t.Error(rep, err)
	}
	some := parse(t, "S: 220 a\nC: NOOP\nS: 250 b\n@ skip\nC: VRFY x\nS: 250 x\n")
	rep, _ = between(t, parse(t, "S: 220 a\nC: NOOP\nS: 250 b\nC: QUIT\nS: 221 b\n"), some, Options{})
	if !rep.Same || rep.Skipped != 4 || len(rep.Steps) != 2 {
		t.Error(text(t, rep))
	}
}

// TestCaptures: a later command uses what an earlier reply said.
func TestCaptures(t *testing.T) {
	played := parse(t, "S? 220 ${host} *\nC: EHLO a\nS? 250 *\nC: MAIL FROM:<>\nS? 250 *\nC: RCPT TO:<b@c.example>\nS? 250 *\nC: DATA\nS? 354 *\nC: Subject: x\nC:\nC: .\nS? 250 *\nC> VRFY ${queueid}@${host}\nS? 2xx ${code:/[0-9.]+/} *\nC: QUIT\nS? 221 *\n")
	served := parse(t, "S: 220 mx.example hello\nC: EHLO a\nS: 250 mx\nC: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<b@c.example>\nS: 250 ok\nC: DATA\nS: 354 go\nC: x\nC: .\nS: 250 2.0.0 Ok: queued as ABC123456\nC? VRFY ABC123456@mx.example\nS: 252 2.5.0 maybe\nC: QUIT\nS: 221 bye\n")
	rep, problems := between(t, served, played, Options{})
	if !rep.Same || len(problems) > 0 {
		t.Errorf("%q\n%s", problems, text(t, rep))
	}
	for name, want := range map[string]string{"host": "mx.example", "queueid": "ABC123456", "code": "2.5.0"} {
		if rep.Captures[name] != want {
			t.Errorf("%s is %q, not %q", name, rep.Captures[name], want)
		}
	}
	if _, err := Run(t.Context(), parse(t, "S: 220 a\nC> VRFY ${queueid}\nS: 250 x\n"), Options{}); err == nil {
		t.Error("a queue id is used before there can be one")
	}
}

// TestKeywordLine: what is said of a keyword names its own line.
func TestKeywordLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		served := strings.NewReplacer("S: 250-SIZE 1000\n", "", "AUTH LOGIN PLAIN", "AUTH PLAIN").Replace(compared)
		rep, _ := between(t, parse(t, served), parse(t, compared), Options{})
		for _, want := range []string{"line 10: not offered: SIZE", "note: line 11: AUTH: "} {
			if got := text(t, rep); !strings.Contains(got, want) {
				t.Errorf("no %q in\n%s", want, got)
			}
		}
	})
}
