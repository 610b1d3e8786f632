package main

import (
	"errors"
	"fmt"
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
	write := func() error { return replaceText(c.name, text) }
	if list, err := texts(c.Profile[from]["message"]); err != nil || !slices.Equal(list, []string{profileMessage(from)}) {
		return write()
	}
	if to == "" {
		return moveMessage(profileMessage(from), "", write)
	}
	if text, err = withChanges(text, change{[]string{"profile", to, "message"}, profileMessage(to)}); err != nil {
		return err
	}
	return moveMessage(profileMessage(from), profileMessage(to), write)
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

// changeTemplate has a template be called otherwise; to "" removes it.
func changeTemplate(from, to string) error {
	path := func(name string) string { return filepath.Join(templateFolder(), name+".toml") }
	t, err := readTemplate(path(from)) // one with a mistake can be renamed as well
	copied := err == nil && slices.Equal(t.Flags["message"], []string{templateMessage(from)})
	remove := func() error { return os.Remove(path(from)) }
	if to == "" {
		if copied {
			return moveMessage(templateMessage(from), "", remove)
		}
		return remove()
	}
	if _, err := os.Lstat(path(to)); err == nil {
		return errors.New("there is one of that name")
	}
	if !copied {
		return os.Rename(path(from), path(to))
	}
	text, err := readTemplateText(path(from))
	if err != nil {
		return err
	}
	if text, err = withChanges(text, change{[]string{"message"}, templateMessage(to)}); err != nil {
		return fmt.Errorf("%s: %w", path(from), err)
	}
	return moveMessage(templateMessage(from), templateMessage(to), func() error {
		if err := replaceText(path(to), text); err != nil {
			return err
		}
		err := remove()
		if err != nil {
			_ = os.Remove(path(to))
		}
		return err
	})
}
