package transcript

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"ehlo/session"
)

// echoed is a session that nobody recorded, with a server that repeats what it
// does not know.
const echoed = `S: 220 mail.test.example ESMTP
C: EHLO client.test.example
S: 250-mail.test.example
S: 250 AUTH LOGIN
C: AUTH LOGIN
S: 504 5.5.4 Unrecognized authentication type
C: wonderland
S: 500 5.5.1 Command unrecognized: "WONDERLAND"
# it says wonderland again
C: AUTH CRAM-MD5 bG9va2luZ2dsYXNz
S"501 AUTH CRAM-MD5 bG9va"
S"2luZ2dsYXNz, what?\r\n"
C: AUTH SCRAM-SHA-1 bG9va2luZ2dsYXNz
S? 501 *bG9va2luZ2dsYXNz*
S* 2 "501 bG9va2luZ2dsYXNz\r\n"
C: NOOP
S: 250 wonderland
`

// TestAnEchoOfAFile: what a server repeats of a secret is one in a file as well
// that nobody recorded, whatever is done with it.
func TestAnEchoOfAFile(t *testing.T) {
	for _, text := range []string{echoed, header + echoed} {
		made := map[string]string{"redacted": redacted(t, text, Redaction{Secrets: true}), "printed": printed(t, text), "scribed": scribed(t, text)}
		for how, got := range made {
			kept := strings.Contains(got, "250 wonderland") // behind a command that holds no secret
			got = strings.Replace(strings.ToLower(got), "250 wonderland", "", 1)
			if !kept || strings.Contains(got, "wonderland") || strings.Contains(got, "bg9va") && how != "scribed" {
				t.Errorf("%s:\n%s", how, got)
			}
		}
		again := redacted(t, made["redacted"], Redaction{Secrets: true})
		if again != made["redacted"] {
			t.Errorf("once\n%s\ntwice\n%s", made["redacted"], again)
		}
		if leaks, err := Lint("f", strings.NewReader(made["redacted"]), LintOptions{}); err != nil || len(leaks) > 0 {
			t.Error(leaks, err)
		}
		leaks, _ := Lint("f", strings.NewReader(text), LintOptions{})
		var lines []int
		for _, l := range leaks {
			lines = append(lines, l.Line-strings.Count(text, header))
		}
		if want := []int{7, 8, 10, 12, 13, 14, 15}; !slices.Equal(lines, want) {
			t.Errorf("lint tells of the lines %v, not %v: %v", lines, want, leaks)
		}
	}
}

// TestAnEchoBesideABlank: that a placeholder is repeated hides no secret behind it.
func TestAnEchoBesideABlank(t *testing.T) {
	const text = "S: 220 a\nC: EHLO c\nS: 250 a\nC: AUTH LOGIN\nS: 504 no\nC: <name>\nC: wonderland\nS: 500 <name> wonderland\n"
	leaks, err := Lint("f", strings.NewReader(text), LintOptions{})
	if err != nil || len(leaks) != 2 || leaks[1].Line != 8 || leaks[1].Col != len("S: 500 <name> ")+1 {
		t.Error(leaks, err)
	}
	hoped := strings.Replace(text, "S: 500 <name> wonderland", "S? 500 <name> wonderland*", 1)
	if got := redacted(t, hoped, Redaction{Secrets: true}); strings.Contains(got, "wonderland") {
		t.Error(got)
	}
}

// TestAnEchoThatWasRecorded: a reader sees bullets wherever a secret was.
func TestAnEchoThatWasRecorded(t *testing.T) {
	const text = header + "= recorded 2026-11-23T18:50:12Z by=ehlo/0.1\n= connect host=a\nS: 220 a\nC> AUTH PLAIN ${secret.1}\nS> 501 AUTH PLAIN ${secret.2}, what?\n"
	if got := printed(t, text); !strings.Contains(got, "501 AUTH PLAIN "+Bullets+", what?") || strings.Contains(got, "${") {
		t.Error(got)
	}
}

// TestHopedReplies: what is expected of a server says what the client's lines
// are, where no reply was recorded.
func TestHopedReplies(t *testing.T) {
	text, err := os.ReadFile("testdata/hoped.smtp")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer("C: dXNlcg==", "C> ${secret.1}", "C: d29uZGVybGFuZA==", "C> ${secret.2}", "AGFsaWNlAGxvb2tpbmc=", "*",
		"C: AUTH LOGIN\n", "= auth begin mech=LOGIN\nC: AUTH LOGIN\n").Replace(string(text))
	if got := redacted(t, string(text), Redaction{Secrets: true}); got != want {
		t.Errorf("%s\nnot\n%s", got, want)
	}
	loose := strings.TrimPrefix(string(text), header)
	if got := redacted(t, loose, Redaction{Secrets: true}); got != want {
		t.Errorf("%s\nnot\n%s", got, want)
	}
	leaks, err := Lint("f", bytes.NewReader(text), LintOptions{})
	if len(leaks) != 3 || err != nil {
		t.Error(leaks, err)
	}
	if got := printed(t, string(text)); strings.Count(got, Bullets) != 2 || !strings.Contains(got, " -> Hello\n -> .\n") {
		t.Error(got)
	}
}

func redacted(t *testing.T, text string, what Redaction) string {
	t.Helper()
	var out bytes.Buffer
	if err := NewReader("f", strings.NewReader(text)).Format(&out, Style{Redact: what}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func printed(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	p := Printer{W: &out}
	for _, e := range eventsOf(t, text) {
		if err := p.Print(e); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// scribed is what a scribe writes who is told of no secret.
func scribed(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	s := NewScribe(&out, false)
	for _, e := range eventsOf(t, text) {
		e.Secret = nil
		if err := s.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func eventsOf(t *testing.T, text string) []session.Event {
	t.Helper()
	tr, err := Parse("f", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return tr.Events()
}
