package transcript

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzRedact: what secrets were taken out of has none at their places, is a
// transcript, and does not change when they are taken out again.
func FuzzRedact(f *testing.F) {
	names, _ := filepath.Glob("testdata/*.smtp")
	for _, name := range names {
		file, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file, false, false)
	}
	f.Add([]byte("S: 220 a\nC: AUTH PLAIN AGEAYg==\nS: 334 eA==\nC: eQ==\nC: eg==\nS: 235 ok\nC: DATA\nS: 354 go\nC: From: me\nC: .\n"), true, false)
	f.Add([]byte("= smtp-transcript 1\nS\"334 a\\r\\n\"\nC\"AUTH PLAIN\"\nC\" YQ==\\r\\n\"\n= part\nC* 3 \"x\\r\\n\"\nC@ redacted length=3\n"), true, true)
	f.Fuzz(func(t *testing.T, file []byte, content, mask bool) {
		style := Style{Redact: Redaction{Secrets: true, User: mask, Content: content, Mask: mask}}
		var once, twice bytes.Buffer
		if NewReader("f", bytes.NewReader(file)).Format(&once, style) != nil {
			return
		}
		l := linter{s: NewScanner("f", bytes.NewReader(once.Bytes())), name: "f"}
		if l.conversation(); len(l.found) > 0 {
			t.Fatalf("%v\n%s", l.found, once.Bytes())
		}
		if err := NewReader("f", bytes.NewReader(once.Bytes())).Format(&twice, style); err != nil || !bytes.Equal(once.Bytes(), twice.Bytes()) {
			t.Fatalf("%v\n%s\n%s", err, once.Bytes(), twice.Bytes())
		}
	})
}

// TestRedactWords: lint finds nothing any more in what is no conversation.
func TestRedactWords(t *testing.T) {
	file := `= smtp-transcript 1
S: 220 a
# token: Bearer abcdefghijklmnop0123456789, and it works
# -----BEGIN RSA PRIVATE KEY-----
# MIIEpAIBAAKCAQEAabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdef
# -----END RSA PRIVATE KEY-----
# that was the key
# ` + strings.Repeat("AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ= ", 11) + `
= note "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
# $ swaks --auth-password wonderland --to b@test.example
@ wait 1
# smtp://alice:wonderland@mx.test.example/
C: QUIT
`
	var out bytes.Buffer
	if err := NewReader("f", bytes.NewReader([]byte(file))).Format(&out, Style{Redact: Redaction{Secrets: true}}); err != nil {
		t.Fatal(err)
	}
	leaks, err := Lint("f", bytes.NewReader(out.Bytes()), LintOptions{})
	if err != nil || len(leaks) > 0 {
		t.Errorf("%v %v", leaks, err)
	}
	text := out.String()
	for _, kept := range []string{"and it works", "that was the key", "--to b@test.example", "@mx.test.example/", "@ wait 1"} {
		if !strings.Contains(text, kept) {
			t.Errorf("no %q in\n%s", kept, text)
		}
	}
	for _, gone := range []string{"wonderland", "MIIE", "AGFs", "eyJ", "abcdefghijklmnop"} {
		if strings.Contains(text, gone) {
			t.Errorf("%q is in\n%s", gone, text)
		}
	}
}
