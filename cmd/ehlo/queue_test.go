package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// queue runs ehlo queue on an outbox of the test.
func queue(t *testing.T, dir string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return ehlo(t, "", append([]string{"queue", "--outbox", dir}, args...)...)
}

// queueAdd adds a mail and returns its ID.
func queueAdd(t *testing.T, dir string, args ...string) string {
	t.Helper()
	code, id, stderr := queue(t, dir, append([]string{"add", "--from", "alice@client.example", "--helo", "client.example", "--tls", "never"}, args...)...)
	if code != 0 || len(id) != 15 {
		t.Fatalf("add: %d %q %s", code, id, stderr)
	}
	return strings.TrimSpace(id)
}

func TestQueue(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "outbox")
	if code, out, stderr := queue(t, dir, "list"); code != 0 || out != "" || stderr != "" {
		t.Errorf("an empty list: %d %q %q", code, out, stderr)
	}
	two := queueAdd(t, dir, "--to", "bob@test.example,nobody@test.example", "practice")
	busy := queueAdd(t, dir, "--to", "bob@test.example", "practice:mailbox-busy")
	gone := queueAdd(t, dir, "--to", "bob@test.example", "practice:vanish-after-dot")
	held := queueAdd(t, dir, "--to", "bob@test.example", "practice")
	if code, _, stderr := queue(t, dir, "hold", held); code != 0 {
		t.Fatal(stderr)
	}
	code, out, stderr := queue(t, dir, "run")
	if code != 0 || !strings.HasSuffix(out, "1 accepted, 1 refused, 1 may have been delivered, 1 waiting, the next attempt is due in 30m\n") {
		t.Errorf("run: %d %s %s", code, out, stderr)
	}
	_, out, _ = queue(t, dir, "list", "--all")
	for _, want := range []string{two + "   bob@test.example                 accepted", two + "   nobody@test.example              refused",
		busy + "   bob@test.example                 waiting    in 30m", gone + "   bob@test.example                 unclear    -", held + "   bob@test.example                 held"} {
		if !strings.Contains(out, want) {
			t.Errorf("list lacks %q:\n%s", want, out)
		}
	}
	if _, out, _ = queue(t, dir, "show", gone); !strings.Contains(out, "this outbox or practice.example") || !strings.Contains(out, "RFC 1047") {
		t.Errorf("show: %s", out)
	}
	if _, out, _ = queue(t, dir, "run", "--now"); !strings.Contains(out, "1 waiting") || strings.Contains(out, gone) {
		t.Errorf("run --now: %s", out)
	}
	queue(t, dir, "release", held)
	queue(t, dir, "retry", gone)
	if _, out, _ = queue(t, dir, "run"); !strings.Contains(out, "1 accepted, 1 may have been delivered") {
		t.Errorf("run after release and retry: %s", out)
	}
	if code, out, _ = queue(t, dir, "drop", gone, "nothing"); code != exitUsage || !strings.Contains(out, gone+": dropped") {
		t.Errorf("drop: %d %s", code, out)
	}
	if code, out, _ = queue(t, dir, "check"); code != 0 {
		t.Errorf("check: %s", out)
	}
}

func TestQueueListJSON(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "outbox")
	id := queueAdd(t, dir, "--to", "bob@test.example", "practice:mailbox-busy")
	queue(t, dir, "run")
	_, out, _ := queue(t, dir, "list", "--json")
	var line queueLine
	if err := json.Unmarshal([]byte(out), &line); err != nil {
		t.Fatal(err)
	}
	if line.ID != id || line.State != "waiting" || line.Next == nil || !strings.HasPrefix(line.Reply, "450") || !strings.Contains(line.Responsible, "this outbox") {
		t.Errorf("%+v", line)
	}
}

func TestQueueKeepsHowAMailTravels(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "outbox")
	t.Setenv("PASSWORD", "wonderland")
	id := queueAdd(t, dir, "--to", "bob@test.example", "--user", "alice", "--password-from", "env:PASSWORD", "--auth-plaintext",
		"--auth", "LOGIN", "--tls", "require", "--chunking=100", "practice")
	envelope := filepath.Join(dir, "mail", id[12:], id, "envelope")
	p, err := os.ReadFile(envelope)
	if err != nil || strings.Contains(string(p), "wonderland") {
		t.Fatalf("%v %s", err, p)
	}
	if info, _ := os.Stat(envelope); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	queue(t, dir, "run")
	tr, _ := os.ReadFile(filepath.Join(dir, "mail", id[12:], id, "attempts", "0001.smtp"))
	for _, want := range []string{"AUTH LOGIN", "BDAT 100"} {
		if !strings.Contains(string(tr), want) {
			t.Errorf("no %s in\n%s", want, tr)
		}
	}
	if code, _, stderr := queue(t, dir, "add", "--to", "bob@test.example", "--user", "alice", "--password-from", "prompt", "practice"); code != exitUsage || !strings.Contains(stderr, "nobody will be there") {
		t.Errorf("prompt: %d %s", code, stderr)
	}
}

func TestQueueOnFailure(t *testing.T) {
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	for _, c := range []struct {
		target, to string
		code       int
		stderr     string
		listed     string
	}{
		{"practice", "bob@test.example", exitDone, "", ""},
		{"practice:mailbox-busy", "bob@test.example", exitDone, "queued as", "waiting"},
		{"practice:vanish-after-dot", "carol@test.example", exitDone, "may have been delivered", "unclear"},
		{"practice", "nobody@test.example", exitRcpt, "no recipient", ""},
	} {
		code, _, stderr := ehlo(t, "", send("--queue-on-failure", "--quiet", "--to", c.to, c.target)...)
		if code != c.code || !strings.Contains(stderr, c.stderr) {
			t.Errorf("%s to %s: %d %s", c.to, c.target, code, stderr)
		}
		_, out, _ := ehlo(t, "", "queue", "list")
		if c.listed != "" && !strings.Contains(out, c.listed) {
			t.Errorf("%s: no %s in %s", c.target, c.listed, out)
		}
		if c.listed == "" && strings.Contains(out, "nobody") {
			t.Errorf("%s: listed: %s", c.target, out)
		}
	}
	if names, _ := filepath.Glob(filepath.Join(state, "ehlo/outbox/mail/*/*/attempts/0001.smtp")); len(names) != 2 {
		t.Errorf("transcripts of what was tried: %q", names)
	}
	_, out, _ := ehlo(t, "", send("--queue-on-failure", "--json", "--to", "bob@test.example", "practice:mailbox-busy")...)
	var result sendResult
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &result); err != nil || result.Exit != exitDone || len(result.Queued) != 14 {
		t.Errorf("%v %+v", err, result)
	}
	if code, _, _ := ehlo(t, "", send("--queue-on-failure", "--repeat", "2", "--to", "bob@test.example", "practice")...); code != exitUsage {
		t.Errorf("with --repeat: %d", code)
	}
}

func TestQueueConfiguration(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "config.toml")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("[queue]\nretry = [\"1m\", \"2h\"]\ngive-up = \"2d\"\nunclear = \"retry\"\nconnections = 3\nreport-with = [\"--tls=require\", \"--ca=/x.pem\"]\n")
	c, err := readQueueConfig(file)
	if err != nil || len(c.schedule.Waits) != 2 || c.schedule.GiveUp.Hours() != 48 || !c.retryUnclear || c.connections != 3 || !slices.Equal(c.reportWith, []string{"--ca=/x.pem", "--tls=require"}) {
		t.Errorf("%+v %v", c, err)
	}
	for _, text := range []string{"[queue]\nfrob = 1\n", "[queue]\nretry = [\"0s\"]\n", "[queue]\nunclear = \"maybe\"\n", "[queue]\nconnections = 0\n", "[queue]\ngive-up = \"soon\"\n", "[queue]\nreport-with = [\"--frob\"]\n",
		"[queue]\nreport-with = [\"tls\"]\n", "[queue]\nreport-with = [\"--password-from=prompt\"]\n", "[queue\n"} {
		write(text)
		if _, err := readQueueConfig(file); err == nil || !strings.Contains(err.Error(), "config.toml") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestQueueExport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "outbox")
	id := queueAdd(t, dir, "--to", "bob@test.example,nobody@test.example", "--body", ".dot", "practice:default")
	_, out, _ := queue(t, dir, "export")
	for _, want := range []string{"EHLO ", "MAIL FROM:<alice@client.example>\r\nRCPT TO:<bob@test.example>\r\nRCPT TO:<nobody@test.example>\r\nDATA\r\n", "\r\n\r\n..dot\r\n.\r\nQUIT\r\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("bsmtp lacks %q:\n%s", want, out)
		}
	}
	into := filepath.Join(t.TempDir(), "eml")
	if code, _, stderr := queue(t, dir, "export", "--format", "eml", "--into", into, id); code != 0 {
		t.Error(stderr)
	}
	if p, _ := os.ReadFile(filepath.Join(into, id+".eml")); !strings.Contains(string(p), "\r\n\r\n.dot\r\n") {
		t.Errorf("eml: %q", p)
	}
	_, out, _ = queue(t, dir, "export", "--format", "json")
	if !json.Valid([]byte(out)) || !strings.Contains(out, id) {
		t.Errorf("json: %s", out)
	}
}

// TestQueueExportGoesOn: one message that cannot be read is named, and the
// others are written.
func TestQueueExportGoesOn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "outbox")
	long := queueAdd(t, dir, "--to", "bob@test.example", "--body", strings.Repeat("long\n", 20_000), "practice")
	queueAdd(t, dir, "--to", "carol@test.example", "practice")
	if err := os.Truncate(filepath.Join(dir, "mail", long[12:], long, "content"), 10); err != nil {
		t.Fatal(err)
	}
	code, out, stderr := queue(t, dir, "export")
	if code != exitUsage || !strings.Contains(stderr, long+": ") || !strings.Contains(stderr, "1 message not exported") {
		t.Errorf("%d %s", code, stderr)
	}
	if strings.Contains(out, "bob@") || !strings.Contains(out, "RCPT TO:<carol@test.example>") || !strings.HasSuffix(out, "\r\n.\r\nQUIT\r\n") {
		t.Errorf("%s", out)
	}
}

// TestQueuePractises: the servers of a run remember, and their hosts tell.
func TestQueuePractises(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "outbox")
	queueAdd(t, dir, "--to", "bob@destination.example", "practice:hops")
	queueAdd(t, dir, "--to", "bob@test.example", "practice:lmtp")
	if code, out, stderr := queue(t, dir, "run"); code != 0 || !strings.Contains(out, "=== mx2.destination.example ") || !strings.HasSuffix(out, "2 accepted\n") {
		t.Errorf("%d %s %s", code, out, stderr)
	}
}
