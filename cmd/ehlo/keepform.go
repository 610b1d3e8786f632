package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ehlo/session"
	"ehlo/session/message"
	"ehlo/tui"
)

// What the compose form is saved as: a profile in the configuration file, or a
// template, a file of its own beside it. Both are flags of ehlo send by name.

// templateFlags are those that a template has.
var templateFlags = []string{"from", "to", "subject", "header", "body", "attach", "message"}

// formFlags are those that the form has a field for, in the order in which they
// are written.
var formFlags = append([]string{"target", "tls", "insecure", "helo", "user", "auth"}, templateFlags...)

// parameterFlags stand behind the addresses in the form.
var parameterFlags = []string{
	"size", "body-type", "smtputf8", "ret", "envid", "notify", "orcpt", "deliver-by", "hold-for", "hold-until", "rrvs",
	"priority", "mail-auth", "require-tls", "prdr", "mail-param", "rcpt-param",
}

// keepers has the terminal interface save its form.
func (f *sendFlags) keepers(fl *pflag.FlagSet, o *tui.Options) {
	o.KeepProfile = func(name string, d tui.Draft) (string, error) {
		return f.keepProfile(fl, name, d)
	}
	o.KeepTemplate, o.OwnTemplates = keepTemplate, ownTemplates
	o.ChangeProfile, o.ChangeTemplate = f.changeProfile, changeTemplate
}

// keepProfile writes [profile.NAME]: what the form says, and the flags that it
// has no field for. A password is in neither.
func (f *sendFlags) keepProfile(fl *pflag.FlagSet, name string, d tui.Draft) (words string, err error) {
	at := func(key string) []string { return []string{"profile", name, key} }
	if err := keepMessage(profileMessage(name), &d); err != nil {
		return "", err
	}
	if d.Flags["user"] == nil && f.auth.user != "" { // who logs in by the flags goes on to
		for _, key := range []string{"user", "auth"} {
			if fl.Changed(key) {
				d.Flags[key] = flagTexts(fl.Lookup(key))
			}
		}
	}
	var changes []change
	for _, key := range formFlags {
		changes = append(changes, change{at(key), flagValue(fl, key, d.Flags[key])})
	}
	for _, key := range parameterFlags {
		changes = append(changes, change{at(key), nil})
	}
	var left []string
	fl.Visit(func(x *pflag.Flag) {
		switch {
		case slices.Contains(formFlags, x.Name), slices.Contains(parameterFlags, x.Name), fl.Lookup(x.Name) == nil:
		case slices.Contains([]string{"profile", "config", "show-settings", "theme", "plain", "break", "help"}, x.Name):
		case d.Flags["message"] != nil && x.Name == "html":
		case hasPassword(x):
			left = append(left, "--"+x.Name)
		default:
			changes = append(changes, change{at(x.Name), flagValue(fl, x.Name, fromAnywhere(x))})
		}
	})
	changes = append(changes, change{at("break"), breakTexts(d.Breaks)})
	if err := keepInConfig(f.profile.config, changes...); err != nil {
		return "", err
	}
	c, _, err := readConfig(f.profile.config)
	words = fmt.Sprintf("%s:%d", c.name, lineOf(c.text, "profile", name))
	if c.Profile[name]["user"] != nil && c.Profile[name]["password-from"] == nil {
		words += "; without the password: password-from = \"prompt\", \"env:NAME\" … there says where it comes from"
	}
	if len(left) > 0 {
		words += "; without " + strings.Join(left, ", ") + ", which has a password in it"
	}
	return words, err
}

// hasPassword reports whether the value of a flag is no business of a file.
func hasPassword(x *pflag.Flag) bool {
	if x.Name != "proxy" {
		return false
	}
	u, err := url.Parse(x.Value.String())
	if err != nil {
		return true
	}
	_, ok := u.User.Password()
	return ok
}

func flagTexts(x *pflag.Flag) []string {
	if list, ok := x.Value.(pflag.SliceValue); ok {
		return list.GetSlice()
	}
	return []string{x.Value.String()}
}

// fromAnywhere is the value of a flag such that it names the same file in every
// folder.
func fromAnywhere(x *pflag.Flag) []string {
	if before, path := pathIn(x.Name, x.Value.String()); path != "" {
		if abs, err := filepath.Abs(path); err == nil {
			return []string{before + abs}
		}
	}
	return flagTexts(x)
}

// pathIn parts the value of a flag that ends with the path of a file: path is "" if
// there is none in it.
func pathIn(flag, value string) (before, path string) {
	switch flag {
	case "ca", "cert", "key", "keylog", "save-certs":
		return "", value
	case "password-from":
		before = "file:"
	case "html", "smuggle":
		if before = "@"; strings.HasPrefix(value, "@@") {
			return value, ""
		}
	case "dkim": // SELECTOR:DOMAIN:KEYFILE
		if parts := strings.SplitN(value, ":", 3); len(parts) == 3 {
			before = parts[0] + ":" + parts[1] + ":"
		}
	}
	if path, ok := strings.CutPrefix(value, before); ok && before != "" {
		return before, path
	}
	return value, ""
}

// flagValue is the value of a flag in TOML, nil if there is none.
func flagValue(fl *pflag.FlagSet, key string, texts []string) any {
	if len(texts) == 0 {
		return nil
	}
	x := fl.Lookup(key)
	switch {
	case key == "body":
		return bodyText(texts[0])
	case x == nil:
		return texts[0]
	case x.Value.Type() == "bool":
		return texts[0] == "true"
	case x.Value.Type() == "int":
		if n, err := strconv.Atoi(texts[0]); err == nil {
			return n
		}
	case strings.HasSuffix(x.Value.Type(), "Array"), strings.HasSuffix(x.Value.Type(), "Slice"):
		return texts
	}
	return texts[0]
}

// bodyText writes a text so that --body takes it for one, and for no file.
func bodyText(text string) string {
	switch {
	case text == "-":
		return "-\n"
	case strings.HasPrefix(text, "@"):
		return "@" + text
	}
	return text
}

// keepTemplate writes a template. Comments of a file that is there stay.
func keepTemplate(name string, d tui.Draft) (string, error) {
	if err := keepMessage(templateMessage(name), &d); err != nil {
		return "", err
	}
	path := filepath.Join(templateFolder(), name+".toml")
	before, err := readTemplateText(path)
	if err != nil {
		return "", err
	}
	var all sendFlags
	cmd := &cobra.Command{}
	all.sections().addHidden(cmd)
	var changes []change
	for _, key := range templateFlags {
		changes = append(changes, change{[]string{key}, flagValue(cmd.Flags(), key, d.Flags[key])})
	}
	text, err := withChanges(before, changes...)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	return path, replaceText(path, text)
}

// readTemplateText reads a template, which need not be there.
func readTemplateText(path string) (string, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer file.Close()
	p, err := io.ReadAll(io.LimitReader(file, maxConfig+1))
	if err == nil && len(p) > maxConfig {
		err = fmt.Errorf("%s: more than %d octets", path, maxConfig)
	}
	return string(p), err
}

// ownTemplates are those in the person's folder. One with a mistake is left
// out, and the error says where that is.
func ownTemplates() (list []message.Template, wrong error) {
	files, _ := filepath.Glob(filepath.Join(templateFolder(), "*.toml"))
	slices.Sort(files)
	for _, path := range files {
		t, err := readTemplate(path)
		if err != nil {
			wrong = errors.Join(wrong, err)
			continue
		}
		list = append(list, t)
	}
	return list, wrong
}

func readTemplate(path string) (t message.Template, err error) {
	t = message.Template{Name: strings.TrimSuffix(filepath.Base(path), ".toml"), Flags: map[string][]string{}}
	text, err := readTemplateText(path)
	if err != nil {
		return t, err
	}
	var said map[string]any
	var at toml.ParseError
	if _, err := toml.Decode(text, &said); errors.As(err, &at) {
		line, column := lineAndColumn(text, at.Position.Start)
		return t, fmt.Errorf("%s:%d:%d: %s", path, line, column, at.Message)
	} else if err != nil {
		return t, fmt.Errorf("%s: %w", path, err)
	}
	for key, value := range said {
		list, err := texts(value)
		if !slices.Contains(formFlags, key) {
			err = fmt.Errorf("there is no such setting; there are %s", strings.Join(formFlags, ", "))
		}
		if err == nil && key == "body" {
			list[0], err = textOf(list[0], strings.NewReader(""))
		}
		if err != nil {
			return t, fmt.Errorf("%s:%d: %s: %w", path, lineOf(text, key), session.Escape(key), err)
		}
		t.Flags[key] = list
	}
	t.Words = strings.Join(t.Flags["subject"], "")
	return t, nil
}
