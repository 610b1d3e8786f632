package practice

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// talk plays a conversation with a scenario that ships. See [converse].
func talk(t *testing.T, scenario, conversation string) {
	t.Helper()
	sc, err := Find(scenario)
	if err != nil {
		t.Fatal(err)
	}
	converse(t, New(sc, Options{MaxSize: 1000, MaxRecipients: 3}), conversation)
}

// converse plays a conversation with a server:
//
//	C: text    is sent, with CRLF
//	C| text    is sent as it is
//	S: text    must be the next line, octet by octet, with CRLF
//	S~ text    must be the beginning of the next line
//	S.         the server must close, and say nothing more
//	= tls      is a handshake that verifies the server
func converse(t *testing.T, srv *Server, conversation string) {
	t.Helper()
	c, err := srv.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { c.Close() }()
	in := bufio.NewReader(c)
	for line := range strings.SplitSeq(strings.Trim(conversation, "\n\t"), "\n") {
		line = strings.TrimLeft(line, " \t")
		if line == "= tls" {
			c = handshake(t, srv, c)
			in = bufio.NewReader(c)
			continue
		}
		text := strings.TrimPrefix(line[2:], " ")
		switch line[:2] {
		case "C:":
			fmt.Fprint(c, unescape(text)+"\r\n")
		case "C|":
			fmt.Fprint(c, unescape(text))
		case "S:", "S~":
			got, err := in.ReadString('\n')
			want := unescape(text) + "\r\n"
			if line[:2] == "S:" && got != want || !strings.HasPrefix(got, unescape(text)) {
				t.Fatalf("the server said %q (%v), want %q", got, err, want)
			}
		case "S.":
			if rest, _ := io.ReadAll(in); len(rest) > 0 {
				t.Fatalf("the server said %q more instead of closing", rest)
			}
		default:
			t.Fatalf("not a line of a conversation: %q", line)
		}
	}
}

func handshake(t *testing.T, srv *Server, c net.Conn) net.Conn {
	t.Helper()
	a, err := srv.Authority()
	if err != nil {
		t.Fatal(err)
	}
	under := tls.Client(c, &tls.Config{RootCAs: a.Roots(), ServerName: srv.opts.Name})
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	if err := under.Handshake(); err != nil {
		t.Fatalf("TLS handshake: %v", err)
	}
	return under
}

func unescape(s string) string {
	return strings.NewReplacer(`\r`, "\r", `\n`, "\n", `\0`, "\x00", `\e`, "\x1b").Replace(s)
}

const hello = `S: 220 practice.example ESMTP ehlo practice server 0.1.0
	C: EHLO client.example
	S: 250-practice.example greets client.example
	S: 250-PIPELINING
	S: 250-SIZE 1000
	S: 250-8BITMIME
	S: 250-ENHANCEDSTATUSCODES
	S: 250-STARTTLS
	S: 250-AUTH SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 ANONYMOUS
	S: 250-CHUNKING
	S: 250-DSN
	S: 250-SMTPUTF8
	S: 250-PRDR
	S: 250-VRFY
	S: 250-EXPN
	S: 250 HELP
	`

const given = hello + `C: MAIL FROM:<alice@client.example>
	S: 250 2.1.0 <alice@client.example> Ok
	C: RCPT TO:<bob@practice.example>
	S: 250 2.1.5 <bob@practice.example> Ok
	`
