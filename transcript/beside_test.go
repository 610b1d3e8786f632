package transcript

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"ehlo/session"
	"ehlo/transcript/rehearsal"
)

// recordLong records a message that is kept beside the file, and returns the
// names of both.
func recordLong(t *testing.T) (name, side string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "long.smtp")
	rec, err := Create(name)
	if err != nil {
		t.Fatal(err)
	}
	o := rehearsal.Scenario(t, "default")
	o.Recorder = rec
	rehearsal.Send(t, o, bytes.Repeat([]byte("a line of content that is long enough to count\r\n"), 60_000), "bob@test.example")
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	return name, name + ".d/0001"
}

// TestSideFileIsWrong: what was done to a file beside a transcript is told at
// the line that names it, once; the transcript beside the error has all events.
func TestSideFileIsWrong(t *testing.T) {
	for what, c := range map[string]struct {
		harm func(side string) error
		want string
	}{
		"cut":   {func(side string) error { return os.Truncate(side, 100_000) }, "long.smtp.d/0001 was cut: it has 100000 octets, and"},
		"gone":  {os.Remove, "no such file"},
		"empty": {func(side string) error { return os.Truncate(side, 0) }, "was cut: it has 0 octets"},
		"changed": {func(side string) error {
			f, err := os.OpenFile(side, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = f.WriteAt([]byte("A"), 5)
			return err
		}, "was changed"},
		"a pipe": {func(side string) error { return errors.Join(os.Remove(side), syscall.Mkfifo(side, 0o600)) }, "no regular file"},
		"a link to elsewhere": {func(side string) error {
			return errors.Join(os.Rename(side, side+"x"), os.Symlink("/dev/null", side))
		}, "escapes"},
	} {
		t.Run(what, func(t *testing.T) {
			name, side := recordLong(t)
			if err := c.harm(side); err != nil {
				t.Fatal(err)
			}
			tr, err := ReadFile(name)
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || !strings.Contains(err.Error(), c.want) || slices.Collect(tr.Items())[syntax.Line-1].Bulk == nil {
				t.Fatalf("%v, want %q", err, c.want)
			}
			if len(tr.Damage) != 1 || tr.Events()[len(tr.Events())-1].Kind != session.Closed {
				t.Errorf("%d damaged lines, %d events", len(tr.Damage), len(tr.Events()))
			}
		})
	}
}

// TestRemove: what the transcript names and a recorder can have made goes,
// and nothing else.
func TestRemove(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	stays := []string{"b.smtp", "b.smtp.d/0001", "a.smtp.d/0004", "a.smtp.d/letter.eml", "elsewhere", "a.smtp.d/sub/0001"}
	goes := []string{"a.smtp", "a.smtp.d/0001", "a.smtp.d/0002", "a.smtp.d/0003"}
	for _, name := range append(stays, goes...) {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path(name)), 0o700), os.WriteFile(path(name), []byte("x"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../elsewhere", path("a.smtp.d/0005")); err != nil {
		t.Fatal(err)
	}
	file := header + `= blob a.smtp.d/0001 open
C@ a.smtp.d/0001 length=1
C@ a.smtp.d/0002 length=1
what is this?
C@ b.smtp.d/0001 length=1
C@ a.smtp.d/letter.eml length=1
C@ a.smtp.d/sub/0001 length=1
C@ a.smtp.d/0005 length=1
C@ a.smtp.d/0009 length=1
C@ elsewhere length=1
= blob a.smtp.d/0003 open
`
	if err := os.WriteFile(path("a.smtp"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Remove(path("a.smtp")); err != nil {
		t.Fatal(err)
	}
	for _, name := range stays {
		if _, err := os.Lstat(path(name)); err != nil {
			t.Error(err)
		}
	}
	for _, name := range goes {
		if _, err := os.Lstat(path(name)); err == nil {
			t.Errorf("%s is still there", name)
		}
	}
}

// TestRemoveFollowsNoLink: a folder that is a link to another is left alone.
func TestRemoveFollowsNoLink(t *testing.T) {
	dir := t.TempDir()
	name, other := filepath.Join(dir, "a.smtp"), filepath.Join(dir, "other")
	if err := errors.Join(
		os.Mkdir(other, 0o700), os.WriteFile(filepath.Join(other, "0001"), nil, 0o600),
		os.Symlink("other", name+".d"), os.WriteFile(name, []byte("C@ a.smtp.d/0001 length=0\n"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	if err := Remove(name); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(other, "0001")); err != nil {
		t.Error(err)
	}
}
