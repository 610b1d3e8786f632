package practice

import (
	"bufio"
	"fmt"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
)

// kept plays a conversation with a scenario, and returns what its mailboxes
// hold then.
func kept(t *testing.T, scenario, dir, conversation string) *Store {
	t.Helper()
	sc, err := Find(scenario)
	if err != nil {
		t.Fatal(err)
	}
	store := NewStore(dir)
	srv := New(sc, Options{MaxSize: 1000, MaxRecipients: 5, Store: store})
	defer srv.Close()
	converse(t, srv, conversation)
	return store
}

func one(t *testing.T, s *Store, box string) string {
	t.Helper()
	list := s.Messages(box)
	if len(list) != 1 {
		t.Fatalf("%s has %d messages; there are %+v", box, len(list), s.Mailboxes())
	}
	return string(list[0].Data)
}

// TestTrace: RFC 5321, 4.4.
func TestTrace(t *testing.T) {
	s := kept(t, "default", "", given+`C: DATA
		S: 354 End data with <CR><LF>.<CR><LF>
		C: Subject: x
		C:
		C: ..
		C: .
		S: 250 2.0.0 Ok: 17 octets, message 1 of this session`)
	want := regexp.MustCompile(`^Return-Path: <alice@client\.example>\r\n` +
		`Received: from client\.example\r\n\tby practice\.example \(ehlo practice server\)\r\n\twith ESMTP id [0-9A-Z]+\r\n` +
		`\tfor <bob@practice\.example>;\r\n\t\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}\r\n` +
		`Subject: x\r\n\r\n\.\r\n$`)
	text := one(t, s, "bob@practice.example")
	if !want.MatchString(text) {
		t.Errorf("%s", text)
	}
	if _, err := mail.ReadMessage(strings.NewReader(text)); err != nil {
		t.Error(err)
	}
}

// TestWith: RFC 3848 and RFC 6531, 4.3 name the protocol in the trace.
func TestWith(t *testing.T) {
	const rest = `C: MAIL FROM:<>
		S: 250 2.1.0 <> Ok
		C: RCPT TO:<bob@practice.example>
		S: 250 2.1.5 <bob@practice.example> Ok
		C: DATA
		S: 354 End data with <CR><LF>.<CR><LF>
		C: .
		S~ 250 2.0.0 Ok`
	toReady := "\nS: 250-practice.example greets c.example" + strings.Repeat("\nS~ 250-", 12) + "\nS~ 250 \n"
	for want, conversation := range map[string]string{
		"SMTP":      "S~ 220\nC: HELO c.example\nS~ 250\n" + rest,
		"ESMTP":     "S~ 220\nC: EHLO c.example" + toReady + rest,
		"UTF8SMTP":  "S~ 220\nC: EHLO c.example" + toReady + strings.Replace(rest, "<>", "<> SMTPUTF8", 1),
		"ESMTPA":    "S~ 220\nC: EHLO c.example" + toReady + "C: AUTH ANONYMOUS =\nS~ 235\n" + rest,
		"ESMTPS":    "S~ 220\nC: EHLO c.example" + toReady + "C: STARTTLS\nS~ 220\n= tls\nC: EHLO c.example" + strings.Replace(toReady, "\nS~ 250-", "", 1) + rest,
		"ESMTPSA":   "S~ 220\nC: EHLO c.example" + toReady + "C: STARTTLS\nS~ 220\n= tls\nC: EHLO c.example" + strings.Replace(toReady, "\nS~ 250-", "", 1) + "C: AUTH ANONYMOUS =\nS~ 235\n" + rest,
		"UTF8SMTPA": "S~ 220\nC: EHLO c.example" + toReady + "C: AUTH ANONYMOUS =\nS~ 235\n" + strings.Replace(rest, "<>", "<> SMTPUTF8", 1),
	} {
		t.Run(want, func(t *testing.T) {
			s := kept(t, "default", "", conversation)
			if text := one(t, s, "bob@practice.example"); !strings.Contains(text, "\twith "+want+" id ") {
				t.Errorf("%s", text)
			}
		})
	}
}

// TestList: each member gets it, from the list's owner (RFC 5321, 3.9.2), and
// an alias keeps who sent it (3.9.1).
func TestList(t *testing.T) {
	s := kept(t, "default", "", given+`C: RCPT TO:<staff@practice.example>
		S: 250 2.1.5 <staff@practice.example> Ok
		C: RCPT TO:<moved@practice.example>
		S: 251 2.1.5 User not local; will forward to <bob@practice.example>
		C: RCPT TO:<gone@practice.example>
		S: 551 5.1.6 User not local; please try <gone@elsewhere.example>
		C: DATA
		S: 354 End data with <CR><LF>.<CR><LF>
		C: .
		S~ 250 2.0.0 Ok`)
	froms := map[string][]string{}
	for _, box := range s.Mailboxes() {
		for _, m := range box.Messages {
			froms[box.Name] = append(froms[box.Name], m.From)
		}
	}
	const owner = "staff-request@practice.example"
	for name, want := range map[string]string{
		"alice@practice.example": owner, "carol@practice.example": owner,
		"bob@practice.example": "alice@client.example " + owner + " alice@client.example",
	} {
		if got := strings.Join(froms[name], " "); got != want {
			t.Errorf("%s has mail from %s, want %s", name, got, want)
		}
	}
	if strings.Contains(string(s.Messages("carol@practice.example")[0].Data), "for <") {
		t.Error("the trace names one of several recipients: RFC 5321, 7.2")
	}
}

// TestNotifications: RFC 3461, RFC 3464.
func TestNotifications(t *testing.T) {
	s := kept(t, "dsn", "", strings.Replace(hello, "\tS: 250-PRDR\n", "", 1)+`C: MAIL FROM:<alice@client.example> RET=HDRS ENVID=QQ+2B1
		S: 250 2.1.0 <alice@client.example> Ok
		C: RCPT TO:<bob@practice.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Bob+2BX@old.example
		S: 250 2.1.5 <bob@practice.example> Ok
		C: RCPT TO:<full@practice.example>
		S: 250 2.1.5 <full@practice.example> Ok
		C: RCPT TO:<carol@practice.example> NOTIFY=NEVER
		S: 250 2.1.5 <carol@practice.example> Ok
		C: RCPT TO:<dave@practice.example>
		S: 250 2.1.5 <dave@practice.example> Ok
		C: DATA
		S: 354 End data with <CR><LF>.<CR><LF>
		C: Subject: x
		C:
		C: secret
		C: .
		S~ 250 2.0.0 Ok`)
	text := one(t, s, "alice@client.example")
	for _, want := range []string{
		"Return-Path: <>\r\n", "\twith local id ", "Content-Type: multipart/report; report-type=delivery-status;",
		"Original-Envelope-Id: QQ+1\r\nReporting-MTA: dns; practice.example\r\nArrival-Date: ",
		"Original-Recipient: rfc822;Bob+X@old.example\r\nFinal-Recipient: rfc822;bob@practice.example\r\nAction: delivered\r\nStatus: 2.1.5\r\n",
		"Final-Recipient: rfc822;full@practice.example\r\nAction: failed\r\nStatus: 5.2.2\r\nDiagnostic-Code: smtp; the mailbox is full\r\n",
		"Content-Type: text/rfc822-headers\r\n\r\nSubject: x\r\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, never := range []string{"carol@", "dave@", "secret"} {
		if strings.Contains(text, never) {
			t.Errorf("%q is in\n%s", never, text)
		}
	}
	if _, err := mail.ReadMessage(strings.NewReader(text)); err != nil {
		t.Error(err)
	}
}

// TestNobodyIsToldOfNobodysMail: RFC 5321, 4.5.5.
func TestNobodyIsToldOfNobodysMail(t *testing.T) {
	s := kept(t, "default", "", hello+`C: MAIL FROM:<>
		S: 250 2.1.0 <> Ok
		C: RCPT TO:<bob@practice.example> NOTIFY=SUCCESS
		S: 250 2.1.5 <bob@practice.example> Ok
		C: DATA
		S: 354 End data with <CR><LF>.<CR><LF>
		C: .
		S~ 250 2.0.0 Ok`)
	if list := s.Mailboxes(); len(list) != 1 || list[0].Name != "bob@practice.example" {
		t.Errorf("%+v", list)
	}
}

func TestMaildir(t *testing.T) {
	dir := t.TempDir()
	kept(t, "default", dir, strings.ReplaceAll(given, "bob@practice.example", `"../x"@practice.example`)+`C: RCPT TO:<bob@PRACTICE.example>
		S: 250 2.1.5 <bob@PRACTICE.example> Ok
		C| BDAT 12 LAST\r\nSubject: y\r\n
		S~ 250 2.0.0 Ok`)
	for _, box := range []string{"bob@practice.example", "%22..%2Fx%22@practice.example"} {
		files, _ := filepath.Glob(filepath.Join(dir, box, "new", "*"))
		if len(files) != 1 {
			t.Fatalf("%s: %q", box, files)
		}
		text, err := os.ReadFile(files[0])
		if err != nil || !strings.HasPrefix(string(text), "Return-Path: <alice@client.example>\nReceived: ") || !strings.HasSuffix(string(text), "\nSubject: y\n") {
			t.Errorf("%q %v", text, err)
		}
		if left, _ := os.ReadDir(filepath.Join(dir, box, "tmp")); len(left) > 0 {
			t.Errorf("tmp has %v", left)
		}
	}
}

// TestRoomIsLeftToOthers: a chunk for which there is no room says so itself, and
// what was held for the message is free at once.
func TestRoomIsLeftToOthers(t *testing.T) {
	sc, _ := Find(Default)
	store := NewStore("")
	store.room = 2 * roomStep
	srv := New(sc, Options{Store: store})
	defer srv.Close()
	c := newConn(srv, nil)
	c.newLetter()
	big := strings.Repeat("x", 3*roomStep)
	if c.collect([]byte(big)); !c.letter.lost || store.used != 0 {
		t.Errorf("lost: %v, and %d octets are held", c.letter.lost, store.used)
	}
	converse(t, srv, "S~ 220\nC: EHLO c.example\n"+strings.Repeat("S~ 250\n", 14)+"C: MAIL FROM:<>\nS~ 250\nC: RCPT TO:<bob@practice.example>\nS~ 250\n"+
		fmt.Sprintf("C: BDAT %d\nC| %s\nS: 452 4.3.1 There is no room for the message now\n", len(big), big)+
		"C: BDAT 2 LAST\nC| hi\nS~ 503\nC: RSET\nS~ 250\n")
	given, err := srv.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer given.Close()
	fmt.Fprint(given, "EHLO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<bob@practice.example>\r\nBDAT 5\r\nhelloRSET\r\nVRFY bob\r\n")
	for in, line := bufio.NewReader(given), ""; !strings.HasPrefix(line, "250 2.1.5 <bob@practice.example>\r"); {
		if line, err = in.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	if store.mu.Lock(); store.used != 0 {
		t.Errorf("after RSET %d octets are held", store.used)
	}
	store.mu.Unlock()
}

// TestNoResponsibilityWithoutRoom: what cannot be kept is not taken.
func TestNoResponsibilityWithoutRoom(t *testing.T) {
	sc, _ := Find(Default)
	store := NewStore("")
	store.room = 2 * roomStep
	srv := New(sc, Options{Store: store})
	line := strings.Repeat("x", 998)
	envelope := "C: MAIL FROM:<>\nS~ 250\nC: RCPT TO:<bob@practice.example>\nS~ 250\nC: DATA\nS~ 354\n"
	converse(t, srv, "S~ 220\nC: HELO c.example\nS~ 250\n"+envelope+strings.Repeat("C: "+line+"\n", 80)+
		"C: .\nS: 452 4.3.1 There is no room for the message now\n"+envelope+"C: hi\nC: .\nS~ 250 2.0.0\n"+
		strings.Repeat(envelope+strings.Repeat("C: "+line+"\n", 30)+"C: .\nS~ 250 2.0.0\n", 3))
	srv.Close()
	if n, _ := store.Count(); n != 4 || len(store.Messages("bob@practice.example")) != 1 {
		t.Errorf("%d were delivered, %d are kept", n, len(store.Messages("bob@practice.example")))
	}
	// A folder that is none: the client keeps the responsibility.
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	srv = New(sc, Options{Store: NewStore(file)})
	defer srv.Close()
	c, err := srv.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	said := make([]byte, 4096)
	go c.Write([]byte("HELO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<bob@practice.example>\r\nDATA\r\n.\r\n"))
	var all strings.Builder
	for err == nil {
		var n int
		n, err = c.Read(said)
		all.Write(said[:n])
	}
	if text := all.String(); !strings.HasSuffix(text, "354 End data with <CR><LF>.<CR><LF>\r\n") {
		t.Errorf("%q", text)
	}
}

// TestEarlyTalk: whoever waits for the last line is served.
func TestEarlyTalk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		talk(t, "slow-greeting", `S: 220-practice.example Wait for the last line
			C: EHLO client.example
			S: 554 5.5.1 practice.example You talk before the greeting is complete
			S.`)
		talk(t, "slow-greeting", `S: 220-practice.example Wait for the last line
			S: 220 practice.example ESMTP
			C: NOOP
			S: 250 2.0.0 Ok`)
	})
}

func TestReadUsers(t *testing.T) {
	users, err := ReadUsers("u", strings.NewReader("# who\nalice wonderland t0ken\n\n\"b ob\"\t\"pass \\\"word\"\n"))
	if err != nil || len(users) != 2 || users[1] != (User{"b ob", `pass "word`, ""}) || users[0].Token != "t0ken" {
		t.Errorf("%+v %v", users, err)
	}
	for text, want := range map[string]string{
		"":                    "u:1: there is nobody",
		"alice":               "u:1: expected name, password",
		"a b\n\na c":          `u:3: "a" is there already`,
		"a b c d":             "u:1: expected name, password, and a token or none; there are 4 words",
		"a \"secret wonder\n": "u:1: word 2: the quote is not closed",
	} {
		_, err := ReadUsers("u", strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "wonder") {
			t.Errorf("%q: %v", text, err)
		}
	}
	sc, _ := Find("auth-required")
	srv := New(sc, Options{Users: users})
	defer srv.Close()
	converse(t, srv, "S~ 220\nC: EHLO c.example\nS~ 250-"+strings.Repeat("\nS~ 250-", 12)+"\nS~ 250 \nC: STARTTLS\nS~ 220\n= tls\nC: EHLO c.example\nS~ 250-"+
		strings.Repeat("\nS~ 250-", 11)+"\nS~ 250 \nC: AUTH PLAIN AGFsaWNlAHdyb25n\nS~ 535\nC: AUTH PLAIN AGIgb2IAcGFzcyAid29yZA==\nS~ 235")
}

// TestNamesStay: users and scripts rely on these.
func TestNamesStay(t *testing.T) {
	for name := range strings.FieldsSeq(`reject busy-greeting slow-greeting helo-only picky-name no-second-ehlo greylisting unknown-user
		mailbox-full mailbox-busy moved-forwarded moved-refused ambiguous-vrfy list vrfy-disabled relay-denied null-mx auth-required
		bad-password weak-mechanism scram-extra-334 oauth-error tls-required tls-unavailable tls-broken tls-injection tls-stripped
		tls-expired tls-wrong-name tls-self-signed size-declared size-late no-space too-many-recipients shutdown error-limit
		content-refused vanish-after-dot dot-forgotten bare-lf seven-bit smtputf8 dsn chunking pipelining-strict prdr lmtp-partial
		tarpit garbage no-enhanced multi-503 hops case no-version gateway postfix exim sendmail dovecot exchange
		certificate-expired certificate-other-name certificate-untrusted starttls-required starttls-refused`) {
		if _, err := Find(name); err != nil {
			t.Error(err)
		}
	}
}

// TestScenarioFiles: one of a user's own, and what is none.
func TestScenarioFiles(t *testing.T) {
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "mine.scenario"), filepath.Join(dir, "bad.scenario")
	for name, text := range map[string]string{good: "title: mine\non NOOP: reply 250 ${name} is mine\n", bad: "title: x\non NOOP: reply 250 ${nome}\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sc, err := Find(good)
	if err != nil || sc.Name != "mine" {
		t.Fatalf("%q %v", sc.Name, err)
	}
	srv := New(sc, Options{})
	defer srv.Close()
	converse(t, srv, "S~ 220\nC: NOOP\nS: 250 practice.example is mine")
	for name, want := range map[string]string{
		bad: bad + ":2: ${nome}: there are name, ", dir + "/none.scenario": "no such file", dir: "there is no scenario",
	} {
		if _, err := Find(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
