package main

import (
	"net"
	"strings"
	"testing"

	"ehlo/session"
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

// TestEndsThatAreNobodysReply: the exit code and the sentence do not depend on
// who closes first, and tell what was said.
func TestEndsThatAreNobodysReply(t *testing.T) {
	vrfy := []string{"--also", "helo=VRFY bob"}
	chunks := []string{"--chunking=100"}
	for _, c := range []struct {
		rules string
		args  []string
		code  int
		why   string
	}{
		{"on VRFY: reply 421 4.7.0 too many errors", vrfy, exitClosed, "421"},
		{"on VRFY: reply 421 4.7.0 too many errors, then close", vrfy, exitClosed, "421"},
		{"offer: CHUNKING\non BDAT: reply 552 5.3.4 too much", chunks, exitData, "BDAT was refused: 552"},
		{"offer: CHUNKING\non BDAT count 2: close", chunks, exitClosed, "closed the connection"},
		{"offer: CHUNKING\non BDAT count 2: reset", chunks, exitClosed, "closed the connection"},
	} {
		args := append(send("--quiet", "--to", "bob@x.example"), c.args...)
		code, _, stderr := ehlo(t, "", append(args, served(t, c.rules))...)
		if code != c.code || !strings.Contains(stderr, c.why) {
			t.Errorf("%s: exit code %d, want %d and %q: %s", c.rules, code, c.code, c.why, stderr)
		}
	}
	shut := session.State{Phase: session.Over, Last: session.Reply{Code: 421}}
	for _, shut.Closed = range []string{"client", "server"} {
		if code, why := outcome(session.Mail{}, ending{state: shut}); code != exitClosed || !strings.Contains(why, "421") {
			t.Errorf("closed by the %s: exit code %d: %s", shut.Closed, code, why)
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
