package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// configured gives the program a configuration folder of its own.
func configured(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	for name, data := range files {
		file := filepath.Join(dir, "ehlo", name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "ehlo")
}

func TestOwnThemes(t *testing.T) {
	dir := configured(t, map[string]string{
		"themes/mine.theme":  "base = nord\nrefused = #ff0000 bold\n",
		"themes/wrong.theme": "base = nord\n\nrefused = scarlet\n",
	})
	code, stdout, stderr := ehlo(t, "", "list", "themes")
	if code != exitUsage || !strings.Contains(stdout, "colour-blind\n") || !strings.HasSuffix(stdout, "mono\nmine\n") {
		t.Errorf("exit code %d\n%s", code, stdout)
	}
	if where := filepath.Join(dir, "themes", "wrong.theme") + `:3: refused: "scarlet" is no colour`; !strings.Contains(stderr, where) {
		t.Errorf("%q does not say %q", stderr, where)
	}
	if _, err := chooseTheme("wrong", io.Discard); err == nil || strings.Contains(err.Error(), "not known") || !strings.Contains(err.Error(), `:3: refused: "scarlet" is no colour`) {
		t.Errorf("a theme with a mistake, by name: %v", err)
	}
	if theme, err := chooseTheme("mine", io.Discard); err != nil || theme.Name != "mine" {
		t.Errorf("%s, %v", theme.Name, err)
	}
	if _, err := chooseTheme("pink", io.Discard); err == nil || !strings.Contains(err.Error(), "nord, ansi, mono, mine") {
		t.Error(err)
	}
	t.Setenv("NO_COLOR", "1")
	if theme, err := chooseTheme("", io.Discard); err != nil || theme.Name != "plain" {
		t.Errorf("%s, %v", theme.Name, err)
	}
	if theme, err := chooseTheme("mine", io.Discard); err != nil || theme.Name != "mine" { // who asks for colours gets them
		t.Errorf("%s, %v", theme.Name, err)
	}
}

// TestThemeOfTheConfiguration: a name that is none is told with its line.
func TestThemeOfTheConfiguration(t *testing.T) {
	configured(t, map[string]string{"config.toml": "[screen]\ntheme = \"nope\"\n"})
	t.Setenv("NO_COLOR", "")
	if code, _, msg := ehlo(t, ""); code != exitUsage || !strings.Contains(msg, "config.toml:2: choose a theme: theme \"nope\" is not known") {
		t.Errorf("%d %s", code, msg)
	}
}
