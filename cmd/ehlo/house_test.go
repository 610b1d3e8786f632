package main

import (
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestHouseRules checks which package may import which. An arrow that runs
// up, or a room that reaches into another, fails here.
func TestHouseRules(t *testing.T) {
	charm := []string{"github.com/charmbracelet/", "github.com/atotto/", "github.com/spf13/"}
	rules := []struct {
		pkg   string
		never []string // prefixes of what it must not depend on, not even by way of others
	}{
		{"ehlo/session", append([]string{"ehlo/tui", "ehlo/transcript", "ehlo/themes", "ehlo/cmd", "ehlo/session/"}, charm...)},
		{"ehlo/session/message", append([]string{"ehlo/tui", "ehlo/transcript", "ehlo/themes", "ehlo/session/practice"}, charm...)},
		{"ehlo/session/channel", append([]string{"ehlo/tui", "ehlo/transcript", "ehlo/themes", "ehlo/cmd", "ehlo/session/"}, charm...)},
		{"ehlo/session/explain", append([]string{"ehlo/tui", "ehlo/transcript", "ehlo/themes", "ehlo/session/practice", "ehlo/session/message"}, charm...)},
		{"ehlo/session/practice", append([]string{"ehlo/tui", "ehlo/transcript", "ehlo/themes", "ehlo/session/message"}, charm...)},
		{"ehlo/session/practice/network", append([]string{"ehlo/tui", "ehlo/transcript", "ehlo/themes", "ehlo/session/message"}, charm...)},
		{"ehlo/session/practice/judge", append([]string{"ehlo/tui", "ehlo/transcript", "ehlo/themes", "ehlo/cmd", "ehlo/session/"}, charm...)},
		{"ehlo/session/probe", append([]string{"ehlo/tui", "ehlo/transcript", "ehlo/themes", "ehlo/cmd", "ehlo/session/"}, charm...)},
		{"ehlo/session/sasl", append([]string{"ehlo/tui", "ehlo/transcript", "ehlo/themes", "ehlo/cmd", "ehlo/session/"}, charm...)},
		{"ehlo/session/route", append([]string{"ehlo/tui", "ehlo/transcript", "ehlo/themes", "ehlo/cmd", "ehlo/session/"}, charm...)},
		{"ehlo/session/outbox", append([]string{"ehlo/tui", "ehlo/transcript", "ehlo/themes", "ehlo/cmd", "ehlo/session/practice", "ehlo/session/channel", "ehlo/session/explain", "ehlo/session/probe", "ehlo/session/sasl"}, charm...)},
		{"ehlo/transcript", append([]string{"ehlo/tui", "ehlo/themes", "ehlo/session/practice", "ehlo/session/explain", "ehlo/session/message"}, charm...)},
		{"ehlo/transcript", []string{"ehlo/transcript/script", "ehlo/transcript/replay", "ehlo/transcript/serve"}},
		{"ehlo/transcript/normalise", append([]string{"ehlo/tui", "ehlo/themes", "ehlo/cmd", "ehlo/session/", "ehlo/transcript"}, charm...)},
		{"ehlo/transcript/script", append([]string{"ehlo/tui", "ehlo/themes", "ehlo/cmd", "ehlo/session/", "ehlo/transcript/replay", "ehlo/transcript/serve"}, charm...)},
		{"ehlo/transcript/replay", append([]string{"ehlo/tui", "ehlo/themes", "ehlo/cmd", "ehlo/session/", "ehlo/transcript/serve", "ehlo/transcript/shelf"}, charm...)},
		{"ehlo/transcript/serve", append([]string{"ehlo/tui", "ehlo/themes", "ehlo/cmd", "ehlo/session/", "ehlo/transcript/replay", "ehlo/transcript/shelf"}, charm...)},
		{"ehlo/transcript/convert", append([]string{"ehlo/tui", "ehlo/themes", "ehlo/cmd", "ehlo/session/", "ehlo/transcript/lesson", "ehlo/transcript/shelf", "ehlo/transcript/script", "ehlo/transcript/replay", "ehlo/transcript/serve"}, charm...)},
		{"ehlo/transcript/lesson", append([]string{"ehlo/tui", "ehlo/themes", "ehlo/cmd", "ehlo/session/practice", "ehlo/session/message"}, charm...)},
		{"ehlo/transcript/shelf", append([]string{"ehlo/tui", "ehlo/themes", "ehlo/cmd", "ehlo/session/", "ehlo/transcript/convert", "ehlo/transcript/lesson"}, charm...)},
		{"ehlo/themes", []string{"ehlo/", "github.com/charmbracelet/bubble"}},
		{"ehlo/tui/plain", append([]string{"ehlo/tui", "ehlo/themes", "ehlo/cmd", "ehlo/session/practice"}, charm...)},
		{"ehlo/tui", []string{"ehlo/cmd", "ehlo/session/practice", "github.com/spf13/"}},
	}
	for _, rule := range rules {
		for _, dep := range deps(t, rule.pkg) {
			for _, never := range rule.never {
				if dep != rule.pkg && strings.HasPrefix(dep, never) {
					t.Errorf("%s must not depend on %s", rule.pkg, dep)
				}
			}
		}
	}
	for _, dep := range deps(t, "ehlo/session") {
		if strings.Contains(strings.Split(dep, "/")[0], ".") {
			t.Errorf("ehlo/session must need nothing but the standard library, not %s", dep)
		}
	}
}

// TestRooms keeps the top level to five folders, and bin for what make builds.
func TestRooms(t *testing.T) {
	top, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range top {
		rooms := []string{"cmd", "tui", "session", "transcript", "themes", "bin"}
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && !slices.Contains(rooms, e.Name()) {
			t.Errorf("%s/ is none of the five rooms", e.Name())
		}
	}
}

// TestReadingOrder keeps the package comments true: each names every file of its
// package, and none that is not there.
func TestReadingOrder(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}} {{join .GoFiles \" \"}}", "ehlo/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`[a-z0-9_]+\.go\b`)
	for line := range strings.Lines(string(out)) {
		files := strings.Fields(line)
		comment := packageComment(t, files[0], files[1:])
		if comment == "" {
			t.Errorf("%s has no package comment", files[0])
		}
		order := named.FindAllString(comment, -1)
		for _, name := range order {
			if _, err := os.Stat(filepath.Join(files[0], name)); err != nil {
				t.Errorf("%s: the package comment names %s, which is not there", files[0], name)
			}
		}
		if strings.Contains(comment, "one file per format") || len(files) < 4 {
			continue
		}
		for _, name := range files[1:] {
			if name != "doc.go" && name != "main.go" && !strings.HasSuffix(name, "_unix.go") && !slices.Contains(order, name) {
				t.Errorf("%s: the package comment does not name %s", files[0], name)
			}
		}
	}
}

// packageComment is what stands above the package clause of one of the files.
func packageComment(t *testing.T, dir string, files []string) string {
	t.Helper()
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if f.Doc != nil {
			return f.Doc.Text()
		}
	}
	return ""
}

// TestStylesAreBuiltInThemes keeps styles by meaning in one place.
func TestStylesAreBuiltInThemes(t *testing.T) {
	out, err := exec.Command("grep", "-rln", "lipgloss.NewStyle", "--include=*.go", "../../tui", "../../cmd").Output()
	for file := range strings.FieldsSeq(string(out)) {
		if !strings.HasSuffix(file, "_test.go") {
			t.Errorf("%s builds a style; styles are built in themes", file)
		}
	}
	if exit, ok := err.(*exec.ExitError); err != nil && (!ok || exit.ExitCode() != 1) {
		t.Fatal(err)
	}
}

func deps(t *testing.T, pkg string) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", pkg).Output()
	if err != nil {
		t.Fatalf("go list -deps %s: %v", pkg, err)
	}
	list := strings.Fields(string(out))
	if len(list) == 0 {
		t.Fatalf("go list -deps %s named nothing", pkg)
	}
	return list
}
