package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// commands are all of them, the hidden ones and groups left out.
func commands(c *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{c}
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			list = append(list, commands(sub)...)
		}
	}
	return list
}

// TestHelp: every page fits a screen, has an example, and names the value of
// each flag as a person would.
func TestHelp(t *testing.T) {
	named := regexp.MustCompile(`^('K: V'|[A-Z].*)$`)
	for _, c := range commands(rootCommand(streams{})) {
		args := append(strings.Fields(c.CommandPath())[1:], "--help")
		code, stdout, stderr := ehlo(t, "", args...)
		if code != 0 || stderr != "" || !strings.Contains(stdout, "Usage:") {
			t.Errorf("%v: exit code %d, %s\n%s", args, code, stderr, stdout)
		}
		for line := range strings.SplitSeq(stdout, "\n") {
			if len(line) > 130 {
				t.Errorf("%v: a line of %d characters: %s", args, len(line), line)
			}
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			value, usage := pflag.UnquoteUsage(f)
			if value != "" && !named.MatchString(value) {
				t.Errorf("%s --%s %s: the value has no name in capitals", c.CommandPath(), f.Name, value)
			}
			if strings.Contains(usage, "; default") {
				t.Errorf("%s --%s: %q: a default stands in brackets, behind a colon if it is said in words", c.CommandPath(), f.Name, usage)
			}
		})
	}
}

// TestExamples runs what the README and the pages of help say that one can type,
// as far as it needs no other program, no terminal and no real server.
func TestExamples(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := string(readme)
	for _, c := range commands(rootCommand(streams{})) {
		examples += c.Example + "\n"
	}
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"mail.eml":      "Subject: x\r\n\r\nhello\r\n",
		"users.txt":     "alice:wonderland\n",
		"mine.scenario": block(t, string(readme), "title: "),
		"mine.smtp":     block(t, string(readme), "= smtp-transcript 1\n# lesson: "),
		"suite.smtp":    block(t, string(readme), "@ timeout "),
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PASSWORD", "wonderland")
	ran := 0
	for line := range strings.Lines(examples + "ehlo replay suite.smtp --against practice\n") {
		line = strings.TrimPrefix(strings.TrimSpace(line), "PASSWORD=wonderland ")
		args := typedWords(line)
		if len(args) < 2 || args[0] != "ehlo" || !alone(line, args) {
			continue
		}
		ran++
		code, stdout, stderr := ehlo(t, "", args[1:]...)
		if code == exitUsage || code == exitTranscript || code == exitDiffers || code != 0 && stderr == "" {
			t.Errorf("%s: exit code %d, %s\n%s", line, code, stderr, stdout)
		}
	}
	if ran < 30 {
		t.Errorf("only %d examples were found", ran)
	}
}

// block is what stands between two fences and begins so.
func block(t *testing.T, text, begins string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, "```\n"+begins)
	body, _, ok2 := strings.Cut(rest, "```\n")
	if !ok || !ok2 {
		t.Fatalf("no block begins with %q", begins)
	}
	return begins + body
}

// typedWords are those of a shell line, without the comment behind it, which in
// help stands behind three spaces.
func typedWords(line string) []string {
	line, _, _ = strings.Cut(line, "   ")
	var list []string
	for _, w := range regexp.MustCompile(`('[^']*'|[^ '])+`).FindAllString(line, -1) {
		if w == "#" {
			break
		}
		list = append(list, strings.ReplaceAll(w, "'", ""))
	}
	return list
}

// alone tells whether an example runs here as it is.
func alone(line string, args []string) bool {
	if strings.ContainsAny(line, "|<>&$") || strings.Contains(line, "…") || strings.Contains(line, "full@destination.example") {
		return false // more than a command; the mail to full@ takes its time to come back
	}
	last := args[len(args)-1]
	practised := strings.HasPrefix(last, "practice")
	switch args[1] {
	case "send", "probe":
		return practised && !strings.Contains(line, ".pem")
	case "explain", "list", "keys":
		return true
	case "learn":
		return strings.Contains(line, "mine.smtp")
	case "replay":
		return strings.Contains(line, "suite.smtp")
	}
	return false
}
