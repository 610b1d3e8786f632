package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestServeSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	users, bad := file("users", "alice\n"), file("bad.scenario", "title: x\non FROB: close\n")
	recording := file("x.smtp", "S: 220 x\n")
	for _, c := range []struct {
		args string
		want string
	}{
		{"practice --scenario nosuch", `there is no scenario "nosuch"`},
		{"practice:reject --scenario tarpit", "are two scenarios"},
		{"practice --listen foo", "--listen foo: expected PORT, HOST:PORT or [IPv6]:PORT"},
		{"practice --listen [::1]:smtp", "the port is a number"},
		{"practice:" + bad, "bad.scenario:2: \"FROB\" is no verb"},
		{"practice --users " + users, "users:1: expected name, password"},
		{"practice --users " + dir + "/none", "no such file"},
		{"practice --maildir " + users, "that is no folder"},
		{recording + " --maildir " + dir, "are for the practice server"},
	} {
		code, _, stderr := ehlo(t, "", append([]string{"serve"}, strings.Fields(c.args)...)...)
		if code != exitUsage || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: %d %s", c.args, code, stderr)
		}
	}
	if code, _, stderr := ehlo(t, "", "serve", "--listen", "127.0.0.1:0", recording, file("empty.smtp", "")); code != exitTranscript || !strings.Contains(stderr, "empty.smtp: there is nothing to play") {
		t.Errorf("%d %s", code, stderr)
	}
}
