package main

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/BurntSushi/toml"
)

// keep writes a list of texts into the profile. What else stands in the
// configuration file stays as it is, comments included: it is changed as text,
// and written only if it then says what it should.
func (f *profileFlags) keep(key string, values []string) error {
	c, found, err := readConfig(f.config)
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("there is no %s", c.name)
	}
	text, err := withSetting(c.text, f.name, key, values)
	if err != nil {
		return fmt.Errorf("%s: %w; write it yourself: %s", c.name, err, setting(key, values))
	}
	return replaceText(c.name, text)
}

// setting is a line of a profile.
func setting(key string, values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = quoteTOML(v)
	}
	return key + " = [" + strings.Join(quoted, ", ") + "]"
}

// quoteTOML writes a text as a TOML string: literal where that can be, so that
// the backslashes of a regexp stay one.
func quoteTOML(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r == '\'' || r < ' ' || r == 0x7f }) {
		return "'" + text + "'"
	}
	return fmt.Sprintf("%q", text)
}

// withSetting returns a configuration with a setting of a profile changed,
// added, or taken out if there is no value.
func withSetting(text, profile, key string, values []string) (string, error) {
	lines := strings.SplitAfter(text, "\n")
	var out []string
	done := len(values) == 0
	inside := false
	for i := 0; i < len(lines); i++ {
		trimmed := strings.TrimSpace(lines[i])
		if strings.HasPrefix(trimmed, "[") {
			inside = isHeader(trimmed, profile)
			out = append(out, lines[i])
			if inside && !done {
				if !strings.HasSuffix(lines[i], "\n") {
					out = append(out, "\n")
				}
				out = append(out, setting(key, values)+"\n")
				done = true
			}
			continue
		}
		if name, _, ok := strings.Cut(trimmed, "="); inside && ok && strings.TrimSpace(name) == key {
			for !wholeSetting(strings.Join(lines[i:i+1], "")) && i+1 < len(lines) {
				lines[i+1] = lines[i] + lines[i+1] // a list over several lines
				i++
			}
			continue
		}
		out = append(out, lines[i])
	}
	changed := strings.Join(out, "")
	return changed, sameBut(text, changed, profile, key, values)
}

func isHeader(line, profile string) bool {
	line, _, _ = strings.Cut(line, "#")
	name, ok := strings.CutPrefix(strings.ReplaceAll(strings.TrimSpace(line), " ", ""), "[profile.")
	return ok && strings.Trim(strings.TrimSuffix(name, "]"), `"'`) == profile
}

// wholeSetting reports whether a setting is complete.
func wholeSetting(text string) bool {
	var anything map[string]any
	_, err := toml.Decode(text, &anything)
	return err == nil
}

// sameBut reports an error unless a configuration says what another one says,
// and this setting.
func sameBut(before, after, profile, key string, values []string) error {
	var was, is map[string]any
	if _, err := toml.Decode(before, &was); err != nil {
		return err
	}
	if _, err := toml.Decode(after, &is); err != nil {
		return err
	}
	profiles, _ := was["profile"].(map[string]any)
	settings, ok := profiles[profile].(map[string]any)
	if !ok {
		return fmt.Errorf("there is no [profile.%s]", profile)
	}
	delete(settings, key)
	if len(values) > 0 {
		list := make([]any, len(values))
		for i, v := range values {
			list[i] = v
		}
		settings[key] = list
	}
	if !reflect.DeepEqual(was, is) {
		return errors.New("it cannot be changed without touching other settings")
	}
	return nil
}
