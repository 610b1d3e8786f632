package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ehlo/tui"
)

// values are the settings by name, with where each is from.
func values(t *testing.T, s *settings) map[string]string {
	t.Helper()
	list, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, x := range list {
		all[x.Name] = x.Value + " (" + x.From + ")"
	}
	return all
}

func TestSettingsAreKeptInTheFile(t *testing.T) {
	const text = "# my own\n[screen]\ntheme = \"nord\" # calm\n\n[keys]\nstep = [\"n\", \"f7\"]\n"
	file := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &settings{file: file, given: map[string]given{"screen.timeout": {"9s", "--timeout"}}}
	for name, want := range map[string]string{
		"screen.theme": "nord (config.toml:3)", "screen.mouse": "false (default)", "screen.timeout": "9s (--timeout)",
		"keys.step": "n, f7 (config.toml:6)", "autosave.keep": "200 (default)", "queue.unclear": "ask (default)",
	} {
		if got := values(t, s)[name]; got != want {
			t.Errorf("%s is %s, not %s", name, got, want)
		}
	}
	for _, wrong := range [][2]string{
		{"screen.theme", "pink"}, {"autosave.keep", "0"}, {"autosave.days", "x"}, {"screen.timeout", "soon"}, {"queue.give-up", "x"},
		{"keys.step", "c"}, {"keys.step", "nn"}, {"keys.dance", "n"}, {"nothing.at-all", "1"}, {"queue.report-to", "[x"},
	} {
		if err := s.Keep(wrong[0], wrong[1]); err == nil || strings.Contains(err.Error(), "config.toml") {
			t.Errorf("%v: %v", wrong, err)
		}
	}
	if data, _ := os.ReadFile(file); string(data) != text {
		t.Errorf("what was refused is written:\n%s", data)
	}
	for _, right := range [][2]string{
		{"screen.theme", "dark"}, {"screen.mouse", "true"}, {"screen.timeout", "30s"}, {"autosave.off", "true"}, {"autosave.keep", "5"},
		{"queue.retry", "10m, 1h"}, {"queue.connections", "3"}, {"keys.step", ""}, {"keys.raw-line", ";"}, {"keys.show-settings", "ctrl+g"},
	} {
		if err := s.Keep(right[0], right[1]); err != nil {
			t.Error(right, err)
		}
	}
	const want = "# my own\n[screen]\ntheme = \"dark\" # calm\nmouse = true\ntimeout = \"30s\"\n\n[keys]\nstep = []\nraw-line = [\";\"]\nshow-settings = [\"ctrl+g\"]\n" +
		"\n[autosave]\noff = true\nkeep = 5\n\n[queue]\nretry = [\"10m\", \"1h\"]\nconnections = 3\n"
	if data, _ := os.ReadFile(file); string(data) != want {
		t.Errorf("%s\nnot\n%s", data, want)
	}
	var o tui.Options
	if err := s.Take(&o); err != nil || !o.Mouse || o.Timeout != 30*time.Second || o.Theme.Name != "dark" || o.Shelf.Dir != "" || len(o.Keys["raw-line"]) != 1 {
		t.Errorf("%v %+v", err, o)
	}
	if got := values(t, s)["screen.timeout"]; got != "30s (config.toml:5)" {
		t.Error("the flag still wins over what was chosen: ", got)
	}
	if err := s.Keep("screen.mouse", ""); err != nil {
		t.Error(err)
	}
	if data, _ := os.ReadFile(file); strings.Contains(string(data), "mouse") {
		t.Errorf("%s", data)
	}
}

func TestSettingsOfAFileThatIsNotThere(t *testing.T) {
	configured(t, nil)
	s := &settings{}
	if err := s.Keep("screen.theme", "nord"); err != nil {
		t.Fatal(err)
	}
	if got := values(t, s)["screen.theme"]; got != "nord (config.toml:2)" {
		t.Error(got)
	}
	if info, err := os.Stat(s.File()); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
}

func TestSettingsSayWhatIsWrongWithTheFile(t *testing.T) {
	configured(t, map[string]string{"config.toml": "[screen]\nmouse = maybe\n"})
	s := &settings{}
	if _, err := s.List(); err == nil || !strings.Contains(err.Error(), "config.toml:2:") {
		t.Error(err)
	}
	if err := s.Keep("screen.theme", "nord"); err == nil || !strings.Contains(err.Error(), "config.toml:2:") {
		t.Error(err)
	}
	if err := s.Take(&tui.Options{}); err == nil {
		t.Error("it is taken")
	}
	configured(t, map[string]string{"config.toml": "[keys]\n\nstep = \"c\"\n"})
	if err := s.Keep("screen.theme", "nord"); err == nil || !strings.Contains(err.Error(), "config.toml:3: the key c would be both") {
		t.Error(err)
	}
}

func TestTimeoutOfTheConfiguration(t *testing.T) {
	configured(t, map[string]string{"config.toml": "[screen]\n\ntimeout = \"long\"\n"})
	if code, _, stderr := ehlo(t, "", "practice"); code != exitUsage || !strings.Contains(stderr, `config.toml:3: timeout: "long": expected a time`) {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}
