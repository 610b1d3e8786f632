package convert

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"ehlo/session"
	"ehlo/transcript"
)

func parse(t testing.TB, text string) *transcript.Transcript {
	t.Helper()
	tr, err := transcript.Parse("session.smtp", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func export(t testing.TB, tr *transcript.Transcript, form string) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := Export(&b, tr, form); err != nil {
		t.Fatalf("%s: %v", form, err)
	}
	return b.String()
}

// transcripts are those of this package and of the one above.
func transcripts(t testing.TB) map[string]*transcript.Transcript {
	t.Helper()
	files, _ := filepath.Glob("testdata/*.smtp")
	more, _ := filepath.Glob("../testdata/*.smtp")
	found := map[string]*transcript.Transcript{}
	for _, file := range append(files, more...) {
		tr, err := transcript.ReadFile(file)
		if err == nil {
			found[file] = tr
		}
	}
	if len(found) < 20 {
		t.Fatalf("only %d transcripts", len(found))
	}
	return found
}

// TestJSONLines: there and back, nothing is lost.
func TestJSONLines(t *testing.T) {
	for file, tr := range transcripts(t) {
		lines := export(t, tr, "jsonl")
		for line := range strings.Lines(lines) {
			if !json.Valid([]byte(line)) {
				t.Fatalf("%s: %s", file, line)
			}
		}
		back, report := imported(t, []byte(lines), Options{})
		if report.Format != "jsonl" {
			t.Errorf("%s: recognised as %s", file, report.Format)
		}
		var canonical bytes.Buffer
		if err := tr.FormatAs(&canonical, transcript.Style{Redact: transcript.Redaction{Secrets: true}}); err != nil {
			t.Fatal(err)
		}
		if back != canonical.String() {
			t.Errorf("%s: got\n%s\nwant\n%s", file, back, canonical.String())
		}
	}
}

// hostile is what a server that means no good might say.
const hostile = "S: 220 </pre></title><script>alert(1)</script> ``` ]]> ; end %% # \" ' $(id) `id` */\n" +
	"C: EHLO x\n" +
	`S"250 \x1b[2J\x1b]0;owned\x07 \xe2\x80\xaeabc\r\n"` + "\n" +
	"C: AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=\nS: 235 ok\n" +
	"C: MAIL FROM:<'; touch x; '@test.example>\nS: 250 ok\nC: RCPT TO:<$(id)@test.example>\nS: 250 ok\nC: DATA\nS: 354 go\n" +
	"C: END\nC: $(id)\nC: .\nS: 250 ok\nC: QUIT\nS: 221 bye\n"

// TestHostile: whatever is in a transcript stays text, in every form, and no
// secret gets out.
func TestHostile(t *testing.T) {
	tr := parse(t, hostile)
	for _, f := range Forms() {
		out := export(t, tr, f.Name)
		for _, never := range []string{"\x1b", "\u202e", "AGFsaWNlAHdvbmRlcmxhbmQ", "wonderland"} {
			if strings.Contains(out, never) && f.Name != "pcap" || strings.Contains(out, never) && strings.Contains(never, "wonder") {
				t.Errorf("%s: %q is in it\n%s", f.Name, never, out)
			}
		}
		switch f.Name {
		case "html", "svg":
			if strings.Contains(out, "<script") {
				t.Errorf("%s: the server has brought a script", f.Name)
			}
		case "markdown":
			if strings.Count(out, "\n```") != strings.Count(out, "\n````") {
				t.Errorf("the fence is not long enough:\n%s", out)
			}
		}
	}
	d := xml.NewDecoder(strings.NewReader(export(t, tr, "svg")))
	for {
		_, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("the SVG is no XML: %v", err)
		}
	}
}

// TestEveryForm: every transcript there is can be written in every form.
func TestEveryForm(t *testing.T) {
	for file, tr := range transcripts(t) {
		for _, f := range Forms() {
			if out := export(t, tr, f.Name); out == "" {
				t.Errorf("%s as %s: nothing", file, f.Name)
			}
		}
	}
}

// TestPcapThereAndBack: a capture that was written says the same.
// TestOpenSSLForASessionInTheClear: the command reaches the port that the
// session was on, by STARTTLS where that was offered, else by nc.
func TestOpenSSLForASessionInTheClear(t *testing.T) {
	for offered, want := range map[string]string{
		"250 STARTTLS": "| openssl s_client -quiet -connect 192.0.2.1:2525 -starttls smtp -name h\n",
		"250 HELP":     "| nc 192.0.2.1 2525\n",
	} {
		said := "= smtp-transcript 1\n= connect host=192.0.2.1 addr=192.0.2.1:2525\nS: 220 x\nC: EHLO h\nS: 250-x\nS: " + offered + "\nC: QUIT\nS: 221 x\n"
		var b strings.Builder
		notes, err := Export(&b, parse(t, said), "openssl")
		if err != nil || !strings.HasSuffix(b.String(), want) || !strings.Contains(strings.Join(notes, "\n"), "nothing but TLS") {
			t.Errorf("%s: %v\n%s", offered, err, b.String())
		}
	}
}

func TestPcapThereAndBack(t *testing.T) {
	for _, addr := range []string{"192.0.2.25:25", "[2001:db8::25]:2525"} {
		tr := parse(t, "= connect addr="+addr+"\nS: 220 x\nC: EHLO y\nS: 250-x\nS: 250 DSN\nC: MAIL FROM:<a@test.example>\nC: RCPT TO:<b@test.example>\n"+
			"S: 250 ok\nS: 250 ok\nC: DATA\nS: 354 go\n"+strings.Repeat("C: "+strings.Repeat("z", 70)+"\n", 100)+"C: .\nS: 250 ok\nC: QUIT\nS: 221 bye\n= closed by=client\n")
		text, _ := imported(t, []byte(export(t, tr, "pcap")), Options{})
		again := parse(t, text)
		said := func(tr *transcript.Transcript) string {
			var b strings.Builder
			for _, e := range tr.Events() {
				if e.Kind == session.Sent || e.Kind == session.Received {
					b.WriteString(e.Kind.String() + string(e.Data))
				}
			}
			return b.String()
		}
		if said(tr) != said(again) || again.Events()[0].Fact("addr") != addr {
			t.Errorf("%s: got\n%s", addr, text)
		}
	}
}

// TestPracticeAgain: what was in memory is said to be started, at an address that a
// program can reach.
func TestPracticeAgain(t *testing.T) {
	tr := parse(t, "= connect host=practice addr=practice:reject\nS: 554 x\nC: QUIT\nS: 221 bye\n")
	for _, form := range []string{"swaks", "curl", "nc", "openssl", "python", "go", "shell"} {
		out := export(t, tr, form)
		if !strings.Contains(out, "ehlo serve --listen 127.0.0.1:2525 practice:reject\n") || !strings.Contains(strings.ReplaceAll(out, "2525 practice:reject", ""), "2525") {
			t.Errorf("%s:\n%s", form, out)
		}
	}
	tr = parse(t, "= connect host=practice addr=192.0.2.1:25\nS: 554 x\nC: QUIT\nS: 221 bye\n")
	if out := export(t, tr, "swaks"); !strings.Contains(out, "--server practice") || strings.Contains(out, "ehlo serve") {
		t.Errorf("a host of that name:\n%s", out)
	}
}

// TestSwaksKeepsTLS: what was said under TLS stays there, in LMTP too.
func TestSwaksKeepsTLS(t *testing.T) {
	starts := "S: 220 x\nC: LHLO y\nS: 250-x\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\n@ starttls\n"
	rest := "C: LHLO y\nS: 250 x\nC: MAIL FROM:<a@test.example>\nS: 250 ok\nC: QUIT\nS: 221 bye\n"
	for name, c := range map[string]struct{ text, want string }{
		"STARTTLS":  {"= connect host=x addr=192.0.2.1:24 tls=none\n" + starts + rest, "--tls \\\n"},
		"TLS first": {"= connect host=x addr=192.0.2.1:24 tls=implicit\n= tls started version=TLSv1.3\nS: 220 x\n" + rest, "--tls-on-connect"},
	} {
		if out := export(t, parse(t, c.text), "swaks"); !strings.Contains(out, "--protocol LMTP") || !strings.Contains(out, c.want) {
			t.Errorf("%s:\n%s", name, out)
		}
	}
}

func TestNotes(t *testing.T) {
	tr := parse(t, "S: 220 x\nC: EHLO y\nS: 250 x\nC: VRFY bob\nS: 252 maybe\nC: MAIL FROM:<a@test.example> RET=HDRS\nS: 250 ok\nC: RCPT TO:<b@test.example>\nS: 250 ok\nC: QUIT\nS: 221 bye\n")
	for form, want := range map[string][]string{
		"swaks": {"VRFY bob", "RET=HDRS", "--quit-after RCPT"},
		"curl":  {"VRFY bob", "RET=HDRS", "cannot stop before the content"},
		"nc":    {"nothing waits", "'VRFY bob'"},
	} {
		out := export(t, tr, form)
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("%s: no %q in\n%s", form, w, out)
			}
		}
	}
	scram := parse(t, "S: 220 x\nC: EHLO y\nS: 250 AUTH SCRAM-SHA-256\nC> AUTH SCRAM-SHA-256 ${secret.1}\nS: 334 cj1h\nC> ${secret.2}\nS: 334 dj1i\nC:\nS: 235 ok\n"+
		"C: MAIL FROM:<a@test.example>\nS: 250 ok\nC: RCPT TO:<b@test.example>\nS: 250 ok\nC: QUIT\nS: 221 bye\n")
	if out := export(t, scram, "swaks"); strings.Contains(out, "left out") || strings.Contains(out, "--auth SCRAM") || !strings.Contains(out, "swaks has no SCRAM-SHA-256") {
		t.Errorf("a login that swaks does not know, with an empty response:\n%s", out)
	}
	if out := export(t, scram, "curl"); !strings.Contains(out, "built without GSASL has no SCRAM-SHA-256") {
		t.Errorf("a login that some curl do not know:\n%s", out)
	}
	login := "C> AUTH PLAIN ${secret.1}\nS: 235 ok\nC: QUIT\nS: 221 bye\n"
	for text, want := range map[string]bool{
		"S: 220 x\nC: EHLO y\nS: 250-AUTH PLAIN\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\n= tls started version=TLSv1.3\nC: EHLO y\nS: 250 AUTH PLAIN\n" + login: true,
		"S: 220 x\nC: EHLO y\nS: 250 AUTH PLAIN\n" + login: false,
	} {
		if out := export(t, parse(t, text), "nc"); strings.Contains(out, "most servers refuse it") != want {
			t.Errorf("refused: want %v\n%s", want, out)
		}
	}
	if _, err := Export(io.Discard, tr, "word"); err == nil || !strings.Contains(err.Error(), "markdown") {
		t.Errorf("a form that there is not: %v", err)
	}
}

// TestProgramsAskFirst: what a program needs it asks for before it connects.
func TestProgramsAskFirst(t *testing.T) {
	tr := parse(t, "S: 220 x\nC: EHLO y\nS: 250 AUTH SCRAM-SHA-256 PLAIN\nC> AUTH SCRAM-SHA-256 ${secret.1}\nS: 334 cj1h\nC> ${secret.2}\nS: 535 no\n"+
		"C> AUTH PLAIN ${secret.3}\nS: 235 ok\nC: QUIT\nS: 221 bye\n")
	for form, marks := range map[string][2]string{
		"go":     {"\tneed(%q)\n", "\tconnect(\""},
		"python": {"\nneed(%q)\n", "\nconnect("},
		"shell":  {"\n: \"${%s:?is not set}\"\n", "\nopen "},
	} {
		out := export(t, tr, form)
		for _, name := range []string{"SMTP_RESPONSE_1", "SMTP_RESPONSE_2", "SMTP_USER", "SMTP_PASSWORD"} {
			asks := fmt.Sprintf(marks[0], name)
			if at := strings.Index(out, asks); at < 0 || at > strings.Index(out, marks[1]) {
				t.Errorf("%s: %q does not stand before %q:\n%s", form, asks, marks[1], out)
			}
		}
	}
}

// FuzzExport: every transcript can be written in every form.
func FuzzExport(f *testing.F) {
	f.Add([]byte(hostile))
	f.Fuzz(func(t *testing.T, data []byte) {
		tr, err := transcript.Parse("fuzz", bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, form := range Forms() {
			if _, err := Export(io.Discard, tr, form.Name); err != nil && len(tr.Events()) > 0 {
				t.Fatalf("%s: %v", form.Name, err)
			}
		}
	})
}

// TestPcapBack: what is exported as a capture comes back as it was said, who
// hung up included; what was said under TLS too.
func TestPcapBack(t *testing.T) {
	const said = `= smtp-transcript 1
= recorded 2026-11-23T18:50:12Z by=test
= connect host=mx.test.example addr=192.0.2.25:25 from=192.0.2.7:40000 tls=none
+ 0.010
S: 220 mx.test.example
+ 0.001
C: EHLO client.test.example
+ 0.001
S: 250-mx.test.example
S: 250 STARTTLS
+ 0.001
C: STARTTLS
+ 0.001
S: 220 go
+ 0.001
= tls started version=TLSv1.3
+ 0.001
C: EHLO client.test.example
+ 0.001
S: 250 mx.test.example
+ 0.001
C: QUIT
+ 0.001
S: 221 bye
= closed by=server how=fin
`
	var capture bytes.Buffer
	if _, err := Export(&capture, parse(t, said), "pcap"); err != nil {
		t.Fatal(err)
	}
	text, report := imported(t, capture.Bytes(), Options{})
	want := parse(t, said).Events()
	got := parse(t, text).Events()
	if len(got) != len(want) || len(report.Warnings) != 1 {
		t.Fatalf("%v\\n%s", report.Warnings, text)
	}
	for i, e := range want {
		if got[i].Kind != e.Kind || string(got[i].Data) != string(e.Data) || !got[i].At.Equal(e.At) || got[i].Fact("by") != e.Fact("by") {
			t.Errorf("%+v\\nis now\\n%+v", e, got[i])
		}
	}
}
