package main

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const pasted = `   S: 220 mx.test.example ready
   C: EHLO client.example
   S: 250-mx.test.example
   S: 250 AUTH PLAIN LOGIN
   C: AUTH PLAIN
      AGFsaWNlAHdvbmRlcmxhbmQ=
   S: 235 2.7.0 ok
   C: MAIL FROM:<alice@test.example>
   S: 250 ok
   C: RCPT TO:<bob@test.example>
   S: 250 ok
   C: DATA
   S: 354 go
   C: Subject: the secret plan
   C: Content-Type: multipart/mixed; boundary=next; name="plan 9.txt"
   C:
   C: --next
   C: Content-Type: text/plain
   C:
   C: Call 555-1234, Jürgen.
   C: --next--
   C: .
   S: 250 2.0.0 ok
   C: QUIT
   S: 221 bye
`

func written(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestFmt: what was pasted becomes a transcript, which then stays as it is.
func TestFmt(t *testing.T) {
	file := written(t, "pasted.txt", pasted)
	code, out, stderr := ehlo(t, "", "fmt", file)
	if code != 0 || !strings.HasPrefix(out, "= smtp-transcript 1\nS: 220 mx") || !strings.Contains(out, "\nC: AUTH PLAIN AGFs") {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	want := "ehlo: " + file + ":1: blanks before the labels are left out\nehlo: " + file + ":6: this line goes on with the one before\n"
	if stderr != want {
		t.Errorf("%q, want %q", stderr, want)
	}
	if _, again, _ := ehlo(t, out, "fmt"); again != out {
		t.Errorf("it changes again:\n%s", again)
	}
	if code, list, _ := ehlo(t, "", "fmt", "-l", file); code != 0 || list != file+"\n" {
		t.Errorf("exit code %d, %q", code, list)
	}
	if code, nothing, _ := ehlo(t, "", "fmt", "-w", file); code != 0 || nothing != "" {
		t.Errorf("exit code %d, %q", code, nothing)
	}
	now, err := os.ReadFile(file)
	if err != nil || string(now) != out {
		t.Errorf("%v\n%s", err, now)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o700 {
		t.Error(info, err)
	}
	if code, list, stderr := ehlo(t, "", "fmt", "-l", "-w", file); code != 0 || list+stderr != "" {
		t.Errorf("exit code %d, %q, %q", code, list, stderr)
	}
}

// TestFmtLeavesAlone: a file that is no transcript, or cannot be replaced, is
// the same file afterwards.
func TestFmtLeavesAlone(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		args []string
		code int
		err  string
	}{
		"damaged":   {"= smtp-transcript 1\nS: 220 a\nC\"open\n", []string{"-w"}, 44, ":3:2: the quote is not closed"},
		"a letter":  {"Dear Bob,\nhow are you?\n", []string{"-w"}, 44, ":1: no line of a transcript"},
		"bad times": {pasted, []string{"-w", "--times=fortnight"}, 1, "no unit of time"},
		"bad word":  {pasted, []string{"-w", "--redact=everything"}, 1, "user, content and mask"},
	} {
		file := written(t, "x.smtp", c.text)
		code, _, stderr := ehlo(t, "", append(append([]string{"fmt"}, c.args...), file)...)
		now, _ := os.ReadFile(file)
		if code != c.code || !strings.Contains(stderr, c.err) || string(now) != c.text {
			t.Errorf("%s: exit code %d, %q", name, code, stderr)
		}
		if rest, _ := os.ReadDir(filepath.Dir(file)); len(rest) != 1 {
			t.Errorf("%s: it left %v behind", name, rest)
		}
	}
	if code, _, stderr := ehlo(t, pasted, "fmt", "-w", "-"); code != 1 || !strings.Contains(stderr, "want the name of a FILE") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	if os.Geteuid() == 0 {
		return // nothing is read-only for root
	}
	file := written(t, "x.smtp", pasted)
	_ = os.Chmod(filepath.Dir(file), 0o500)
	defer os.Chmod(filepath.Dir(file), 0o700)
	if code, _, stderr := ehlo(t, "", "fmt", "-w", file); code != 1 || !strings.Contains(stderr, "permission denied") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

// TestFmtStyles: times are for recordings, not for a repository.
func TestFmtStyles(t *testing.T) {
	const recorded = "= smtp-transcript 1\n= recorded 2026-11-23T18:50:12.345Z by=test\n= connect host=a addr=192.0.2.1:25 took=23ms\n+ 0.001400\nS: 220 a\n+ 0.001400 step=3\nC: NOOP\n= step 4\nC: QUIT\n+ 0.001400\nS: 250 a\n+ 0.001400\nS: 221 bye\n"
	for args, want := range map[string]string{
		"--no-times": "= smtp-transcript 1\n= recorded by=test\n= connect host=a addr=192.0.2.1:25\nS: 220 a\nC: NOOP\nC: QUIT\nS: 250 a\n+ 0.000\nS: 221 bye\n",
		// Rounded is the time since the beginning.
		"--times=ms": strings.NewReplacer("+ 0.001400\nS: 220", "+ 0.001\nS: 220", "+ 0.001400 step", "+ 0.002 step", "+ 0.001400\nS: 250", "+ 0.001\nS: 250", "+ 0.001400\nS: 221", "+ 0.002\nS: 221").Replace(recorded),
		"--times=s":  strings.ReplaceAll(recorded, "+ 0.001400", "+ 0.000"),
	} {
		code, out, stderr := ehlo(t, recorded, "fmt", args)
		if code != 0 || stderr != "" || out != want {
			t.Errorf("%s: exit code %d, %q\n%s\nwant\n%s", args, code, stderr, out, want)
		}
	}
}

// TestRedact: what is taken out is gone, and what is left can be used.
func TestRedact(t *testing.T) {
	for args, c := range map[string]struct{ gone, left []string }{
		"--redact":         {[]string{"AGFs", "wonder"}, []string{"C> AUTH PLAIN ${secret.1}", "mech=PLAIN user=alice", "secret plan"}},
		"--redact=user":    {[]string{"AGFs", "user=alice"}, []string{"= auth begin mech=PLAIN\n", "secret plan"}},
		"--redact=content": {[]string{"AGFs", "plan", "rgen"}, []string{"user=alice", "C@ redacted length=164 lines=8\nC: .\n", "<bob@"}},
		"--redact=mask,user": {[]string{"AGFs", "secret plan", "plan 9", "555", "Call", "user=alice"},
			[]string{"C: Subject: xxx xxxxxx xxxx\n", `boundary=next; name="xxxx 0.xxx"`, "C: --next--", "C: xxxx 000-0000, xxxxxxx.\n"}},
	} {
		code, out, _ := ehlo(t, pasted, "fmt", args)
		for _, word := range c.gone {
			if code != 0 || strings.Contains(out, word) {
				t.Errorf("%s: exit code %d, %q is there\n%s", args, code, word, out)
			}
		}
		for _, word := range c.left {
			if !strings.Contains(out, word) {
				t.Errorf("%s: %q is not there\n%s", args, word, out)
			}
		}
		if _, again, stderr := ehlo(t, out, "fmt", args); again != out || stderr != "" {
			t.Errorf("%s: it changes again: %q\n%s\n%s", args, stderr, out, again)
		}
		if code, found, _ := ehlo(t, out, "lint", "-"); code != 0 {
			t.Errorf("%s: exit code %d, %s", args, code, found)
		}
	}
}

// TestLint: passwords are found where they are, whatever the text around them;
// what only stands for one is not.
func TestLint(t *testing.T) {
	for text, want := range map[string]string{
		pasted: ":5:15: what gives access stands behind AUTH|:6:7: a name and a password in base64",
		"S: 220 a\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: YWxpY2U=\nS: 334 UGFzc3dvcmQ6\nC: d29uZGVybGFuZA==\n": ":4:4: the response of a login|:6:4: the response of a login",
		" -> AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=\n<-  235 ok\n":                                                 ":1:16: what gives access stands behind AUTH PLAIN",
		"reply: b'334 UGFzc3dvcmQ6\\r\\n'\nsend: 'd29uZGVybGFuZA==\\r\\n'\n":                                    ":2:8: a password in base64",
		"~> AGFsaWNlAHdvbmRlcmxhbmQ=\n":                                                                         ":1:4: a name and a password in base64",
		"$ swaks --to bob@test.example -ap wonderland\n":                                                        ":1:35: a password on a command line",
		"$ curl -u alice:wonderland smtp://mail.test.example\n":                                                 ":1:17: a password on a command line",
		"smtp://alice:wonderland@mail.test.example\n":                                                           ":1:14: a password in a URL",
		"-----BEGIN RSA PRIVATE KEY-----\n":                                                                     ":1:1: a private key",
		"X-Token: eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl\n":                                                     ":1:10: a token (JWT)",
		"C: AUTH XOAUTH2 ${secret.1}\nS: 250-AUTH PLAIN LOGIN NTLM\n":                                           "",
		"$ swaks -ap env:PASSWORD; curl -u alice:$PASSWORD; --password xxx":                                     "",
		"S: 220 a\nC> AUTH PLAIN ${secret.1}\nS: 235 ok\nC: AUTH LOGIN *\n":                                     "",
	} {
		file := written(t, "x.txt", text)
		code, out, stderr := ehlo(t, "", "lint", file)
		wantCode := 0
		var lines []string
		for where := range strings.SplitSeq(want, "|") {
			if where != "" {
				wantCode = exitDiffers
				lines = append(lines, file+where)
			}
		}
		got := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		ok := code == wantCode && stderr == "" && (len(lines) == 0 && out == "" || len(lines) == len(got))
		for i := range lines {
			ok = ok && strings.HasPrefix(got[i], lines[i])
		}
		if !ok || strings.Contains(out, "wonder") || strings.Contains(out, "d29u") {
			t.Errorf("%q: exit code %d, want %d: %s%s", text, code, wantCode, out, stderr)
		}
	}
	if code, out, _ := ehlo(t, "bob@example.com joe@company.example joe@real-company.com", "lint", "--addresses", "-"); code != 41 || !strings.Contains(out, "joe@real") || strings.Contains(out, "bob") {
		t.Errorf("exit code %d, %s", code, out)
	}
	if code, _, stderr := ehlo(t, "", "lint", t.TempDir()); code != exitTranscript || !strings.Contains(stderr, "is a folder") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

// TestLintUnseen: what cannot be looked at is told, and is no good news.
func TestLintUnseen(t *testing.T) {
	for text, want := range map[string]string{
		"= smtp-transcript 1\nS: 220 a\nC: NOOP " + strings.Repeat("a", 70_000) + "\nS: 250 ok\n":                         ":3:1: the line is longer",
		"S: 220 a\nC: NOOP " + strings.Repeat("a", 70_000) + "\nS: 250 ok\n":                                              ":2:1: the line is longer",
		"= smtp-transcript 1\nS: 220 a\nC64 !\nS: 250 ok\n":                                                               ":3",
		"= smtp-transcript 1\nS: 220 a\nC: DATA\nS: 354 go\nC@ x.smtp.d/0001 length=10\nS: 250 ok\n":                      ":5:1: the octets beside",
		"= smtp-transcript 1\nS: 220 a\nC: DATA\nS: 354 go\nC@ x.smtp length=10 sha256=" + strings.Repeat("0", 64) + "\n": ":5:1: x.smtp was changed",
		"= smtp-transcript 1\nS: 220 a\nC: DATA\nS: 354 go\nC@ x.smtp length=1000\nS: 250 ok\n":                           ":5:1: x.smtp was cut",
		"= smtp-transcript 1\nS: 220 a\nC: DATA\nS: 354 go\nC@ ../x length=1000\nS: 250 ok\n":                             ":5:4: \"../x\" leaves",
	} {
		file := written(t, "x.smtp", text)
		if code, _, stderr := ehlo(t, "", "lint", file); code != exitTranscript || !strings.Contains(stderr, file+want) {
			t.Errorf("%.100q: exit code %d, %s; want %s", text, code, stderr, want)
		}
		if code, _, stderr := ehlo(t, text, "lint", "-"); code != exitTranscript || !strings.Contains(stderr, "standard input:") {
			t.Errorf("%.100q: exit code %d, %s", text, code, stderr)
		}
	}
}

// TestKeepSecrets: only who spells it out has a password in a file; then the
// file says so, lint finds it, and nothing that is printed shows it.
func TestKeepSecrets(t *testing.T) {
	t.Setenv("EHLO_TEST_PASSWORD", "wonderland")
	dir := t.TempDir()
	base64s := []string{"d29uZGVybGFuZ", "dvbmRlcmxhbm", "3b25kZXJsYW5k", "wonderland"}
	for _, c := range []struct {
		flags []string
		kept  bool
	}{{nil, false}, {[]string{"--keep-secrets", "--sync"}, true}} {
		file := filepath.Join(dir, "x.smtp")
		args := append(c.flags, "--tls", "require", "--auth", "PLAIN,LOGIN", "--user", "alice", "--password-from", "env:EHLO_TEST_PASSWORD",
			"--quiet", "--transcript", file, "--to", "bob@x.example", "practice")
		if code, _, stderr := ehlo(t, "", append([]string{"send", "--helo", "client.example", "--from", "alice@client.example"}, args...)...); code != 0 {
			t.Fatalf("exit code %d, %s", code, stderr)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, b := range base64s {
			found = found || strings.Contains(string(text), b)
		}
		code, _, _ := ehlo(t, "", "lint", file)
		if found != c.kept || strings.Contains(string(text), "\n= secrets kept\n") != c.kept || (code == exitDiffers) != c.kept {
			t.Errorf("kept %v: found %v, lint %d\n%s", c.kept, found, code, text)
		}
		_, shown, _ := ehlo(t, "", "show", file)
		for _, b := range base64s {
			if strings.Contains(shown, b) || !strings.Contains(shown, "AUTH PLAIN ••••") {
				t.Errorf("shown: %s", shown)
			}
		}
	}
	if code, _, stderr := ehlo(t, "", send("--keep-secrets", "--to", "b@x.example", "practice")...); code != 1 || !strings.Contains(stderr, "--transcript") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

// alignments are a secret as it stands and the three ways in which it can
// stand in base64.
func alignments(secret string) []string {
	all := []string{secret}
	for shift := range 3 {
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + secret))
		from := (shift*8 + 5) / 6 // the first digit that holds nothing of what is before
		to := (shift + len(secret)) * 8 / 6
		all = append(all, text[from:to])
	}
	return all
}

// TestNoSecretAnywhere: whatever the mechanism, the password is in nothing
// that is written or printed, in no way that base64 can write it.
func TestNoSecretAnywhere(t *testing.T) {
	t.Setenv("EHLO_TEST_PASSWORD", "wonderland")
	t.Setenv("EHLO_TEST_TOKEN", "t0ken")
	for mech, secret := range map[string]string{"PLAIN": "wonderland", "LOGIN": "wonderland", "CRAM-MD5": "wonderland", "SCRAM-SHA-256": "wonderland", "XOAUTH2": "t0ken", "OAUTHBEARER": "t0ken"} {
		from := map[string]string{"wonderland": "env:EHLO_TEST_PASSWORD", "t0ken": "env:EHLO_TEST_TOKEN"}[secret]
		for _, more := range []string{"--json", "--facts", "--remarks", "--time"} {
			file := filepath.Join(t.TempDir(), "x.smtp")
			code, out, stderr := ehlo(t, "", "send", "--helo", "client.example", "--from", "alice@client.example", "--tls", "require", "--auth", mech,
				"--user", "alice", "--password-from", from, more, "--transcript", file, "--to", "bob@x.example", "practice")
			text, err := os.ReadFile(file)
			if code != 0 || err != nil {
				t.Fatalf("%s: exit code %d, %v, %s", mech, code, err, stderr)
			}
			_, played, _ := ehlo(t, "", "play", "--speed", "0", file)
			for _, a := range alignments(secret) {
				for what, text := range map[string]string{"output": out, "errors": stderr, "transcript": string(text), "playback": played} {
					if strings.Contains(text, a) {
						t.Errorf("%s %s: %q in the %s", mech, more, a, what)
					}
				}
			}
		}
	}
	if plain := base64.StdEncoding.EncodeToString([]byte("\x00alice\x00wonderland")); !strings.Contains(plain, alignments("wonderland")[2]) {
		t.Error("the alignments are wrong")
	}
}

// TestInlineMax: how much content stands in the file itself is a choice.
func TestInlineMax(t *testing.T) {
	mail := written(t, "long.eml", "Subject: x\r\n\r\n"+strings.Repeat("a line of text\r\n", 10_000))
	for limit, inside := range map[string]bool{"0": false, "1000": false, "65536": false, "1000000": true} {
		file := filepath.Join(t.TempDir(), "x.smtp")
		args := send("--quiet", "--inline-max", limit, "--transcript", file, "--message", mail, "--to", "bob@x.example", "practice")
		if code, _, stderr := ehlo(t, "", args...); code != 0 {
			t.Fatalf("exit code %d, %s", code, stderr)
		}
		text, _ := os.ReadFile(file)
		if _, err := os.Stat(file + ".d/0001"); strings.Contains(string(text), "\nC: a line of text\n") != inside || (err != nil) != inside {
			t.Errorf("%s: %v", limit, err)
		}
	}
}

// TestFmtListsNamesInOneLineEach, whatever stands in them.
func TestFmtListsNamesInOneLineEach(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a\nb\x1b[2J.smtp")
	if err := os.WriteFile(file, []byte("S: 220 x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, list, _ := ehlo(t, "", "fmt", "-l", file); !strings.HasSuffix(list, `a\nb\x1b[2J.smtp`+"\n") {
		t.Errorf("%q", list)
	}
}
