package serve

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// talk serves a file on a port and lets a client say lines; each is answered by
// what came until the next reply was complete, or the connection's end.
func talk(t *testing.T, file string, o Options, lines ...string) (answers []string, problems []string) {
	t.Helper()
	srv := New(parse(t, file), o)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go srv.Serve(l)
	defer srv.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	in := bufio.NewReader(c)
	hear := func() string {
		for {
			line, err := in.ReadString('\n')
			switch {
			case errors.Is(err, syscall.ECONNRESET):
				return "reset"
			case err != nil:
				return line + "closed"
			case len(line) < 4 || line[3] != '-':
				return strings.TrimRight(line, "\r\n")
			}
		}
	}
	answers = append(answers, hear())
	for _, line := range lines {
		if _, err := io.WriteString(c, line); err != nil {
			answers = append(answers, "not taken")
			continue
		}
		if strings.HasSuffix(line, "\r\n") {
			answers = append(answers, hear())
		}
	}
	if strings.HasSuffix(answers[len(answers)-1], "closed") || answers[len(answers)-1] == "reset" {
		c.Close()
	}
	c.(*net.TCPConn).CloseWrite()
	srv.Finish(time.Minute)
	return answers, srv.Problems()
}

const dialogue = `S: 220 a
C: EHLO client.example
S: 250-a
S: 250 SIZE
C: MAIL FROM:<a@b.example> SIZE=10
S: 250 sender
C: RCPT TO:<c@d.example>
S: 250 one
C: RCPT TO:<e@f.example>
S: 550 two
C: QUIT
S: 221 bye
`

// TestMatch: how a client is recognised, and what becomes of one that is not.
func TestMatch(t *testing.T) {
	const ehlo, mail, rcpt, other, quit = "EHLO x.example\r\n", "MAIL FROM:<x@y.example>\r\n", "RCPT TO:<c@d.example>\r\n", "RCPT TO:<e@f.example>\r\n", "QUIT\r\n"
	for _, c := range []struct {
		name    string
		o       Options
		lines   []string
		want    string // the last answer
		problem string
	}{
		{"verb", Options{}, []string{ehlo, "MAIL FROM:<x@y.example> SIZE=99\r\n", rcpt, rcpt, quit}, "221 bye", ""},
		{"parameter missing", Options{}, []string{ehlo, mail, rcpt, rcpt, quit}, "221 bye", "line 5: the client says MAIL without SIZE"},
		{"parameter too many", Options{}, []string{ehlo, "MAIL FROM:<a> SIZE=1 BODY=7BIT\r\n", rcpt, rcpt, quit}, "221 bye", "line 5: the client says MAIL with BODY"},
		{"another verb", Options{}, []string{ehlo, "RSET\r\n"}, "503 5.5.1 ehlo-serve: transcript line 5 expects MAIL", "transcript line 5 expects MAIL: got RSET"},
		{"closes", Options{Mismatch: MismatchClose}, []string{ehlo, "RSET\r\n"}, "closed", "transcript line 5 expects MAIL: got RSET"},
		{"exits", Options{Mismatch: MismatchExit}, []string{ehlo, "RSET\r\n"}, "closed", "transcript line 5 expects MAIL: got RSET"},
		{"text", Options{Match: MatchText}, []string{ehlo, "mail from:<a@b.example>  SIZE=10\r\n"}, "503 5.5.1 ehlo-serve: transcript line 5 expects MAIL FROM:<a@b.example> SIZE=10", "got mail from"},
		{"text, another name", Options{Match: MatchText}, []string{ehlo, "MAIL FROM:<a@b.example> SIZE=10\r\n", rcpt, other, quit}, "221 bye", ""},
		{"octets", Options{Match: MatchOctets}, []string{"EHLO client.example\n\r\n"}, "503 5.5.1 ehlo-serve: transcript line 2 expects EHLO client.example", "got EHLO client.example"},
		{"octets as they were", Options{Match: MatchOctets}, []string{"EHLO client.example\r\n", "MAIL FROM:<a@b.example> SIZE=10\r\n", rcpt, other, quit}, "221 bye", ""},
		{"any order", Options{Match: MatchAny}, []string{rcpt, ehlo, other, mail, quit}, "221 bye", ""},
		{"the second of a kind", Options{Match: MatchAny}, []string{ehlo, rcpt, rcpt}, "550 two", "the client left without MAIL"},
		{"any order, and little of it", Options{Match: MatchAny}, []string{ehlo, quit}, "221 bye", "line 5: the client left without MAIL"},
		{"no third", Options{Match: MatchAny}, []string{ehlo, rcpt, rcpt, rcpt}, "503 5.5.1 ehlo-serve: transcript has no unused reply to RCPT", "no unused reply to RCPT"},
		{"leaves early", Options{}, []string{ehlo}, "250 SIZE", "line 5: the client left without MAIL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			answers, problems := talk(t, dialogue, c.o, c.lines...)
			if got := answers[len(answers)-1]; got != c.want {
				t.Errorf("answered %q, not %q", got, c.want)
			}
			all := strings.Join(problems, "\n")
			if (c.problem == "") != (all == "") || !strings.Contains(all, c.problem) {
				t.Errorf("problems %q, not %q", problems, c.problem)
			}
		})
	}
}

// TestPatternsOfVerbs: a verb is the same in any case, an address is not.
func TestPatternsOfVerbs(t *testing.T) {
	file := "S: 220 a\nC? EHLO *\nS: 250 a\nC? MAIL FROM:<a@*\nS: 250 ok\nC? rset\nS: 250 again\n@ close by=server\n"
	answers, problems := talk(t, file, Options{}, "ehlo b\r\n", "mail From:<a@b>\r\n", "RSET\r\n")
	if got := answers[len(answers)-1]; got != "250 again" || len(problems) > 0 {
		t.Errorf("%q %q", answers, problems)
	}
	answers, problems = talk(t, file, Options{}, "ehlo b\r\n", "mail from:<A@b>\r\n")
	if got := answers[len(answers)-1]; !strings.HasPrefix(got, "503") || len(problems) == 0 {
		t.Errorf("%q %q", answers, problems)
	}
}

// TestFaults: what a server can do wrong is data.
func TestFaults(t *testing.T) {
	const greeted = "S: 220 a\nC: DATA\nS: 354 go\n"
	content := "Subject: x\r\n\r\n" + strings.Repeat("line\r\n", 50)
	for _, c := range []struct {
		name, file string
		lines      []string
		want       string
	}{
		{"reset", "S: 220 a\nC: NOOP\nS: 250 ok\n@ close how=rst\n", []string{"NOOP\r\n", "NOOP\r\n"}, "reset"},
		{"in the middle of content", greeted + "@ close after=100\n", []string{"DATA\r\n", content[:len(content)-2], "\r\n"}, "closed"},
		{"half a reply", "S: 220 a\nC: NOOP\nS\"250 o\"\n= closed by=server\n", []string{"NOOP\r\n"}, "250 oclosed"},
		{"half a channel", "S: 220 a\nC: NOOP\nS: 250 ok\n@ close how=half\n", []string{"NOOP\r\n", "NOOP\r\n"}, "closed"},
		{"line that is very long", "S: 220 a\nC: NOOP\nS* 5000 \"x\"\nS\"\\r\\n\"\nS: 250 ok\n", []string{"NOOP\r\n", "\r\n"}, "250 ok"},
		{"templates", "S: 220 a\nC: EHLO x\nS> 250 ${client.helo} from ${client.addr}\n", []string{"EHLO me.example\r\n"}, "250 me.example from 127.0.0.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			answers, _ := talk(t, c.file, Options{}, c.lines...)
			if got := answers[len(answers)-1]; got != c.want && !(c.want == "closed" && got == "reset") && !(c.want == "reset" && got == "not taken") {
				t.Errorf("answered %q", answers)
			}
		})
	}
}

// TestNobodyToBlame: a client that goes on where the server has closed its side,
// and one that is kept waiting for the greeting.
func TestNobodyToBlame(t *testing.T) {
	for _, file := range []string{"S: 220 a\nC: NOOP\nS: 250 ok\n@ close how=half\n", "@ wait 0.01\nS: 220 a\nC: NOOP\nS: 250 ok\nC: QUIT\nS: 221 bye\n"} {
		if answers, problems := talk(t, file, Options{}, "NOOP\r\n", "QUIT\r\n"); answers[0] != "220 a" || answers[1] != "250 ok" || len(problems) > 0 {
			t.Errorf("%q: %q, %q", file, answers, problems)
		}
	}
}

// TestSplitReply: a reply in two pieces arrives in two pieces.
func TestSplitReply(t *testing.T) {
	srv := New(parse(t, "S: 220 a\nC: NOOP\nS\"250 o\"\n+ 0.5\nS\"k\\r\\n\"\n"), Options{})
	defer srv.Close()
	client, server := net.Pipe()
	go srv.ServeConn(server)
	buf := make([]byte, 100)
	for _, want := range []string{"220 a\r\n", "250 o", "k\r\n"} {
		n, err := client.Read(buf)
		if err != nil || string(buf[:n]) != want {
			t.Fatalf("%q, %v", buf[:n], err)
		}
		if want[0] == '2' && want[2] == '0' && want[1] == '2' {
			fmt.Fprint(client, "NOOP\r\n")
		}
	}
	client.Close()
}

// TestSeveralFiles: the n-th client gets the n-th session of all files, Once
// ends behind the last, and whoever watches sees each conversation.
// TestMatchContent: where octets count, content is compared too.
func TestMatchContent(t *testing.T) {
	const file = "S: 220 a\nC: EHLO b\nS: 250-a\nS: 250 CHUNKING\nC: MAIL FROM:<>\nS: 250 c\nC: RCPT TO:<d>\nS: 250 e\nC: DATA\nS: 354 go\nC: Subject: x\nC:\nC: ..y\nC: .\nS: 250 f\n" +
		"C: MAIL FROM:<>\nS: 250 c\nC: RCPT TO:<d>\nS: 250 e\nC: BDAT 4\nC: wx\nS: 250 g\nC: BDAT 2 LAST\nC\"yz\"\nS: 250 h\n"
	mail := []string{"EHLO b\r\n", "MAIL FROM:<>\r\n", "RCPT TO:<d>\r\n"}
	again := []string{"MAIL FROM:<>\r\n", "RCPT TO:<d>\r\n"}
	for _, c := range []struct {
		data, one, two string
		want           []string
	}{
		{"Subject: x\r\n\r\n..y\r\n.\r\n", "wx\r\n", "yz", nil},
		{"Subject: x\r\n\r\n..z\r\n.\r\n", "wx\r\n", "yz", []string{"line 14: the content is not the recorded one: octet 17 differs"}},
		{"Subject: x\r\n\r\n..y\r\nz\r\n.\r\n", "wx\r\n", "yz", []string{"line 14: the content is not the recorded one: octet 20 differs"}},
		{".\r\n", "wx\r\n", "yz", []string{"line 14: the content is not the recorded one: octet 1 differs"}},
		{"Subject: x\r\n\r\n..y\r\n.\r\n", "wy\r\n", "yx", []string{"line 20: the content is not the recorded one: octet 2 differs", "line 23: the content is not the recorded one: octet 2 differs"}},
	} {
		lines := append(slices.Clone(mail), "DATA\r\n")
		lines = append(append(lines, c.data), again...)
		lines = append(lines, "BDAT 4\r\n"+c.one, "BDAT 2 LAST\r\n"+c.two)
		answers, problems := talk(t, file, Options{Match: MatchOctets}, lines...)
		if !slices.Equal(problems, c.want) {
			t.Errorf("%q: %q\n%q", c.data, problems, answers)
		}
	}
}

// sham is a test that fails without ending the real one.
type sham struct {
	*testing.T
	failed []string
	after  []func()
}

func (s *sham) Errorf(format string, args ...any) {
	s.failed = append(s.failed, fmt.Sprintf(format, args...))
}
func (s *sham) Fatalf(format string, args ...any) { s.Errorf(format, args...); panic("fatal") }
func (s *sham) Cleanup(f func())                  { s.after = append(s.after, f) }

// TestInOneLine: one line serves a file, and a client that does not follow it
// fails the test.
func TestInOneLine(t *testing.T) {
	for _, c := range []struct{ say, want string }{
		{"EHLO a\r\nQUIT\r\n", ""},
		{"HELO a\r\nQUIT\r\n", "transcript: transcript line 2 expects EHLO: got HELO a"},
		{"EHLO a\r\n", "transcript: line 4: the client left without QUIT"},
	} {
		s := &sham{T: t}
		name := t.TempDir() + "/x.smtp"
		if err := os.WriteFile(name, []byte("S: 220 a\nC: EHLO a\nS: 250 a\nC: QUIT\nS: 221 b\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		client, err := net.Dial("tcp", Test(s, name))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(client, c.say)
		_ = client.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, client)
		for _, f := range s.after {
			f()
		}
		if got := strings.Join(s.failed, "\n"); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%q: %q", c.say, got)
		}
	}
}
