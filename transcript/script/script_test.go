package script

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ehlo/session"
	"ehlo/transcript"
)

func read(t *testing.T, text string) *Script {
	t.Helper()
	tr, err := transcript.Parse("x.smtp", strings.NewReader("= smtp-transcript 1\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return New(tr)
}

// drawn is a script as text: for each connection its turns with what they ask
// for, and then the answers with what they are to.
func drawn(s *Script) string {
	gates := map[Gate]string{GateData: " if 354", GateChallenge: " if 334", GateChunk: " if recipients", GateInChunk: " if BDAT", GateHandshake: " if 220"}
	kinds := map[TurnKind]string{TurnSay: "say", TurnContent: "content", TurnSecure: "secure", TurnWait: "wait"}
	var lines []string
	for i, c := range s.Conns {
		if i > 0 {
			lines = append(lines, "---")
		}
		for k, turn := range c.Turns {
			text := kinds[turn.Kind]
			for _, p := range turn.Parts {
				if p.Verb != "" {
					text += " " + p.Verb
				}
			}
			text += gates[turn.Gate]
			if turn.Eager {
				text += ", eager"
			}
			if turn.Wait > 0 {
				text += " " + turn.Wait.String()
			}
			for _, u := range c.Units {
				if u.Turn == k {
					text += "; " + u.Verb
				}
			}
			lines = append(lines, text)
		}
		for _, a := range c.Answer {
			lines = append(lines, fmt.Sprintf("%s: %s", a.To, strings.Join(said(a), " | ")))
		}
	}
	return strings.Join(lines, "\n")
}

func said(a Answer) (list []string) {
	for _, l := range a.Lines {
		list = append(list, l.Code.String()+" "+l.Text)
	}
	return list
}

const begun = "= connect host=x addr=192.0.2.1:25\nS: 220 a\nC: EHLO c\nS: 250-a\nS: 250 PIPELINING\n"

const helloTurns = "say EHLO; EHLO\n"

const helloAnswers = "greeting: 220 a\nEHLO: 250 a | 250 PIPELINING\n"

// TestConversations: a conversation, and what of it there is to do again.
func TestConversations(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"one after the other", begun + "C: NOOP\nS: 250 ok\nC: QUIT\nS: 221 bye\n",
			helloTurns + "say NOOP; NOOP\nsay QUIT; QUIT\n" + helloAnswers + "NOOP: 250 ok\nQUIT: 221 bye"},
		{"in a group", begun + "C: MAIL FROM:<a@x.example>\nC: RCPT TO:<b@x.example>\nC: DATA\nS: 250 m\nS: 250 r\nS: 354 go\nC: x\nC: .\nS: 250 taken\n",
			helloTurns + "say MAIL RCPT DATA; MAIL; RCPT; DATA\ncontent if 354; " + session.EndOfData + "\n" + helloAnswers +
				"MAIL: 250 m\nRCPT: 250 r\nDATA: 354 go\n" + session.EndOfData + ": 250 taken"},
		{"a pause", begun + "@ wait 2\nC: NOOP\nS: 250 ok\n",
			helloTurns + "wait 2s\nsay NOOP; NOOP\n" + helloAnswers + "NOOP: 250 ok"},
		{"expected, not recorded", "@ connect x\nS? 220 *\nC: NOOP\nS? 250 *\n",
			"say NOOP; NOOP\ngreeting: 220 ok\nNOOP: 250 ok"},
		{"two connections", begun + "= closed by=server how=fin\n= session 2\n= connect host=x addr=192.0.2.1:25\nS: 421 no\n",
			helloTurns + helloAnswers + "---\ngreeting: 421 no"},
		{"a handshake", begun + "C: STARTTLS\nS: 220 go\n= tls started version=1.3 cipher=x\nC: EHLO c\nS: 250 a\n",
			helloTurns + "say STARTTLS; STARTTLS\nsecure if 220\nsay EHLO; EHLO\n" + helloAnswers + "STARTTLS: 220 go\nEHLO: 250 a"},
	} {
		if got := drawn(read(t, c.text)); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// TestDirectives: what a file says besides the dialogue.
func TestDirectives(t *testing.T) {
	s := read(t, "@ set who bob\n@ ignore keyword=SIZE\n@ skip not today\n@ timeout 5\n"+begun+"@ break look here\nC: NOOP\nS: 250 ok\n")
	if s.Set["who"] != "bob" || len(s.Ignore) != 1 || s.Skip == 0 || s.Why != "not today" {
		t.Errorf("%+v", s)
	}
	if turn := s.Conns[0].Turns[1]; turn.Pause != "look here" || turn.Limit.Seconds() != 5 {
		t.Errorf("%+v", turn)
	}
}

// TestMissing: a variable needs a value, or a capture before it.
func TestMissing(t *testing.T) {
	text := begun + "C> VRFY ${who}\nS: 250 ok\n"
	if name, line := read(t, text).Missing(nil, false); name != "who" || line != 7 {
		t.Errorf("%q in line %d", name, line)
	}
	for _, s := range []*Script{
		read(t, "@ set who bob\n"+text),
		read(t, begun+"C: NOOP\nS: 250 bob\nS? 250 ${who}\nC> VRFY ${who}\nS: 250 ok\n"),
	} {
		if name, line := s.Missing(nil, false); name != "" {
			t.Errorf("%q in line %d", name, line)
		}
	}
	if name, _ := read(t, text).Missing(map[string]string{"who": "bob"}, false); name != "" {
		t.Errorf("%q", name)
	}
}

// FuzzScript: whatever a file holds, it becomes a script, whose answers are to
// something.
func FuzzScript(f *testing.F) {
	for _, pattern := range []string{"../testdata/*.smtp", "../testdata/rfc/*.txt"} {
		files, _ := filepath.Glob(pattern)
		for _, name := range files {
			p, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(p)
		}
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		tr, _ := transcript.Parse("fuzz.smtp", bytes.NewReader(p))
		if tr == nil || len(tr.Events()) > 2000 {
			return
		}
		sc := New(tr)
		for i := range sc.Conns {
			c := &sc.Conns[i]
			for _, a := range c.Answer {
				if a.Unit >= len(c.Units) || a.Turn >= len(c.Turns) || a.Group >= len(c.Groups) {
					t.Fatalf("an answer to nothing: %+v", a)
				}
			}
		}
	})
}

// TestMany: a file of a megabyte is read in no time, whatever it expects.
func TestMany(t *testing.T) {
	const n = 30_000
	var words strings.Builder
	for i := range n {
		fmt.Fprintf(&words, "S+ w%d\n", i)
	}
	for _, text := range []string{
		"S: 220 a\nC: EHLO b\n" + words.String(),
		"S: 220 a\nC: EHLO b\nS? 250 a\n" + words.String(),
		"S: 220 a\nC: EHLO b\n" + strings.Repeat("S? 250-x\n", n),
		"S: 220 a\n" + strings.Repeat("S? 250 *\n= note x\n", n),
	} {
		begun := time.Now()
		if read(t, text+"C: QUIT\nS? 221 *\n"); time.Since(begun) > 15*time.Second {
			t.Errorf("%.40q: %s", text, time.Since(begun))
		}
	}
}
