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

// change is a setting that is to stand in the configuration file.
type change struct {
	path  []string
	value any // nil takes it out
}

// keepInConfig changes the configuration file; one that is not there is made.
// What else stands in it stays as it is, comments and order included: it is
// changed as text, and written only if it then says what it should.
func keepInConfig(name string, changes ...change) error {
	c, _, err := readConfig(name)
	if err != nil {
		return err
	}
	text, err := withChanges(c.text, changes...)
	if err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	if text == c.text {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(c.name), 0o700); err != nil {
		return err
	}
	return replaceText(c.name, text)
}

func withChanges(text string, changes ...change) (string, error) {
	for _, x := range changes {
		changed, err := x.in(text)
		if err != nil {
			return "", fmt.Errorf("%w; write it yourself, into [%s]: %s", err, strings.Join(x.table(), "."), x.line())
		}
		text = changed
	}
	return text, nil
}

// in is a configuration with the change.
func (x change) in(text string) (string, error) {
	var out []string
	done, end := x.value == nil, -1 // end is behind the last setting of the table
	inside := len(x.table()) == 0
	if inside {
		end = 0
	}
	for _, st := range statements(text) {
		switch {
		case st.header:
			inside = slices.Equal(st.path, x.table()) && !strings.HasPrefix(strings.TrimSpace(st.text), "[[")
		case slices.Equal(st.path, x.path):
			if x.value == nil {
				continue
			}
			st.text, done = st.reworded(literal(x.value)), true
		}
		out = append(out, st.text)
		if inside && st.path != nil {
			end = len(out)
		}
	}
	switch {
	case done:
	case end >= 0:
		if end > 0 && !strings.HasSuffix(out[end-1], "\n") {
			out[end-1] += "\n"
		}
		out = slices.Insert(out, end, x.line()+"\n")
	default:
		out = append(out, x.newTable(text))
	}
	changed := strings.Join(out, "")
	return changed, x.check(text, changed)
}

func (x change) table() []string { return x.path[:len(x.path)-1] }

// line is the setting as it is written.
func (x change) line() string {
	key := strings.TrimSuffix(encoded(map[string]any{x.path[len(x.path)-1]: 0}), " = 0\n")
	return key + " = " + literal(x.value)
}

// newTable is the table that is not there yet.
func (x change) newTable(text string) string {
	gap := ""
	switch {
	case text != "" && !strings.HasSuffix(text, "\n"):
		gap = "\n\n"
	case text != "":
		gap = "\n"
	}
	var keys []string
	for _, key := range x.table() {
		keys = append(keys, strings.TrimSuffix(encoded(map[string]any{key: 0}), " = 0\n"))
	}
	return gap + "[" + strings.Join(keys, ".") + "]\n" + x.line() + "\n"
}

// literal writes a value of TOML: text with line ends over several lines, and
// other text as it is where that can be, so that the backslashes of a regexp
// stay one.
func literal(value any) string {
	switch v := value.(type) {
	case string:
		if strings.Contains(v, "\n") {
			lines := strings.Split(v, "\n")
			for i := range lines {
				quoted := encodedValue(lines[i])
				lines[i] = quoted[1 : len(quoted)-1]
			}
			return `"""` + "\n" + strings.Join(lines, "\n") + `"""`
		}
		if strings.Contains(v, `\`) && !strings.ContainsFunc(v, func(r rune) bool { return r == '\'' || r < ' ' || r == 0x7f }) {
			return "'" + v + "'"
		}
	case []string:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = literal(v[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return encodedValue(value)
}

func encodedValue(value any) string {
	return strings.TrimSpace(strings.TrimPrefix(encoded(map[string]any{"v": value}), "v ="))
}

// encoded is TOML of something that has no values but text, numbers and bools.
func encoded(v any) string {
	p, err := toml.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(p)
}

// check reports an error unless a configuration says what another one says,
// and the change.
func (x change) check(before, after string) error {
	var was, is map[string]any
	if _, err := toml.Decode(before, &was); err != nil {
		return err
	}
	if _, err := toml.Decode(after, &is); err != nil {
		return errors.New("it cannot be changed without harm to it")
	}
	if was == nil {
		was = map[string]any{}
	}
	table := was
	for _, key := range x.table() {
		inner, ok := table[key].(map[string]any)
		if !ok {
			if inner = map[string]any{}; x.value != nil {
				table[key] = inner
			}
		}
		table = inner
	}
	key := x.path[len(x.path)-1]
	delete(table, key)
	if x.value != nil {
		var said map[string]any
		if _, err := toml.Decode("v = "+literal(x.value)+"\n", &said); err != nil {
			return fmt.Errorf("%s: it cannot be written in TOML, which is UTF-8", key)
		}
		table[key] = said["v"]
	}
	if !reflect.DeepEqual(was, is) {
		return errors.New("it cannot be changed without touching other settings")
	}
	return nil
}
