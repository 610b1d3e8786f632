package practice

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestIdle: the server waits five minutes for each line, not for each octet,
// and says so before it goes; whoever goes on is not cut off, however long it
// takes in all, and neither is the server's own dripping.
func TestIdle(t *testing.T) {
	envelope := []string{"HELO c.example\r\n", "MAIL FROM:<>\r\n", "RCPT TO:<b@x.example>\r\n", "DATA\r\n"}
	slow := func(parts ...string) []string { return parts }
	for _, test := range []struct {
		name  string
		rule  string
		say   []string      // at once
		slow  []string      // one every four minutes
		last  string        // what the server says last
		after time.Duration // since the client began, 0 if it does not matter
	}{
		{name: "nothing is said", last: "421 4.4.2", after: 5 * time.Minute},
		{name: "a line that does not end", slow: slow("N", "O", "O"), last: "421 4.4.2", after: 5 * time.Minute},
		{name: "content that stops", say: append(envelope, "Subject: x\r\n\r\nte"), last: "421 4.4.2", after: 5 * time.Minute},
		{name: "content that is slow", say: envelope, slow: slow("a\r\n", "b\r\n", "c\r\n", ".\r\n", "QUIT\r\n"), last: "221"},
		{name: "content that is slow within a line", say: envelope, slow: slow("a", "b", "c\r\n", ".\r\n"), last: "421 4.4.2", after: 5 * time.Minute},
		{name: "octets that drip", rule: "on QUIT: drip 4m, then reply 221 bye", say: []string{"QUIT\r\n"}, last: "221 bye", after: 36 * time.Minute},
		{name: "a long delay", rule: "on QUIT: delay 40m, then go on", say: []string{"QUIT\r\n"}, last: "221", after: 40 * time.Minute},
		{name: "a late greeting", rule: "on greeting: delay 40m, then go on", say: nil, last: "421", after: 45 * time.Minute},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sc, err := ParseScenario("test.scenario", strings.NewReader("title: T\nchapter: Saying hello\nnotice: n\nsource: s\n\n"+test.rule+"\n"))
				if err != nil {
					t.Fatal(err)
				}
				c, err := New(sc, Options{}).Dial(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				began := time.Now()
				var client sync.WaitGroup
				client.Go(func() { speakSlowly(c, test.say, test.slow) })
				defer client.Wait()
				said, _ := io.ReadAll(c)
				lines := strings.Split(strings.TrimSpace(string(said)), "\r\n")
				if last := lines[len(lines)-1]; !strings.HasPrefix(last, test.last) {
					t.Errorf("the last line is %q, want %s…", last, test.last)
				}
				if took := time.Since(began); test.after > 0 && took != test.after {
					t.Errorf("it ended after %v, want %v", took, test.after)
				}
			})
		})
	}
}

func speakSlowly(c net.Conn, atOnce, slow []string) {
	for _, part := range atOnce {
		fmt.Fprint(c, part)
	}
	for _, part := range slow {
		time.Sleep(4 * time.Minute)
		fmt.Fprint(c, part)
	}
}
