package replay

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"ehlo/transcript"
)

// TestEverythingIsAccepted: what a server says otherwise stands in the file after
// it was accepted, just so; nothing differs then, even by octets, and nothing else
// in the file has changed.
func TestEverythingIsAccepted(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.smtp")
	for _, d := range dialogues {
		t.Run(d.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { d.accepted(t, name) })
		})
	}
}

func (d *dialogue) accepted(t *testing.T, name string) {
	recorded := func(lines []string) []string {
		return append([]string{"# as it was", "@ timeout 30"}, each(lines, func(l string) string { return "S: " + l })...)
	}
	octets := CompareOptions{Level: transcript.ByOctets}
	for at, p := range d.parts {
		file, _, _ := d.file(at, append(recorded(p.server), "", "# behind it"), recorded)
		for what, a := range wrong(p.server) {
			lines, replies := a.lines()
			if _, due := (&answer{write: wire(p.server)}).lines(); a.then != "" || replies != due || !goesOn(p.server, lines) {
				continue // not another reply, but none
			}
			if p.closes {
				a.then = "close"
			}
			if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
				t.Fatal(err)
			}
			stage := d.stage(t, at, a, passwords)
			rep := perform(t, file, stage, Options{Variables: passwords, Compare: octets, Continue: true})
			rep.Name = name
			n, err := Accept(name, rep.Steps)
			if err != nil || n == 0 {
				t.Errorf("%s: %d, %v\n%s\n%s", what, n, err, file, text(t, rep))
				continue
			}
			now, _ := os.ReadFile(name)
			want, _, _ := d.file(at, append(recorded(lines), "", "# behind it"), recorded)
			if string(now) != want {
				t.Errorf("%s: %s\nnot %s", what, now, want)
			}
			rep = perform(t, string(now), stage, Options{Variables: passwords, Compare: octets})
			if n, err = Accept(name, rep.Steps); !rep.Same || n != 0 || err != nil {
				t.Errorf("%s, once more: %d, %v\n%s", what, n, err, text(t, rep))
			}
		}
	}
}

// TestNormalisersHideNoWord: a word of a reply that says something is told when it
// becomes another one, digit by digit and letter by letter: codes, addresses,
// limits, names of mechanisms.
func TestNormalisersHideNoWord(t *testing.T) {
	for _, c := range []string{
		"S: 550 5.1.1 <bob@dest.example> unknown", "S: 452 4.5.3 Too many recipients, 100 is the limit", "S: 550 5.7.1 blocked, see https://a.example/why?code=17",
		"S: 550 5.7.26 SPF of [dest.example] fails", "S: 451 4.7.1 Greylisted, come back", "S: 554 5.7.1 Service unavailable; listed by zen.a.example",
		"S: 550 5.1.1 <alice.smith2020@dest.example> unknown", "S: 530 5.7.0 Must issue STARTTLS", "S: 552 5.3.4 Message exceeds fixed maximum", "S: 421 4.7.0 a.b.example closing", "S: 250 2.1.5 <alice@dest.example> forwarded to <carol@other.example>",
		"S: 535 5.7.8 Error: authentication failed: UGFzc", "S: 503 5.5.1 Error: need MAIL command", "S: 550 5.4.1 Recipient address rejected: Access denied",
	} {
		const head = "S: 220 mx.example hello\nC: RCPT TO:<alice.smith2020@dest.example>\n"
		file := head + c + "\n"
		for i := len("S: 250 "); i < len(c); i++ {
			other := "x"
			if '0' <= c[i] && c[i] <= '9' {
				other = string('0' + (c[i]-'0'+1)%10)
			} else if !('a' <= c[i]|0x20 && c[i]|0x20 <= 'z') {
				continue
			}
			if strings.EqualFold(other, c[i:i+1]) {
				other = "y"
			}
			served := head + c[:i] + other + c[i+1:] + "\n"
			synctest.Test(t, func(t *testing.T) {
				rep, _ := between(t, parse(t, served), parse(t, file), Options{Compare: CompareOptions{Level: transcript.ByText}})
				found := slices.ContainsFunc(rep.Steps, func(s StepReport) bool { return s.Reply == 3 && !s.Same() })
				if rep.Same || !found {
					t.Errorf("%s and %s are the same\n%s", c, c[:i]+other+c[i+1:], text(t, rep))
				}
			})
		}
	}
}
