package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recordings makes a folder: one that agrees with the practice server, one in
// a folder below it that does not, a test that was written by hand, and one
// that is skipped.
func recordings(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "below"), 0o700); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := ehlo(t, "", send("--quiet", "--transcript", filepath.Join(dir, "a.smtp"), "--to", "bob@test.example", "practice")...); code != exitDone {
		t.Fatal(stderr)
	}
	for name, text := range map[string]string{
		"below/b.smtp": "S: 220 practice.example\nC: EHLO a.example\nS: 250-practice.example\nS: 250-X-GONE\nS: 250 SIZE 5\nC: VRFY bob\nS: 550 5.1.1 no\nC: QUIT\nS: 221 2.0.0 bye\n",
		"c.smtp":       "# by hand\nS? 220 ${name} *\nC: EHLO a.example\nS+ 250-SIZE*\nC: NOOP\nS? 250 *\nC: QUIT\nS? 221 *\n",
		"d.smtp":       "@ skip not yet\nS: 220 a\n",
		"e.txt":        "not a transcript, and not looked at",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestReplayFolder: a folder is a test suite, with reports for machines.
func TestReplayFolder(t *testing.T) {
	dir := recordings(t)
	xml, doc := filepath.Join(dir, "out.xml"), filepath.Join(dir, "out.json")
	code, stdout, stderr := ehlo(t, "", "replay", dir, "--against", "practice", "-j", "3", "--on-diff", "continue", "--report", "junit="+xml, "--report", "json="+doc)
	if code != exitDiffers || stderr != "" {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	for _, want := range []string{"a.smtp: same: ", "not offered: X-GONE", "code differs: 550 → 250", "c.smtp: same: ", "d.smtp: skipped: ", "4 transcripts: 2 same, 1 differ, 1 skipped; "} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	p, err := os.ReadFile(xml)
	if err != nil || !strings.Contains(string(p), `tests="4" failures="1"`) {
		t.Errorf("%v\n%s", err, p)
	}
	var parsed struct{ Summary map[string]int }
	if p, err = os.ReadFile(doc); err != nil || json.Unmarshal(p, &parsed) != nil || parsed.Summary["same"] != 2 {
		t.Errorf("%v\n%s", err, p)
	}
	if code, stdout, _ = ehlo(t, "", "replay", dir, "--against", "practice", "--report", "tap"); code != exitDiffers || !strings.HasPrefix(stdout, "TAP version 14\nok 1 - ") || !strings.HasSuffix(stdout, "\n1..4\n") {
		t.Errorf("exit code %d\n%s", code, stdout)
	}
}

// TestReplayShards: the parts make the whole, and no file is in two.
func TestReplayShards(t *testing.T) {
	dir := recordings(t)
	seen := map[string]int{}
	for _, shard := range []string{"1/3", "2/3", "3/3"} {
		_, stdout, stderr := ehlo(t, "", "replay", dir, "--against", "practice", "--shard", shard, "--repeat", "2", "--report", "tap", "--set", "name=x")
		if strings.Contains(stderr, "no file has") {
			t.Errorf("%s: of a part, and another one may have it: %s", shard, stderr)
		}
		for line := range strings.Lines(stdout) {
			if _, name, ok := strings.Cut(line, " - "); ok && line[0] != ' ' {
				seen[strings.TrimSpace(name)]++
			}
		}
	}
	if len(seen) != 8 {
		t.Errorf("%d runs: %v", len(seen), seen)
	}
	for name, n := range seen {
		if n != 1 || !strings.Contains(name, "(1/2)") && !strings.Contains(name, "(2/2)") {
			t.Errorf("%s: %d times", name, n)
		}
	}
}

// TestReplayOptions: what is compared, what is said otherwise, what is kept.
func TestReplayOptions(t *testing.T) {
	dir := recordings(t)
	a, b, c := filepath.Join(dir, "a.smtp"), filepath.Join(dir, "below/b.smtp"), filepath.Join(dir, "c.smtp")
	again, noted := filepath.Join(dir, "again.smtp"), filepath.Join(t.TempDir(), "noted.smtp")
	if err := os.WriteFile(noted, []byte("S? 220 *\nC: NOOP\nS: 250 2.0.0 hm\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{a, "--compare", "text"}, exitDone, "0 differences"},
		{[]string{a, "--compare", "octets"}, exitDone, "0 differences"},
		{[]string{a, "--compare", "loosely"}, exitUsage, "there are code, text, octets"},
		{[]string{b, "--ignore", "keyword=X-GONE", "--on-diff", "continue"}, exitDiffers, "1 difference,"},
		{[]string{b, "--ignore", "weather"}, exitUsage, "nothing that can be ignored"},
		{[]string{a, "--set", "helo=other.example", "--record", again}, exitDone, "EHLO client.example"},
		{[]string{again, "--max-notes", "0"}, exitDone, "EHLO other.example"},
		{[]string{noted, "--max-notes", "1"}, exitDone, "2 replies, 0 differences, 1 note\n"},
		{[]string{noted, "--max-notes", "0"}, exitDiffers, "noted.smtp: these are too many notes"},
		{[]string{a, "--rcpt-map", "*=nobody@test.example"}, exitDiffers, "code differs: 250 → 550"},
		{[]string{a, "--rcpt-map", "nobody"}, exitUsage, "expected OLD=NEW"},
		{[]string{a, "--rcpt-map", "bop@test.example=alice@test.example"}, exitDone, "replay: --rcpt-map bop@test.example=alice@test.example: no recipient fits"},
		{[]string{a, "--set", "nome=x"}, exitDone, "replay: --set nome: no file has ${nome}"},
		{[]string{c, "--print-captures"}, exitDone, "\nname=practice.example\n"},
		{[]string{c, "--shard", "3/2"}, exitUsage, "expected I/N"},
		{[]string{c, "--report", "html"}, exitUsage, "there are text, json, junit, tap"},
		{[]string{c, "-j", "0"}, exitUsage, "from 1 on"},
		{[]string{c, "--on-diff", "panic"}, exitUsage, "stop and continue"},
		{[]string{a, "--refresh", "date,message-id"}, exitDone, "0 differences"},
		{[]string{a, "--refresh", "everything"}, exitUsage, "cannot be made anew"},
	} {
		code, stdout, stderr := ehlo(t, "", append([]string{"replay", "--against", "practice"}, x.args...)...)
		if code != x.code || !strings.Contains(stdout+stderr, x.want) {
			t.Errorf("%q: exit code %d, no %q in\n%s%s", x.args, code, x.want, stdout, stderr)
		}
	}
}

// TestReplayAccept: what the server says now becomes what is expected of it.
func TestReplayAccept(t *testing.T) {
	b := filepath.Join(recordings(t), "below/b.smtp")
	code, stdout, stderr := ehlo(t, "", "replay", b, "--against", "practice", "--accept")
	if code != exitDone || !strings.Contains(stdout, "accepted into the file") {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	if code, stdout, _ = ehlo(t, "", "replay", b, "--against", "practice", "--compare", "octets"); code != exitDone {
		p, _ := os.ReadFile(b)
		t.Errorf("exit code %d\n%s\n%s", code, stdout, p)
	}
}

// TestAcceptNoExpectation: what a person expects stays, and that is said.
func TestAcceptNoExpectation(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.smtp")
	const text = "= smtp-transcript 1\nS? 220 *\nC: NOOP\nS? 5*\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := ehlo(t, "", "replay", file, "--against", "practice", "--accept")
	if code != exitDiffers || !strings.Contains(stderr, "x.smtp: --accept changes what was said, not what is expected") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	if p, err := os.ReadFile(file); string(p) != text {
		t.Errorf("%v\n%s", err, p)
	}
}

// TestReplayLoginAndCertificate: a password that was for a server with a good
// certificate goes to nobody else, unless somebody says that this is fine.
func TestReplayLoginAndCertificate(t *testing.T) {
	t.Setenv("EHLO_TEST_PASSWORD", "wonderland")
	file := filepath.Join(t.TempDir(), "login.smtp")
	if code, _, stderr := ehlo(t, "", send("--quiet", "--tls", "require", "--transcript", file, "--user", "alice", "--auth", "PLAIN", "--password-from", "env:EHLO_TEST_PASSWORD", "--to", "bob@test.example", "practice")...); code != exitDone {
		t.Fatal(stderr)
	}
	args := []string{"replay", file, "--secret", "password=env:EHLO_TEST_PASSWORD", "--against"}
	const refused = "not played from here on: the certificate is not verified: x509: "
	other := serveInBackground(t, "practice")
	for _, x := range []struct {
		args []string
		code int
		sent bool
	}{
		{[]string{"practice"}, exitDone, true},
		{[]string{other}, exitDiffers, false},
		{[]string{other, "--on-diff", "continue"}, exitDiffers, false},
		{[]string{other, "--insecure"}, exitDiffers, true}, // it is another certificate all the same
		{[]string{other, "--ignore", "tls"}, exitDone, true},
	} {
		code, stdout, stderr := ehlo(t, "", append(args, x.args...)...)
		if code != x.code || strings.Contains(stdout, refused) == x.sent {
			t.Errorf("%q: exit code %d\n%s%s", x.args, code, stdout, stderr)
		}
	}
}

// TestReplayExitCodes tells apart what can go wrong.
func TestReplayExitCodes(t *testing.T) {
	dir := recordings(t)
	a := filepath.Join(dir, "a.smtp")
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	// Where a client has its own end nobody listens, and nobody else will.
	client, err := net.Dial("tcp", silent.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	nobody := client.LocalAddr().String()
	needs, typo, tls, empty := filepath.Join(dir, "needs.smtp"), filepath.Join(dir, "typo.smtp"), filepath.Join(dir, "tls.smtp"), filepath.Join(dir, "empty.smtp")
	for name, text := range map[string]string{
		needs: "S: 220 a\nC> VRFY ${whom}\nS: 250 a\n", empty: "= smtp-transcript 1\n# nothing\n",
		typo: "S? 220 *\n@ expects within=2\n",
		tls:  "= smtp-transcript 1\n= recorded by=x\n= connect host=a addr=a:465 tls=implicit\n= tls started version=TLSv1.3\nS: 220 a\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	plain := serveInBackground(t, "practice")
	for _, x := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{filepath.Join(dir, "missing.smtp"), "--against", "practice"}, exitTranscript, "no such file"},
		{[]string{empty, "--against", "practice"}, exitTranscript, "there is nothing to play"},
		{[]string{a, "--against", nobody}, exitConnect, "refused"},
		{[]string{a, "--against", silent.Addr().String(), "--timeout", "1s"}, exitTimeout, "no greeting within 1s"},
		{[]string{a, "--against", "practice:reject"}, exitDiffers, "code differs: 220 → 554"},
		{[]string{needs, "--against", "practice"}, exitMissing, "needs.smtp:2: no value is known for ${whom}"},
		{[]string{needs, "--against", "practice", "--set", "whom=bob"}, exitDone, "<bob@practice.example>"},
		{[]string{typo, "--against", "practice"}, exitDone, "typo.smtp:2: @ expects is not known to this version of ehlo"},
		{[]string{tls, "--against", plain}, exitTLS, "TLS"},
		{[]string{a}, exitUsage, "give --against TARGET"},
		{[]string{a, "--against", "practice", "--same-host"}, exitUsage, "exclude each other"},
		{[]string{needs, "--same-host"}, exitUsage, "does not say with which server"},
	} {
		code, stdout, stderr := ehlo(t, "", append([]string{"replay"}, x.args...)...)
		if code != x.code || !strings.Contains(stdout+stderr, x.want) {
			t.Errorf("%q: exit code %d, not %d; no %q in\n%s%s", x.args, code, x.code, x.want, stdout, stderr)
		}
	}
}

// TestServeOnce: the exit code says whether the client followed. A server that is
// not to begin again has come to its end as well.
func TestServeOnce(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one.smtp"), filepath.Join(dir, "two.smtp")
	for name, text := range map[string]string{one: "S: 220 one\nC: QUIT\nS: 221 a\n", two: "S: 220 two\nC: NOOP\nS: 250 a\nC: QUIT\nS: 221 a\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range []struct {
		second string
		code   int
		want   string
		flag   string
	}{{two, exitDone, "", "--once"}, {one, exitDiffers, "two.smtp:2 expects NOOP: got QUIT", "--loop=false"}, {two, exitDone, "", "--loop=false"}} {
		first := make(chan string, 1)
		done := make(chan int, 1)
		var errs strings.Builder
		go func() {
			done <- run(t.Context(), []string{"serve", "--listen", "127.0.0.1:0", x.flag, one, two}, streams{strings.NewReader(""), firstLine(first), &errs})
		}()
		addr := strings.TrimPrefix(strings.TrimSpace(<-first), "listening on ")
		for _, file := range []string{one, x.second} {
			_, _, _ = ehlo(t, "", "replay", file, "--against", addr)
		}
		if code := <-done; code != x.code || !strings.Contains(errs.String(), x.want) {
			t.Errorf("exit code %d, %q", code, errs.String())
		}
	}
	for _, args := range [][]string{
		{"--match", "mind", one}, {"--on-mismatch", "cry", one}, {"--jobs", "-1", one}, {"--cert", "x", one}, {"--set", "x", one}, {"--match", "text", "practice"}, {one, "practice"},
	} {
		if code, _, stderr := ehlo(t, "", append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...); code != exitUsage {
			t.Errorf("%q: exit code %d, %s", args, code, stderr)
		}
	}
}

// TestReportsAgree: whatever became of the files, every report counts the same,
// and the exit code is that of the first that failed.
func TestReportsAgree(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.smtp": "S? 220 *\nC: NOOP\nS? 250 *\n",
		"b.smtp": "@ skip no\nS? 220 *\n",
		"c.smtp": "S? 220 *\nC: NOOP\nS? 550 *\n",
		"d.smtp": "= smtp-transcript 1\nX: what\n",
		"e.smtp": "= smtp-transcript 1\n",
		"f.smtp": "= smtp-transcript 1\nS? 220 *\nC: DATA\nS? 354 *\nC@ 0001 length=5 sha256=4f0c5b1e9a7d3c2288e61f0d7b6a5e4433221100ffeeddccbbaa998877665544\nC: .\nS? 250 *\n",
		"g.smtp": "S? 220 *\nC> VRFY ${who}\nS? 250 *\n",
		"h.smtp": "S: 220 hi\nC: NOOP\nS: 250 2.0.0 Ok\n", // a note
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args                          []string
		code                          int
		same, differ, errors, skipped int
	}{
		{nil, exitDiffers, 2, 1, 5, 1},
		{[]string{"--max-notes", "0", "-j", "4"}, exitDiffers, 1, 2, 5, 1},
		{[]string{"--repeat", "2"}, exitDiffers, 4, 2, 10, 2},
		{[]string{"--shard", "2/3"}, exitTranscript, 1, 0, 1, 1}, // b, e and h
	} {
		files := map[string]string{}
		args := append([]string{"replay", dir, filepath.Join(dir, "nosuch.smtp"), "--against", "practice"}, c.args...)
		for _, format := range []string{"json", "junit", "tap"} {
			files[format] = filepath.Join(t.TempDir(), format)
			args = append(args, "--report", format+"="+files[format])
		}
		code, stdout, _ := ehlo(t, "", args...)
		if code != c.code {
			t.Errorf("%q: exit code %d", c.args, code)
		}
		read := func(format string) string {
			p, err := os.ReadFile(files[format])
			if err != nil {
				t.Fatal(err)
			}
			return string(p)
		}
		n := c.same + c.differ + c.errors + c.skipped
		if got := read("junit"); !strings.Contains(got, fmt.Sprintf(`tests="%d" failures="%d" errors="%d" skipped="%d"`, n, c.differ, c.errors, c.skipped)) {
			t.Errorf("%q: %s", c.args, got)
		}
		var doc struct{ Summary map[string]int }
		if err := json.Unmarshal([]byte(read("json")), &doc); err != nil || doc.Summary["same"] != c.same || doc.Summary["differs"] != c.differ || doc.Summary["error"] != c.errors || doc.Summary["skipped"] != c.skipped {
			t.Errorf("%q: %v, %v", c.args, err, doc.Summary)
		}
		tap := "\n" + read("tap")
		if strings.Count(tap, "\nok ") != c.same+c.skipped || strings.Count(tap, "\nnot ok ") != c.differ+c.errors || strings.Count(tap, "# SKIP") != c.skipped {
			t.Errorf("%q: %s", c.args, tap)
		}
		if want := fmt.Sprintf("\n%d transcripts: %d same, %d differ, %d could not be run", n, c.same, c.differ, c.errors); !strings.Contains(stdout, want) {
			t.Errorf("%q: no %q in\n%s", c.args, want, stdout)
		}
	}
}
