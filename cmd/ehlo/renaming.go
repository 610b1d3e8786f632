package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Profiles and templates get other names, or go.

// changeProfile has [profile.FROM] be called otherwise; to "" takes it out of
// the configuration.
func (f *sendFlags) changeProfile(from, to string) error {
	c, _, err := readConfig(f.profile.config)
	if err != nil {
		return err
	}
	if _, ok := c.Profile[to]; ok {
		return errors.New("there is one of that name")
	}
	text, err := withProfileCalled(c.text, from, to)
	if err != nil {
		return fmt.Errorf("%s:%d: %w; do it there", c.name, max(lineOf(c.text, "profile", from), 1), err)
	}
	return replaceText(c.name, text)
}

// withProfileCalled is a configuration in which a profile is called otherwise,
// or is not. What else stands in it stays as it is.
func withProfileCalled(text, from, to string) (string, error) {
	of := []string{"profile", from}
	about := func(st statement) bool { return len(st.path) >= 2 && slices.Equal(st.path[:2], of) }
	var out, between []string // between are comments that may belong to what follows
	inside := false
	for _, st := range statements(text) {
		if st.header {
			inside = about(st)
		}
		switch {
		case to == "" && inside && st.path == nil:
			between = append(between, st.text)
			continue
		case to == "" && about(st):
			between = nil
			continue
		case st.header && inside:
			st.text = renamedHeader(st, to)
		}
		out, between = append(append(out, lastParagraph(between)...), st.text), nil
	}
	changed := strings.Join(out, "")
	var was, is map[string]any
	_, err := toml.Decode(text, &was)
	if _, e := toml.Decode(changed, &is); err != nil || e != nil {
		return "", errors.New("the profile is written in a way that cannot be changed from here")
	}
	move(was, from, to)
	move(is, "", "")
	if !reflect.DeepEqual(was, is) {
		return "", errors.New("the profile is written in a way that cannot be changed from here")
	}
	return changed, nil
}

// renamedHeader is [profile.OLD] or [profile.OLD.TABLE] with another name, and
// the comment behind it.
func renamedHeader(st statement, to string) string {
	keys := slices.Clone(st.path)
	keys[1] = to
	for i := range keys {
		keys[i] = strings.TrimSuffix(encoded(map[string]any{keys[i]: 0}), " = 0\n")
	}
	_, behind, _ := strings.Cut(st.text, "]")
	return "[" + strings.Join(keys, ".") + "]" + behind
}

// lastParagraph are the lines behind the last blank one.
func lastParagraph(lines []string) []string {
	for i := len(lines) - 1; i >= 0; i-- {
		if strings.TrimSpace(lines[i]) == "" {
			return lines[i+1:]
		}
	}
	return lines
}

// move does the same to what a configuration says. Without profiles it has no
// table of them.
func move(said map[string]any, from, to string) {
	profiles, _ := said["profile"].(map[string]any)
	if one, ok := profiles[from]; ok {
		delete(profiles, from)
		if to != "" {
			profiles[to] = one
		}
	}
	if len(profiles) == 0 {
		delete(said, "profile")
	}
}

// changeTemplate has a template be called otherwise; to "" removes it. A message
// that was copied for it goes with it.
func changeTemplate(from, to string) error {
	path := func(name, ext string) string { return filepath.Join(templateFolder(), name+ext) }
	t, err := readTemplate(path(from, ".toml"))
	copied := err == nil && slices.Equal(t.Flags["message"], []string{path(from, ".eml")})
	if to == "" {
		if copied {
			if err := os.Remove(path(from, ".eml")); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		return os.Remove(path(from, ".toml"))
	}
	if _, err := os.Lstat(path(to, ".toml")); err == nil {
		return errors.New("there is one of that name")
	}
	return os.Rename(path(from, ".toml"), path(to, ".toml")) // which goes on naming its message
}
