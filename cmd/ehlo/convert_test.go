package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// recorded makes a transcript of a session with a practice server on a socket.
func recorded(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	file := filepath.Join(dir, name+".smtp")
	args = append([]string{"send", "--helo", "client.example", "--from", "alice@practice.example", "--transcript", file}, args...)
	if code, stdout, stderr := ehlo(t, "", args...); code != 0 && code != exitPartial {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	return file
}

// exported writes a transcript in a form.
func exported(t *testing.T, file, form string) string {
	t.Helper()
	out := strings.TrimSuffix(file, ".smtp") + "." + form
	if code, _, stderr := ehlo(t, "", "export", "--as", form, file, "-o", out); code != 0 {
		t.Fatalf("export --as %s: exit code %d: %s", form, code, stderr)
	}
	return out
}

// runProgram runs what was exported, and skips where the machine has not got
// what it takes.
func runProgram(t *testing.T, env []string, name string, args ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestExportedPrograms: the programs that are exported say the same again, in
// the clear and under TLS with a login; where a reply is of another class they
// stop.
func TestExportedPrograms(t *testing.T) {
	dir := t.TempDir()
	ca := filepath.Join(dir, "ca.pem")
	addr := serveInBackground(t, "practice", "--ca-out", ca)
	t.Setenv("EHLO_TEST_PASSWORD", "wonderland")
	plain := recorded(t, dir, "plain", "--tls", "never", "--to", "bob@practice.example,nobody@practice.example", "--body", "caf\u00e9 $HOME `id` 'x' \"y\" \\\n.dot\n", addr)
	login := func(mech string) string {
		return recorded(t, dir, mech, "--tls", "require", "--ca", ca, "--auth", mech, "--user", "alice", "--password-from", "env:EHLO_TEST_PASSWORD", "--to", "bob@practice.example", addr)
	}
	env := []string{"SMTP_CA=" + ca, "SMTP_USER=alice", "SMTP_PASSWORD=wonderland"}
	// The same session, but the server is expected to refuse.
	text, err := os.ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other.smtp")
	if err := os.WriteFile(other, bytes.Replace(text, []byte("S: 250 2.1.5 "), []byte("S: 450 4.1.5 "), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	programs := map[string]func(file string) (string, []string){
		"python": func(file string) (string, []string) { return "python3", []string{file} },
		"shell":  func(file string) (string, []string) { return "bash", []string{file} },
		"go": func(file string) (string, []string) {
			if err := os.Rename(file, file+".go"); err != nil {
				t.Fatal(err)
			}
			return "go", []string{"run", file + ".go"}
		},
	}
	for form, command := range programs {
		t.Run(form, func(t *testing.T) {
			files := []string{plain, login("CRAM-MD5")}
			if form != "go" { // that takes its time to compile
				files = append(files, login("PLAIN"), login("LOGIN"))
			}
			for _, file := range files {
				name, args := command(exported(t, file, form))
				out, err := runProgram(t, env, name, args...)
				if err != nil || !strings.Contains(out, "S: 250 2.0.0 Ok") || !strings.Contains(out, "S: 221") {
					t.Errorf("%s: %v\n%s", file, err, out)
				}
				if strings.Contains(out, "wonderland") || strings.Contains(out, "d29uZGVybGFuZ") {
					t.Errorf("%s: the password is shown\n%s", file, out)
				}
			}
			if form != "go" {
				name, args := command(exported(t, login("PLAIN"), form))
				out, err := runProgram(t, env[:2], name, args...)
				if err == nil || !strings.Contains(out, "SMTP_PASSWORD") || strings.Contains(out, "not shown") {
					t.Errorf("no password is known: %v\n%s", err, out)
				}
			}
			name, args := command(exported(t, other, form))
			out, err := runProgram(t, env, name, args...)
			if err == nil || !strings.Contains(out, "expected 450") || strings.Contains(out, "C: DATA") {
				t.Errorf("a reply of another class: %v\n%s", err, out)
			}
		})
	}
}

// TestExportedCommands: the command lines do the same, where the commands are.
func TestExportedCommands(t *testing.T) {
	dir := t.TempDir()
	addr := serveInBackground(t, "practice")
	plain := recorded(t, dir, "plain", "--tls", "never", "--to", "bob@practice.example,nobody@practice.example", "--body", "caf\u00e9 $HOME `id` 'x'\n.dot\n", addr)
	for _, form := range []string{"swaks", "curl", "nc"} {
		t.Run(form, func(t *testing.T) {
			if form == "nc" && testing.Short() {
				t.Skip("it takes a second for each line")
			}
			if _, err := exec.LookPath(form); err != nil {
				t.Skipf("%s is not installed", form)
			}
			out, err := runProgram(t, nil, "bash", exported(t, plain, form))
			if err != nil && form != "swaks" || !strings.Contains(out, "250 2.0.0 Ok") || !strings.Contains(out, "550 5.1.1") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestSwaksSendsTheSameContent: octet for octet, whatever swaks makes of content
// that it is not told to leave alone.
func TestSwaksSendsTheSameContent(t *testing.T) {
	dir := t.TempDir()
	boxes := filepath.Join(dir, "boxes")
	addr := serveInBackground(t, "practice", "--maildir", boxes)
	for name, content := range map[string]string{
		"plain":  "Subject: x\r\nX-Y: z\r\n folded\r\n\r\nhello\r\n.dot\r\n..\r\n.\r\n\r\n\r\n",
		"words":  "Subject: %DATE%\r\n\r\na\\nb\r\n.\r\n",
		"mbox":   "From me\r\nSubject: x\r\n\r\nx\r\n",
		"header": "Subject: x\r\n",
		"bare":   "Subject: x\r\n\r\na\nb\rc\r\n",
		"octets": "Subject: x\r\n\r\n\xff\x00\xfe\r\n",
		"dot":    ".Subject: x\r\n\r\nx\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			to := name + "@practice.example"
			file := recorded(t, dir, name, "--tls", "never", "--to", to, "--message", written(t, name+".eml", content), addr)
			_, _ = runProgram(t, nil, "bash", exported(t, file, "swaks"))
			mails, err := filepath.Glob(filepath.Join(boxes, "*"+name+"*", "new", "*"))
			if err != nil || len(mails) != 2 {
				t.Fatal(mails, err)
			}
			var kept [2]string
			for i, mail := range mails {
				data, err := os.ReadFile(mail)
				if err != nil {
					t.Fatal(err)
				}
				_, kept[i], _ = strings.Cut(string(data), content[:5])
			}
			if kept[0] != kept[1] || kept[0] == "" {
				t.Errorf("%q, not %q", kept[1], kept[0])
			}
		})
	}
}

// TestImportExport: through the program, with standard input and files.
func TestImportExport(t *testing.T) {
	dir := t.TempDir()
	file := recorded(t, dir, "session", "--tls", "never", "--to", "bob@practice.example", "practice")
	canonical, _ := os.ReadFile(file)
	_, lines, _ := ehlo(t, "", "export", "--as", "jsonl", file)
	if code, stdout, stderr := ehlo(t, lines, "import", "-"); code != 0 || stdout != string(canonical) {
		t.Errorf("exit code %d, %s: the way to JSON Lines and back has lost something\n%s", code, stderr, stdout)
	}
	pasted := "$ telnet mail.test.example 25\nTrying 192.0.2.25...\nConnected to mail.test.example.\nEscape character is '^]'.\n220 mail.test.example\nwhat?\n500 no\nQUIT\n221 bye\n"
	code, stdout, stderr := ehlo(t, pasted, "import", "-")
	if code != 0 || !strings.Contains(stdout, "C: what?\n") || !strings.Contains(stderr, "ehlo: standard input:6: ") {
		t.Errorf("exit code %d, %s\n%s", code, stderr, stdout)
	}
	long := written(t, "long", "x\n"+strings.Repeat("a", 1<<20)+"\n220 x\nQUIT\n221 bye\n")
	labelled := written(t, "labelled", "S: 220 x\n\nC: "+strings.Repeat("a", 1<<20)+"\nS: 250 ok\n")
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"import"}, exitUsage, "expected one FILE"},
		{[]string{"import", "--from", "swacks", "-"}, exitUsage, `"swacks"; there are`},
		{[]string{"import", "-"}, exitTranscript, "no SMTP dialogue"},
		{[]string{"import", dir}, exitTranscript, "ehlo: " + dir + ": is a folder"},
		{[]string{"import", long}, exitTranscript, long + ":2: no SMTP dialogue was found in it; the line is too long"},
		{[]string{"import", labelled}, exitTranscript, labelled + ":3: the line is longer than 64 KiB"},
		{[]string{"import", "/does/not/exist"}, exitTranscript, "/does/not/exist"},
		{[]string{"import", "--keys", "/does/not/exist", "-"}, exitUsage, "--keys"},
		{[]string{"export", file}, exitUsage, "--as"},
		{[]string{"export", "--as", "word", file}, exitUsage, `"word"; there are`},
		{[]string{"export", "--as", "html", "/does/not/exist"}, exitTranscript, "/does/not/exist"},
		{[]string{"export", "--as", "html", file, "-o", "/does/not/exist"}, exitUsage, "/does/not/exist"},
	} {
		code, _, stderr := ehlo(t, "", c.args...)
		if code != c.code || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%q: exit code %d, %q; want %d and %q in one line", c.args, code, stderr, c.code, c.want)
		}
	}
}

// TestOutputReplacesWhatALinkLeadsTo: as ehlo fmt -w does.
func TestOutputReplacesWhatALinkLeadsTo(t *testing.T) {
	old := written(t, "old.smtp", "what was there\n")
	if err := os.Chmod(old, 0o640); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link.smtp")
	if err := os.Symlink(old, link); err != nil {
		t.Skip(err)
	}
	if code, _, stderr := ehlo(t, "S: 220 a\nC: QUIT\nS: 221 b\n", "import", "-", "-o", link); code != 0 {
		t.Fatal(stderr)
	}
	text, err := os.ReadFile(old)
	info, _ := os.Stat(old)
	if err != nil || !strings.Contains(string(text), "C: QUIT\n") || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, mode %o\n%s", err, info.Mode().Perm(), text)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link was replaced, %v", err)
	}
}
