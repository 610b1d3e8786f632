package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ehlo/session"
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

// TestMessageGoesWithItsName: a message that was copied for a template or a
// profile is nobody else's, whatever they are called later.
func TestMessageGoesWithItsName(t *testing.T) {
	dir := configured(t, map[string]string{"config.toml": "# mine\n"})
	o := formOf(t)
	draft := func(text string) tui.Draft {
		return tui.Draft{Flags: map[string][]string{"from": {"a@b"}}, Content: session.BytesContent([]byte(text + "\r\n"))}
	}
	read := func(path string) string {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		}
		return string(data)
	}
	keep := map[string]func(name, text string){
		"templates": func(name, text string) {
			if _, err := o.KeepTemplate(name, draft(text)); err != nil {
				t.Fatal(err)
			}
		},
		"profiles": func(name, text string) {
			if _, err := o.KeepProfile(name, draft(text)); err != nil {
				t.Fatal(err)
			}
		},
	}
	change := map[string]func(from, to string) error{"templates": o.ChangeTemplate, "profiles": o.ChangeProfile}
	for folder, keep := range keep {
		change, path := change[folder], func(name string) string { return filepath.Join(dir, folder, name+".eml") }
		keep("one", folder+" first")
		if err := change("one", "two"); err != nil {
			t.Fatal(err)
		}
		keep("one", folder+" second")
		if err := change("one", ""); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path("one")); err == nil {
			t.Errorf("%s is still there", path("one"))
		}
		if got := read(path("two")); got != folder+" first\r\n" {
			t.Errorf("%s: %q", folder, got)
		}

		keep("three", "third")
		if err := os.WriteFile(path("four"), []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := change("three", "four"); err == nil || !strings.Contains(err.Error(), "there is a message of that name") || read(path("four")) != "mine" || read(path("three")) != "third\r\n" {
			t.Error(err)
		}
	}
	list, err := o.OwnTemplates()
	if err != nil || len(list) != 2 || list[1].Name != "two" || list[1].Flags["message"][0] != filepath.Join(dir, "templates", "two.eml") {
		t.Errorf("%v, %+v", err, list)
	}
	if p, err := o.Profile("two"); err != nil || p.Message != filepath.Join(dir, "profiles", "two.eml") {
		t.Errorf("%v, %s", err, p.Message)
	}
}

// TestAMessageIsCopiedWhereItCannotBeLinked, and takes nothing's place.
func TestAMessageIsCopiedWhereItCannotBeLinked(t *testing.T) {
	dir := t.TempDir()
	from, to, there := filepath.Join(dir, "a.eml"), filepath.Join(dir, "b.eml"), filepath.Join(dir, "c.eml")
	for name, text := range map[string]string{from: "Subject: a\r\n\r\n", there: "another"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := copyFile(from, there); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over another: %v", err)
	}
	if err := copyFile(filepath.Join(dir, "no"), to); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of nothing: %v", err)
	}
	if err := copyFile(from, to); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{from: "Subject: a\r\n\r\n", to: "Subject: a\r\n\r\n", there: "another"} {
		if got, err := os.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if err := copyFile(dir, filepath.Join(dir, "d.eml")); err == nil { // a folder opens, and cannot be read
		t.Error("a folder was copied")
	}
	if _, err := os.Lstat(filepath.Join(dir, "d.eml")); err == nil {
		t.Error("half a copy stays")
	}
}
