package tui

import (
	"slices"
	"testing"
)

func TestNamesOfFiles(t *testing.T) {
	for text, want := range map[string][]string{
		"":                             nil,
		" , a.txt,,b c.txt ":           {"a.txt", "b c.txt"},
		`"a, b.txt", c.txt`:            {"a, b.txt", "c.txt"},
		`"bell\x07.txt"`:               {"bell\a.txt"},
		`say "hi".txt`:                 {`say "hi".txt`},
		`"open, c.txt`:                 {`"open`, "c.txt"},
		`"a" trailing, "b"`:            {"a", "b"},
		`C:\x, "\xff\xfe", ~/päper, 日`: {`C:\x`, "\xff\xfe", "~/päper", "日"},
	} {
		got := readNames(text)
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
		if again := readNames(writeNames(got)); !slices.Equal(again, got) {
			t.Errorf("%q comes back as %q", got, again)
		}
	}
	if readName(` "a\nb" `) != "a\nb" || readName(" a, b.eml ") != "a, b.eml" {
		t.Error("one name is not read")
	}
}

func FuzzNames(f *testing.F) {
	f.Add("a, b\x00\"\\")
	f.Fuzz(func(t *testing.T, name string) {
		if got := readNames(writeName(name)); name != "" && !slices.Equal(got, []string{name}) {
			t.Errorf("%q comes back as %q", name, got)
		}
		if got := readName(writeName(name)); got != name {
			t.Errorf("%q comes back as %q", name, got)
		}
		readNames(name)
	})
}
