package channel

import (
	"slices"
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	for text, want := range map[string][]string{
		"":                         nil,
		"  \t\n ":                  nil,
		"sendmail -bs":             {"sendmail", "-bs"},
		" a\tb \n c ":              {"a", "b", "c"},
		`'a b' "c d" e\ f`:         {"a b", "c d", "e f"},
		`'' ""`:                    {"", ""},
		`a'b'"c"d`:                 {"abcd"},
		`'a\b' "a\b\\\"\$" \'`:     {`a\b`, `a\b\"$`, `'`},
		"a\\\nb \"c\\\nd\" 'e\nf'": {"ab", "cd", "e\nf"},
		"$HOME * # ~ | > ;":        {"$HOME", "*", "#", "~", "|", ">", ";"},
		"ä\xff":                    {"ä\xff"},
	} {
		got, err := Words(text)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
	for text, why := range map[string]string{
		"a 'b": "single quote", `a "b`: "double quote", `a "b\`: "double quote", `a\`: "backslash",
	} {
		if _, err := Words(text); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Words that are quoted come back as they were.
func FuzzWords(f *testing.F) {
	f.Add("a 'b c'", `d"e\f`)
	f.Fuzz(func(t *testing.T, a, b string) {
		_, _ = Words(a)
		line := ""
		for _, w := range []string{a, b} {
			line += " '" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		got, err := Words(line)
		if err != nil || !slices.Equal(got, []string{a, b}) {
			t.Errorf("%q: %q, %v", line, got, err)
		}
	})
}
