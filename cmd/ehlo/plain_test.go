package main

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEverySessionIsKept(t *testing.T) {
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	kept := func() []string {
		files, err := filepath.Glob(filepath.Join(state, "ehlo", "sessions", "*-practice.smtp"))
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	_, _, stderr := ehlo(t, "/run\n", "--plain", "practice")
	if files := kept(); len(files) != 1 || !strings.Contains(stderr, "transcript: "+files[0]) {
		t.Fatalf("%q are kept; %s", files, stderr)
	}
	if code, out, _ := ehlo(t, "", "show", kept()[0]); code != 0 || !strings.Contains(out, "221 2.0.0") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	configured(t, map[string]string{"config.toml": "[autosave]\noff = true\n"})
	ehlo(t, "/run\n", "--plain", "practice")
	if files := kept(); len(files) != 1 {
		t.Errorf("%q are kept", files)
	}
	configured(t, map[string]string{"config.toml": "[autosave]\nkeep = 0\n"})
	if code, _, stderr := ehlo(t, "", "--plain", "practice"); code != exitUsage || !strings.Contains(stderr, "config.toml:2: keep: expected 1 or more") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

func TestPlain(t *testing.T) {
	for _, c := range []struct {
		name  string
		stdin string
		args  []string
		code  int
		out   string
		err   string
	}{
		{"steps", "/step\n/step\n/state\n", []string{"practice"}, 0, "may say now: MAIL", ""},
		{"a run", "/run\n", []string{"practice"}, 0, "responsible: server", ""},
		{"a run that fails", "/run\n", []string{"--to", "nobody@example.com", "practice"}, 24, "S: 550", "no recipient was accepted"},
		{"a run, and then a look elsewhere", "/run\n/set target practice:helo-only\n/step\n", []string{"practice"}, 0, "responsible: server", ""},
		{"a run that fails, and another connection", "/run\n/reconnect\n", []string{"--to", "nobody@example.com", "practice"}, 24, "S: 550", "no recipient was accepted"},
		{"a run that fails, and another", "/run\n/set tls never\n/set target practice\n/run\n", []string{"--tls", "require", "practice:helo-only"}, 0, "responsible: server", ""},
		{"a mistake", "/frob\n", []string{"practice"}, 1, "there is no command /frob", "1 command could not be done"},
		{"a login", "/run\n", []string{"--tls", "auto", "--user", "alice", "--password-from", "env:EHLO_TEST_PASSWORD", "practice"}, 0, "C: AUTH SCRAM-SHA-512-PLUS ********", ""},
		{"another form", "/run\n/export swaks\n/export markdown\n", []string{"practice"}, 0, "swaks \\\n  --server 127.0.0.1 \\\n  --port 2525", ""},
		{"no such form", "/step\n/export\n/export pcap2\n", []string{"practice"}, 1, "there are swaks, curl, openssl", "2 commands"},
		{"no such file", "", []string{"nowhere.smtp"}, 44, "", "nowhere.smtp"},
		{"no such message", "", []string{"--message", "/nowhere.eml", "practice"}, 1, "", "nowhere.eml"},
		{"a file with a type", "/run\n", []string{"--attach", "plain_test.go;type=text/x-go;name=a.go", "practice"}, 0, "text/x-go", ""},
		{"a bad target", "", []string{"host:port"}, 1, "", "is no port"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("EHLO_TEST_PASSWORD", "wonderland")
			code, stdout, stderr := ehlo(t, c.stdin, append([]string{"--plain"}, c.args...)...)
			if code != c.code || !strings.Contains(stdout, c.out) || !strings.Contains(stderr, c.err) {
				t.Errorf("exit code %d, want %d; standard error %q, want %q\n%s", code, c.code, stderr, c.err, stdout)
			}
		})
	}
}

// TestPlainRunsAgain: a script knows by the exit code whether it is as it was.
func TestPlainRunsAgain(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.smtp")
	if code, out, _ := ehlo(t, "/step\n/save "+file+"\n/run\n", "--plain", "practice"); code != 0 {
		t.Fatal(out)
	}
	code, out, stderr := ehlo(t, "/replay "+file+"\n/run\n", "--plain", "practice")
	if code != 0 || !strings.Contains(out, ": same: ") {
		t.Errorf("exit code %d, %s\n%s", code, stderr, out)
	}
	code, out, stderr = ehlo(t, "/replay "+file+" practice:relay-denied\n/run\n/run\n", "--plain", "practice")
	if code != exitDiffers || !strings.Contains(out, "   differs: code differs: 250 → 550") {
		t.Errorf("exit code %d, %s\n%s", code, stderr, out)
	}
}

// TestPlainKeepsTheLetter as a profile or a template, which begin the next one.
func TestPlainKeepsTheLetter(t *testing.T) {
	dir := configured(t, nil)
	t.Setenv("EHLO_TEST_PASSWORD", "wonderland")
	letter := filepath.Join(t.TempDir(), "a b.eml")
	if err := os.WriteFile(letter, []byte("Subject: whole\n\nx\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	script := strings.Join([]string{
		"/set from alice@test.example RET=HDRS", "/set to bob@test.example NOTIFY=NEVER, carol@test.example", "/set subject Grüße", `/set body one\ntwo\n`, "/set header X-A: 1",
		"/set tls require insecure", "/set helo me.example", "/break code:5xx", "/keep", "/keep profile ../x", "/keep profile mine", "/keep template mine", "/keep template mine", "/keep template mine", "/profile", "/template",
		"/set message " + letter, "/keep profile other",
	}, "\n")
	_, out, stderr := ehlo(t, script, "--plain", "--user", "alice", "--password-from", "env:EHLO_TEST_PASSWORD", "practice")
	for _, want := range []string{
		"error: /keep: expected profile NAME or template NAME", "error: /keep profile: expected letters", "profile mine is saved: " + filepath.Join(dir, "config.toml") + ":", "template mine is saved: " + filepath.Join(dir, "templates", "mine.toml") + "\n",
		"there is a template of that name: /keep template mine again puts this in its place", "> /profile\nmine\n", "mine             Grüße", "2 commands could not be done",
	} {
		if !strings.Contains(out+stderr, want) {
			t.Errorf("nobody said %q:\n%s%s", want, out, stderr)
		}
	}
	if data, err := os.ReadFile(filepath.Join(dir, "config.toml")); err != nil || strings.Contains(string(data), "wonderland") {
		t.Errorf("%v\n%s", err, data)
	}
	_, out, stderr = ehlo(t, "/break\n/next\n/template mine\n/set tls never\n/run\n/profile other\n/set tls never\n/next\n/run\n", "--plain", "--profile", "mine")
	for _, want := range []string{
		"1. code:5xx", "EHLO me.example", "STARTTLS", "AUTH ", "MAIL FROM:<alice@test.example> RET=HDRS", "RCPT TO:<bob@test.example> NOTIFY=NEVER", "RCPT TO:<carol@test.example>",
		"C: two", "C: X-A: 1", "profile other: practice", "C: Subject: whole",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("nobody said %q:\n%s%s", want, out, stderr)
		}
	}
}

// TestPlainProfileThatAsks: nobody can be asked in the middle, and what to do
// about it is told.
func TestPlainProfileThatAsks(t *testing.T) {
	configured(t, map[string]string{"config.toml": "[profile.work]\ntarget = \"practice\"\nuser = \"alice\"\npassword-from = \"prompt\"\n"})
	if _, out, _ := ehlo(t, "/profile work\n", "--plain", "practice"); !strings.Contains(out, "error: /profile: the password of alice is asked for at the beginning: ehlo --plain --profile work --password-from prompt\n") {
		t.Error(out)
	}
}

// TestPlainKeepsWhereFilesAre: a profile is for every folder.
func TestPlainKeepsWhereFilesAre(t *testing.T) {
	dir := configured(t, nil)
	here := t.TempDir()
	t.Chdir(here)
	key, err := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"pw": []byte("wonderland\n"), "a.html": []byte("<p>a</p>"), "k.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, out, stderr := ehlo(t, "/keep profile mine\n", "--plain", "--user", "alice", "--password-from", "file:pw", "--keylog", "keys",
		"--html", "@a.html", "--dkim", "s1:test.example:k.pem", "practice")
	data, err := os.ReadFile(filepath.Join(dir, "config.toml"))
	if code != 0 || err != nil {
		t.Fatalf("exit code %d, %v\n%s%s", code, err, out, stderr)
	}
	for _, want := range []string{`password-from = "file:` + filepath.Join(here, "pw") + `"`, `keylog = "` + filepath.Join(here, "keys") + `"`,
		`html = "@` + filepath.Join(here, "a.html") + `"`, `dkim = "s1:test.example:` + filepath.Join(here, "k.pem") + `"`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("no %s in\n%s", want, data)
		}
	}
}
