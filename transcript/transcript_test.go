package transcript

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ehlo/session"
)

// TestDamage: everything around a damaged line stays usable.
func TestDamage(t *testing.T) {
	tr, err := Parse("d.smtp", strings.NewReader("= smtp-transcript 1\nS: 220 a\nC& what\nC: QUIT\n"))
	var syntax *SyntaxError
	if !errors.As(err, &syntax) || syntax.Line != 3 {
		t.Fatal(err)
	}
	if err.Error() != "d.smtp:3:2: unknown operator behind C" {
		t.Error(err)
	}
	if n := len(tr.Events()); n != 3 {
		t.Errorf("%d events", n)
	}
}

func TestRefused(t *testing.T) {
	place := regexp.MustCompile(`^r\.smtp:2:[1-9]\d*: `)
	for line, want := range map[string]string{
		"S: a\x1b[2J":                  `the octet \x1b must be written as an escape`,
		"S: \xff":                      `the octet \xff`,
		"S: a\u202eb":                  `the octet \xe2`,
		"S: a\u00adb":                  `the octet \xc2`, // a soft hyphen
		"# \ue000":                     `the octet \xee`, // private use
		`S"a`:                          "the quote is not closed",
		`S"a"b"`:                       `must be written as \"`,
		`S"\q"`:                        `unknown escape \q`,
		`S"\x1"`:                       "two hexadecimal digits",
		"S64 ab!":                      "no base64",
		"S65 ab":                       "unknown operator",
		"C> ${a b}":                    "no name of a variable",
		"C@ ../../etc/passwd length=1": "leaves the folder",
		"C@ /etc/passwd length=1":      "leaves the folder",
		`C@ a\\b length=1`:             "leaves the folder",
		"C@ x lines=1":                 "length= is missing",
		"C@ x length=-1":               "no number of octets",
		`C* 99999999 "abc"`:            "more than 1048576 octets",
		`C* 0 "abc"`:                   "1 or more",
		"+1":                           "expected + and seconds",
		"+ -1":                         "no number of seconds",
		"+ 99999999999":                "no number of seconds",
		"+ 1 step=x":                   "step",
		"= smtp-transcript 2":          "version",
		"=":                            "expected a blank and a key",
		"= closed by":                  "expected key=value",
		"S? ${a:/(/}":                  "missing closing )",
		"S? ":                          "pattern is empty",
		"hello":                        "no line of a transcript",
		strings.Repeat("x", 70000):     "longer than 64 KiB",
	} {
		_, err := Parse("r.smtp", strings.NewReader("= smtp-transcript 1\n"+line+"\n"))
		if err == nil || !strings.Contains(err.Error(), want) || !place.MatchString(err.Error()) {
			t.Errorf("%.40q: %v, want %q", line, err, want)
		}
	}
}

// TestTolerated: the same file after an editor, a mail, or another system.
func TestTolerated(t *testing.T) {
	for _, name := range dialogues {
		file, err := os.ReadFile(filepath.Join("testdata", name+".smtp"))
		if err != nil {
			t.Fatal(err)
		}
		want := parse(t, string(file)).Events()
		indented := "    " + strings.ReplaceAll(strings.TrimSpace(string(file)), "\n", "\n    ")
		for what, text := range map[string]string{
			"CRLF": strings.ReplaceAll(string(file), "\n", "\r\n"), "BOM": "\ufeff" + string(file),
			"no last line end": strings.TrimSuffix(string(file), "\n"), "unknown facts": string(file) + "= invented by=nobody\n@ dance\n",
			"indented": indented,
		} {
			if what == "indented" && strings.HasPrefix(string(file), header) {
				continue // what has a header is not pasted
			}
			if got := parse(t, text).Events(); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s: events differ", name, what)
			}
		}
	}
}

func TestUnknownKept(t *testing.T) {
	const file = "= smtp-transcript 1\n= recorded by=test\n# hello\n\n= invented by=nobody\n@ dance now\nS? 2xx *\nC* 3 \"ab\\r\\n\"\n"
	var b bytes.Buffer
	if err := parse(t, file).Format(&b); err != nil || b.String() != file {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// TestDialogues: who is responsible at the end of the dialogues of RFC 5321,
// appendix D, and for whom.
func TestDialogues(t *testing.T) {
	for _, c := range []struct {
		name        string
		responsible session.Party
		accepted    int
		forward     string
		refused     int
	}{
		{"rfc5321-d1", session.Server, 1, "Jones@foo.com Brown@foo.com", 1},
		{"rfc5321-d2", session.Client, 0, "Jones@foo.com", 1},
		{"rfc5321-d3a", session.Server, 1, "Jones@XYZ.COM", 0},
		{"rfc5321-d3b", session.Server, 1, "Jones@XYZ.COM", 0},
		{"rfc5321-d4", session.Server, 1, "Admin.MRC@foo.com", 0},
	} {
		tr := readFile(t, c.name)
		s := tr.State(len(tr.Events()))
		if s.Responsible != c.responsible || s.Accepted != c.accepted || s.Unasked > 0 || s.Finished == nil {
			t.Errorf("%s: responsible %s, accepted %d, unasked %d", c.name, s.Responsible, s.Accepted, s.Unasked)
			continue
		}
		var forward []string
		for _, r := range s.Finished.Recipients {
			if r.Taken() {
				forward = append(forward, r.Path)
			}
		}
		if got := strings.Join(forward, " "); got != c.forward || len(s.Finished.Recipients)-len(forward) != c.refused {
			t.Errorf("%s: forward-path %s", c.name, got)
		}
	}
}

// TestOneAlphabet: what a line of a file may hold, what the writer leaves
// literal and what may reach a terminal are one set of characters.
func TestOneAlphabet(t *testing.T) {
	for r := rune(0); r <= 0x10ffff; r++ {
		if r >= 0xd800 && r < 0xe000 {
			continue
		}
		text := strings.Repeat("a", int(r%11)) + string(r) + "b it is long enough"
		shown := session.Escape(text) == text
		if allowed := forbidden([]byte(text)) < 0; allowed != shown || allowed != literalText([]byte(text)) {
			t.Errorf("%U: shown %v, allowed in a file %v", r, shown, allowed)
		}
	}
}

var dialogues = []string{
	"rfc5321-d1", "rfc5321-d2", "rfc5321-d3a", "rfc5321-d3b", "rfc5321-d4", "submission", "bdat",
	"postfix", "exim", // recorded
}

func readFile(t testing.TB, name string) *Transcript {
	t.Helper()
	tr, err := ReadFile(filepath.Join("testdata", name+".smtp"))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func parse(t testing.TB, text string) *Transcript {
	t.Helper()
	tr, err := Parse("test.smtp", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// TestByHand: spellings of facts and orders that only a person uses.
func TestByHand(t *testing.T) {
	tr := parse(t, "= smtp-transcript 1\n= tls started version=TLSv1.3 resumed\n@ expect within=5 closed by=server\n")
	if e := tr.Events()[0]; e.Kind != session.Secured || e.Fact("resumed") != "yes" {
		t.Errorf("%+v", e)
	}
	items := slices.Collect(tr.Items())
	o, err := ParseOrder(&items[len(items)-1])
	if within, ok := o.Expects.Within(); err != nil || !ok || within != 5*time.Second || o.Expects.Of != "closed" || len(o.Expects.Wants) != 2 {
		t.Errorf("%+v, %v", o.Expects, err)
	}
}
