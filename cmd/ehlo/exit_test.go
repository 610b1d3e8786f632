package main

import (
	"net"
	"strings"
	"testing"

	"ehlo/session/practice"
)

// served starts a server with the rules of a scenario and returns its address.
func served(t *testing.T, rules string) string {
	t.Helper()
	sc, err := practice.ParseScenario("test.scenario", strings.NewReader("title: x\n"+rules))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := practice.New(sc, practice.Options{})
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(srv.Close)
	return l.Addr().String()
}

// TestNoMailIsNeverDone: whatever a server answers, 0 means that it took
// responsibility for the message.
func TestNoMailIsNeverDone(t *testing.T) {
	t.Setenv("EHLO_TEST_PASSWORD", "wonderland")
	for _, c := range []struct {
		rules string
		args  []string
		code  int
	}{
		{"on greeting: reply 354 go on", nil, exitGreeting},
		{"on EHLO: reply 354 go on", nil, exitHello},
		{"on MAIL: reply 354 go on", nil, exitMail},
		{"on RCPT: reply 354 go on", nil, exitRcpt},
		{"on DATA: reply 250 ok", nil, exitData},
		{"on end of data: reply 354 go on", nil, exitContent},
		{"on EHLO: reply 502 no", []string{"--tls", "require"}, exitTLS},
		{"on EHLO: reply 502 no", []string{"--user", "u", "--password-from", "env:EHLO_TEST_PASSWORD"}, exitAuth},
		{"on QUIT: reply 354 go on", nil, exitQuit}, // the message was taken, and something is wrong all the same
	} {
		args := append(send("--quiet", "--to", "bob@x.example"), c.args...)
		if code, _, stderr := ehlo(t, "", append(args, served(t, c.rules))...); code != c.code {
			t.Errorf("%s %v: exit code %d, want %d: %s", c.rules, c.args, code, c.code, stderr)
		}
	}
}

// TestForeignTextIsEscaped: what a server says must not reach the terminal as
// it is.
func TestForeignTextIsEscaped(t *testing.T) {
	addr := served(t, `on end of data: raw "550 \x1b]0;title\x07 \u009b31m no\r\n"`)
	for _, args := range [][]string{{}, {"--json"}} {
		code, stdout, stderr := ehlo(t, "", append(append(send("--to", "bob@x.example"), args...), addr)...)
		if code != exitContent {
			t.Errorf("exit code %d: %s", code, stderr)
		}
		for _, r := range stdout + stderr {
			if r != '\n' && r != '\t' && (r < ' ' || r >= 0x7f && r < 0xa0) {
				t.Errorf("%v: %U in the output", args, r)
			}
		}
	}
}
