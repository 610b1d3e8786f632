package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ehlo/session"
	"ehlo/tui"
)

func TestSettingOfAProfile(t *testing.T) {
	const text = "# mine\n[profile.work] # the office\ntarget = \"x:25\"\nbreak = [ # two\n  \"code:4xx\",\n  \"verb:DATA\", # because\n]\ntls = 'require'\n\n[profile.\"home\"]\ntls = \"never\"\n[screen]\nmouse = true"
	for _, c := range []struct {
		profile, want string
		values        []string
	}{
		{"work", "# mine\n[profile.work] # the office\nbreak = ['/a\\.b/', \"it's\"]\ntarget = \"x:25\"\ntls = 'require'\n\n[profile.\"home\"]\ntls = \"never\"\n[screen]\nmouse = true", []string{`/a\.b/`, "it's"}},
		{"work", "# mine\n[profile.work] # the office\ntarget = \"x:25\"\ntls = 'require'\n\n[profile.\"home\"]\ntls = \"never\"\n[screen]\nmouse = true", nil},
		{"home", strings.Replace(text, "[profile.\"home\"]\n", "[profile.\"home\"]\nbreak = ['code:5']\n", 1), []string{"code:5"}},
	} {
		got, err := withSetting(text, c.profile, "break", c.values)
		if err != nil || got != c.want {
			t.Errorf("%v\n%s\nnot\n%s", err, got, c.want)
		}
	}
	for _, odd := range []string{"profile = {work = {tls = \"never\"}}\n", "[profile]\nwork.tls = \"never\"\n", "[screen]\n"} {
		if got, err := withSetting(odd, "work", "break", []string{"x"}); err == nil {
			t.Errorf("%q became %q", odd, got)
		}
	}
}

func TestBreakpointsAreKeptInTheProfile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(file, []byte("[profile.work]\nbreak = \"code:4xx\"\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	p := profileFlags{name: "work", config: file}
	var o tui.Options
	f := breakFlags{at: []string{"off verb:DATA"}}
	if err := f.apply(&o, &p); err != nil || len(o.Breaks) != 1 || !o.Breaks[0].Off {
		t.Fatal(err, o.Breaks)
	}
	more, _ := session.ParseBreakpoint("/x/")
	if err := o.KeepBreaks(append(o.Breaks, more)); err != nil {
		t.Fatal(err)
	}
	info, _ := os.Stat(file)
	if data, _ := os.ReadFile(file); string(data) != "[profile.work]\nbreak = ['off verb:DATA', '/x/']\n" || info.Mode().Perm() != 0o640 {
		t.Errorf("%s\n%s", info.Mode(), data)
	}
	p.name = "other"
	if err := o.KeepBreaks(nil); err == nil || !strings.Contains(err.Error(), "write it yourself") {
		t.Error(err)
	}
}

func TestBreakFlag(t *testing.T) {
	configured(t, map[string]string{"config.toml": "[profile.work]\nbreak = [\"verb:RCPT code:5xx\"]\n[profile.bad]\nbreak = \"code:x\"\n"})
	if code, _, stderr := ehlo(t, "", "--profile", "bad", "practice"); code != exitUsage || !strings.Contains(stderr, `--break "code:x"`) {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	if code, stdout, stderr := ehlo(t, "", "--profile", "work", "--show-settings", "practice"); code != 0 || !strings.Contains(stdout, "verb:RCPT code:5xx") {
		t.Errorf("exit code %d, %s%s", code, stdout, stderr)
	}
	if code, _, stderr := ehlo(t, "", append(send("--to", "bob@practice.example"), "--profile", "work", "practice")...); code != 0 {
		t.Errorf("send: exit code %d, %s", code, stderr)
	}
}

func TestPanesAreRemembered(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	var o tui.Options
	if rememberPanes(&o); o.Layout != "" {
		t.Error(o.Layout)
	}
	if err := o.KeepLayout("right=4 closed=next"); err != nil {
		t.Fatal(err)
	}
	if rememberPanes(&o); strings.TrimSpace(o.Layout) != "right=4 closed=next" {
		t.Error(o.Layout)
	}
}
