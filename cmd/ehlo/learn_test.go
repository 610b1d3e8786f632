package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLearn(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", dir)
	code, stdout, stderr := ehlo(t, "22\nEHLO c.example\n/hint\n/hold MAIL FROM:<alice@client.example>\nRCPT TO:<bob@practice.example>\nDATA\nhi\n.\n"+
		"yes\nno\nmaybe\nagain\nNOOP\n/reconnect\nEHLO c.example\nMAIL FROM:<alice@client.example>\nRCPT TO:<bob@practice.example>\n/state\nDATA\nhi\n.\n", "learn")
	for _, want := range []string{
		"22. [ ] twice", "Which one?", "Hint: EHLO, MAIL, RCPT", "S: 354", "No. Try again.", "It is: nobody knows.", "Right. A mail that comes twice",
		"there is no channel to send it on: /reconnect", "reverse-path: <alice@client.example>", "Bob has two copies now", `That was "Why mail was delivered twice".`,
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	if code != 0 {
		t.Errorf("%d %s", code, stderr)
	}
	if _, list, _ := ehlo(t, "", "list", "lessons"); !strings.Contains(list, "twice            [x] 22.") || !strings.Contains(list, "hello            [ ]  1.") {
		t.Errorf("%s", list)
	}
	// Whoever leaves early has not done it, and whoever skips neither.
	if code, _, _ := ehlo(t, "220\nEHLO c.example\n", "learn", "hello"); code != exitDiffers {
		t.Errorf("left early: %d", code)
	}
	if code, stdout, _ := ehlo(t, "/skip\n/skip\n/skip\n", "learn", "hello"); code != 0 || !strings.Contains(stdout, "not marked") {
		t.Errorf("skipped: %d %s", code, stdout)
	}
	if _, list, _ := ehlo(t, "", "list", "lessons"); !strings.Contains(list, "hello            [ ]") {
		t.Errorf("%s", list)
	}
}

func TestLearnCheck(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	file("mine.scenario", "title: mine\non NOOP: reply 299 fine\n")
	const head = "= smtp-transcript 1\n# lesson: mine\n# practice: mine.scenario\n# task: x\n"
	for _, c := range []struct {
		text string
		code int
		want string
	}{
		{head + "# check: last = 299\n= connect host=x\nS: 220 x\nC: NOOP\nS: 299 fine\n", 0, "mine: 1 steps"},
		{head + "# check: last = 250\n= connect host=x\nS: 220 x\nC: NOOP\nS: 299 fine\n", exitDiffers, `line 4: the check "last = 250" does not hold`},
		{head + "# check: last = 220\n= connect host=x\nS: 220 x\nC: NOOP\nS: 299 fine\n", exitDiffers, "holds after 1 of 2 steps"},
		{head + "# check: lost\n", exitTranscript, "mine.smtp:5: "},
	} {
		code, stdout, stderr := ehlo(t, "", "learn", "--check", file("mine.smtp", c.text))
		if code != c.code || !strings.Contains(stdout+stderr, c.want) {
			t.Errorf("%d %s%s, want %d %s", code, stdout, stderr, c.code, c.want)
		}
	}
}

// TestRecordingBecomesALesson: a teacher records a session and adds comment
// lines, as the README says.
func TestRecordingBecomesALesson(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.smtp")
	if code, _, stderr := ehlo(t, "", send("--tls", "never", "--to", "bob@test.example,nobody@test.example", "--transcript", file, "practice")...); code != exitPartial {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	recorded, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		check string
		code  int
		want  string
	}{
		{"delivered = 1", exitDone, "3 steps, each task is done by what is recorded behind it"},
		{"delivered = 2", exitDiffers, `the check "delivered = 2" does not hold`},
		{"refused = 1", exitDiffers, "holds after"},
	} {
		text := strings.NewReplacer(
			"= connect", "# lesson: Two\n# practice: default\n# task: Begin a mail.\n# check: phase = sender given\n= connect",
			"C: RCPT TO:<bob", "# ask: Is there a nobody?\n# answer: no\n# because: RFC 5321, 3.3.\n# task: Send to both.\n# check: "+c.check+"\nC: RCPT TO:<bob",
		).Replace(string(recorded))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := ehlo(t, "", "learn", "--check", file)
		if code != c.code || !strings.Contains(stdout+stderr, c.want) {
			t.Errorf("%s: exit code %d, %s%s", c.check, code, stdout, stderr)
		}
	}
}
