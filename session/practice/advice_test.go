package practice

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"ehlo/session"
)

// TestAdviceForetellsTheReply asks for advice on a line, sends it all the same,
// and compares what was expected with what the server says: the class of the
// code, since the RFCs often leave the rest open.
func TestAdviceForetellsTheReply(t *testing.T) {
	const (
		hello = "EHLO c.example\r\n"
		mail  = hello + "MAIL FROM:<a@b.example>\r\n"
		rcpt  = mail + "RCPT TO:<bob@x.example>\r\n"
	)
	moments := map[string]string{
		"greeted": "", "ready": hello, "plain": "HELO c.example\r\n", "sender": mail, "recipients": rcpt,
		"refused": mail + "RCPT TO:<nobody@x.example>\r\n", "chunks": rcpt + "BDAT 0\r\n",
		"spoilt": rcpt + "BDAT 1002\r\n" + strings.Repeat("x", 1000) + "\r\n",
	}
	for moment, before := range moments {
		for line := range strings.FieldsFuncSeq(foreseen, func(r rune) bool { return r == '|' || r == '\n' }) {
			why := ""
			synctest.Test(t, func(t *testing.T) { why = foretold(t, before, line+"\r\n") })
			if why != "" {
				t.Errorf("%s: %s", moment, why)
			}
		}
	}
}

// foreseen are the lines.
const foreseen = `EHLO c.example|EHLO|EHLO a b|EHLO [192.0.2.1]|EHLO [192.0.2|EHLO bücher.example|HELO c.example|HELO
MAIL FROM:<>|MAIL FROM:<a@b.example> SIZE=5|MAIL FROM:<a@b.example> SIZE=5000|MAIL FROM:<a@b.example> SIZE|MAIL FROM:<a@b.example> FOO=1
MAIL FROM:<a@b.example> BODY=8BITMIME|MAIL FROM:<a@b.example> BODY=9BIT|MAIL FROM:<a@b.example> RET=FULL ENVID=x|MAIL FROM:<a@b.example> RET=ALL
MAIL FROM:<a@b.example> SIZE=5 SIZE=5|MAIL FROM:<a@b.example> NOTIFY=NEVER|MAIL FROM:<a@b.example> SMTPUTF8=1|MAIL|MAIL FROM|MAIL <a@b.example>
MAIL FROM:<a..b@b.example>|MAIL FROM:<Postmaster>|MAIL FROM:<a@b.example> REQUIRETLS|MAIL FROM:<a@b.example> BY=5;N|MAIL FROM:<josé@b.example>
MAIL FROM:<josé@b.example> SMTPUTF8|MAIL FROM:<a@b.example> BODY=BINARYMIME|MAIL FROM:<a@b.example> PRDR|MAIL FROM:<a@b.example> AUTH=<>
RCPT TO:<bob@x.example>|RCPT TO:<>|RCPT TO:bob|RCPT TO:<Postmaster>|RCPT TO:<bob@x.example> NOTIFY=NEVER|RCPT TO:<bob@x.example> NOTIFY=LATER
RCPT TO:<bob@x.example> RET=FULL|RCPT TO:<@a.example,@b.example:bob@x.example>|RCPT TO:<b@[192.0.2]>|RCPT TO:<josé@x.example>|RCPT TO:<josé@x.example> SMTPUTF8
DATA|DATA now|BDAT 0|BDAT 0 LAST|BDAT|BDAT x|BDAT 0 FIRST|RSET|RSET now|NOOP|NOOP x|HELP|QUIT|QUIT now
VRFY|VRFY zoe|EXPN|VRFY josé|EXPN staff|STARTTLS|STARTTLS now|AUTH|AUTH FOO|AUTH CRAM-MD5|AUTH ANONYMOUS !|AUTH PLAIN
ETRN x.example|ATRN|BURL imap://x/ LAST|XCLIENT NAME=x|XFORWARD NAME=x|LHLO c.example|TURN|SEND FROM:<a@b.example>|FROB|  NOOP`

// foretold says where the advice on one line after others was wrong, or "".
func foretold(t *testing.T, before, line string) (why string) {
	t.Helper()
	sc, _ := Find(Default)
	near, far := inMemory(sc.Name)
	server := newConn(New(sc, Options{MaxSize: 1000}), far)
	ended := make(chan struct{})
	go func() {
		server.serve()
		far.Close()
		close(ended)
	}()
	client := session.New(session.Options{
		Target: session.Target{Practice: Default},
		Dial:   func(context.Context, session.Target, string) (net.Conn, error) { return near, nil },
	})
	if err := client.Do(t.Context(), session.Step{Kind: session.Connect}); err != nil {
		t.Fatal(err)
	}
	for _, step := range writes(before) {
		_ = client.Do(t.Context(), session.Step{Bytes: []byte(step)})
	}
	synctest.Wait()
	s := client.State()
	want := session.Expect(s, []byte(line))
	_ = client.Do(t.Context(), session.Step{Bytes: []byte(line)})
	synctest.Wait()
	if got := client.State().Last.Code; got.Class() != want.Class() {
		why = fmt.Sprintf("%q was answered %d, want %d: %v", line, got, want, session.Advise(s, []byte(line)))
	}
	client.Close()
	<-ended
	return why
}
