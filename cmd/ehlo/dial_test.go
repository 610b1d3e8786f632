package main

import (
	"bufio"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"ehlo/session/practice"
)

// serveOn answers every client of an address.
func serveOn(t *testing.T, network, addr string, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	return l.Addr().String()
}

// lmtp speaks as much of RFC 2033 as two recipients need.
func lmtp(c net.Conn) {
	defer c.Close()
	in := bufio.NewScanner(c)
	fmt.Fprint(c, "220 server.example LMTP\r\n")
	content := false
	for in.Scan() {
		verb, _, _ := strings.Cut(in.Text(), " ")
		switch {
		case content && in.Text() != ".":
		case content:
			content = false
			fmt.Fprint(c, "250 2.1.5 delivered\r\n452 4.2.2 full\r\n")
		case verb == "EHLO" || verb == "HELO":
			fmt.Fprint(c, "500 5.5.1 this is LMTP\r\n")
		case verb == "DATA":
			content = true
			fmt.Fprint(c, "354 go on\r\n")
		case verb == "QUIT":
			fmt.Fprint(c, "221 bye\r\n")
			return
		default:
			fmt.Fprint(c, "250 ok\r\n")
		}
	}
}

func TestSendToTargetsOfAllKinds(t *testing.T) {
	sc, err := practice.Find(practice.Default)
	if err != nil {
		t.Fatal(err)
	}
	srv := practice.New(sc, practice.Options{})
	defer srv.Close()
	dir := t.TempDir()
	smtpSocket, lmtpSocket := filepath.Join(dir, "smtp"), filepath.Join(dir, "lmtp")
	serveOn(t, "unix", smtpSocket, srv.ServeConn)
	serveOn(t, "unix", lmtpSocket, lmtp)
	plain := serveOn(t, "tcp", "127.0.0.1:0", srv.ServeConn)
	lmtpAddr := serveOn(t, "tcp", "127.0.0.1:0", lmtp)
	for _, c := range []struct {
		target string
		code   int
		said   string // part of either output
	}{
		{"unix:" + smtpSocket, exitDone, "EHLO client.example"},
		{"smtp://" + plain, exitDone, "EHLO client.example"},
		{"submission://" + plain, exitDone, "EHLO client.example"},
		{"lmtp://" + lmtpAddr, exitPartial, "LHLO client.example"},
		{"lmtp+unix:" + lmtpSocket, exitPartial, "LHLO client.example"},
		{"smtps://" + plain, exitTLS, "the server answered in plain text"},
		{"pipe:printf '554 not %s\\r\\n' \"to day\"", exitGreeting, "554 not to day"},
		{"pipe:/no/such/command", exitConnect, "no such file or directory"},
		{"unix:" + filepath.Join(dir, "none"), exitConnect, "no such file or directory"},
		{"pipe:sh 'c", exitUsage, "a single quote is not closed"},
		{"lmtp://", exitUsage, "the host is missing"},
		{"imap://x", exitUsage, "the scheme imap is not supported"},
	} {
		args := send("--to", "a@x.example,b@x.example", c.target)
		if strings.HasPrefix(c.target, "smtps:") {
			args = append(args, "--tls", "auto")
		}
		code, stdout, stderr := ehlo(t, "", args...)
		if code != c.code || !strings.Contains(stdout+stderr, c.said) {
			t.Errorf("%s: exit code %d, want %d and %q in\n%s%s", c.target, code, c.code, c.said, stdout, stderr)
		}
	}
}

// TestIPv6: a listener, a target and a client's name in IPv6.
func TestIPv6(t *testing.T) {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip(err)
	}
	l.Close()
	addr := serveInBackground(t, "practice", "--listen", "[::1]:0")
	for _, c := range []struct {
		args []string
		code int
		said string
	}{
		{[]string{"--family", "6"}, exitDone, " -> EHLO [IPv6:::1]\n"},
		{[]string{"--local-addr", "::1"}, exitDone, "=== connected to [::1]:"},
		{[]string{"--family", "4"}, exitConnect, "::1 is not of IPv4"},
	} {
		args := append([]string{"send", "--tls", "never", "--from", "alice@client.example", "--to", "bob@x.example", addr}, c.args...)
		code, stdout, stderr := ehlo(t, "", args...)
		if code != c.code || !strings.Contains(stdout, c.said) {
			t.Errorf("%q: exit code %d, %s\n%s", c.args, code, stderr, stdout)
		}
	}
}
