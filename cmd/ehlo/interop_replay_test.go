package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestInteropReplayLater: what was recorded with a server does not differ when
// another process of the same software is asked, not even in its texts.
func TestInteropReplayLater(t *testing.T) {
	t.Setenv("EHLO_TEST_PASSWORD", "wonderland")
	t.Setenv("EHLO_TEST_USER", "alice")
	for _, name := range []string{"postfix", "exim"} {
		t.Run(name, func(t *testing.T) {
			then, now := startPeer(t, name), startPeer(t, name)
			for _, c := range append(basics()[:2], extensions()...) {
				file := filepath.Join(t.TempDir(), "talk.smtp")
				c.args = append(slices.Clone(c.args), "--transcript", file)
				then.try(t, c)
				now.again(t, file, c, "--compare", "text")
			}
		})
	}
}

// TestInteropReplayElsewhere: of what was recorded with Postfix, Exim does
// otherwise what it does otherwise, and nothing else is told.
func TestInteropReplayElsewhere(t *testing.T) {
	postfix, exim := startPeer(t, "postfix"), startPeer(t, "exim")
	dir := t.TempDir()
	file, report := filepath.Join(dir, "talk.smtp"), filepath.Join(dir, "report.json")
	postfix.try(t, talk{"", 0, []string{"--to", "alice@test.example,nobody@test.example", "--transcript", file}, exitPartial, nil})
	code, stdout, stderr := ehlo(t, "", "replay", file, "--against", exim.addrs[0], "--on-diff", "continue", "--report", "json="+report)
	if code != exitDiffers {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	var doc struct {
		Transcripts []struct {
			Steps []struct {
				Command     string
				Differences []struct{ What, Of, Then, Now string }
			}
		}
	}
	p, err := os.ReadFile(report)
	if err != nil || json.Unmarshal(p, &doc) != nil {
		t.Fatalf("%v\n%s", err, p)
	}
	var got []string
	for _, s := range doc.Transcripts[0].Steps {
		verb, _, _ := strings.Cut(s.Command, " ")
		for _, d := range s.Differences {
			got = append(got, strings.TrimSpace(verb+" "+d.What+" "+d.Of))
			if d.What == "enhanced" && d.Now != "" {
				t.Errorf("Exim has no enhanced codes, and says %s", d.Now)
			}
		}
	}
	want := []string{
		"EHLO keyword ETRN", "EHLO keyword XCLIENT", "EHLO keyword XFORWARD", "EHLO keyword ENHANCEDSTATUSCODES",
		"MAIL enhanced", "RCPT enhanced", "RCPT enhanced", "end enhanced", "QUIT enhanced",
	}
	if !slices.Equal(got, want) {
		t.Errorf("it differs in\n%q, not in\n%q\n%s", got, want, stdout)
	}
}
