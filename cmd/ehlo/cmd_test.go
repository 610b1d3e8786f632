package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// ehlo runs the program.
func ehlo(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, streams{strings.NewReader(stdin), &out, &errs})
	return code, out.String(), errs.String()
}

// send is one that needs no name service, in the clear unless more is said.
func send(more ...string) []string {
	return append([]string{"send", "--tls", "never", "--helo", "client.example", "--from", "alice@client.example"}, more...)
}

func TestExitCodes(t *testing.T) {
	damaged := filepath.Join(t.TempDir(), "damaged.smtp")
	if err := os.WriteFile(damaged, []byte("= smtp-transcript 1\nS: 220 x\nZ: what?\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		err  string // part of standard error
	}{
		{"done", send("--to", "bob@x.example", "practice"), 0, ""},
		{"helo-only", send("--to", "bob@x.example", "practice:helo-only"), 0, ""},
		{"no recipient", send("practice"), 1, "no recipient"},
		{"no target, no domain", send("--to", "postmaster"), 1, "has no domain"},
		{"bad target", send("--to", "bob@x.example", "host:port"), 1, `"port" is no port`},
		{"unknown scenario", send("--to", "bob@x.example", "practice:rejekt"), 1, "did you mean reject"},
		{"unknown flag", send("--frob"), 1, "unknown flag"},
		{"two targets", send("--size", "100", "practice"), 1, `not 2: ["100" "practice"]; a flag whose value can be left out takes it as --flag=VALUE`},
		{"message and body", send("--to", "b@x.example", "--message", "x", "--body", "y", "practice"), 1, "message"},
		{"missing message", send("--to", "b@x.example", "--message", "/does/not/exist.eml", "practice"), 1, "/does/not/exist.eml"},
		{"line break in an address", send("--to", "b@x.example\r\nDATA", "practice"), 1, "line break"},
		{"no server", send("--to", "bob@x.example", "127.0.0.1:1"), 2, "refused"},
		{"greeting", send("--to", "bob@x.example", "practice:reject"), 21, "greeting"},
		{"busy greeting", send("--to", "bob@x.example", "practice:busy-greeting"), 21, "greeting"},
		{"MAIL", send("--to", "bob@x.example", "practice:auth-required"), 23, "MAIL"},
		{"RCPT", send("--to", "nobody@x.example", "practice"), 24, "recipient"},
		{"DATA", send("--to", "bob@x.example", "practice:shutdown"), 25, "DATA"},
		{"content", send("--to", "bob@x.example", "practice:content-refused"), 26, "end of data"},
		{"vanished", send("--to", "bob@x.example", "practice:vanish-after-dot"), 6, "closed the connection; its final dot was sent, and the message may have been delivered"},
		{"given up", send("--to", "bob@x.example", "--also", "rcpt=RSET", "practice"), 0, ""},
		{"a mangle that is none", send("--to", "bob@x.example", "--mangle", "frob", "practice"), 1, "ehlo list mangles"},
		{"partial", send("--to", "bob@x.example,nobody@x.example", "practice"), 40, "1 of 2"},
		{"garbage", send("--to", "bob@x.example", "practice:garbage"), 42, "broke the protocol"},
		{"show nothing", []string{"show", "/does/not/exist.smtp"}, 44, "/does/not/exist.smtp"},
		{"show a damaged file", []string{"show", damaged}, 44, "damaged.smtp:3"},
		{"show a damaged file all the same", []string{"show", "--keep-going", damaged}, 0, "damaged.smtp:3"},
		{"replay without a server", []string{"replay", damaged}, 1, "--against"},
		{"replay a damaged file", []string{"replay", damaged, "--against", "practice"}, 44, "damaged.smtp:3"},
		{"explain", []string{"explain", "550", "5.1.1", "mail"}, 0, ""},
		{"explain something else", []string{"explain", "CHUNKIN"}, 1, "CHUNKING"},
		{"list", []string{"list", "scenarios"}, 0, ""},
		{"list something else", []string{"list", "frobs"}, 1, "frobs"},
		{"serve something else", []string{"serve", "mail.example:25"}, 1, "only practice"},
		{"version", []string{"--version"}, 0, ""},
		{"help", []string{"help", "exit-codes"}, 0, ""},
		{"help on nothing", []string{"help", "bogus"}, 1, "bogus"},
		{"a topic has no topics", []string{"exit-codes", "x"}, 1, "unknown command"},
		{"TLS that nobody offers", send("--tls", "require", "--to", "bob@x.example", "practice:helo-only"), 29, "TLS is required"},
		{"no terminal", nil, 1, "no terminal"},
		{"a typing error", []string{"sned"}, 1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := ehlo(t, "", c.args...)
			if code != c.code || !strings.Contains(stderr, c.err) {
				t.Errorf("exit code %d, want %d; standard error %q, want %q\n%s", code, c.code, stderr, c.err, stdout)
			}
			if code != 0 && !strings.HasPrefix(stderr, "ehlo: ") {
				t.Errorf("an error that does not begin with the program's name: %q", stderr)
			}
		})
	}
}

func TestSendPrintsTheConversation(t *testing.T) {
	_, stdout, _ := ehlo(t, "", send("--to", "bob@x.example,nobody@x.example", "practice")...)
	for _, want := range []string{
		"=== ", "<-  220 practice.example", " -> EHLO client.example", "<-  250-PIPELINING",
		" -> MAIL FROM:<alice@client.example> SIZE=", "<** 550 5.1.1", " -> Subject: test", " -> .", "<-  221",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
}

func TestSendJSON(t *testing.T) {
	_, stdout, _ := ehlo(t, "", send("--json", "--to", "bob@x.example", "practice")...)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	for i, line := range lines {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Fatalf("line %d: %v: %s", i+1, err, line)
		}
		if last := i == len(lines)-1; last != (object["result"] != nil) {
			t.Errorf("line %d of %d: %s", i+1, len(lines), line)
		}
	}
}

// TestSendJSONTellsEachVerdict: a recipient that was accepted and then refused
// after the end of data was not taken.
func TestSendJSONTellsEachVerdict(t *testing.T) {
	addr := serveOn(t, "tcp", "127.0.0.1:0", lmtp)
	code, stdout, _ := ehlo(t, "", send("--json", "--to", "a@x.example,b@x.example", "lmtp://"+addr)...)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	var last struct{ Recipients []sendRecipient }
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || code != exitPartial || len(last.Recipients) != 2 {
		t.Fatalf("exit code %d, %v: %s", code, err, lines[len(lines)-1])
	}
	a, b := last.Recipients[0], last.Recipients[1]
	if !a.Taken || a.Final != "250 2.1.5 delivered" || b.Taken || b.Final != "452 4.2.2 full" {
		t.Errorf("%+v", last.Recipients)
	}
}

// What a script reads has a name at the start of each line.
func TestListIsForScripts(t *testing.T) {
	_, stdout, _ := ehlo(t, "", "list", "scenarios")
	for line := range strings.Lines(stdout) {
		if name := strings.Fields(line)[0]; strings.HasPrefix(name, "#") || strings.HasPrefix(line, " ") {
			t.Errorf("%q", line)
		}
	}
}

func TestSendQuietPrintsNothing(t *testing.T) {
	if _, stdout, stderr := ehlo(t, "", send("--quiet", "--to", "bob@x.example", "practice")...); stdout+stderr != "" {
		t.Errorf("%q %q", stdout, stderr)
	}
}

func TestBodyAndMessageFromFilesAndStandardInput(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "letter")
	if err := os.WriteFile(file, []byte("Subject: from a file\n\n.dot\nlast line"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		stdin string
		args  []string
		want  string
	}{
		{"", []string{"--body", "@" + file}, " -> ..dot"},
		{"hello from standard input", []string{"--body", "-"}, " -> hello from standard input"},
		{"", []string{"--message", file}, " -> Subject: from a file\n"},
		{"Subject: piped\r\n\r\nx\r\n", []string{"--message", "-"}, " -> Subject: piped\n"},
	} {
		code, stdout, stderr := ehlo(t, c.stdin, send(append(c.args, "--to", "b@x.example", "practice")...)...)
		if code != 0 || !strings.Contains(stdout, c.want) {
			t.Errorf("%v: exit code %d, no %q in\n%s%s", c.args, code, c.want, stdout, stderr)
		}
	}
}

// TestRecordShowReplayServe is the walk through the house: record a session,
// show it, run it again where nothing differs and where something does, and
// serve it to ehlo itself.
func TestRecordShowReplayServe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "session.smtp")
	record := send("--transcript", file, "--to", "bob@practice.example,nobody@practice.example", "practice")
	for range 2 { // the second time replaces the first
		if code, stdout, stderr := ehlo(t, "", record...); code != 40 {
			t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
		}
	}
	if code, stdout, _ := ehlo(t, "", "show", file); code != 0 || !strings.Contains(stdout, "<** 550 5.1.1") {
		t.Errorf("show: exit code %d\n%s", code, stdout)
	}
	if code, stdout, stderr := ehlo(t, "", "replay", file, "--against", "practice"); code != 0 {
		t.Errorf("replay: exit code %d\n%s%s", code, stdout, stderr)
	}
	if code, stdout, stderr := ehlo(t, "", "replay", file, "--against", "practice:mailbox-full"); code != 41 || !strings.Contains(stdout, "452") {
		t.Errorf("replay elsewhere: exit code %d\n%s%s", code, stdout, stderr)
	}
	if code, _, stderr := ehlo(t, "", "replay", file, "--against", "127.0.0.1:1"); code != 2 {
		t.Errorf("replay nowhere: exit code %d\n%s", code, stderr)
	}
	addr := serveInBackground(t, file)
	if code, stdout, stderr := ehlo(t, "", "replay", file, "--against", addr); code != 0 {
		t.Errorf("replay against the recording: exit code %d\n%s%s", code, stdout, stderr)
	}
}

func TestMessageFromANamedPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() {
		if err := os.WriteFile(pipe, []byte("Subject: through a pipe\n\nx\n"), 0o600); err != nil {
			t.Error(err)
		}
	}()
	code, stdout, stderr := ehlo(t, "", send("--message", pipe, "--to", "b@x.example", "practice")...)
	if code != 0 || !strings.Contains(stdout, "Subject: through a pipe") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
}

func TestTranscriptDoesNotReplaceOtherFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "letter.txt")
	if err := os.WriteFile(file, []byte("dear Bob"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := ehlo(t, "", send("--transcript", file, "--to", "b@x.example", "practice")...)
	if p, _ := os.ReadFile(file); code != 1 || string(p) != "dear Bob" || !strings.Contains(stderr, "no transcript") {
		t.Errorf("exit code %d, file %q, %s", code, p, stderr)
	}
}

func TestServePracticeOverTCP(t *testing.T) {
	addr := serveInBackground(t, "practice:helo-only")
	code, stdout, stderr := ehlo(t, "", send("--to", "bob@x.example", "smtp://"+addr)...)
	if code != 0 || !strings.Contains(stdout, " -> HELO client.example") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
}

// serveInBackground runs "ehlo serve" until the test ends.
func serveInBackground(t *testing.T, what ...string) (addr string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan string, 1)
	done := make(chan int, 1)
	var errs bytes.Buffer
	go func() {
		done <- run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0"}, what...), streams{strings.NewReader(""), firstLine(first), &errs})
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-done; code != 0 {
			t.Errorf("serve ended with %d: %s", code, errs.String())
		}
	})
	select {
	case line := <-first:
		addr, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
		if !ok {
			t.Fatalf("the first line is %q", line)
		}
		return addr
	case <-time.After(time.Minute):
		t.Fatal("serve says nothing")
		return ""
	}
}

type firstLine chan string

func (f firstLine) Write(p []byte) (int, error) {
	select {
	case f <- string(p):
	default:
	}
	return len(p), nil
}

// TestErrorsSayWhatWasDone: the words of the command first, and of the network
// what a person can use.
func TestErrorsSayWhatWasDone(t *testing.T) {
	recording := written(t, "a.smtp", "= smtp-transcript 1\nS: 220 a\nC: QUIT\nS: 221 b\n")
	for want, args := range map[string][]string{
		"ehlo: queue export: unknown flag: --as":                           {"queue", "export", "--as", "eml"},
		"ehlo: open the terminal interface: one TARGET, not 2":             {"practice", "extra"},
		"replay " + recording + ": connect to 127.0.0.1:1: connection ref": {"replay", recording, "--against", "127.0.0.1:1"},
	} {
		if _, _, stderr := ehlo(t, "", args...); !strings.Contains(stderr, want) {
			t.Errorf("%v: %s", args, stderr)
		}
	}
}

// TestNoTerminal: /dev/null is a device and no terminal, whatever name the
// stream has.
func TestNoTerminal(t *testing.T) {
	link := filepath.Join(t.TempDir(), "stdin")
	if err := os.Symlink(os.DevNull, link); err != nil {
		t.Skip(err)
	}
	null, err := os.Open(link)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if isTerminal(null) {
		t.Error("/dev/null is taken for a terminal")
	}
}
