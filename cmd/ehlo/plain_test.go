package main

import (
	"strings"
	"testing"
)

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
		{"no such file", "", []string{"nowhere.smtp"}, 44, "", "nowhere.smtp"},
		{"no such message", "", []string{"--message", "/nowhere.eml", "practice"}, 1, "", "nowhere.eml"},
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
