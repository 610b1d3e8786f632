package convert

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/gopacket/gopacket/layers"

	"ehlo/session"
	"ehlo/transcript"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// samples returns the files of testdata; the name of the format stands before
// the first hyphen that is no part of it.
func samples(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, file := range files {
		if ext := filepath.Ext(file); ext != ".txt" && ext != ".pcap" {
			continue
		}
		name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		format := ""
		for _, f := range Names() {
			if (name == f || strings.HasPrefix(name, f+"-")) && len(f) > len(format) {
				format = f
			}
		}
		if format == "" {
			t.Fatalf("%s is of no format", file)
		}
		found[file] = format
	}
	return found
}

// imported returns the transcript, and behind it the warnings as comments.
func imported(t testing.TB, data []byte, o Options) (string, *Report) {
	t.Helper()
	var b bytes.Buffer
	report, err := Import(&b, bytes.NewReader(data), o)
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), report
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// options of a sample: a capture has its keys beside it.
func options(t testing.TB, file string) Options {
	var o Options
	if keys := strings.TrimSuffix(file, filepath.Ext(file)) + ".keys"; filepath.Ext(file) == ".pcap" {
		o.Keys = bytes.NewReader(read(t, keys))
		o.Port = 21525
	}
	return o
}

// TestImport: each sample is recognised and becomes the transcript beside it.
// Warnings stand behind it as comments.
func TestImport(t *testing.T) {
	t.Parallel()
	for file, format := range samples(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, report := imported(t, read(t, file), options(t, file))
			if report.Format != format {
				t.Errorf("recognised as %s", report.Format)
			}
			if _, err := transcript.Parse(file, strings.NewReader(text)); err != nil {
				t.Errorf("what was written cannot be read: %v", err)
			}
			for _, w := range report.Warnings {
				text += fmt.Sprintf("# warning, line %d: %s\n", w.Line, w.Text)
			}
			golden := strings.TrimSuffix(file, filepath.Ext(file)) + ".smtp"
			if *update {
				if err := os.WriteFile(golden, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if want := string(read(t, golden)); text != want {
				t.Errorf("got\n%s\nwant\n%s", text, want)
			}
		})
	}
}

// TestEveryFormatHasASample keeps the table and the files together.
func TestEveryFormatHasASample(t *testing.T) {
	has := map[string]bool{"jsonl": true} // TestJSONLines
	for _, format := range samples(t) {
		has[format] = true
	}
	for _, name := range Names() {
		if !has[name] {
			t.Errorf("no sample of %s", name)
		}
	}
}

// TestDirections: nobody's words are put into the other's mouth.
func TestDirections(t *testing.T) {
	t.Parallel()
	reply := regexp.MustCompile(`^[2-5][0-9][0-9][- ]`)
	command := regexp.MustCompile(`(?i)^(EHLO|HELO|MAIL FROM|RCPT TO|DATA$|QUIT$|AUTH )`)
	for file := range samples(t) {
		text, _ := imported(t, read(t, file), options(t, file))
		tr, err := transcript.Parse(file, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		client, server := 0, 0
		var st session.State
		for _, e := range tr.Events() {
			line := strings.TrimRight(string(e.Data), "\r\n")
			switch {
			case e.Kind == session.Sent && reply.MatchString(line) && st.Phase != session.Data:
				t.Errorf("%s: the client says %q", file, line)
			case e.Kind == session.Received && command.MatchString(line):
				t.Errorf("%s: the server says %q", file, line)
			case e.Kind == session.Sent:
				client++
			case e.Kind == session.Received:
				server++
			}
			st = st.Apply(e)
		}
		if strings.Contains(file, "refused") || strings.Contains(file, "clientonly") {
			continue
		}
		if client == 0 && !strings.Contains(file, "s_client") && !strings.Contains(file, "codeigniter") && !strings.Contains(file, "phpmailer-lines") || server == 0 && !strings.Contains(file, "oneside") && !strings.Contains(text, "S? ") {
			t.Errorf("%s: %d lines of the client and %d of the server", file, client, server)
		}
	}
}

// TestNoSecrets: whatever the samples hold, no transcript has a password.
func TestNoSecrets(t *testing.T) {
	t.Parallel()
	for file := range samples(t) {
		text, _ := imported(t, read(t, file), options(t, file))
		for _, secret := range []string{"wonderland", "\x00alice\x00wonderland"} {
			// Of the three ways in which base64 can begin within a group.
			for shift := range 3 {
				encoded := base64.RawStdEncoding.EncodeToString([]byte("xxx"[:shift] + secret))
				if core := encoded[4 : len(encoded)-2]; strings.Contains(text, core) && len(core) > 8 {
					t.Errorf("%s: the password is in it: %s", file, core)
				}
			}
			if strings.Contains(text, secret) {
				t.Errorf("%s: the password is in it", file)
			}
		}
	}
}

// TestAsPasted: what mails, editors, terminals and systems do to a text makes
// no other transcript of it.
func TestAsPasted(t *testing.T) {
	t.Parallel()
	lines := func(change func(string) string) func(string) string {
		return func(text string) string {
			var b strings.Builder
			for line := range strings.Lines(text) {
				b.WriteString(change(strings.TrimSuffix(line, "\n")) + "\n")
			}
			return b.String()
		}
	}
	var pasted []struct{ file, format, plain, want string }
	for file, format := range samples(t) {
		if filepath.Ext(file) == ".pcap" {
			continue
		}
		plain := string(read(t, file))
		if strings.Contains(plain, "\x00") || !strings.Contains(plain, "\n") { // that was done to it already
			continue
		}
		want, _ := imported(t, []byte(plain), Options{})
		pasted = append(pasted, struct{ file, format, plain, want string }{file, format, plain, want})
	}
	for name, change := range map[string]func(string) string{
		"CRLF":   lines(func(l string) string { return strings.TrimSuffix(l, "\r") + "\r" }),
		"BOM":    func(text string) string { return "\ufeff" + text },
		"quoted": lines(func(l string) string { return "> " + l }),
		"set in": lines(func(l string) string { return "    " + l }),
		"coloured": lines(func(l string) string {
			return "\x1b[1;32m" + strings.TrimSuffix(l, "\r") + "\x1b[0m\x1b[K"
		}),
		"UTF-16": func(text string) string {
			var b bytes.Buffer
			b.WriteString("\xff\xfe")
			for _, u := range utf16.Encode([]rune(text)) {
				b.Write([]byte{byte(u), byte(u >> 8)})
			}
			return b.String()
		},
		"no end": func(text string) string { return strings.TrimSuffix(text, "\n") },
	} {
		t.Run(name, func(t *testing.T) {
			for _, x := range pasted {
				got, report := imported(t, []byte(change(x.plain)), Options{})
				if report.Format != x.format || got != x.want {
					t.Errorf("%s, as %s: got\n%s\nwant\n%s", x.file, report.Format, got, x.want)
				}
			}
		})
	}
}

// TestCommandsHaveNoPasswords: what was typed around a dialogue is kept, but
// not the password in it.
func TestCommandsHaveNoPasswords(t *testing.T) {
	for _, command := range []string{
		"$ swaks --server mail.test.example --auth-user alice --auth-password hunter2",
		"$ swaks -s mail.test.example -au alice -ap hunter2",
		"$ curl smtp://mail.test.example -u alice:hunter2",
		"$ curl --user 'alice:hunter2' smtp://mail.test.example",
		"auth_password = hunter2",
		"password: 'hunter2'",
		`{"user": "alice", "password": "hunter2"}`,
		`$ curl smtp://mail.test.example -u "alice:a hunter2"`,
		`$ curl smtp://mail.test.example --user 'alice:a "hunter2'`,
		"$ curl smtp://mail.test.example --oauth2-bearer hunter2",
		"$ swaks --server smtp://alice:a@hunter2@mail.test.example/",
		"$ swaks --server smtp://alice:a/hunter2@mail.test.example/",
		"-----BEGIN PRIVATE KEY-----\nhunter2abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRST\n-----END PRIVATE KEY-----",
	} {
		text, _ := imported(t, []byte(command+"\n220 mail.test.example\nQUIT\n221 bye\n"), Options{})
		if strings.Contains(text, "hunter2") || !strings.Contains(text, "# ") {
			t.Errorf("%s: %s", command, text)
		}
	}
}

func TestNothingToImport(t *testing.T) {
	for _, text := range []string{"", "\n\n", "Dear Bob,\nhow are you?\n", "\x00\x01\x02", "= = =\n", strings.Repeat("x", 1<<20),
		"I have this header:\n\nSender: alice@test.example\nFrom: bob@test.example\nSubject: x\n\nWhat is it for?\n"} {
		_, err := Import(io.Discard, strings.NewReader(text), Options{})
		if !errors.Is(err, ErrNothing) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	if _, err := Import(io.Discard, strings.NewReader("x"), Options{From: "swacks"}); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "swaks") {
		t.Errorf("a format that there is not: %v", err)
	}
	if _, err := Import(io.Discard, strings.NewReader("x"), Options{From: "pcap"}); err == nil {
		t.Error("x is a capture")
	}
}

// fuzzImport: whatever a file holds, what is written is a transcript, and it
// moves no cursor.
func fuzzImport(f *testing.F, format string) {
	for file, of := range samples(f) {
		if of == format {
			f.Add(read(f, file))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var b bytes.Buffer
		_, err := Import(&b, bytes.NewReader(data), Options{From: format})
		if err != nil {
			return
		}
		tr, err := transcript.Parse("fuzz", bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatalf("%v\n%s", err, b.Bytes())
		}
		if b.Len() > 200*len(data)+1<<20 && format != "cmy" {
			t.Fatalf("%d octets have become %d", len(data), b.Len())
		}
		_ = tr.State(len(tr.Events()))
	})
}

func FuzzSwaks(f *testing.F)      { fuzzImport(f, "swaks") }
func FuzzCurl(f *testing.F)       { fuzzImport(f, "curl") }
func FuzzCurlTrace(f *testing.F)  { fuzzImport(f, "curl-trace") }
func FuzzSmtplib(f *testing.F)    { fuzzImport(f, "smtplib") }
func FuzzPhpmailer(f *testing.F)  { fuzzImport(f, "phpmailer") }
func FuzzNodemailer(f *testing.F) { fuzzImport(f, "nodemailer") }
func FuzzExim(f *testing.F)       { fuzzImport(f, "exim") }
func FuzzEximServer(f *testing.F) { fuzzImport(f, "exim-server") }
func FuzzCmy(f *testing.F)        { fuzzImport(f, "cmy") }
func FuzzKumo(f *testing.F)       { fuzzImport(f, "kumo") }
func FuzzHaraka(f *testing.F)     { fuzzImport(f, "haraka") }
func FuzzPostfix(f *testing.F)    { fuzzImport(f, "postfix") }
func FuzzNotice(f *testing.F)     { fuzzImport(f, "postfix-notice") }
func FuzzFollow(f *testing.F)     { fuzzImport(f, "follow") }
func FuzzRFC(f *testing.F)        { fuzzImport(f, "rfc") }
func FuzzArrows(f *testing.F)     { fuzzImport(f, "arrows") }
func FuzzBlocks(f *testing.F)     { fuzzImport(f, "blocks") }
func FuzzHexdump(f *testing.F)    { fuzzImport(f, "hexdump") }
func FuzzTcpdump(f *testing.F)    { fuzzImport(f, "tcpdump") }
func FuzzStrace(f *testing.F)     { fuzzImport(f, "strace") }
func FuzzLearned(f *testing.F)    { fuzzImport(f, "learned") }
func FuzzBare(f *testing.F)       { fuzzImport(f, "bare") }
func FuzzJSONL(f *testing.F)      { fuzzImport(f, "jsonl") }

func FuzzPcap(f *testing.F) {
	all := talked(f, "[2001:db8::25]:25")
	f.Add(section(f, layers.LinkTypeRaw, all, read(f, "testdata/pcap.keys")))
	f.Add(append(opening(binary.BigEndian), block(binary.BigEndian, 3, append([]byte("\x00\x00\x00\x28"), all[0].data...))...))
	fuzzImport(f, "pcap")
}

// FuzzRecognise: any octets at all.
func FuzzRecognise(f *testing.F) {
	for file := range samples(f) {
		f.Add(read(f, file))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var b bytes.Buffer
		if _, err := Import(&b, bytes.NewReader(data), Options{}); err != nil {
			return
		}
		if _, err := transcript.Parse("fuzz", bytes.NewReader(b.Bytes())); err != nil {
			t.Fatalf("%v\n%s", err, b.Bytes())
		}
	})
}

// TestCannotRead: half a file is no success, and a folder no dialogue.
func TestCannotRead(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is broken")
	half := io.MultiReader(strings.NewReader("C: EHLO a\nS: 250 a\n"), iotest.ErrReader(broken))
	if _, err := Import(io.Discard, half, Options{}); !errors.Is(err, broken) {
		t.Error(err)
	}
	long := io.MultiReader(strings.NewReader(strings.Repeat("C: NOOP\nS: 250 a\n", 50_000)), iotest.ErrReader(broken))
	if _, err := Import(io.Discard, long, Options{}); !errors.Is(err, broken) {
		t.Error(err)
	}
	folder, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	if _, err := Import(io.Discard, folder, Options{}); err == nil || errors.Is(err, ErrNothing) {
		t.Error(err)
	}
}

// TestLatin1: what stands before the lines need not be UTF-8.
func TestLatin1(t *testing.T) {
	for _, text := range []string{
		"caf\xe9> 220 a\ncaf\xe9> 250 b\ncaf\xe9< EHLO c\n",
		"caf\xe9 220 a\ncaf\xe9 EHLO c\ncaf\xe9 250 a\n",
	} {
		if got, report := imported(t, []byte(text), Options{}); report.Server == 0 || report.Client == 0 {
			t.Errorf("%q\n%s", text, got)
		}
	}
}

// TestOtherNames: people ask for the program, not for what its lines look like.
func TestOtherNames(t *testing.T) {
	for _, name := range []string{"telnet", "nc", "openssl", "go-smtp"} {
		if _, report := imported(t, []byte("220 a\nEHLO b\n250 a\n"), Options{From: name}); report.Format != "bare" {
			t.Errorf("%s is %s", name, report.Format)
		}
	}
}

// TestQuotedPrintable: a mail that quotes a dialogue is decoded, a dialogue that
// carries such a mail is not.
func TestQuotedPrintable(t *testing.T) {
	got, _ := imported(t, []byte("S: 220 a=20\nC: EHLO b\nS: 250-AUTH=3DLOGIN\nS: 250 SIZE=20\nC: QUIT\n"), Options{})
	if !strings.Contains(got, "S: 250-AUTH=LOGIN\nS: 250 SIZE\n") {
		t.Error(got)
	}
	got, _ = imported(t, []byte("S: 220 a\nC: DATA\nS: 354 go\nC: a=3Db=20\nC: 250=3D250=20\nC: c=\nC: d\nC: .\nS: 250 ok\n"), Options{})
	if !strings.Contains(got, "C: a=3Db=20\nC: 250=3D250=20\nC: c=\nC: d\n") {
		t.Error(got)
	}
}

// TestTyped: what an editor has made of hyphens is mended in replies only.
func TestTyped(t *testing.T) {
	got, _ := imported(t, []byte("S: 220 a\nC: EHLO b\nS: 250\u2013a\nS: 250\u00a0HELP\nC: DATA\nS: 354 go\nC: 250\u2013300 of them\nC: for 250\u2013300\nC: .\nS: 250 ok\n"), Options{})
	if !strings.Contains(got, "S: 250-a\nS: 250 HELP\n") || !strings.Contains(got, "C: 250\u2013300 of them\nC: for 250\u2013300\n") {
		t.Error(got)
	}
}
