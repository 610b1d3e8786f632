package replay

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ehlo/transcript"
)

// TestAccept: replies that differ are replaced, and nothing else in the file.
func TestAccept(t *testing.T) {
	const file = `# a comment, and an indent that a person chose
  S: 220 old

C: EHLO a
# split over two reads
+ 0.1
S: 250-old
S"250 SI"
+ 0.1
S"ZE\r\n"
C: MAIL FROM:<>
S? 2xx *
C: RCPT TO:<b@c.example>
S: 250 2.1.5 Ok at Mon, 23 Nov 2026 19:50:12 +0100
C: DATA
S: 354 go
C: x
C: .
S: 250 2.0.0 Ok: queued as ABC123456
= capture queueid ABC123456
C: QUIT
S: 221 bye
`
	const now = `S: 220 old
C: EHLO a
S: 250-old
S: 250-SIZE 10
S: 250 DSN
C: MAIL FROM:<>
S: 251 whatever
C: RCPT TO:<b@c.example>
S: 250 2.1.5 Ok at Tue, 24 Nov 2026 19:50:12 +0100
C: DATA
S: 354 go
C: x
C: .
S: 250 2.6.0 Ok: queued as DEF987654
C: QUIT
S"221 see you\n"
`
	want := strings.NewReplacer(
		"S: 250-old\nS\"250 SI\"\n+ 0.1\nS\"ZE\\r\\n\"\n", "S: 250-old\nS: 250-SIZE 10\nS: 250 DSN\n+ 0.1\n",
		"S: 250 2.0.0 Ok: queued as ABC123456\n= capture queueid ABC123456\n", "S: 250 2.6.0 Ok: queued as DEF987654\n= capture queueid DEF987654\n",
		"S: 221 bye\n", "S\"221 see you\\n\"\n",
	).Replace(file)
	for _, ending := range []string{"\n", "\r\n"} {
		name := filepath.Join(t.TempDir(), "x.smtp")
		if err := os.WriteFile(name, []byte(strings.ReplaceAll(file, "\n", ending)), 0o700); err != nil {
			t.Fatal(err)
		}
		tr, err := transcript.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rep, problems := between(t, parse(t, now), tr, Options{Continue: true})
		if len(problems) > 0 {
			t.Fatalf("%q\n%s", problems, text(t, rep))
		}
		n, err := Accept(name, rep.Steps)
		if err != nil || n != 3 {
			t.Fatalf("%d accepted: %v\n%s", n, err, text(t, rep))
		}
		got, err := os.ReadFile(name)
		if err != nil || string(got) != strings.ReplaceAll(want, "\n", ending) {
			t.Errorf("%v\n%s\nwant\n%s", err, got, want)
		}
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o700 {
			t.Error(info.Mode(), err)
		}
		if files, err := os.ReadDir(filepath.Dir(name)); err != nil || len(files) != 1 {
			t.Errorf("%v left behind", files)
		}
		again, err := transcript.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if rep, _ := between(t, parse(t, now), again, Options{}); !rep.Same {
			t.Error(text(t, rep))
		}
		if _, err := Accept(name, rep.Steps); err == nil || !strings.Contains(err.Error(), "the file was changed since it was replayed") {
			t.Error(err)
		}
	}
}

// TestAcceptNothing: where nothing differs the file is not even opened for
// writing.
func TestAcceptNothing(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "x.smtp")
	if err := os.WriteFile(name, []byte("S: 220 a\nC: QUIT\nS: 221 b\n"), 0o400); err != nil {
		t.Fatal(err)
	}
	tr, err := transcript.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	rep, _ := between(t, tr, tr, Options{})
	if n, err := Accept(name, rep.Steps); n != 0 || err != nil {
		t.Error(n, err)
	}
}
