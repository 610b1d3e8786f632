package main

import (
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ehlo/session"
	"ehlo/session/practice"
	"ehlo/session/sasl"
)

func TestContradictingOrWrongSecurityFlags(t *testing.T) {
	t.Setenv("EHLO_TEST_PASSWORD", "wonderland")
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--tls", "maybe"}, "--tls maybe"},
		{[]string{"--tls-min", "2"}, "--tls-min 2"},
		{[]string{"--tls-min", "1.3", "--tls-max", "1.2"}, "contradict"},
		{[]string{"--cert", "x"}, "belong together"},
		{[]string{"--ca", "/does/not/exist"}, "/does/not/exist"},
		{[]string{"--ca", empty}, "no certificate"},
		{[]string{"--auth", "FROB"}, "--auth FROB: there are"},
		{[]string{"--authzid", "x"}, "need --user"},
		{[]string{"--user", "x"}, "needs a password"},
		{[]string{"--user", "x", "--password-from", "secret"}, "expected env:NAME"},
		{[]string{"--user", "x", "--password-from", "env:EHLO_NOT_SET"}, "no EHLO_NOT_SET"},
		{[]string{"--user", "x", "--password-from", "file:/does/not/exist"}, "/does/not/exist"},
		{[]string{"--user", "x", "--password-from", "command:exit 3"}, "command failed"},
		{[]string{"--user", "x", "--password-from", "word:x"}, "expected env:NAME"},
	} {
		code, _, stderr := ehlo(t, "", send(append(c.args, "--to", "b@x.example", "practice")...)...)
		if code != exitUsage || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: exit code %d, %q lacks %q", c.args, code, stderr, c.want)
		}
	}
}

func TestSecretsAreFetched(t *testing.T) {
	t.Setenv("EHLO_TEST_PASSWORD", "wonderland")
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("wonderland\r\nsecond line\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{"env:EHLO_TEST_PASSWORD", "file:" + file, "command:echo wonderland"} {
		if got, err := new(source).secret(t.Context(), from); got != "wonderland" || err != nil {
			t.Errorf("%s: %q, %v", from, got, err)
		}
	}
}

// TestSecurityDecidesTheExitCode: codes 28 and 29.
func TestSecurityDecidesTheExitCode(t *testing.T) {
	said := session.State{}
	said.Phase = session.Ready
	said.Answers.EHLO.Code = 250
	refused := said
	refused.Answers.Auth.Code = 535
	clear := said
	clear.Offered = session.Extensions{{Keyword: "AUTH", Params: "PLAIN LOGIN"}}
	secure := said
	secure.Secure, secure.Unverified = true, "expired"
	broken := session.State{Phase: session.Over, Fault: session.FaultTLS, FaultText: "TLS handshake: closed"}
	login := sasl.NewClient(sasl.Credentials{User: "alice", Password: "secret"})
	for _, c := range []struct {
		name  string
		mail  session.Mail
		state session.State
		code  int
		why   string
	}{
		{"handshake failed", session.Mail{}, broken, exitTLS, "handshake"},
		{"not verified", session.Mail{}, secure, exitTLS, "not verified: expired"},
		{"required and not offered", session.Mail{TLS: session.TLSRequire}, said, exitTLS, "not offered"},
		{"login refused", session.Mail{Auth: login}, refused, exitAuth, "535"},
		{"no login", session.Mail{Auth: login}, said, exitAuth, "AUTH is not offered"},
		{"no mechanism fits", session.Mail{Auth: login}, clear, exitAuth, "those offered: PLAIN, LOGIN; in the clear"},
		{"the one asked for is not offered", session.Mail{Auth: &sasl.Client{Mechanisms: []string{"XOAUTH2"}}}, clear, exitAuth, "XOAUTH2 was asked for and is not offered; there are PLAIN, LOGIN; under TLS there may be more"},
	} {
		last, _ := c.mail.Next(c.state)
		if code, why := outcome(c.mail, ending{state: c.state, last: last}); code != c.code || !strings.Contains(why, c.why) {
			t.Errorf("%s: %d (%s), want %d (%s)", c.name, code, why, c.code, c.why)
		}
	}
	if last, _ := (session.Mail{Insecure: true}).Next(secure); last.Ends != "" {
		t.Errorf("not verified, never mind: %s", last.Why)
	}
}

// TestPracticeUnderTLS: in memory the server is trusted by itself; over TCP
// once --ca-out and --ca have told how.
func TestPracticeUnderTLS(t *testing.T) {
	t.Setenv("EHLO_TEST_PASSWORD", "wonderland")
	ca := filepath.Join(t.TempDir(), "ca.pem")
	addr := serveInBackground(t, "--ca-out", ca, "practice:auth-required")
	login := []string{"--tls", "require", "--user", "alice", "--password-from", "env:EHLO_TEST_PASSWORD"}
	for _, c := range []struct {
		name string
		args []string
		code int
	}{
		{"in memory", []string{"--tls", "require", "practice"}, exitDone},
		{"from the first octet", []string{"--tls", "implicit", "practice:implicit-tls"}, exitDone},
		{"from the first octet, in memory", []string{"--tls", "implicit", "practice"}, exitDone},
		{"another name", []string{"--tls", "require", "--server-name", "mx.test.example", "practice"}, exitTLS},
		{"login", append(login, "practice:auth-required"), exitDone},
		{"PLAIN", append(login, "--auth", "PLAIN", "practice:auth-required"), exitDone},
		{"over TCP", append(login, "--ca", ca, "smtp://"+addr), exitDone},
		{"over TCP, not trusted", append(login, "smtp://"+addr), exitTLS},
		{"no login", []string{"--tls", "require", "practice:auth-required"}, exitMail},
	} {
		code, stdout, stderr := ehlo(t, "", send(append([]string{"--to", "b@x.example"}, c.args...)...)...)
		if code != c.code {
			t.Errorf("%s: exit code %d, want %d: %s\n%s", c.name, code, c.code, stderr, stdout)
		}
	}
	letter := filepath.Join(t.TempDir(), "letter.txt")
	if err := os.WriteFile(letter, []byte("dear Bob"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := ehlo(t, "", "serve", "--ca-out", letter, "practice"); code != exitUsage || !strings.Contains(stderr, "no certificate") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

// TestSaveCerts: the file that is written is one that --ca takes.
func TestSaveCerts(t *testing.T) {
	name := filepath.Join(t.TempDir(), "chain.pem")
	addr := serveInBackground(t, "practice")
	args := []string{"send", "--tls", "require", "--from", "alice@client.example", "--to", "bob@x.example", "--quiet", addr}
	if code, _, stderr := ehlo(t, "", append(args, "--save-certs", name)...); code != exitTLS {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	if code, _, stderr := ehlo(t, "", append(args, "--ca", name)...); code != exitDone {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

// TestOldTLS: who asks for an old version alone gets it, and no riddle.
func TestOldTLS(t *testing.T) {
	a, err := practice.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := a.Issue("localhost")
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	addr := serveOn(t, "tcp", "127.0.0.1:0", func(c net.Conn) { lmtp(tls.Server(c, config)) })
	_, stdout, stderr := ehlo(t, "", "send", "--insecure", "--tls-max", "1.1", "--to", "bob@x.example", "smtps://"+addr)
	if !strings.Contains(stdout, "=== TLS 1.1 ") {
		t.Errorf("%s\n%s", stderr, stdout)
	}
}
