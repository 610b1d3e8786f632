package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFlagsOnTheWire: what a flag asks for stands on the wire, and a server
// that knows every extension takes it.
func TestFlagsOnTheWire(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	t.Setenv("EHLO_TEST_PASSWORD", "wonderland")
	t.Setenv("EHLO_TEST_TOKEN", "t0ken")
	netrc := file("netrc", "machine other login nobody password x\nmachine practice login alice password wonderland\n")
	t.Setenv("NETRC", netrc)
	login := []string{"--user", "alice", "--password-from", "env:EHLO_TEST_PASSWORD"}
	for _, c := range []struct {
		args string
		more []string
		code int
		said []string
	}{
		{"--ret hdrs --envid a+b", nil, 0, []string{"RET=HDRS ENVID=a+2Bb"}},
		{"--notify success,failure --orcpt bob+x@y.example", nil, 0, []string{"NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;bob+2Bx@y.example"}},
		{"--deliver-by 2h,N,T", nil, 0, []string{"BY=7200;NT"}},
		{"--hold-for 1m30s", nil, 0, []string{"HOLDFOR=90"}},
		{"--hold-until 2030-01-31T12:00:00Z", nil, 0, []string{"HOLDUNTIL=2030-01-31T12:00:00Z"}},
		{"--priority -3", nil, 0, []string{"MT-PRIORITY=-3"}},
		{"--rrvs 2020-01-31T12:00:00Z", nil, 0, []string{"RRVS=2020-01-31T12:00:00Z"}},
		{"--tls require --require-tls", nil, 0, []string{" ~> MAIL", "REQUIRETLS"}},
		{"--mail-auth <>", nil, 0, []string{" AUTH=<>"}},
		{"--prdr --to full@practice.example", nil, exitPartial, []string{"PRDR", "<-  353", "<** 452"}},
		{"--prdr --to full@practice.example", []string{"--ignore", "8BITMIME"}, exitPartial, []string{"PRDR"}},
		{"--smtputf8", []string{"--subject", "grüße"}, 0, []string{"SMTPUTF8", "Subject: grüße"}},
		{"", []string{"--to", "bob@müller.example"}, 0, []string{"bob@xn--mller-kva.example"}},
		{"", []string{"--to", "bøb@practice.example"}, 0, []string{"SMTPUTF8"}},
		{"--chunking", nil, 0, []string{"BDAT", "LAST", " -> This is a test message."}},
		{"--chunking=100", nil, 0, []string{"-> BDAT 100\n", "LAST"}},
		{"--chunking --body-type binarymime", nil, 0, []string{"BODY=BINARYMIME"}},
		{"--body-type 8bitmime", []string{"--body", "grüße"}, 0, []string{"BODY=8BITMIME", "grüße"}},
		{"", []string{"--body", "grüße"}, 0, []string{"Content-Transfer-Encoding: base64"}},
		{"--size=5", nil, 0, []string{" SIZE=5\n"}},
		{"--size=none", nil, 0, []string{"MAIL FROM:<alice@client.example>\n"}},
		{"--mail-param X-NONE=1", nil, exitMail, []string{"X-NONE=1", "555"}},
		{"--rcpt-param X-NONE=1", nil, exitRcpt, []string{"X-NONE=1", "555"}},
		{"--xclient", []string{"NAME=spike.example ADDR=192.0.2.1"}, 0, []string{"XCLIENT NAME=spike.example ADDR=192.0.2.1"}},
		{"--tls require --xclient-before-starttls --xclient", []string{"NAME=spike.example"}, 0, []string{" -> XCLIENT NAME=spike.example\n<-  220", " -> STARTTLS", " ~> MAIL"}},
		{"--xclient-optional --xclient", []string{"FROB=1"}, 0, []string{" -> XCLIENT FROB=1\n<** 501", " -> MAIL"}},
		{"--xclient", []string{"FROB=1"}, exitXClient, []string{"<** 501"}},
		{"--auth-if-offered --auth EXTERNAL", nil, 0, []string{" -> MAIL"}},
		{"--tls require --auth-if-offered --auth LOGIN", append([]string{"--user", "nobody"}, login[2:]...), exitAuth, []string{"<~* 535"}},
		{"--attach", []string{file("data", "hello") + ";type=text/calendar;name=invitation.ics"}, 0, []string{"Content-Type: text/calendar", `filename="invitation.ics"`}},
		{"--xforward", []string{"NAME=spike.example"}, 0, []string{"XFORWARD NAME=spike.example"}},
		{"--hello HELO", nil, 0, []string{" -> HELO client.example"}},
		{"--pipeline", nil, 0, []string{"-> DATA\n<-  250"}},
		{"--repeat 3 --rset", nil, 0, []string{"RSET", "3 of 3 messages to 3 of 3 recipients"}},
		{"--also helo=NOOP --also", []string{"rcpt=VRFY bob"}, 0, []string{"-> NOOP", "-> VRFY bob"}},
		{"--stop-after rcpt", nil, 0, []string{"-> QUIT", "as asked"}},
		{"--repeat 2 --stop-after rcpt --to nobody@practice.example", nil, exitPartial, []string{"<** 550"}},
		{"--header X-Test:1 --html <p>hi</p> --attach", []string{file("note.txt", "hello")}, 0,
			[]string{"X-Test: 1", "multipart/alternative", "multipart/mixed", "note.txt"}},
		{"--mangle lines-lf,end-crlf.lf --timeout 1m", nil, exitDone, nil},
		{"--tls require --auth PLAIN", login, 0, []string{"AUTH PLAIN ••••••••", "<~  235"}},
		{"--tls require --auth SCRAM-SHA-256-PLUS --channel-binding tls-server-end-point", login, 0, []string{"AUTH SCRAM-SHA-256-PLUS"}},
		{"--tls require --auth PLAIN --no-initial-response", login, 0, []string{"AUTH PLAIN\n", "<~  334", "<~  235"}},
		{"--tls require --auth SCRAM-SHA-256 --no-initial-response", login, 0, []string{"AUTH SCRAM-SHA-256\n", "<~  235"}},
		{"--tls require --auth XOAUTH2 --no-initial-response", append([]string{"--user", "alice"}, "--password-from", "env:EHLO_TEST_TOKEN"), 0, []string{"<~  235"}},
		{"--tls require --auth PLAIN --user alice --password-from netrc", nil, 0, []string{"<~  235"}},
		{"--tls auto --facts", nil, 0, []string{"  subject: CN=", "  sha256: "}},
		{"--tls require --tls-max 1.2 --tls-cipher TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", nil, 0, []string{"CHACHA20"}},
		{"--auth LOGIN --auth-optional", append([]string{"--user", "nobody"}, login[2:]...), 0, []string{" -> MAIL"}},
		{"--tls require --auth LOGIN --auth-optional", append([]string{"--user", "nobody"}, login[2:]...), 0, []string{"<~* 535", " ~> MAIL"}},
		{"--tls require --auth LOGIN --auth-plaintext", login, 0, []string{"decoded: Username:", "decoded: alice"}},
		{"--time", nil, 0, []string{"    0.0"}},
	} {
		t.Run(strings.ReplaceAll(c.args, " ", "_"), func(t *testing.T) {
			args := append(send("--to", "bob@practice.example"), strings.Fields(c.args)...)
			code, stdout, stderr := ehlo(t, "", append(append(args, c.more...), "practice:extensions")...)
			if code != c.code {
				t.Errorf("exit code %d, want %d: %s", code, c.code, stderr)
			}
			for _, said := range c.said {
				if !strings.Contains(stdout, said) {
					t.Errorf("not said: %q", said)
				}
			}
			if strings.Contains(stdout, "wonderland") && !strings.Contains(c.args, "plaintext") {
				t.Error("the password is shown")
			}
			if t.Failed() {
				t.Log(stdout)
			}
		})
	}
}

// TestDropAfterSend: the server is slow with the reply that is not waited for.
func TestDropAfterSend(t *testing.T) {
	slow := filepath.Join(t.TempDir(), "slow.scenario")
	text := "title: slow\non DATA: delay 1h, then go on\non BDAT count 6-: delay 1h, then go on\n"
	if err := os.WriteFile(slow, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, end string }{
		{"--drop-after-send data", " -> DATA\n=== closed by the client"},
		// Three chunks a mail: the last of the second one is not waited for.
		{"--repeat 2 --drop-after-send content --chunking=100", "1 of 2 messages to 1 of 1 recipient"},
	} {
		args := append(send("--to", "bob@practice.example"), strings.Fields(c.args)...)
		code, stdout, stderr := ehlo(t, "", append(args, "practice:"+slow)...)
		if code != exitDone || !strings.Contains(stdout, c.end) {
			t.Errorf("%s: exit code %d: %s\n%s", c.args, code, stderr, stdout)
		}
	}
}

func TestFlagsThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--hold-for", "1m", "--hold-until", "2030-01-31T12:00:00Z"}, "--hold-for (command line) and --hold-until (command line)"},
		{[]string{"--hold-for", "1ms"}, "whole seconds"},
		{[]string{"--message", "x", "--html", "y"}, "--message (command line) and --html"},
		{[]string{"--ret", "all"}, "full or hdrs"},
		{[]string{"--notify", "never,delay"}, "never, or some of"},
		{[]string{"--priority", "11"}, "from -9 to 9"},
		{[]string{"--chunking=0"}, "above 0"},
		{[]string{"--body-type", "9bit"}, "binarymime"},
		{[]string{"--size=big"}, "octets"},
		{[]string{"--pipeline=often"}, "auto, force or off"},
		{[]string{"--deliver-by", "soon"}, "90s or 2h"},
		{[]string{"--rrvs", "yesterday"}, "RFC 3339"},
		{[]string{"--xclient", "NAME"}, "ATTR=VALUE"},
		{[]string{"--mail-param", "=x"}, "K=V"},
		{[]string{"--hello", "HI"}, "EHLO, HELO or LHLO"},
		{[]string{"--stop-before", "lunch"}, "no stage"},
		{[]string{"--also", "NOOP"}, "STEP=LINE"},
		{[]string{"--also", "quit=NOOP"}, "after QUIT"},
		{[]string{"--repeat", "0"}, "1 or more"},
		{[]string{"--family", "5"}, "4 or 6"},
		{[]string{"--proxy", "ftp://x"}, "proxy"},
		{[]string{"--proxy-protocol", "v1"}, "are for a network"},
		{[]string{"--resolver", "not an address"}, "--resolver"},
		{[]string{"--header", "no colon"}, "--header"},
		{[]string{"--attach", "/does/not/exist"}, "/does/not/exist"},
		{[]string{"--dkim", "x"}, "--dkim"},
		{[]string{"--mangle", "everything"}, "--mangle"},
		{[]string{"--tls", "implicit", "--tls-min", "1.9"}, "--tls-min"},
		{[]string{"--tls-cipher", "ROT13"}, "--tls-cipher ROT13"},
		{[]string{"--user", "alice", "--password-from", "prompt"}, "there is no terminal"},
		{[]string{"--user", "alice", "--password-from", "wonder:land"}, "--password-from: expected env:NAME, file:PATH, command:CMD, netrc or prompt\n"},
		{[]string{"--auth", "PLAIN"}, "--auth PLAIN needs --user NAME and --password-from SOURCE"},
		{[]string{"--smuggle", "x"}, "--smuggle needs --mangle"},
		{[]string{"--mx-port", "65536"}, "--mx-port 65536"},
		{[]string{"--config", "/does/not/exist"}, "/does/not/exist"},
	} {
		args := append(send("--to", "bob@practice.example"), c.args...)
		code, _, stderr := ehlo(t, "", append(args, "practice")...)
		if code != exitUsage || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%q: exit code %d, %q; want %q in one line", c.args, code, stderr, c.want)
		}
	}
}

func TestFlagsThatTheTargetRefuses(t *testing.T) {
	for _, c := range []struct{ flag, value, target, want string }{
		{"--tls", "never", "smtps://127.0.0.1:1", "--tls never and the target smtps://127.0.0.1:1 contradict each other"},
		{"--proxy", "socks5://127.0.0.1:1", "unix:/does/not/exist", "are for a network"},
		{"--family", "4", "pipe:false", "are for a network"},
	} {
		code, _, stderr := ehlo(t, "", "send", "--to", "bob@practice.example", c.flag, c.value, c.target)
		if code != exitUsage || !strings.Contains(stderr, c.want) {
			t.Errorf("%+v: exit code %d, %q", c, code, stderr)
		}
	}
}

// TestLintNeedsNoRecipient: a file can be judged that goes to nobody yet.
func TestLintNeedsNoRecipient(t *testing.T) {
	message := filepath.Join(t.TempDir(), "m.eml")
	if err := os.WriteFile(message, []byte("Subject: x\n\nhi\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := ehlo(t, "", "send", "--message", message, "--lint")
	if code != exitUsage || !strings.Contains(stdout, "there is no Date") || strings.Contains(stderr, "recipient") {
		t.Errorf("exit code %d, %q\n%s", code, stderr, stdout)
	}
}

func TestProfiles(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	if err := os.MkdirAll(filepath.Join(dir, "ehlo"), 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(dir, "ehlo", "config.toml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	profile := []string{"send", "--profile", "work", "--to", "bob@practice.example"}
	write("[profile.work]\ntarget = \"practice\"\ntls = \"never\"\nfrom = \"alice@work.example\"\nheader = [\"X-A: 1\", \"X-B: 2\"]\nrepeat = 2\n")
	code, stdout, stderr := ehlo(t, "", append(profile, "--subject", "mine")...)
	for _, want := range []string{"MAIL FROM:<alice@work.example>", "X-A: 1", "X-B: 2", "Subject: mine", "2 of 2 messages"} {
		if code != 0 || !strings.Contains(stdout, want) {
			t.Fatalf("exit code %d, %q is missing: %s\n%s", code, want, stderr, stdout)
		}
	}
	write("[profile.work]\ntarget = \"practice\"\nproxy = \"socks5://me:hunter2@192.0.2.1\"\n")
	code, stdout, _ = ehlo(t, "", append(profile, "--show-settings", "--from", "me@x.example")...)
	for _, want := range []string{"profile work", "command line", "default", "practice", "me@x.example"} {
		if code != 0 || !strings.Contains(stdout, want) || strings.Contains(stdout, "hunter2") {
			t.Errorf("settings: exit code %d, %q is missing, or a password is not\n%s", code, want, stdout)
		}
	}
	// What --tls never leaves without effect is told, unless only the profile says it.
	for _, c := range []struct {
		text string
		args []string
		want string
	}{
		{"", []string{"--tls", "never", "--insecure"}, "send: --tls never (command line) and --insecure (command line) contradict each other"},
		{"tls = \"never\"\n", []string{"--tls-min", "1.2"}, "config.toml:3: profile work: tls never (profile work, "},
		{"tls = \"never\"\nserver-name = \"x\"\n", nil, ""},
		{"server-name = \"x\"\n", []string{"--tls", "never"}, ""},
		{"", []string{"--tls", "never", "--insecure", "--also", "helo=STARTTLS"}, ""},
	} {
		write("[profile.work]\ntarget = \"practice\"\n" + c.text)
		code, _, stderr := ehlo(t, "", append(profile, c.args...)...)
		if (c.want == "") != (code == 0) || !strings.Contains(stderr, c.want) {
			t.Errorf("%q %q: exit code %d, %q; want %q", c.text, c.args, code, stderr, c.want)
		}
	}
	// What the command line says wins over what contradicts it in the profile.
	write("[profile.work]\ntarget = \"practice\"\ntls = \"never\"\nsubject = \"theirs\"\n")
	message := filepath.Join(dir, "m.eml")
	if err := os.WriteFile(message, []byte("Subject: whole\n\nhi\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := ehlo(t, "", append(profile, "--message", message)...); code != 0 || !strings.Contains(stdout, "Subject: whole") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	for _, c := range []struct{ text, want string }{
		{"[profile.work]\nfrom = \"\"\nfrob = 1\n", "config.toml:3: profile work: frob: there is no such setting"},
		{"[profile.work\n", "config.toml:1:14: expected"},
		{"[profile.home]\n", "has no [profile.work]"},
		{"[profile.work]\nrepeat = \"x\"\n", "repeat"},
		{"[profile.work]\nheader = []\n", "header: the list is empty"},
		{"[profile.work]\nfrom = {a = 1}\n", "from: expected text"},
	} {
		write(c.text)
		if code, _, stderr := ehlo(t, "", profile...); code != exitUsage || !strings.Contains(stderr, c.want) {
			t.Errorf("%q: exit code %d, %q; want %q", c.text, code, stderr, c.want)
		}
	}
}
