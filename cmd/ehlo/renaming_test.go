package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ehlo/tui"
)

func TestProfilesAreRenamedAndDeleted(t *testing.T) {
	const before = "# mine\n[screen]\ntheme = \"dark\" # calm\n\n# for work\n[profile.work] # the vault\ntarget = \"x:587\"\n# who\nuser = \"alice\"\n\n# at home\n[profile.home]\ntarget = \"y\"\n"
	for _, c := range []struct{ text, from, to, want string }{
		{before, "work", "office", strings.Replace(before, "profile.work", "profile.office", 1)},
		{before, "work", "büro", strings.Replace(before, "profile.work", `profile."büro"`, 1)},
		{before, "work", "", "# mine\n[screen]\ntheme = \"dark\" # calm\n\n# for work\n# at home\n[profile.home]\ntarget = \"y\"\n"},
		{before, "home", "", "# mine\n[screen]\ntheme = \"dark\" # calm\n\n# for work\n[profile.work] # the vault\ntarget = \"x:587\"\n# who\nuser = \"alice\"\n\n# at home\n"},
		{"[profile.\"a b\"]\ntls = \"never\"\n", "a b", "c", "[profile.c]\ntls = \"never\"\n"},
		{"[profile]\nwork = { tls = \"never\" }\nhome = { tls = \"auto\" }\n", "work", "", "[profile]\nhome = { tls = \"auto\" }\n"},
		{"[profile]\nwork = { tls = \"never\" }\n", "work", "", "[profile]\n"},
		{"[profile.work]\nbody = \"\"\"\n[profile.work]\n\"\"\"\n", "work", "w", "[profile.w]\nbody = \"\"\"\n[profile.work]\n\"\"\"\n"},
	} {
		if got, err := withProfileCalled(c.text, c.from, c.to); err != nil || got != c.want {
			t.Errorf("%s as %q: %v\n%s\nwant\n%s", c.from, c.to, err, got, c.want)
		}
	}
	for _, text := range []string{"[profile]\nwork = { tls = \"never\" }\n", "profile.work.tls = \"never\"\n"} {
		if got, err := withProfileCalled(text, "work", "office"); err == nil {
			t.Errorf("%q became %q", text, got)
		}
	}

	dir := configured(t, map[string]string{"config.toml": before})
	o := formOf(t)
	if err := o.ChangeProfile("work", "home"); err == nil || !strings.Contains(err.Error(), "there is one of that name") {
		t.Error(err)
	}
	if err := o.ChangeProfile("work", "office"); err != nil {
		t.Error(err)
	}
	if p, err := o.Profile("office"); err != nil || p.Target != "x:587" {
		t.Error(p.Target, err)
	}
	if data, _ := os.ReadFile(filepath.Join(dir, "config.toml")); !strings.HasPrefix(string(data), "# mine\n") {
		t.Errorf("%s", data)
	}
}

func TestTemplatesAreRenamedAndDeleted(t *testing.T) {
	configured(t, nil)
	o := formOf(t)
	for _, name := range []string{"one", "two"} {
		if _, err := o.KeepTemplate(name, tui.Draft{Flags: map[string][]string{"subject": {name}}}); err != nil {
			t.Fatal(err)
		}
	}
	names := func() (all string) {
		list, err := o.OwnTemplates()
		if err != nil {
			t.Error(err)
		}
		for _, x := range list {
			all += x.Name + "=" + x.Words + " "
		}
		return all
	}
	if err := o.ChangeTemplate("one", "two"); err == nil || names() != "one=one two=two " {
		t.Error(err, names())
	}
	if err := o.ChangeTemplate("one", "three"); err != nil || names() != "three=one two=two " {
		t.Error(err, names())
	}
	if err := o.ChangeTemplate("two", ""); err != nil || names() != "three=one " {
		t.Error(err, names())
	}
}
