package main

import (
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
		{"a mistake", "/frob\n", []string{"practice"}, 1, "there is no command /frob", "1 command could not be done"},
		{"a login", "/run\n", []string{"--tls", "auto", "--user", "alice", "--password-from", "env:EHLO_TEST_PASSWORD", "practice"}, 0, "C: AUTH SCRAM-SHA-512-PLUS ********", ""},
		{"another form", "/run\n/export swaks\n/export markdown\n", []string{"practice"}, 0, "swaks \\\n  --server practice", ""},
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
