package replay

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ehlo/transcript"
)

// TestRepeatedSecret: what a server repeats of a secret is in no report and in
// no file; it does not count as a difference, and can be served.
func TestRepeatedSecret(t *testing.T) {
	const file = `= smtp-transcript 1
S: 220 a
C: EHLO b
S: 250 a
C> AUTH XOAUTH2 ${secret.1}
S> 501 cannot read \"${secret.2}\"
C: NOOP
S: 250 then
C: QUIT
S: 221 b
`
	const real = "d29uZGVybGFuZA=="
	served := strings.NewReplacer("${secret.1}", real, "${secret.2}", real, "250 then", "250 now").Replace(file)
	name := filepath.Join(t.TempDir(), "x.smtp")
	if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	recorded := func() *transcript.Transcript {
		tr, err := transcript.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return tr
	}
	o := Options{Variables: map[string]string{"secret.1": real}, Compare: CompareOptions{Level: transcript.ByText}}
	rep, problems := between(t, parse(t, served), recorded(), o)
	if got := text(t, rep); len(problems) > 0 || rep.Same || strings.Count(got, "\n! ")+strings.Count(got, " ! ") > 1 || strings.Contains(strings.ToLower(got), strings.ToLower(real)) {
		t.Errorf("%q\n%s", problems, got)
	}
	if rep, problems = between(t, parse(t, file), recorded(), o); !rep.Same || len(problems) > 0 {
		t.Errorf("%q\n%s", problems, text(t, rep))
	}
	rep, _ = between(t, parse(t, strings.Replace(served, "cannot read", "what is", 1)), recorded(), o)
	if n, err := Accept(name, rep.Steps); n != 2 || err != nil {
		t.Errorf("%d accepted: %v", n, err)
	}
	accepted, err := os.ReadFile(name)
	want := strings.NewReplacer("cannot read", "what is", "${secret.2}", "${secret}", "250 then", "250 now").Replace(file)
	if err != nil || string(accepted) != want {
		t.Errorf("%v\n%s", err, accepted)
	}
}
