package main

import (
	"errors"
	"io"
	"io/fs"
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
				want := want
				if args[0] == "replay" { // which takes folders
					want = strings.Replace(want, "is a folder, not a transcript", "there is no .smtp file in this folder", 1)
				}
				code, stdout, stderr := ehlo(t, "", append(args, name+ending)...)
				if code != exitTranscript || stdout != "" && args[0] == "serve" || stderr != "ehlo: "+want+"\n" {
					t.Errorf("%s: exit code %d, %q%q", args[0], code, stdout, stderr)
				}
			}
		}
	}
}

// TestOldContentGoesWithItsTranscript: who records again and again has the
// content of the last run only.
func TestOldContentGoesWithItsTranscript(t *testing.T) {
	dir := t.TempDir()
	file, mail := filepath.Join(dir, "x.smtp"), filepath.Join(dir, "long.eml")
	if err := os.WriteFile(mail, []byte("Subject: x\r\n\r\n"+strings.Repeat("a line\r\n", 20_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		args := send("--quiet", "--transcript", file, "--message", mail, "--to", "b@x.example", "practice")
		if code, _, stderr := ehlo(t, "", args...); code != exitDone {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		sides, err := os.ReadDir(file + ".d")
		if err != nil || len(sides) != 1 || sides[0].Name() != "0001" {
			t.Fatal(sides, err)
		}
	}
	if code, _, stderr := ehlo(t, "", "show", file); code != exitDone {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if err := os.Truncate(filepath.Join(file+".d", "0001"), 100); err != nil {
		t.Fatal(err)
	}
	want := "x.smtp.d/0001 was cut: it has 100 octets"
	for _, args := range [][]string{{"show"}, {"replay", "--against", "practice"}, {"serve", "--listen", "127.0.0.1:0"}} {
		if code, _, stderr := ehlo(t, "", append(args, file)...); code != exitTranscript || !strings.Contains(stderr, want) || !strings.Contains(stderr, "x.smtp:") {
			t.Errorf("%s: exit code %d, %q", args[0], code, stderr)
		}
	}
	code, stdout, stderr := ehlo(t, "", "show", "--keep-going", file)
	if code != exitDone || !strings.Contains(stderr, want) || !strings.Contains(stdout, "octets of content") || !strings.Contains(stdout, "<-  221") {
		t.Errorf("exit code %d, %q\n%s", code, stderr, stdout)
	}
}

// TestShowSaysWhatCameBefore: what stands before a damaged line is printed,
// what stands behind it only if asked for; a torn end is no error.
func TestShowSaysWhatCameBefore(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.smtp")
	if err := os.WriteFile(file, []byte("= smtp-transcript 1\nS: 220 a\nZ: what\nC: QUIT\nC64 ab"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := ehlo(t, "", "show", file)
	if code != exitTranscript || !strings.Contains(stdout, "<-  220 a\n") || strings.Contains(stdout, "QUIT") || !strings.Contains(stderr, "x.smtp:3") {
		t.Errorf("exit code %d, %q\n%s", code, stderr, stdout)
	}
	code, stdout, stderr = ehlo(t, "", "show", "--keep-going", file)
	if code != exitDone || !strings.Contains(stdout, " -> QUIT\n") || !strings.Contains(stderr, "x.smtp:3") || !strings.Contains(stderr, "x.smtp:5: the last line is cut off") {
		t.Errorf("exit code %d, %q\n%s", code, stderr, stdout)
	}
	if code, stdout, stderr = ehlo(t, "S: 220 a\nC: QUIT\n", "show", "-"); code != exitDone || !strings.Contains(stdout, " -> QUIT\n") {
		t.Errorf("exit code %d, %q\n%s", code, stderr, stdout)
	}
}

const loginRecording = `= smtp-transcript 1
= recorded by=test
= connect host=a addr=192.0.2.1:25 from=b:1 tls=none
S: 220 a
C: EHLO b
S: 250-a
S: 250 AUTH PLAIN
= auth begin mech=PLAIN user=alice
C> AUTH PLAIN ${secret.1}
S: 235 2.7.0 ok
= auth end
C: QUIT
S: 221 bye
= closed by=server how=fin
`

// TestReplayOfALogin: the password comes from the environment or a file, never
// from the command line, and is nowhere in what is printed.
func TestReplayOfALogin(t *testing.T) {
	dir := t.TempDir()
	file, password := filepath.Join(dir, "login.smtp"), filepath.Join(dir, "password")
	if err := os.WriteFile(file, []byte(loginRecording), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(password, []byte("wonderland\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("EHLO_TEST_PASSWORD", "wonderland")
	addr := serveInBackground(t, file)
	for _, c := range []struct {
		secrets []string
		code    int
		err     string
	}{
		{nil, 46, "login.smtp:9: no value is known for ${secret.1}; give --secret password=env:VAR"},
		{[]string{"password=env:EHLO_TEST_PASSWORD"}, 0, ""},
		{[]string{"password=file:" + password}, 0, ""},
		{[]string{"secret.1=env:EHLO_TEST_PASSWORD"}, 0, ""},
		{[]string{"password=env:EHLO_TEST_PASSWORD", "user=env:EHLO_TEST_PASSWORD"}, 0, ""},
		{[]string{"password=wonderland"}, 1, "--secret password: a secret is never on the command line"},
		{[]string{"password=won:derland"}, 1, "never on the command line"},
		{[]string{"wonderland"}, 1, "--secret wants NAME="},
		{[]string{"password=env:EHLO_TEST_NOTHING"}, 1, "the environment has no EHLO_TEST_NOTHING"},
		{[]string{"password=file:/does/not/exist"}, 1, "/does/not/exist"},
		{[]string{"user=env:EHLO_TEST_PASSWORD"}, 1, "need --secret password"},
	} {
		args := []string{"replay", file, "--against", addr}
		for _, s := range c.secrets {
			args = append(args, "--secret", s)
		}
		code, stdout, stderr := ehlo(t, "", args...)
		if code != c.code || !strings.Contains(stderr, c.err) || strings.Contains(stdout+stderr, "derland") {
			t.Errorf("%q: exit code %d, want %d; %q, want %q\n%s", c.secrets, code, c.code, stderr, c.err, stdout)
		}
	}
}

// TestReplaceFileNamesIt: what goes wrong with the file beside is told of the
// one that was asked for; what goes wrong elsewhere is not.
func TestReplaceFileNamesIt(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.smtp")
	for _, x := range []struct {
		write func(io.Writer) error
		want  string
	}{
		{func(w io.Writer) error {
			return &fs.PathError{Op: "write", Path: w.(*os.File).Name(), Err: fs.ErrClosed}
		}, "write " + name + ": file already closed"},
		{func(io.Writer) error { return &fs.PathError{Op: "read", Path: "other", Err: fs.ErrClosed} }, "read other: file already closed"},
	} {
		if err := replaceFile(name, x.write); err == nil || err.Error() != x.want {
			t.Errorf("%v, want %s", err, x.want)
		}
	}
	missing := filepath.Join(t.TempDir(), "no", "x.smtp")
	if err := replaceText(missing, ""); !errors.Is(err, fs.ErrNotExist) || err.Error() != "write "+missing+": no such file or directory" {
		t.Error(err)
	}
}
