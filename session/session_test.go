package session

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
)

// script plays a server: it answers each line from the client with the reply
// of the first rule whose prefix fits.
type script [][2]string

func (sc script) dial(t *testing.T) func(context.Context, Target, string) (net.Conn, error) {
	return func(context.Context, Target, string) (net.Conn, error) {
		client, server := net.Pipe()
		go sc.serve(server)
		t.Cleanup(func() { server.Close() })
		return client, nil
	}
}

func (sc script) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	data := false
	fmt.Fprint(conn, sc.reply("greeting", "220 server.example ESMTP\r\n"))
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		if data && line != ".\r\n" {
			continue
		}
		reply := sc.reply(line, "250 2.0.0 ok\r\n")
		data = strings.HasPrefix(reply, "354")
		if reply == "close" {
			return
		}
		fmt.Fprint(conn, reply)
		if strings.HasPrefix(reply, "221") {
			return
		}
	}
}

func (sc script) reply(line, otherwise string) string {
	for _, rule := range sc {
		if strings.HasPrefix(line, rule[0]) {
			return rule[1]
		}
	}
	switch {
	case strings.HasPrefix(line, "DATA"):
		return "354 go on\r\n"
	case strings.HasPrefix(line, "QUIT"):
		return "221 bye\r\n"
	}
	return otherwise
}

// run drives a stepper to its end.
func run(t *testing.T, s *Session, stepper Stepper) State {
	t.Helper()
	for range 100 {
		st, ok := stepper.Next(s.State())
		if !ok {
			return s.State()
		}
		if err := s.Do(t.Context(), st); err != nil {
			t.Logf("do %s: %v", st, err)
		}
	}
	t.Fatal("the stepper does not come to an end")
	return State{}
}

// dialogue writes a log as a conversation.
func dialogue(l *Log) string {
	var b strings.Builder
	for _, e := range l.Since(0) {
		switch e.Kind {
		case Sent:
			if e.Bulk != nil {
				fmt.Fprintf(&b, "C: [%d octets]\n", e.Bulk.Octets)
				continue
			}
			fmt.Fprintf(&b, "C: %s\n", strings.TrimSuffix(string(e.Public("****")), "\r\n"))
		case Received:
			fmt.Fprintf(&b, "S: %s\n", strings.TrimSuffix(string(e.Data), "\r\n"))
		default:
			fmt.Fprintf(&b, "= %s\n", e.Kind)
		}
	}
	return b.String()
}

func mailTo(to ...string) Mail {
	return Mail{
		Target: Target{Practice: "default"}, Helo: "client.example",
		Letter: Letter{
			From: Envelope{Path: "alice@test.example"}, To: To(to...),
			Content: BytesContent([]byte("Subject: hello\r\n\r\n.dot\r\nbye\r\n")),
		},
	}
}

func TestMailWalksThroughASession(t *testing.T) {
	server := script{
		{"EHLO", "250-server.example\r\n250-SIZE 1000\r\n250 8BITMIME\r\n"},
		{"RCPT TO:<eve", "550 5.1.1 unknown\r\n"},
	}
	s := New(Options{Target: Target{Practice: "default"}, Dial: server.dial(t)})
	st := run(t, s, mailTo("bob@test.example", "eve@test.example"))
	want := `= opened
S: 220 server.example ESMTP
C: EHLO client.example
S: 250-server.example
S: 250-SIZE 1000
S: 250 8BITMIME
C: MAIL FROM:<alice@test.example> SIZE=29
S: 250 2.0.0 ok
C: RCPT TO:<bob@test.example>
S: 250 2.0.0 ok
C: RCPT TO:<eve@test.example>
S: 550 5.1.1 unknown
C: DATA
S: 354 go on
C: Subject: hello
C: 
C: ..dot
C: bye
C: .
S: 250 2.0.0 ok
C: QUIT
S: 221 bye
= closed
`
	if got := dialogue(s.Log()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if st.Responsible != Server || st.Accepted != 1 {
		t.Errorf("responsible %s, accepted %d", st.Responsible, st.Accepted)
	}
	if f := st.Finished; f == nil || len(f.Recipients) != 2 || f.Recipients[1].Taken() {
		t.Errorf("finished transaction: %+v", f)
	}
}
