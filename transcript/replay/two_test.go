package replay

import (
	"fmt"
	"strings"
	"testing"

	"ehlo/transcript"
)

// inBrief is a report as a line for each step that differs or has a note.
func inBrief(r *Report) string {
	var b strings.Builder
	for _, s := range r.Steps {
		for _, f := range s.Differences {
			fmt.Fprintf(&b, "! %s: %s\n", s.Title, f)
		}
		for _, f := range s.Notes {
			fmt.Fprintf(&b, "~ %s: %s\n", s.Title, f)
		}
	}
	return b.String()
}

func TestTwo(t *testing.T) {
	const yesterday = `S: 220 mail.example ESMTP
C: EHLO client.example
S: 250-mail.example
S: 250-SIZE 1000
S: 250 STARTTLS
C: MAIL FROM:<a@client.example>
S: 250 2.1.0 ok
C: RCPT TO:<bob@mail.example>
S: 250 2.1.5 ok
C: DATA
S: 354 go ahead
C: Subject: x
C:
C: y
C: .
S: 250 2.0.0 queued as 4XyZ7k2Lm9
C: QUIT
S: 221 2.0.0 bye
`
	change := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(yesterday) }
	for _, c := range []struct{ name, now, want string }{
		{"the same", yesterday, ""},
		{"another queue id", change("4XyZ7k2Lm9", "5AbC8d3Ef1"), ""},
		{"a recipient is refused now", change("250 2.1.5 ok", "451 4.7.1 come back"),
			"! RCPT TO:<bob@mail.example>: code differs: 250 → 451\n"},
		{"STARTTLS is gone, the size is another", change("S: 250-SIZE 1000\nS: 250 STARTTLS", "S: 250 SIZE 2000"),
			"! EHLO client.example: not offered: STARTTLS\n~ EHLO client.example: SIZE: 1000 → 2000\n"},
		{"another sender", change("<a@", "<z@"), "~ MAIL FROM:<a@client.example>: said: MAIL FROM:<a@client.example> → MAIL FROM:<z@client.example>\n"},
		{"a recipient more", change("C: DATA", "C: RCPT TO:<eve@mail.example>\nS: 550 5.1.1 unknown\nC: DATA"),
			"! RCPT TO:<eve@mail.example>: only the second file has this\n"},
		{"no mail", change("C: DATA\nS: 354 go ahead\nC: Subject: x\nC:\nC: y\nC: .\nS: 250 2.0.0 queued as 4XyZ7k2Lm9\n", ""),
			"! DATA: only the first file has this\n! end of data: only the first file has this\n"},
		{"hung up after DATA", yesterday[:strings.Index(yesterday, "S: 354")], "! DATA: no reply: the server owes a reply to DATA\n" +
			"! end of data: only the first file has this\n! QUIT: only the first file has this\n"},
		{"nothing but a greeting", "S: 554 no\n", "! greeting: code differs: 220 → 554\n! EHLO client.example: only the first file has this\n! MAIL FROM:<a@client.example>: only the first file has this\n" +
			"! RCPT TO:<bob@mail.example>: only the first file has this\n! DATA: only the first file has this\n! end of data: only the first file has this\n! QUIT: only the first file has this\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Two(parse(t, yesterday), parse(t, c.now), CompareOptions{})
			if got := inBrief(r); got != c.want || r.Same != !strings.Contains(c.want, "!") {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

// TestTwoAgreesWithItself: a file is the same as itself, whatever is in it.
func TestTwoAgreesWithItself(t *testing.T) {
	for _, name := range conversations {
		tr, err := transcript.ReadFile("../testdata/" + name + ".smtp")
		if err != nil {
			t.Fatal(err)
		}
		if r := Two(tr, tr, CompareOptions{Level: transcript.ByOctets}); !r.Same || inBrief(r) != "" || len(r.Steps) == 0 {
			t.Errorf("%s, %d steps:\n%s", name, len(r.Steps), inBrief(r))
		}
	}
}

// TestTwoLongFiles: two long files that have little in common are compared, and
// so are two that have all of it. If the time for it grew with the square of
// their length, go test would give up on it.
func TestTwoLongFiles(t *testing.T) {
	long := func(line string, n int) *transcript.Transcript {
		return parse(t, "S: 220 x\n"+strings.Repeat("C: "+line+"\nS: 250 ok\n", n))
	}
	for _, now := range []*transcript.Transcript{long("NOOP", 20_000), long("VRFY x", 20_000)} {
		if r := Two(long("NOOP", 20_000), now, CompareOptions{}); len(r.Steps) < 20_000 {
			t.Errorf("%d steps", len(r.Steps))
		}
	}
}
