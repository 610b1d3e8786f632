package main

import (
	"os"
	"strings"
	"testing"
)

// TestTranscriptsHelp: the page is as wide as a terminal, and what it says to
// type works.
func TestTranscriptsHelp(t *testing.T) {
	_, page, _ := ehlo(t, "", "help", "transcripts")
	for line := range strings.Lines(page) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 90 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	_, typed, ok := strings.Cut(page, "Type this into nobody.smtp:\n\n")
	typed, _, ok2 := strings.Cut(typed, "\n\n")
	if !ok || !ok2 {
		t.Fatal(page)
	}
	file := written(t, "nobody.smtp", strings.ReplaceAll(typed, "\n  ", "\n")[2:]+"\n")
	if text, _ := os.ReadFile(file); string(text) != typedTest {
		t.Fatalf("%q", text)
	}
	if code, out, stderr := ehlo(t, "", "replay", file, "--against", "practice"); code != 0 {
		t.Errorf("exit code %d, %s%s", code, out, stderr)
	}
	if code, out, stderr := ehlo(t, "", "replay", file, "--against", "practice:relay-denied"); code != exitDiffers {
		t.Errorf("exit code %d, %s%s", code, out, stderr)
	}
	if code, out, stderr := ehlo(t, "", "fmt", "-l", file); code != 0 || out+stderr != "" {
		t.Errorf("exit code %d, %s%s", code, out, stderr)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), "```\n"+typedTest+"```\n") {
		t.Error("README.md has another example")
	}
}
