package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"ehlo/session"
	"ehlo/session/sasl"
	"ehlo/tui"
)

// formOf is the terminal interface's options with flags on the command line.
func formOf(t *testing.T, args ...string) tui.Options {
	t.Helper()
	var f sendFlags
	cmd := &cobra.Command{Use: "ehlo"}
	cmd.SetContext(context.Background())
	f.sections().addHidden(cmd)
	f.breaks.add(cmd.Flags())
	if err := cmd.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	if err := f.profile.load(cmd); err != nil {
		t.Fatal(err)
	}
	o, err := f.screen(cmd, streams{in: strings.NewReader("")})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestFormIsKeptAsAProfile(t *testing.T) {
	dir := configured(t, map[string]string{"config.toml": "# mine\n[profile.work]\npassword-from = \"env:MAILPASS\" # the vault\nret = \"hdrs\"\nmessage = \"old.eml\"\n"})
	t.Setenv("MAILPASS", "wonderland")
	o := formOf(t, "--local-addr", "127.0.0.1", "--proxy", "socks5://u:geheim@127.0.0.1:1080", "--family", "4", "--ignore", "SIZE,DSN", "--notify", "never", "--to", "x@y")
	rule, _ := session.ParseBreakpoint(`verb:RCPT /a\.b/`)
	words, err := o.KeepProfile("work", tui.Draft{Breaks: []session.Breakpoint{rule}, Flags: map[string][]string{
		"target": {"mail.test.example:587"}, "tls": {"require"}, "insecure": {"true"}, "helo": {"me.example"}, "user": {"alice"}, "auth": {"PLAIN", "LOGIN"},
		"from": {"alice@test.example RET=HDRS"}, "to": {"bob@test.example NOTIFY=SUCCESS,FAILURE", `"carol, 2"@test.example`},
		"subject": {"Grüße"}, "body": {"@home\n[profile.x]\n\"\"\"\\ two\n"}, "attach": {"/tmp/a b.txt"}, "header": {"X-A: 1", "Cc: x@y"}, "message": nil,
	}})
	if err != nil || !strings.Contains(words, "config.toml:2") || !strings.Contains(words, "without --proxy, which has a password") {
		t.Fatal(words, err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "config.toml"))
	if err != nil || strings.Contains(string(data), "geheim") || !strings.HasPrefix(string(data), "# mine\n[profile.work]\npassword-from = \"env:MAILPASS\" # the vault\ntarget = ") {
		t.Fatalf("%v\n%s", err, data)
	}
	back := formOf(t, "--profile", "work")
	switch {
	case back.Target != "mail.test.example:587", back.Mail.TLS != session.TLSRequire, !back.Mail.Insecure, back.Mail.Helo != "me.example", back.Mail.Auth == nil,
		back.Mail.From.Typed() != "alice@test.example RET=HDRS", len(back.Mail.To) != 2, back.Mail.To[0].Typed() != "bob@test.example NOTIFY=SUCCESS,FAILURE", back.Mail.To[1].Path != `"carol, 2"@test.example`,
		back.Subject != "Grüße", back.Body != "@home\n[profile.x]\n\"\"\"\\ two\n", len(back.Headers) != 2, len(back.Attach) != 1, back.Attach[0] != "/tmp/a b.txt",
		len(back.Breaks) != 1, back.Breaks[0].String() != rule.String(), len(back.Mail.Ignore) != 2:
		t.Errorf("%+v\n%s", back, data)
	}
	taken, err := back.Profile("work") // as F6 in the form does
	if err != nil || taken.Target != back.Target || len(taken.Breaks) != 1 {
		t.Error(err, taken.Target, taken.Breaks)
	}
}

func TestAProfileWithoutAPasswordAsksForItInTheForm(t *testing.T) {
	configured(t, map[string]string{"config.toml": "[profile.work]\ntarget = \"x:587\"\nuser = \"alice\"\nauth = \"PLAIN\"\n"})
	if o := formOf(t, "--profile", "work"); o.Login != "alice PLAIN" || o.Mail.Auth != nil {
		t.Errorf("%q", o.Login)
	}
	configured(t, map[string]string{"config.toml": "[profile.work]\ntarget = \"x:587\"\nuser = \"alice\"\npassword-from = \"prompt\"\n"})
	if taken, err := formOf(t).Profile("work"); err != nil || taken.Login != "alice" {
		t.Errorf("%v, %q", err, taken.Login)
	}
	configured(t, map[string]string{"config.toml": "[profile.work]\ntarget = \"x:587\"\nuser = \"alice\"\n"})
	for _, args := range [][]string{{"--plain", "--profile", "work"}, {"send", "--profile", "work", "--to", "x@y.example"}} {
		if code, _, stderr := ehlo(t, "", args...); code != exitUsage || !strings.Contains(stderr, "password") {
			t.Errorf("%v: exit code %d, %s", args, code, stderr)
		}
	}
}

func TestFormIsKeptAsATemplate(t *testing.T) {
	dir := configured(t, nil)
	o := formOf(t)
	flags := map[string][]string{"from": {"<>"}, "to": {"bob@test.example NOTIFY=NEVER"}, "subject": {"hi"}, "body": {"one\ntwo\n"}, "attach": nil, "message": nil}
	path, err := o.KeepTemplate("mine", tui.Draft{Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	const want = "from = \"<>\"\nto = [\"bob@test.example NOTIFY=NEVER\"]\nsubject = \"hi\"\nbody = \"\"\"\none\ntwo\n\"\"\"\n"
	if data, _ := os.ReadFile(path); string(data) != want || filepath.Dir(path) != filepath.Join(dir, "templates") {
		t.Errorf("%s:\n%s", path, data)
	}
	if _, err := o.KeepTemplate("copied", tui.Draft{Flags: map[string][]string{"from": {"a@b"}}, Content: session.BytesContent([]byte("Subject: x\r\n\r\n.\r\n"))}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "wrong.toml"), []byte("subject = \"x\"\n\npassword = \"y\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := o.OwnTemplates()
	if err == nil || !strings.Contains(err.Error(), "wrong.toml:3: password: there is no such setting") {
		t.Error(err)
	}
	if len(list) != 2 || list[1].Flags["body"][0] != "one\ntwo\n" || list[1].Words != "hi" || !strings.HasSuffix(list[0].Flags["message"][0], "copied.eml") {
		t.Errorf("%+v", list)
	}
}

func TestParametersBehindAddresses(t *testing.T) {
	code, stdout, stderr := ehlo(t, "", "send", "--tls", "never", "--from", "alice@test.example RET=HDRS", "--to", "bob@practice.example NOTIFY=SUCCESS,FAILURE, carol@practice.example", "practice")
	for _, want := range []string{"MAIL FROM:<alice@test.example> RET=HDRS", "RCPT TO:<bob@practice.example> NOTIFY=SUCCESS,FAILURE\n", "RCPT TO:<carol@practice.example>\n"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("exit code %d, no %q in\n%s%s", code, want, stdout, stderr)
		}
	}
}

// TestALoginOfTheFormFollowsTheFlags: what the command line says about logging in
// counts for a login that is typed in the form, too.
func TestALoginOfTheFormFollowsTheFlags(t *testing.T) {
	configured(t, nil)
	o := formOf(t, "--auth-force", "--no-initial-response", "--channel-binding", "tls-exporter", "--auth-optional")
	c := o.NewLogin(sasl.Credentials{User: "alice"}, "plain")
	if !c.Forced || !c.NoInitial || c.Binding != "tls-exporter" || c.User != "alice" || c.Mechanisms[0] != "PLAIN" {
		t.Errorf("%+v", c)
	}
	if !o.Mail.AuthOptional {
		t.Errorf("%+v", o.Mail)
	}
}

// TestTheScreenIsToldOfTheNetworkInABox: what its hosts do with a mail.
func TestTheScreenIsToldOfTheNetworkInABox(t *testing.T) {
	configured(t, nil)
	o := formOf(t)
	target, _ := session.ParseTarget("practice:hops")
	mail := session.Mail{Target: target, Helo: "c.example", Letter: session.Letter{
		From: session.Envelope{Path: "alice@origin.example"}, To: session.To("bob@destination.example"), Content: session.BytesContent([]byte("Subject: x\r\n\r\nx\r\n")),
	}}
	s := session.New(session.Options{Target: target, Dial: o.Dial})
	defer s.Close()
	for st, ok := mail.Next(s.State()); ok; st, ok = mail.Next(s.State()) {
		if err := s.Do(t.Context(), st); err != nil {
			t.Fatal(err)
		}
	}
	if notes := o.Behind("default"); len(notes) != 0 {
		t.Errorf("behind another server: %+v", notes)
	}
	if notes := o.Behind("hops"); len(notes) == 0 || notes[0].Host != "submit.origin.example" || !strings.Contains(notes[0].Text, "from <alice@origin.example>") {
		t.Errorf("%+v", notes)
	}
}
