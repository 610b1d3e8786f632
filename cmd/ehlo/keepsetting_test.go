package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ehlo/session"
	"ehlo/tui"
)

func TestChangesOfAConfiguration(t *testing.T) {
	const text = "# mine\n[profile.work] # the office\ntarget = \"x:25\"\nbreak = [ # two\n  \"code:4xx # no comment\",\n  \"verb:DATA\", # because\n]\ntls = 'require'\n\n# at home\n[profile.\"home\"]\nbody = \"\"\"\n[screen]\ntheme = \"no setting\"\n\"\"\"\n\n[screen]\n  mouse = true    # please"
	of := func(path ...string) []string { return path }
	for _, c := range []struct {
		path      []string
		value     any
		old, made string // what becomes what
	}{
		{of("screen", "mouse"), false, "  mouse = true    # please", "  mouse = false # please\n"},
		{of("screen", "mouse"), nil, "  mouse = true    # please", ""},
		{of("screen", "theme"), "nord", "true    # please", "true    # please\ntheme = \"nord\"\n"},
		{of("autosave", "keep"), 7, "true    # please", "true    # please\n\n[autosave]\nkeep = 7\n"},
		{of("profile", "work", "tls"), "never", "tls = 'require'", "tls = \"never\""},
		{of("profile", "work", "tls"), nil, "tls = 'require'\n", ""},
		{of("profile", "work", "from"), "a@x", "tls = 'require'\n", "tls = 'require'\nfrom = \"a@x\"\n"},
		{of("profile", "work", "break"), []string{`/a\.b/`, "it's"}, "break = [ # two\n  \"code:4xx # no comment\",\n  \"verb:DATA\", # because\n]", "# two\n# because\nbreak = ['/a\\.b/', \"it's\"]"},
		{of("profile", "home", "subject"), "one\ntwo", "\"\"\"\n\n[screen]", "\"\"\"\nsubject = \"\"\"\none\ntwo\"\"\"\n\n[screen]"},
		{of("profile", "two words", "to"), []string{"b@x"}, "true    # please", "true    # please\n\n[profile.\"two words\"]\nto = [\"b@x\"]\n"},
	} {
		want := strings.Replace(text, c.old, c.made, 1)
		got, err := withChanges(text, change{c.path, c.value})
		if err != nil || got != want {
			t.Errorf("%v = %v: %v\n%s\nnot\n%s", c.path, c.value, err, got, want)
		}
	}
	if got, err := withChanges("", change{of("screen", "theme"), "nord"}); err != nil || got != "[screen]\ntheme = \"nord\"\n" {
		t.Error(got, err)
	}
	if got, err := withChanges("screen.theme = \"dark\" # so\n", change{of("screen", "theme"), "nord"}); err != nil || got != "screen.theme = \"nord\" # so\n" {
		t.Error(got, err)
	}
	for _, odd := range []string{"profile = {work = {tls = \"never\"}}\n", "[[profile]]\nx = 1\n"} {
		if got, err := withChanges(odd, change{of("profile", "work", "tls"), "auto"}); err == nil || !strings.Contains(err.Error(), `write it yourself, into [profile.work]: tls = "auto"`) {
			t.Errorf("%q became %q, %v", odd, got, err)
		}
	}
}

func TestStatementsAreTheWholeText(t *testing.T) {
	for _, text := range []string{"", "\n", "a = 1", "[x\ny", "a = [\n1,\n", "a = '''\n[b]\n'''\n[c]\nd=1\n", "= =\n"} {
		var got string
		for _, st := range statements(text) {
			got += st.text
		}
		if got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	if n := lineOf("a = '''\n[b]\n'''\n[c]\nd=1\n", "c", "d"); n != 5 {
		t.Errorf("line %d", n)
	}
}

func TestBreakpointsAreKeptInTheProfile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(file, []byte("[profile.work]\nbreak = \"code:4xx\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	p := profileFlags{name: "work", config: file}
	var o tui.Options
	f := breakFlags{at: []string{"off verb:DATA"}}
	if err := f.apply(&o, &p); err != nil || len(o.Breaks) != 1 || !o.Breaks[0].Off {
		t.Fatal(err, o.Breaks)
	}
	more, _ := session.ParseBreakpoint("/x/")
	if err := o.KeepBreaks(o.InProfile, append(o.Breaks, more)); err != nil {
		t.Fatal(err)
	}
	info, _ := os.Stat(file)
	if data, _ := os.ReadFile(file); string(data) != "[profile.work]\nbreak = [\"off verb:DATA\", \"/x/\"]\n" || info.Mode().Perm() != 0o700 {
		t.Errorf("%s\n%s", info.Mode(), data)
	}
	if err := o.KeepBreaks("other", nil); err != nil {
		t.Error(err)
	}
	if data, _ := os.ReadFile(file); strings.Contains(string(data), "other") {
		t.Errorf("%s", data)
	}
}

func TestBreakFlag(t *testing.T) {
	configured(t, map[string]string{"config.toml": "[profile.work]\nbreak = [\"verb:RCPT code:5xx\"]\n[profile.bad]\nbreak = \"code:x\"\n"})
	if code, _, stderr := ehlo(t, "", "--profile", "bad", "practice"); code != exitUsage || !strings.Contains(stderr, "config.toml:4: profile bad: break: code:x: expected a code") {
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

// FuzzChanges: whatever a person's file looks like, a change is made as it was
// meant or not at all, and every comment is still there.
func FuzzChanges(f *testing.F) {
	f.Add("# c\n[screen] # d\ntheme = \"x\" # e\nlist = [ # f\n1, # g\n]\n", "theme", "y\nz")
	f.Add("screen.theme = '''\n#'''\n[a.b]\n[[c]]\n\"q r\" = 1", "theme", "\x00\"")
	f.Fuzz(func(t *testing.T, text, key, value string) {
		if !wholeSetting(text) || key == "" {
			return
		}
		for _, x := range []change{{[]string{"screen", key}, value}, {[]string{"profile", key, "to"}, []string{value, "b"}}, {[]string{"screen", key}, nil}, {[]string{key}, value}} {
			got, err := withChanges(text, x)
			if err != nil {
				continue
			}
			if !wholeSetting(got) {
				t.Errorf("%q with %v is no TOML: %q", text, x, got)
			}
			if x.value == nil {
				continue
			}
			for _, comment := range comments(text) {
				if !slices.Contains(comments(got), comment) {
					t.Errorf("%q with %v has lost %q: %q", text, x, comment, got)
				}
			}
		}
	})
}
