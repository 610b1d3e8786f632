package tui

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ehlo/session"
	"ehlo/session/message"
)

// drawer keeps what the form is saved as, in memory.
type drawer struct {
	profile, template string
	saved             Draft
	wrong             error
}

func (d *drawer) open(o *Options) {
	o.KeepProfile = func(name string, x Draft) (string, error) {
		d.profile, d.saved = name, x
		return "config.toml:7", d.wrong
	}
	o.KeepTemplate = func(name string, x Draft) (string, error) {
		d.template, d.saved = name, x
		return "templates/" + name + ".toml", d.wrong
	}
	o.OwnTemplates = func() ([]message.Template, error) {
		return []message.Template{{Name: "mine", Words: "my own", Flags: map[string][]string{
			"from": {"<>"}, "to": {"a@b NOTIFY=NEVER", "c@d"}, "body": {"x\n"}, "tls": {"auto"}, "insecure": {"true"}, "user": {"alice"}, "auth": {"PLAIN"},
		}}}, nil
	}
}

func TestFormIsSavedAsAProfile(t *testing.T) {
	var d drawer
	rule, _ := session.ParseBreakpoint("code:5xx")
	r := at(t, 120, 36, d.open, func(o *Options) { o.Breaks = []session.Breakpoint{rule} })
	file := filepath.Join(r.m.o.Dir, "note.txt")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.into(tlsField).clears().types("require insecure").into(loginField).types("alice PLAIN geheim").into(passwordField).types("wonderland")
	r.into(fromField).types(" RET=HDRS").into(toField).clears().types("bob@example.com NOTIFY=SUCCESS,FAILURE, eve@example.com").into(attachField).types("note.txt").into(headerField).types("X-A: 1 | X-B: 2")
	r.press("f8").see("Save the form as", "no password").press("enter").see("Name of the profile")
	r.types("a/b").press("enter").see("expected letters, digits").clears().types("work").press("enter").see("profile work is saved: config.toml:7")
	got := fmt.Sprint(d.saved.Flags)
	if strings.Contains(got, "wonderland") || strings.Contains(got, "geheim") {
		t.Error("a secret is saved: ", got)
	}
	for flag, want := range map[string]string{
		"target": "[practice]", "tls": "[require]", "insecure": "[true]", "user": "[alice]", "auth": "[PLAIN]", "from": "[alice@example.org RET=HDRS]",
		"to": "[bob@example.com NOTIFY=SUCCESS,FAILURE eve@example.com]", "subject": "[A first mail]", "attach": "[" + file + "]", "message": "[]", "header": "[X-A: 1 X-B: 2]",
	} {
		if got := fmt.Sprint(d.saved.Flags[flag]); got != want {
			t.Errorf("%s is %s, not %s", flag, got, want)
		}
	}
	if d.profile != "work" || len(d.saved.Breaks) != 1 {
		t.Errorf("%+v", d)
	}
	r.press("f6").see("[profile.work]").press("esc")
	r.press("f8").types("two").see("its name › two", "profile ", "template ").press("down", "up", "enter").see("profile two is saved")
	r.press("f8").types("no/name").press("enter").see("Name of the profile", "no/name", "expected letters, digits").press("esc")
	r.press("f8").types("work").press("enter").see("there is one of that name").press("esc")
	r.press("f8", "enter").see("›  two").clears().types("work").press("enter").see("there is one of that name")
	d.wrong = errors.New("config.toml: permission denied")
	r.press("enter").see("permission denied").press("esc")
	r.into(targetField).clears().types("mail:x:y").press("tab", "f8").see("! target:", "nobody could use that again").miss("Save the form as")
}

func TestFormIsSavedAsATemplate(t *testing.T) {
	var d drawer
	r := at(t, 80, 24, d.open)
	r.press("ctrl+s", "down", "enter").types("mine").press("enter").see("there is one of that name").types("2").press("enter").see("template mine2 is saved")
	if _, ok := d.saved.Flags["target"]; ok || d.template != "mine2" {
		t.Errorf("%+v", d)
	}
	r.press("f5").types("yours").see("nothing is called so").clears().types("my own").press("enter")
	for f, want := range map[field]string{fromField: "", toField: "a@b NOTIFY=NEVER, c@d", bodyField: "x\n", subjectField: "A first mail", tlsField: "auto insecure", loginField: "alice PLAIN", targetField: "practice"} {
		if got := r.m.form.value(f); got != want {
			t.Errorf("%s is %q, not %q", fieldNames[f], got, want)
		}
	}
	at(t, 80, 24).press("f8").see("no configuration file")
}

func TestProfileBringsItsBreakpoints(t *testing.T) {
	rule, _ := session.ParseBreakpoint("code:5xx")
	kept := ""
	r := at(t, 80, 24, func(o *Options) {
		o.Profiles = []string{"home", "work"}
		o.KeepBreaks = func(profile string, _ []session.Breakpoint) error { kept += profile + " "; return nil }
		o.Profile = func(string) (Options, error) {
			return Options{Breaks: []session.Breakpoint{rule}, Login: "alice", Attach: []string{"a.txt"}}, nil
		}
	})
	r.press("alt+b", "s").see("Save the breakpoints with", "[profile.home]").press("enter").see("0 breakpoints saved with the profile home")
	r.press("w", "f6", "down", "enter").see("profile work")
	if f := r.m.form; f.value(loginField) != "alice" || f.value(attachField) != "a.txt" {
		t.Error(f.value(loginField), f.value(attachField))
	}
	r.press("alt+b").see("code:5xx").press("s").see("1 breakpoint saved with the profile work")
	if kept != "home work " {
		t.Errorf("they are kept in %q", kept)
	}
}
