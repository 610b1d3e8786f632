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

// TestBothSidesAgree folds one conversation on either side of the wire.
func TestBothSidesAgree(t *testing.T) {
	const hello, mail = "EHLO c.example\r\n", "MAIL FROM:<a@b.example>\r\nRCPT TO:<b@x.example>\r\nRCPT TO:<full@x.example>\r\n"
	for _, c := range []struct{ name, send string }{
		{"greeted", ""},
		{"ready", "EHLO c.example\r\n"},
		{"plain", "HELO c.example\r\n"},
		{"sender", "EHLO c.example\r\nMAIL FROM:<a@b.example> SIZE=10 BODY=8BITMIME\r\n"},
		{"recipients", "EHLO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<nobody@x.example>\r\nRCPT TO:<bob@x.example>\r\n"},
		{"in the content", "EHLO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<b@x.example>\r\nDATA\r\n..one\r\ntwo\n.\n"},
		{"accepted", "EHLO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<b@x.example>\r\nDATA\r\n..\r\n.\r\n"},
		{"too big", "EHLO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<b@x.example>\r\nDATA\r\n" + strings.Repeat("x", 2000) + "\r\n.\r\n"},
		{"forgotten", "EHLO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<b@x.example>\r\nRSET\r\n"},
		{"errors", "FROB\r\n\r\nRCPT TO:<b@x.example>\r\nDATA\r\nEHLO c.example\r\nMAIL\r\nSTARTTLS\r\nAUTH PLAIN\r\nBDAT 5\r\n"},
		{"a chunk", hello + mail + "BDAT 4\r\nhi\r\n"},
		{"chunks", hello + mail + "BDAT 4\r\nhi\r\nBDAT 0 LAST\r\n"},
		{"a chunk refused", hello + mail + "BDAT 4\r\nhi\r\nBDAT 1002\r\n" + strings.Repeat("x", 1000) + "\r\nBDAT 4 LAST\r\nhi\r\n"},
		{"chunks out of sequence", "BDAT 0 LAST\r\n" + hello + "BDAT 4 LAST\r\nhi\r\nMAIL FROM:<>\r\nBDAT 4 LAST\r\nhi\r\n"},
		{"DATA between chunks", hello + mail + "BDAT 4\r\nhi\r\nDATA\r\n"},
		{"a size in words", hello + mail + "BDAT four\r\n"},
		{"a size that is too long a line", hello + mail + "BDAT 4" + strings.Repeat(" ", 3000) + "LAST\r\nhi\r\nNOOP\r\n"},
		{"PRDR", hello + strings.Replace(mail, ">\r", "> PRDR\r", 1) + "DATA\r\nx\r\n.\r\n"},
		{"PRDR with chunks", hello + strings.Replace(mail, ">\r", "> PRDR\r", 1) + "BDAT 4 LAST\r\nhi\r\n"},
		{"lmtp", strings.Replace(hello, "EH", "LH", 1) + mail + "DATA\r\nx\r\n.\r\n"},
		{"lmtp", strings.Replace(hello, "EH", "LH", 1) + mail + "BDAT 4 LAST\r\nhi\r\n"},
		{"lmtp", hello + strings.Replace(hello, "EH", "LH", 1) + mail + "BDAT 4\r\nhi\r\n"},
		{"TLS", hello + "AUTH ANONYMOUS =\r\nSTARTTLS\r\n"},
		{"under TLS", hello + "STARTTLS\r\n" + hello + "AUTH PLAIN\r\nAGFsaWNlAHdvbmRlcmxhbmQ=\r\n" + mail},
		{"challenged", hello + "AUTH CRAM-MD5\r\n"},
		{"cancelled", hello + "AUTH CRAM-MD5\r\n*\r\n"},
		{"extensions", hello + "XCLIENT NAME=x\r\n"},
		{"starttls-required", hello + mail},
		{"over", "EHLO c.example\r\nQUIT\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sc, err := Find(c.name)
				if err != nil {
					sc, _ = Find(Default)
				}
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
				for _, step := range writes(c.send) {
					_ = client.Do(t.Context(), session.Step{Bytes: []byte(step)})
					if step == "STARTTLS\r\n" && client.State().Phase == session.Handshake {
						_ = client.Do(t.Context(), session.Step{Kind: session.StartTLS})
					}
				}
				synctest.Wait()
				got, want := shape(server.state), shape(client.State())
				if got != want {
					t.Errorf("the server has\n%s\nthe client\n%s", got, want)
				}
				client.Close()
				<-ended
			})
		})
	}
}

// writes cuts a conversation into lines, but leaves a chunk with its BDAT.
func writes(send string) []string {
	var list []string
	for line := range strings.Lines(send) {
		if n := len(list); n > 0 && strings.HasPrefix(list[n-1], "BDAT ") && !strings.HasPrefix(list[n-1], "BDAT 0") &&
			strings.Count(list[n-1], "\n") == 1 && strings.Contains("0123456789", list[n-1][5:6]) {
			list[n-1] += line
			continue
		}
		list = append(list, line)
	}
	return list
}

// shape is what both sides of a conversation must agree on while the channel
// is open, and what remains of it after.
func shape(s session.State) string {
	var to []string
	for _, r := range s.Recipients {
		to = append(to, fmt.Sprintf("%s %s %s", r.Path, r.Reply, r.Final))
	}
	from := "none"
	if s.ReversePath != nil {
		from = fmt.Sprintf("%+v", *s.ReversePath)
	}
	var done []string
	if s.Finished != nil {
		for _, r := range s.Finished.Recipients {
			done = append(done, fmt.Sprintf("%s %s %s", r.Path, r.Reply, r.Final))
		}
	}
	return fmt.Sprintf("%v %s %q | %q | ", s.Secure, s.Auth, s.Challenges, done) + fmt.Sprintf("%s | %s %v %v | from %s to %q | %+v | pending %d | last %s | accepted %d, %s, bad %d",
		s.Phase, s.Helo, s.ESMTP, s.Offered, from, to, s.MailData, len(s.Pending), s.Last, s.Accepted, s.Responsible, s.BadCommands)
}
