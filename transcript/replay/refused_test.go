package replay

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"ehlo/session"
	"ehlo/transcript/serve"
)

const refused = `= smtp-transcript 1
= connect host=mx.example addr=192.0.2.1:25 from=192.0.2.2:1 tls=none
S: 220 mx.example
C: EHLO b
S: 250-mx.example
S: 250 STARTTLS
C: STARTTLS
S: 220 go
= failed what=tls text="handshake failure"
S: 554 5.7.0 Security failure
C: NOOP
S: 250 ok
= closed by=client
= session 2
= connect host=mx.example addr=192.0.2.1:25 from=192.0.2.2:1 tls=none
S: 220 mx.example
C: QUIT
S: 221 bye
= closed by=server
`

// TestRefusedHandshake: a handshake that failed fails again; what was said in
// plain text behind it is not said, and the next connection is made.
func TestRefusedHandshake(t *testing.T) {
	tr := parse(t, refused)
	rep, problems := between(t, tr, tr, Options{})
	got := text(t, rep)
	if !rep.Same || len(problems) > 0 || !strings.Contains(got, "note: the handshake fails, as it did then") || !strings.Contains(got, "is not said again") {
		t.Errorf("%q\n%s", problems, got)
	}
	if sent := sentBy(rep); strings.Join(sent, "|") != "EHLO b|STARTTLS|QUIT" {
		t.Errorf("%q", sent)
	}
	better := parse(t, strings.Replace(refused, `= failed what=tls text="handshake failure"`, "= tls started version=TLSv1.3", 1))
	rep, _ = between(t, better, tr, Options{})
	if got := text(t, rep); rep.Same || !strings.Contains(got, "the handshake failed then (handshake failure), and does not now") {
		t.Error(got)
	}
	rep, _ = between(t, tr, better, Options{})
	if got := text(t, rep); rep.Same || !strings.Contains(got, "handshake failure") || !strings.Contains(got, "nothing goes back to plain text") {
		t.Error(got)
	}
}

// TestPlainTextForHandshake: what a server says in the clear in the place of a
// handshake is not taken for the greeting.
func TestPlainTextForHandshake(t *testing.T) {
	for name, text := range map[string]string{
		"expected": "= smtp-transcript 1\nS? 220 *\nC: NOOP\nS? 250 *\n",
		"recorded": "= smtp-transcript 1\n= connect host=a addr=192.0.2.1:25 from=b:1 tls=none\nS: 220 mx.example\nC: QUIT\nS: 221 bye\n= closed by=server\n",
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{Session: session.Options{Target: session.Target{Practice: "mx", TLS: true}, Timeout: time.Minute}}
			o.Session.Dial = func(context.Context, session.Target, string) (net.Conn, error) {
				client, server := net.Pipe()
				go func() {
					go func() { _, _ = io.Copy(io.Discard, server) }()
					_, _ = server.Write([]byte("220 mx.example\r\n500 what?\r\n"))
					_ = server.Close()
				}()
				return client, nil
			}
			rep, err := Run(t.Context(), parse(t, text), o)
			if err == nil || !strings.Contains(err.Error(), "answered in plain text") {
				t.Error(err)
			}
			if len(rep.Steps) != 1 || rep.Steps[0].Title != "TLS handshake" || rep.Steps[0].Line == 0 || rep.Same {
				t.Errorf("%+v", rep.Steps)
			}
		})
	}
}

// TestRefusedInTheClear: a client hears the alert, and what was said in plain
// text behind it; one that goes on in the clear may.
func TestRefusedInTheClear(t *testing.T) {
	srv := serve.New(parse(t, refused), serve.Options{})
	defer srv.Close()
	client, server := net.Pipe()
	defer client.Close()
	go srv.ServeConn(server)
	_ = client.SetDeadline(time.Now().Add(time.Minute))
	hear := func(n int) string {
		p := make([]byte, n)
		_, err := io.ReadFull(client, p)
		if err != nil {
			t.Fatal(err)
		}
		return string(p)
	}
	hear(len("220 mx.example\r\n"))
	io.WriteString(client, "EHLO b\r\n")
	hear(len("250-mx.example\r\n250 STARTTLS\r\n"))
	io.WriteString(client, "STARTTLS\r\n")
	hear(len("220 go\r\n"))
	err := tls.Client(client, &tls.Config{ServerName: "x"}).Handshake()
	if err == nil || !strings.Contains(err.Error(), "handshake failure") {
		t.Error(err)
	}
	if got := hear(len("554 5.7.0 Security failure\r\n")); !strings.HasPrefix(got, "554 ") {
		t.Error(got)
	}
	io.WriteString(client, "NOOP\r\n")
	if got := hear(len("250 ok\r\n")); got != "250 ok\r\n" {
		t.Error(got)
	}
}
