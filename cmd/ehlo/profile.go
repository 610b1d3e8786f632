package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ehlo/session"
)

// A configuration file holds profiles, each a table of flags of send: see
// config.go. What stands on the command line wins over it.
type profileFlags struct {
	name, config string
	show         bool

	file    config            // that the profile stands in
	target  string            // of the profile
	sources map[string]string // where a flag has its value from, if not from its default
}

func (f *profileFlags) add(fl *pflag.FlagSet) {
	fl.StringVar(&f.name, "profile", "", "take settings from [profile.`NAME`] of the configuration file")
	f.addConfig(fl)
	fl.BoolVar(&f.show, "show-settings", false, "print every setting and where it comes from, and do nothing else")
}

// contradictions are pairs of flags of which only one can count.
func contradictions() [][2]string {
	return [][2]string{
		{"message", "subject"}, {"message", "body"}, {"message", "html"}, {"message", "attach"}, {"message", "header"},
		{"json", "quiet"}, {"hold-for", "hold-until"}, {"auth-optional", "auth-if-offered"}, {"stop-before", "stop-after"},
		{"drop-after", "drop-after-send"}, {"json", "time"}, {"quiet", "time"},
	}
}

// load sets the flags of a command that were not given from the profile, and
// checks that no two contradict each other.
func (f *profileFlags) load(cmd *cobra.Command) error {
	fl := cmd.Flags()
	f.sources = map[string]string{}
	fl.Visit(func(x *pflag.Flag) { f.sources[x.Name] = "command line" })
	switch {
	case f.name != "":
		if err := f.loadProfile(fl); err != nil {
			return fail(exitUsage, "%w", err)
		}
	case f.config != "": // a file that was named is there, and whole
		c, _, err := readConfig(f.config)
		if err == nil {
			err = c.check()
		}
		if err != nil {
			return fail(exitUsage, "%w", err)
		}
	}
	for _, pair := range contradictions() {
		if fl.Changed(pair[0]) && fl.Changed(pair[1]) {
			return fail(exitUsage, "%s: %w", doing(cmd), badTogether(pair[:], "--%s (%s) and --%s (%s) contradict each other",
				pair[0], f.given(pair[0]), pair[1], f.given(pair[1])))
		}
	}
	return nil
}

// unused finds a flag that --tls never leaves without effect. Interfaces can ask
// for TLS later, and so can a line of one's own; a profile may be for both.
func (f *profileFlags) unused(cmd *cobra.Command) error {
	fl := cmd.Flags()
	if policy := fl.Lookup("tls"); policy == nil || policy.Value.String() != "never" || fl.Changed("also") {
		return nil
	}
	for _, name := range handshakeFlags() {
		if f.sources[name] == "command line" {
			return badTogether([]string{"tls", name}, "--tls never (%s) and --%s (%s) contradict each other: there is no TLS that it could count for",
				f.given("tls"), name, f.given(name))
		}
	}
	return nil
}

func (f *profileFlags) loadProfile(fl *pflag.FlagSet) error {
	c, settings, err := f.read()
	if err != nil {
		return err
	}
	f.file = c
	keys := make([]string, 0, len(settings))
	for key := range settings {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		values, err := texts(settings[key])
		if err == nil {
			err = f.set(fl, key, values)
		}
		if err != nil {
			return c.wrong("profile."+f.name, key, "profile %s: %s: %v", f.name, key, err)
		}
	}
	return nil
}

func (f *profileFlags) set(fl *pflag.FlagSet, key string, values []string) error {
	if key == "target" {
		f.target, f.sources[key] = values[0], f.source()
		return nil
	}
	if fl.Lookup(key) == nil { // of ehlo send alone: right or wrong, but of no effect here
		fl = sendCommand(streams{}).Flags()
	}
	if fl.Lookup(key) == nil || !isSetting(key) {
		return errors.New("there is no such setting; ehlo send --help names them")
	}
	if f.sources[key] != "" || f.overruled(key) {
		return nil
	}
	f.sources[key] = f.source()
	for _, v := range values {
		if fl.Set(key, v) != nil {
			return fmt.Errorf("%q: expected %s", v, expected(fl.Lookup(key).Value.Type()))
		}
	}
	return nil
}

// expected says what the value of a flag of this type looks like.
func expected(kind string) string {
	switch kind {
	case "bool":
		return "true or false"
	case "duration":
		return `a time such as "30s"`
	}
	return "a whole number"
}

// isSetting reports whether a flag can stand in a profile.
func isSetting(name string) bool {
	return !slices.Contains([]string{"profile", "config", "show-settings", "help"}, name)
}

// overruled reports whether the command line says something else instead.
func (f *profileFlags) overruled(key string) bool {
	for _, pair := range contradictions() {
		for i := range pair {
			if pair[i] == key && f.sources[pair[1-i]] == "command line" {
				return true
			}
		}
	}
	return false
}

// read finds the profile in the configuration file.
func (f *profileFlags) read() (c config, settings map[string]any, err error) {
	c, found, err := readConfig(f.config)
	switch {
	case err != nil:
		return c, nil, err
	case !found:
		return c, nil, fmt.Errorf("--profile %s: there is no %s", f.name, c.name)
	}
	settings, ok := c.Profile[f.name]
	if !ok {
		return c, nil, fmt.Errorf("%s has no [profile.%s]", c.name, f.name)
	}
	return c, settings, nil
}

// names are those of all profiles, for choosing.
func (f *profileFlags) names() ([]string, error) {
	c, _, err := readConfig(f.config)
	if err != nil {
		return nil, fail(exitUsage, "%w", err)
	}
	return slices.Sorted(maps.Keys(c.Profile)), nil
}

// texts writes a TOML value as a flag would be given: a list gives several.
func texts(value any) ([]string, error) {
	switch v := value.(type) {
	case string, bool, int64, float64:
		return []string{fmt.Sprint(v)}, nil
	case []any:
		var all []string
		for _, x := range v {
			one, err := texts(x)
			if err != nil {
				return nil, err
			}
			all = append(all, one...)
		}
		if len(all) > 0 {
			return all, nil
		}
		return nil, errors.New("the list is empty")
	}
	return nil, errors.New("expected text, a number, true or false, or a list of them")
}

// print shows all settings of a command.
func (f *profileFlags) print(cmd *cobra.Command, target string, w io.Writer) {
	source := "command line"
	switch target {
	case "":
		source = "default"
	case f.target:
		source = f.given("target")
	}
	printf(w, "%-19s  %-40s  %s\n", "target", cmp.Or(session.Escape(target), "-"), source)
	cmd.LocalFlags().VisitAll(func(x *pflag.Flag) {
		if x.Name == "help" || x.Name == "show-settings" {
			return
		}
		source := f.given(x.Name)
		if source == "" {
			source = "default"
		}
		printf(w, "%-19s  %-40s  %s\n", x.Name, session.Escape(public(x)), source)
	})
}

// public is the value of a flag with bullets for what is secret in it.
func public(x *pflag.Flag) string {
	value := strings.Trim(x.Value.String(), "[]")
	switch {
	case value == "", value == x.DefValue && (value == "0" || value == "0s"): // nothing was set
		return "-"
	case x.Name == "proxy":
		if at := strings.LastIndex(value, "@"); at >= 0 {
			if user, _, ok := strings.Cut(value[strings.Index(value, "//")+2:at], ":"); ok {
				return value[:strings.Index(value, "//")+2] + user + ":••••••••" + value[at:]
			}
		}
	case x.Name == "password-from":
		return "•••••••• from " + value
	}
	return value
}
