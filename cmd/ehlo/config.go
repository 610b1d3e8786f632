package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
	"github.com/spf13/pflag"

	"ehlo/transcript/shelf"
	"ehlo/tui"
)

// config is the configuration file:
//
//	[profile.work]                   # flags of send, by name
//	target = "mail.test.example:587"
//	header = ["X-Origin: work", "X-Test: yes"]
//
//	[screen]
//	theme = "nord"
//	mouse = true
//	timeout = "30s"                  # the longest wait for a connection or a reply
//
//	[autosave]                       # every session, in ehlo/sessions of $XDG_STATE_HOME
//	off = false
//	keep = 200                       # files
//	days = 90
//
//	[queue]                          # ehlo queue --help lists the settings
//	give-up = "5d"
//
//	[keys]                           # ehlo keys lists the actions
//	step = ["n", "ctrl+n"]
//	theme = []
type config struct {
	Profile  map[string]map[string]any `toml:"profile"`
	Screen   screenConfig              `toml:"screen"`
	Autosave autosaveConfig            `toml:"autosave"`
	Queue    map[string]any            `toml:"queue"`
	Keys     map[string]any            `toml:"keys"`

	name string
	text string
	more []toml.Key // what nobody understands
}

type screenConfig struct {
	Theme   string `toml:"theme"`
	Mouse   bool   `toml:"mouse"`
	Timeout string `toml:"timeout"`
}

type autosaveConfig struct {
	Off  bool `toml:"off"`
	Keep *int `toml:"keep"`
	Days *int `toml:"days"`
}

// What is kept of every session, unless the configuration says otherwise.
const (
	keepFiles = 200
	keepDays  = 90
)

// maxConfig bounds a configuration file, in octets.
const maxConfig = 1 << 20

// readConfig reads the configuration file; name is "" for the usual one, which
// need not exist.
func readConfig(name string) (c config, found bool, err error) {
	if c.name, err = configName(name); err != nil {
		return c, false, err
	}
	file, err := os.Open(c.name)
	if errors.Is(err, fs.ErrNotExist) && name == "" {
		return c, false, nil
	}
	if err != nil {
		return c, false, err
	}
	defer file.Close()
	p, err := io.ReadAll(io.LimitReader(file, maxConfig+1))
	if err == nil && len(p) > maxConfig {
		err = fmt.Errorf("more than %d octets", maxConfig)
	}
	if err != nil {
		return c, true, fmt.Errorf("read %s: %w", c.name, err)
	}
	c, err = parseConfig(c.name, string(p))
	return c, true, err
}

// configName is the path of the configuration file; name is that of --config.
func configName(name string) (string, error) {
	if name != "" {
		return name, nil
	}
	folder, err := configFolder()
	return filepath.Join(folder, "ehlo", "config.toml"), err
}

func parseConfig(name, text string) (config, error) {
	c := config{name: name, text: text}
	meta, err := toml.Decode(text, &c)
	var at toml.ParseError
	switch {
	case errors.As(err, &at):
		line, column := lineAndColumn(text, at.Position.Start)
		return c, fmt.Errorf("%s:%d:%d: %s", name, line, column, at.Message)
	case err != nil:
		return c, fmt.Errorf("%s: %w", name, err)
	}
	c.more = meta.Undecoded()
	return c, nil
}

// lineAndColumn is where an octet of a text is, both from 1. What a parser says
// of the end of a line may be of the next one.
func lineAndColumn(text string, at int) (line, column int) {
	before := text[:min(max(at, 0), len(text))]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1
}

func configFolder() (string, error) {
	if dir := os.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".config"), err
}

// wrong is an error in the configuration, with the line of the setting.
func (c *config) wrong(table, key string, format string, args ...any) error {
	return fail(exitUsage, "%s: %s", c.place(table, key), fmt.Sprintf(format, args...))
}

// place is file:line of a setting, or of the table that it stands in, as in
// work = { tls = "never" }.
func (c *config) place(table, key string) string {
	for path := keyPath(table, key); len(path) > 0; path = path[:len(path)-1] {
		if n := lineOf(c.text, path...); n > 0 {
			return fmt.Sprintf("%s:%d", c.name, n)
		}
	}
	return c.name
}

// line is where a setting stands, or 0.
func (c *config) line(table, key string) int { return lineOf(c.text, keyPath(table, key)...) }

func keyPath(table, key string) []string {
	if name, ok := strings.CutPrefix(table, "profile."); ok {
		return []string{"profile", name, key}
	} else if table != "" {
		return []string{table, key}
	}
	return []string{key}
}

// check finds settings that there are not. Profiles are checked when they are
// used, against the flags.
func (c *config) check() error {
	for _, key := range c.more {
		table, last := strings.Join(key[:len(key)-1], "."), key[len(key)-1]
		return c.wrong(table, last, "there is no setting %s", key)
	}
	return nil
}

// bindings are the keys of one's own, checked.
func (c *config) bindings() (tui.Bindings, error) {
	b := tui.Bindings{}
	names := make([]string, 0, len(c.Keys))
	for name := range c.Keys {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		switch v := c.Keys[name].(type) {
		case string:
			b[name] = []string{v}
		case []any:
			b[name] = []string{}
			for _, x := range v {
				key, ok := x.(string)
				if !ok {
					return nil, c.wrong("keys", name, "%s: expected a key such as \"ctrl+n\", or a list of them", name)
				}
				b[name] = append(b[name], key)
			}
		default:
			return nil, c.wrong("keys", name, "%s: expected a key such as \"ctrl+n\", or a list of them", name)
		}
	}
	if err := b.Check(); err != nil {
		return nil, c.wrong("keys", c.blamed(err), "%v", err)
	}
	return b, nil
}

// blamed is the first binding that an error names.
func (c *config) blamed(err error) string {
	words := strings.FieldsFunc(err.Error(), func(r rune) bool { return strings.ContainsRune(" :\";", r) })
	for _, w := range words {
		if _, ok := c.Keys[w]; ok {
			return w
		}
	}
	return ""
}

// settings puts what the configuration says about the terminal interface into
// its options.
func (f *profileFlags) settings(o *tui.Options) (config, error) {
	c, _, err := readConfig(f.config)
	if err != nil {
		return c, fail(exitUsage, "%w", err)
	}
	if err := c.check(); err != nil {
		return c, err
	}
	if o.Keys, err = c.bindings(); err != nil {
		return c, err
	}
	o.Mouse = c.Screen.Mouse
	if o.Shelf, err = c.shelf(); o.Shelf.Dir != "" {
		o.Folders = append(o.Folders, o.Shelf.Dir)
	}
	return c, err
}

// shelf is where every session is kept.
func (c *config) shelf() (shelf.Shelf, error) {
	most, days := keepFiles, keepDays
	for _, x := range []struct {
		key  string
		from *int
		to   *int
	}{{"keep", c.Autosave.Keep, &most}, {"days", c.Autosave.Days, &days}} {
		if x.from == nil {
			continue
		}
		if *x.from < 1 {
			return shelf.Shelf{}, c.wrong("autosave", x.key, "%s: expected 1 or more; off = true keeps nothing", x.key)
		}
		*x.to = *x.from
	}
	folder, err := stateFolder()
	if c.Autosave.Off || err != nil { // without a home there is nowhere to keep it
		return shelf.Shelf{}, nil
	}
	return shelf.Shelf{Dir: filepath.Join(folder, "ehlo", "sessions"), Max: most, Age: time.Duration(days) * 24 * time.Hour}, nil
}

func stateFolder() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".local", "state"), err
}

// addConfig is for commands that have no profiles.
func (f *profileFlags) addConfig(fl *pflag.FlagSet) {
	fl.StringVar(&f.config, "config", "", "read `FILE` (default: "+filepath.Join("ehlo", "config.toml")+" in $XDG_CONFIG_HOME or ~/.config)")
}
