package replay

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

// In all of these a reply stands wherever one can stand.
var dialogues = []dialogue{
	dialogueOf("mail", `S: 220 mx.example ESMTP ready
C: EHLO client.example
S: 250-mx.example greets
S: 250-PIPELINING
S: 250-SIZE 1000
S: 250 DSN
C: MAIL FROM:<a@client.example>
S: 250 2.1.0 Sender fine
C: RCPT TO:<b@mx.example>
S: 250-2.1.5 Recipient fine
S: 250 2.1.5 and known
C: DATA
S: 354 Go ahead
C: Subject: x
C:
C: hello
C: .
S: 250 2.0.0 Taken
C: QUIT
S: 221 2.0.0 Bye
`),
	dialogueOf("a pipeline", `S: 220 mx.example ESMTP ready
C: EHLO client.example
S: 250-mx.example greets
S: 250 PIPELINING
C: MAIL FROM:<a@client.example>
C: RCPT TO:<b@mx.example>
C: RCPT TO:<c@mx.example>
C: DATA
S: 250 2.1.0 Sender fine
S: 250 2.1.5 Recipient fine
S: 550-5.1.1 No such
S: 550 5.1.1 recipient
S: 354 Go ahead
C: hello
C: .
S: 250 2.0.0 Taken
C: RSET
C: NOOP
C: QUIT
S: 250 2.0.0 Reset
S: 250 2.0.0 Fine
S: 221 2.0.0 Bye
`),
	dialogueOf("chunks", `S: 220 mx.example ESMTP ready
C: EHLO client.example
S: 250-mx.example greets
S: 250-CHUNKING
S: 250 DSN
C: MAIL FROM:<a@client.example>
S: 250 2.1.0 Sender fine
C: RCPT TO:<b@mx.example>
S: 250 2.1.5 Recipient fine
C: BDAT 7
C: hello
S: 250 2.0.0 More
C: BDAT 0 LAST
S: 250 2.0.0 Taken
`),
	dialogueOf("LMTP", `S: 220 mx.example LMTP ready
C: LHLO client.example
S: 250-mx.example greets
S: 250 PIPELINING
C: MAIL FROM:<a@client.example>
S: 250 2.1.0 Sender fine
C: RCPT TO:<b@mx.example>
C: RCPT TO:<c@mx.example>
S: 250 2.1.5 Recipient fine
S: 250 2.1.5 Recipient fine
C: DATA
S: 354 Go ahead
C: hello
C: .
S: 250 2.0.0 Taken
S: 452 4.2.2 Mailbox full
C: QUIT
S: 221 2.0.0 Bye
`),
	dialogueOf("logins", `S: 220 mx.example ESMTP ready
C: EHLO client.example
S: 250-mx.example greets
S: 250 AUTH PLAIN LOGIN
C> AUTH PLAIN ${secret.1}
S: 535 5.7.8 Not so
C: AUTH LOGIN
S: 334 VXNlcm5hbWU6
C> ${secret.2}
S: 334 UGFzc3dvcmQ6
C> ${secret.3}
S: 235 2.7.0 Welcome
C: STARTTLS
S: 454 4.7.0 Not now
C: VRFY bob
S: 252 2.1.5 Perhaps
`),
	dialogueOf("no entry", `S: 554-mx.example No
S: 554 5.7.1 Never
C: EHLO client.example
S: 503 5.5.1 I said no
C: QUIT
S: 221 2.0.0 Bye
= closed by=server how=fin
`),
}

var passwords = map[string]string{"secret.1": "AGEAYg==", "secret.2": "YQ==", "secret.3": "Yg=="}

// wrong are replies that are as little as can be beside what a dialogue says.
func wrong(right []string) map[string]answer {
	n := len(right)
	with := func(at int, line string) answer {
		lines := slices.Clone(right)
		lines[at] = line
		return answer{write: wire(lines)}
	}
	out := map[string]answer{
		"silence":     {then: "silence"},
		"closed":      {then: "close"},
		"half a line": {write: right[0][:6], then: "close"},
		"a line less": {write: wire(right[:n-1]), then: "silence"},
		"no more":     {write: wire(right[:n-1]), then: "close"},
	}
	for i, line := range right {
		for k := range 3 {
			digit := "2345"[(strings.IndexByte("2345", line[k])+1)%4 : (strings.IndexByte("2345", line[k])+1)%4+1]
			out[fmt.Sprintf("digit %d of line %d", k+1, i+1)] = with(i, line[:k]+digit+line[k+1:])
		}
		out[fmt.Sprintf("a letter of line %d", i+1)] = with(i, line[:len(line)-1]+"q")
		out[fmt.Sprintf("a letter more in line %d", i+1)] = with(i, line+"q")
		out[fmt.Sprintf("a letter less in line %d", i+1)] = with(i, line[:len(line)-1])
		if line[3] == '-' {
			out[fmt.Sprintf("line %d ends the reply", i+1)] = with(i, line[:3]+" "+line[4:])
		} else if i < n-1 || n == 1 {
			out[fmt.Sprintf("line %d ends no reply", i+1)] = answer{write: with(i, line[:3]+"-"+line[4:]).write, then: "silence"}
		}
		more := slices.Insert(slices.Clone(right), i, line[:3]+"-more")
		out[fmt.Sprintf("a line more before line %d", i+1)] = answer{write: wire(more)}
		if i > 0 && right[i-1] != line && right[i-1][3] == line[3] {
			lines := slices.Clone(right)
			lines[i-1], lines[i] = lines[i], lines[i-1]
			out[fmt.Sprintf("lines %d and %d change places", i, i+1)] = answer{write: wire(lines)}
		}
	}
	return out
}

// lines are what came of an answer, and whether all replies have come.
func (a *answer) lines() (lines []string, replies int) {
	for line := range strings.Lines(a.write) {
		line, whole := strings.CutSuffix(line, "\r\n")
		if whole && line[3] == ' ' {
			replies++
		}
		lines = append(lines, line)
	}
	return lines, replies
}

// form is a way to say what is expected, and what meets it.
type form struct {
	name   string
	expect func(right []string) []string
	meets  func(right, got []string) bool
}

func each(right []string, put func(line string) string) (out []string) {
	for _, line := range right {
		out = append(out, put(line))
	}
	return out
}

func prefixed(n int) func(right, got []string) bool {
	return func(right, got []string) bool {
		return slices.EqualFunc(right, got, func(a, b string) bool { return len(b) > 3 && a[:n] == b[:n] && a[3] == b[3] })
	}
}

func bare(line string) string { return line[:3] + line[4:] }

func contains(lines []string, what func(string) bool) bool { return slices.ContainsFunc(lines, what) }

var forms = []form{
	{"whole lines", func(r []string) []string {
		return each(r, func(l string) string { return "S? " + l })
	}, slices.Equal[[]string]},
	{"codes", func(r []string) []string {
		return each(r, func(l string) string { return "S? " + l[:4] + "*" })
	}, prefixed(3)},
	{"classes", func(r []string) []string {
		return each(r, func(l string) string { return "S? " + l[:1] + "xx" + l[3:4] + "*" })
	}, prefixed(1)},
	{"captures", func(r []string) []string {
		return each(r, func(l string) string { return "S? " + l[:4] + "${all}" })
	}, prefixed(3)},
	{"codes, of any line", func(r []string) []string {
		return each(r, func(l string) string { return "S? " + l[:3] + "*" })
	}, func(r, got []string) bool {
		return slices.EqualFunc(r, got, func(a, b string) bool { return a[:3] == b[:3] })
	}},
	{"an expression", func(r []string) []string {
		return each(r, func(l string) string { return "S? " + l[:4] + "${all:/[A-Za-z0-9. =]+/}" })
	}, prefixed(3)},
	{"recorded too", func(r []string) []string {
		return append(each(r, func(l string) string { return "S: " + l }), each(r, func(l string) string { return "S? " + l[:4] + "*" })...)
	}, prefixed(3)},
	{"remarks between", func(r []string) []string {
		return append([]string{"", "# why"}, each(r, func(l string) string { return "S? " + l[:4] + "*" })...)
	}, prefixed(3)},
	{"any lines", func([]string) []string { return []string{"S? ..."} }, func(_, _ []string) bool { return true }},
	{"the first", func(r []string) []string { return []string{"S? " + r[0], "S? ..."} }, func(r, got []string) bool { return r[0] == got[0] }},
	{"the last", func(r []string) []string { return []string{"S? ...", "S? " + r[len(r)-1]} }, func(r, got []string) bool { return r[len(r)-1] == got[len(got)-1] }},
	{"somewhere, with its code", func(r []string) []string { return []string{"S+ " + r[len(r)-1]} }, func(r, got []string) bool {
		return contains(got, func(l string) bool { return bare(l) == bare(r[len(r)-1]) })
	}},
	{"somewhere, what is said", func(r []string) []string { return []string{"S+ *" + r[len(r)-1][4:]} }, func(r, got []string) bool {
		return contains(got, func(l string) bool { return strings.HasSuffix(l, r[len(r)-1][4:]) })
	}},
	{"nowhere", func(r []string) []string { return []string{"S! *q"} }, func(_, got []string) bool {
		return !contains(got, func(l string) bool { return strings.HasSuffix(l, "q") })
	}},
	{"nowhere, a word", func(r []string) []string { return []string{"S! more"} }, func(_, got []string) bool {
		return !contains(got, func(l string) bool { return len(l) > 4 && l[4:] == "more" })
	}},
	{"no other class", func(r []string) []string {
		return []string{"S! " + string("3254"[strings.IndexByte("2345", r[0][0])]) + "*"}
	}, func(r, got []string) bool {
		return !contains(got, func(l string) bool { return l[0] == "3254"[strings.IndexByte("2345", r[0][0])] })
	}},
}

// TestEveryExpectationEverywhere: what is expected is met by what is right, and
// by nothing that is wrong, wherever it stands.
func TestEveryExpectationEverywhere(t *testing.T) {
	for _, d := range dialogues {
		t.Run(d.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { d.everyExpectation(t) })
		})
	}
}

func (d *dialogue) everyExpectation(t *testing.T) {
	codes := forms[1].expect
	for at, p := range d.parts {
		_, due := (&answer{write: wire(p.server)}).lines()
		for _, f := range forms {
			file, from, to := d.file(at, f.expect(p.server), codes)
			right := answer{write: wire(p.server)}
			if p.closes {
				right.then = "close"
			}
			check := func(name string, a answer) {
				lines, replies := a.lines()
				if !goesOn(p.server, lines) {
					return // what follows makes no sense
				}
				same := replies == due && a.then != "silence" && (a.then != "close" || p.closes) && f.meets(p.server, lines)
				rep := perform(t, file, d.stage(t, at, a, passwords), Options{Variables: passwords})
				if place, told := firstDifference(rep); rep.Same != same || !same && (place < from-len(p.client) || place > to) {
					t.Errorf("%s, %s, lines %d to %d: same is %v, first at %d: %s\n%s\ngot %q, then %s\n%s", f.name, name, from, to, rep.Same, place, told, file, a.write, a.then, text(t, rep))
				}
			}
			check("right", right)
			for name, a := range wrong(p.server) {
				if a.then == "" {
					a.then = right.then
				}
				check(name, a)
			}
		}
	}
}

// goesOn reports whether the rest of a dialogue can follow what came: no content
// without a 354, no response without a 334, no chunks where nobody offers them.
func goesOn(right, got []string) bool {
	switch last := right[len(right)-1][:4]; {
	case last == "354 " || last == "334 ":
		return len(got) > 0 && strings.HasPrefix(got[len(got)-1], last)
	case contains(right, func(l string) bool { return bare(l) == "250CHUNKING" }):
		return len(got) > 1 && contains(got[1:], func(l string) bool { return len(l) > 4 && l[4:] == "CHUNKING" })
	case last == "250 " && len(right) == 1 && strings.Contains(right[0], "Recipient"):
		return len(got) > 0 && got[len(got)-1][0] == '2'
	}
	return true
}

// firstDifference is the line of the file that a report names first.
func firstDifference(r *Report) (line int, told string) {
	for _, s := range r.Steps {
		if len(s.Differences) > 0 {
			d := s.Differences[0]
			return cmp.Or(d.Line, s.at()), d.Text
		}
	}
	return r.Left, r.Why
}

// TestEveryExpectationAgrees: a file of expectations can be served, and what is made
// up for that meets them.
func TestEveryExpectationAgrees(t *testing.T) {
	for _, d := range dialogues {
		synctest.Test(t, func(t *testing.T) {
			for at, p := range d.parts {
				for _, f := range forms {
					file, _, _ := d.file(at, f.expect(p.server), forms[1].expect)
					tr := parse(t, file)
					rep, problems := between(t, tr, tr, Options{Variables: passwords})
					if !rep.Same || len(problems) > 0 {
						t.Errorf("%s, %s: %q\n%s\n%s", d.name, f.name, problems, file, text(t, rep))
					}
				}
			}
		})
	}
}
