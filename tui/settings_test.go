package tui

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ehlo/themes"
	"ehlo/transcript/shelf"
)

// paperSettings is a configuration file in memory.
type paperSettings struct {
	list  []Setting
	wrong error
}

func (s *paperSettings) File() string { return "/home/alice/.config/ehlo/config.toml" }

func (s *paperSettings) List() ([]Setting, error) { return slices.Clone(s.list), s.wrong }

func (s *paperSettings) at(name string) *Setting {
	for i := range s.list {
		if s.list[i].Name == name {
			return &s.list[i]
		}
	}
	s.list = append(s.list, Setting{Name: name})
	return &s.list[len(s.list)-1]
}

func (s *paperSettings) Keep(name, value string) error {
	if value == "wrong" {
		return errors.New("wrong: expected a number above 0")
	}
	x := s.at(name)
	if x.Value, x.From = value, "config.toml:7"; value == "" {
		x.Value, x.From = x.Default, "default"
	}
	return nil
}

func (s *paperSettings) Take(o *Options) error {
	if s.wrong != nil {
		return s.wrong
	}
	o.Theme, _ = themes.Find(s.at("screen.theme").Value)
	o.Mouse = s.at("screen.mouse").Value == "true"
	o.Timeout, _ = time.ParseDuration(s.at("screen.timeout").Value)
	o.Shelf = shelf.Shelf{Dir: "kept"}
	o.Keys = Bindings{}
	for _, x := range s.list {
		if name, ok := strings.CutPrefix(x.Name, "keys."); ok {
			o.Keys[name] = strings.Split(x.Value, ", ")
		}
	}
	return nil
}

func withSettings(s *paperSettings) func(*Options) {
	s.list = []Setting{
		{Name: "screen.theme", Words: "colours", Value: "mono", From: "--theme", Default: "dark", Choices: []string{"dark", "mono", "nord"}},
		{Name: "screen.mouse", Words: "clicks and the wheel", Value: "false", From: "default", Default: "false", Choices: []string{"true", "false"}},
		{Name: "screen.timeout", Words: "the longest wait", Value: "", From: "default"},
		{Name: "autosave.off", Words: "true keeps no transcript", Value: "false", From: "config.toml:4", Default: "false", Choices: []string{"true", "false"}},
		{Name: "autosave.keep", Words: "so many are kept", Value: "200", From: "default", Default: "200"},
		{Name: "queue.unclear", Words: "what becomes of it", Value: "ask", From: "default", Default: "ask", Choices: []string{"ask", "retry", "hold"}},
	}
	return func(o *Options) { o.Settings = s; o.Profiles = []string{"work"} }
}

func TestSettingsAreChangedOnTheScreen(t *testing.T) {
	s := &paperSettings{}
	r := at(t, 120, 36, withSettings(s))
	r.press("alt+,").see("The screen", "screen.theme", "mono", "--theme", "which wins over the file", "autosave.keep", "profile.work")
	r.press("down", "enter").see("screen.mouse = true, kept in /home/alice/.config/ehlo/config.toml", "true", "config.toml:7")
	if !r.m.mouse {
		t.Error("the mouse is off")
	}
	r.press("down", "enter").types("30s").press("enter").see("screen.timeout is kept in")
	if r.m.o.Timeout != 30*time.Second {
		t.Error(r.m.o.Timeout)
	}
	r.press("enter").clears().types("wrong").press("enter").see("wrong: expected a number").press("esc").see("30s")
	r.press("d").see("screen.timeout is as it is by default")
	if r.m.o.Timeout != 0 {
		t.Error(r.m.o.Timeout)
	}
	r.press("down", "d").see("autosave.off is as it is by default").press("d").see("autosave.off is as it is by default")
	r.press("down", "down", "enter").see("queue.unclear", "retry").types("hold").press("enter").see("queue.unclear = hold")
	if r.m.o.Shelf.Dir != "kept" {
		t.Error("the shelf is not as the file says")
	}
	r.press("G", "enter").see("where the screen Transcripts looks").press("d").see("no setting of the file")
}

func TestChosenThemeIsRemembered(t *testing.T) {
	s := &paperSettings{}
	r := at(t, 120, 36, withSettings(s))
	r.press("f2").press("alt+,").press("t").types("nord").press("enter").see("screen.theme = nord, kept in")
	if got := s.at("screen.theme").Value; got != "nord" || r.m.theme.Name != "nord" || !r.m.mouse {
		t.Errorf("%s, %s, mouse %v", got, r.m.theme.Name, r.m.mouse)
	}
	r.press("enter").see("Theme").types("dark").press("esc").see("screen.theme")
	if r.m.theme.Name != "nord" {
		t.Error("a theme that was only looked at stays")
	}
}

func TestKeysAreBoundOnTheScreen(t *testing.T) {
	s := &paperSettings{}
	r := at(t, 120, 36, withSettings(s))
	r.press("alt+,", "a").see("Keys for").types("raw-line").press("enter").see("keys.raw-line").clears().types("_").press("enter")
	r.see("keys.raw-line is kept", "Keys of your own")
	r.press("1", "_").see("Raw line").press("esc")
}

func TestProfileIsTakenFromTheSettings(t *testing.T) {
	r := at(t, 80, 24, withSettings(&paperSettings{}), func(o *Options) {
		o.Profile = func(string) (Options, error) { return Options{Target: "mail.example:587"}, nil }
	})
	r.press("alt+,")
	for r.m.settings.row(&r.m).profile == "" {
		r.press("down")
	}
	r.see("take it").press("enter").see("profile work", "mail.example:587")
}

func TestSettingsWithAFault(t *testing.T) {
	s := &paperSettings{}
	r := at(t, 80, 24, withSettings(s))
	s.wrong = errors.New("config.toml:2: there is no setting screen.colour")
	r.press("alt+,").see("config.toml:2: there is no setting")
	r.send(settingsEditedMsg{}) // as when the editor is left
	r.see("config.toml:2:")
	s.wrong = nil
	r.send(settingsEditedMsg{})
	r.see("the configuration file is read again").miss("config.toml:2:")
	r.send(settingsEditedMsg{err: errors.New("exit status 1")})
	r.see("the editor: exit status 1")
	r = at(t, 80, 24)
	r.press("alt+,", "e").see("no configuration file")
}

// TestThemesOfOnesOwn: the folder is read whenever one is chosen; a file with a
// mistake is in the list, and says where that is.
func TestThemesOfOnesOwn(t *testing.T) {
	dir := t.TempDir()
	r := at(t, 120, 36, func(o *Options) { o.ThemeFolder = dir })
	r.press("esc", "t").types("mine").see("nothing is called so").press("esc")
	for name, text := range map[string]string{"mine": "base = nord\n", "wrong": "base = nord\n\nrefused = scarlet\n"} {
		if err := os.WriteFile(filepath.Join(dir, name+".theme"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.press("t").types("wrong.theme").see("(not usable)", `wrong.theme:3: refused: "scarlet" is no colour`).press("enter").see(`"scarlet" is no colour`)
	if r.m.theme.Name != "mono" {
		t.Error(r.m.theme.Name)
	}
	r.press("t").types("mine").press("enter").see("theme mine")
}
