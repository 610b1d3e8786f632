package main

import (
	"os"
	"strings"
	"testing"
)

func TestConfigurationSaysWhere(t *testing.T) {
	for data, want := range map[string]string{
		"[keys]\nstep = \"c\"\n":               "config.toml:2: the key c would be both step and run",
		"[keys]\n\njog = \"x\"\n":              `config.toml:3: no action is called "jog"`,
		"[keys]\nstep = [\"n\", \"nn\"]\n":     `config.toml:2: step: no key is called "nn"`,
		"[keys]\nstep = 3\n":                   "config.toml:2: step: expected a key",
		"[screen]\n# x\ncolour = \"red\"\n":    "config.toml:3: there is no setting screen.colour",
		"[screem]\ntheme = \"dark\"\n":         "config.toml:1: there is no setting screem",
		"[screen\n":                            "config.toml:1:8: expected '.' or ']'",
		"[screen\ntheme = \"dark\"\n":          "config.toml:1:8: expected '.' or ']'",
		"[keys]\nstep = [\"n\"\nrun = \"c\"\n": "config.toml:3:1: expected a comma",
		"# grün\n[keys]\nstep = \"ü\" 2\n":     "config.toml:3:11: expected",
		"[screen]\ntheme = \"pink\"\n":         `theme "pink" is not known`,
		"[keys]\nstep = \"n\"\nopen = \"n\"\n": "the key n would be both",
	} {
		configured(t, map[string]string{"config.toml": data})
		code, _, stderr := ehlo(t, "", "practice")
		if code != exitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%q: exit code %d, %q, not %q", data, code, stderr, want)
		}
	}
}

func TestKeys(t *testing.T) {
	configured(t, map[string]string{"config.toml": "[keys]\nstep = [\"%\", \"ctrl+n\"]\ntheme = []\n"})
	code, stdout, stderr := ehlo(t, "", "keys")
	if code != 0 || !strings.Contains(stdout, "\n  % ctrl+n           step ") || !strings.Contains(stdout, "\n                     theme ") {
		t.Errorf("exit code %d, %q\n%s", code, stderr, stdout)
	}
}

// TestReadmeHasTheKeys: make keys writes the table anew.
func TestReadmeHasTheKeys(t *testing.T) {
	configured(t, nil)
	code, table, stderr := ehlo(t, "", "keys", "--markdown")
	if code != 0 {
		t.Fatal(stderr)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(readme), "<!-- keys -->\n\n")
	kept, _, ends := strings.Cut(after, "\n<!-- end of keys -->")
	if !ok || !ends {
		t.Fatal("the README has no place for the keys")
	}
	if kept != table {
		t.Error("the table of keys in the README is not that of ehlo keys --markdown: make keys writes it")
	}
}
