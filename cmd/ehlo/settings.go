package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"ehlo/themes"
	"ehlo/tui"
)

// settings is the configuration file as the terminal interface shows and
// changes it.
type settings struct {
	file  string           // --config
	given map[string]given // by the name of the setting
}

// given is what the command line or the environment say in place of the file.
type given struct{ value, by string }

// kind is how the value of a setting is written.
type kind uint8

const (
	aText kind = iota
	aBool
	aNumber
	aList
)

// setting is what there is to know of one.
type setting struct {
	name, words, absent string
	kind                kind
	choices             []string
}

// allSettings are those that every configuration can have.
func allSettings() []setting {
	var names []string
	list, _ := themes.All(themeFolder())
	for _, t := range list {
		names = append(names, t.Name)
	}
	bools := []string{"true", "false"}
	return []setting{
		{"screen.theme", "colours; each is shown as the cursor passes it", themes.Default(), aText, names},
		{"screen.mouse", "clicks and the wheel from the beginning; it takes the terminal's own way to select text", "false", aBool, bools},
		{"screen.timeout", "the longest wait for a connection or a reply, as 30s or 2m; without it those of RFC 5321, 4.5.3.2, which are minutes", "", aText, nil},
		{"autosave.off", "true keeps no transcript of sessions that nobody saves; from the next session on", "false", aBool, bools},
		{"autosave.keep", "so many of them are kept; older ones go when the program starts", strconv.Itoa(keepFiles), aNumber, nil},
		{"autosave.days", "and none that is older, in days", strconv.Itoa(keepDays), aNumber, nil},
		{"queue.folder", "where the outbox lies", "ehlo/outbox in the state folder", aText, nil},
		{"queue.retry", "the waits between attempts; the last one repeats", "30m, 1h, 2h, 4h", aList, nil},
		{"queue.give-up", "after so long the sender is told that it was in vain", "5d", aText, nil},
		{"queue.warn", "after so long a delay is reported, if the sender asked for that", "4h", aText, nil},
		{"queue.connections", "so many at the same time", "20", aNumber, nil},
		{"queue.per-host", "so many of them to one destination", "20", aNumber, nil},
		{"queue.dead", "so long an address is passed over that cannot be reached", "10m", aText, nil},
		{"queue.keep", "so long a finished message stays listed", "5d", aText, nil},
		{"queue.unclear", "what becomes of a message that may have been delivered", "ask", aText, []string{"ask", "retry"}},
		{"queue.report-to", "TARGET that reports are mailed to; they are always files", "", aText, nil},
		{"queue.report-with", "flags of ehlo send for that, as --ca=root.pem", "", aList, nil},
	}
}

// findSetting is the setting of a name; those of keys have the names of actions.
func findSetting(name string) (setting, bool) {
	for _, s := range allSettings() {
		if s.name == name {
			return s, true
		}
	}
	if strings.HasPrefix(name, "keys.") {
		return setting{name: name, kind: aList}, true
	}
	return setting{}, false
}

// File implements [tui.Settings].
func (s *settings) File() string {
	name, _ := configName(s.file)
	return name
}

// List implements [tui.Settings].
func (s *settings) List() ([]tui.Setting, error) {
	c, _, err := readConfig(s.file)
	if err == nil {
		err = c.check()
	}
	if err != nil {
		return nil, err
	}
	all := allSettings()
	for _, name := range slices.Sorted(maps.Keys(c.Keys)) {
		all = append(all, setting{name: "keys." + name, words: "the keys of the action " + name + "; none leaves it to the palette", kind: aList})
	}
	var list []tui.Setting
	for _, x := range all {
		row := tui.Setting{Name: x.name, Words: x.words, Default: x.absent, Choices: x.choices, Value: x.absent, From: "default"}
		if value, ok := c.said(x.name); ok {
			table, key, _ := strings.Cut(x.name, ".")
			row.Value, row.From = value, fmt.Sprintf("%s:%d", filepath.Base(c.name), c.line(table, key))
		}
		if g, ok := s.given[x.name]; ok {
			row.Value, row.From = g.value, g.by
		}
		list = append(list, row)
	}
	return list, nil
}

// said is what the file says.
func (c *config) said(name string) (string, bool) {
	table, key, _ := strings.Cut(name, ".")
	values := func(v any) (string, bool) {
		list, err := texts(v)
		if err != nil {
			return "", true
		}
		return strings.Join(list, ", "), true
	}
	switch table {
	case "queue":
		if v, ok := c.Queue[key]; ok {
			return values(v)
		}
	case "keys":
		if v, ok := c.Keys[key]; ok {
			return values(v)
		}
	}
	if c.line(table, key) == 0 {
		return "", false
	}
	number := func(n *int) (string, bool) {
		if n == nil {
			return "", false
		}
		return strconv.Itoa(*n), true
	}
	switch name {
	case "screen.theme":
		return c.Screen.Theme, true
	case "screen.mouse":
		return strconv.FormatBool(c.Screen.Mouse), true
	case "screen.timeout":
		return c.Screen.Timeout, true
	case "autosave.off":
		return strconv.FormatBool(c.Autosave.Off), true
	case "autosave.keep":
		return number(c.Autosave.Keep)
	case "autosave.days":
		return number(c.Autosave.Days)
	}
	return "", false
}

// Keep implements [tui.Settings]. What the file would then say is checked
// before it is written.
func (s *settings) Keep(name, value string) error {
	x, ok := findSetting(name)
	if !ok {
		return fmt.Errorf("there is no setting %s", name)
	}
	v, err := x.read(value)
	if err != nil {
		return err
	}
	c, _, err := readConfig(s.file)
	if err != nil {
		return err
	}
	if err := checkText(c.name, c.text); err != nil {
		return err // to be mended first
	}
	one := change{strings.SplitN(name, ".", 2), v}
	after, err := withChanges(c.text, one)
	if err != nil {
		return err
	}
	if err := checkText(c.name, after); err != nil {
		// It is about what was typed: in the file it stands on no line yet.
		_, what, _ := strings.Cut(strings.TrimPrefix(err.Error(), c.name), ": ")
		return errors.New(what)
	}
	if err := keepInConfig(s.file, one); err != nil {
		return err
	}
	delete(s.given, name) // from now on the person's word counts
	return nil
}

// read makes a value of TOML of what was typed.
func (x setting) read(text string) (any, error) {
	text = strings.TrimSpace(text)
	if len(x.choices) > 0 && text != "" && !slices.Contains(x.choices, text) {
		return nil, fmt.Errorf("expected one of %s", strings.Join(x.choices, ", "))
	}
	switch {
	case text == "" && strings.HasPrefix(x.name, "keys."):
		return []string{}, nil
	case text == "":
		return nil, nil
	case x.kind == aBool:
		return text == "true", nil
	case x.kind == aNumber:
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q: expected a number above 0", text)
		}
		return n, nil
	case x.kind == aList:
		var list []string
		for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
			list = append(list, part)
		}
		if len(list) == 0 {
			list = []string{text} // the key "," is one
		}
		return list, nil
	}
	return text, nil
}

// checkText says what is wrong with a configuration that is to be written.
func checkText(name, text string) error {
	c, err := parseConfig(name, text)
	if err == nil {
		err = c.check()
	}
	if err == nil {
		_, err = c.bindings()
	}
	if err == nil {
		_, err = c.shelf()
	}
	if err == nil {
		_, err = c.timeout()
	}
	if err == nil {
		_, err = c.queue()
	}
	return err
}

// Take implements [tui.Settings].
func (s *settings) Take(o *tui.Options) error {
	c, _, err := readConfig(s.file)
	if err != nil {
		return err
	}
	if err := checkText(c.name, c.text); err != nil {
		return err
	}
	o.Mouse = c.Screen.Mouse
	o.Keys, _ = c.bindings()
	o.Profiles = slices.Sorted(maps.Keys(c.Profile))
	o.Shelf, _ = c.shelf()
	if _, ok := s.given["screen.timeout"]; !ok {
		o.Timeout, _ = c.timeout()
	}
	if _, ok := s.given["screen.theme"]; !ok {
		o.Theme, err = chooseTheme(c.Screen.Theme, io.Discard)
	}
	return err
}

// timeout bounds the waits of the terminal interface.
func (c *config) timeout() (time.Duration, error) {
	if c.Screen.Timeout == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(c.Screen.Timeout)
	if err != nil || d < 0 {
		return 0, c.wrong("screen", "timeout", "timeout: %q: expected a time, as 30s or 2m", c.Screen.Timeout)
	}
	return d, nil
}
