package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestNoTranscriptAtAll: a folder or a pipe in the place of a transcript is
// told in one sentence, and nobody waits for a pipe that nobody writes to.
func TestNoTranscriptAtAll(t *testing.T) {
	dir := t.TempDir()
	folder, pipe := filepath.Join(dir, "folder"), filepath.Join(dir, "pipe")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		folder: folder + ": is a folder, not a transcript",
		pipe:   pipe + ": is no regular file",
	} {
		for _, ending := range []string{"", ".smtp"} {
			if ending != "" {
				if err := os.Rename(name, name+ending); err != nil {
					t.Fatal(err)
				}
			}
			want := strings.Replace(want, name, name+ending, 1)
			for _, args := range [][]string{{"show"}, {"replay", "--against", "practice"}, {"serve", "--listen", "127.0.0.1:0"}} {
				code, stdout, stderr := ehlo(t, "", append(args, name+ending)...)
				if code != exitTranscript || stdout != "" && args[0] == "serve" || stderr != "ehlo: "+want+"\n" {
					t.Errorf("%s: exit code %d, %q%q", args[0], code, stdout, stderr)
				}
			}
		}
	}
}
