package main

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"ehlo/session"
	"ehlo/session/practice"
)

// speaksAs says the same to a real server and to the profile of it, and wants
// the same codes, enhanced ones too.
func speaksAs(t *testing.T, scenario, addr string, lines ...string) {
	t.Helper()
	sc, err := practice.Find(scenario)
	if err != nil {
		t.Fatal(err)
	}
	srv := practice.New(sc, practice.Options{})
	defer srv.Close()
	real, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer real.Close()
	copied, err := srv.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	_ = real.SetDeadline(time.Now().Add(time.Minute))
	want, got := bufio.NewReader(real), bufio.NewReader(copied)
	for _, line := range append([]string{""}, lines...) {
		if line != "" {
			fmt.Fprintf(real, "%s\r\n", line)
			fmt.Fprintf(copied, "%s\r\n", line)
		}
		if a, b := codes(want), codes(got); a != b {
			t.Errorf("%s: %.40q: the real one says %s, the profile %s", scenario, line, a, b)
		}
	}
}

// codes reads a reply, and returns the codes of its last line.
func codes(in *bufio.Reader) string {
	for {
		text, err := in.ReadString('\n')
		l := session.ParseReplyLine([]byte(text))
		if err != nil || !strings.HasPrefix(text[min(len(text), 3):], "-") {
			return strings.TrimSpace(fmt.Sprint(l.Code, " ", l.Enhanced))
		}
	}
}

// profileLines is what tells servers apart.
func profileLines() []string {
	return []string{
		"EHLO", "EHLO client.example", "RCPT TO:<bob@test.example>", "MAIL FROM:<a@client.example>", "MAIL FROM:<a@client.example>",
		"DATA", "RCPT TO:<>", "RCPT TO:<bob@test.example>", "DATA", "Subject: x\r\n\r\nhi\r\n.", "NOOP", "RSET", "FROB", "QUIT",
	}
}
