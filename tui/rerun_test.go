package tui

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ehlo/session"
)

// again is a recording of the practice server, with a reply that it does not
// give.
const again = `= smtp-transcript 1
S: 220 practice.example ESMTP ehlo practice server
C: EHLO laptop.example
S: 250-practice.example greets laptop.example
S: 250 SIZE 10485760
C: MAIL FROM:<alice@example.org>
S: 250 2.1.0 OK
C: RCPT TO:<bob@example.com>
S: 550 5.1.1 no such user here
C: RSET
S: 250 2.0.0 OK
C: QUIT
S: 221 2.0.0 bye
`

func shelved(t *testing.T, name, text string) (string, func(*Options)) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, func(o *Options) { o.Folders = []string{dir} }
}

func TestRunAgainStepByStep(t *testing.T) {
	file, opt := shelved(t, "again.smtp", again)
	r := at(t, 120, 36, opt)
	r.press("alt+8").see("again.smtp").press("R").see("Run again.smtp again, against", "practice").press("enter").see("220 practice.example").rest()
	r.see("[Diff]", "Diff: again.smtp", "recorded", "now", "220 practice.example")
	r.press("n").rest().see("EHLO laptop.example").press("n").rest().press("n").rest()
	r.press("d").see("550 5.1.1 no such user here", "250 2.1.5", "code", "550 → 250")
	r.see("- 550 5.1.1 no such user here", "+ 250 2.1.5")
	r.press("a").see("1 reply put into again.smtp", "the new reply stands in the file", "0 differences", ", 1 accepted", "A accept all")
	if text := readFile(t, file); strings.Contains(text, "550") || !strings.Contains(text, "250 2.1.5") {
		t.Errorf("the file is\n%s", text)
	}
	r.press("a").see("nothing to put into the file")
	r.press("c").see("221").rest().press("A").see("A again writes the file").press("A").see("put into again.smtp").press("A").see("nothing to put into the file")
	r.press("alt+1", "R").see("220 practice").rest().press("n").rest().see("[Diff]", "EHLO laptop.example")
	r.press("alt+8", "R").see("Run again.smtp").press("enter").see("220 practice").rest().press("c").see("221").see("0 differences")
}

// TestWhatStillDiffersFits: beside the long name of a kept session the counts
// are short, and not left out.
func TestWhatStillDiffersFits(t *testing.T) {
	_, opt := shelved(t, "2026-11-26T16-56-49-practice_hops.smtp", again)
	r := at(t, 80, 24, opt)
	r.press("alt+8").see("practice_hops").press("R").see("again, against").press("enter").see("greeting").rest().press("d").see("nothing differs")
	r.press("c").see("code differs").rest().press("n").rest()
	r.press("home", "d", "a").see("stands in the file", "── 0 !, 15 ? ─")
}

func TestRunAgainPausesWhereItDiffers(t *testing.T) {
	_, opt := shelved(t, "again.smtp", again)
	r := at(t, 120, 36, opt)
	r.send(openMsg{filepath.Join(r.m.o.Folders[0], "again.smtp")})
	r.see("playing back").press("R").clears().types("mail:x:y").press("enter").see("port")
	r.clears().types("practice").press("enter").see("220 practice").rest().press("c").see("from the recording: paused", "550 → 250")
	r.press("c").see("221")
}

func TestRunAgainAsksForValues(t *testing.T) {
	_, opt := shelved(t, "values.smtp", "= smtp-transcript 1\nS: 220 x\nC> AUTH PLAIN ${secret.1}\nS: 235 ok\nC> VRFY ${who}\nS: 252 x\n")
	r := at(t, 120, 36, opt)
	r.press("alt+8").see("values.smtp").press("R").see("against").press("enter").see("Value of ${secret.1}", "a login in the form computes it anew")
	r.types("c2VjcmV0").miss("c2VjcmV0").see("••••••••").press("enter").see("Value of ${who}").types("bob").press("enter").rest().see("[Diff]")
}

func TestServeAndWatch(t *testing.T) {
	_, opt := shelved(t, "again.smtp", again)
	r := at(t, 120, 36, opt)
	r.press("alt+v").see("Nothing is served").press("8").see("again.smtp").press("S").see("Serve again.smtp on", "127.0.0.1:2525")
	r.clears().types("nowhere").press("enter").see("missing port").clears().types("127.0.0.1:0").press("enter").see("serving", "No client has come yet")
	conn, err := net.Dial("tcp", r.m.serve.on.addr)
	if err != nil {
		t.Skip("no loopback: ", err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	greeting, err := in.ReadString('\n')
	if err != nil || !strings.HasPrefix(greeting, "220 ") {
		t.Fatal(greeting, err)
	}
	fmt.Fprintf(conn, "EHLO other.example\r\n")
	r.see("Client 1 of 1", "C  EHLO other.example", "S  250 SIZE 10485760")
	fmt.Fprintf(conn, "FROB\r\n")
	r.see("FROB", "503", "got an unknown command").miss("next client")
	second, err := net.Dial("tcp", r.m.serve.on.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	r.see("Client 2 of 2", "→ next client").press("up").miss("got an unknown command")
	r.press("h").see("Client 1 of 2", "got an unknown command").press("l").see("Client 2 of 2").press("x").see("no longer serving", "Nothing is served")
}

// TestRunAgainUnderTLS: what was said behind a handshake is said again behind
// one.
func TestRunAgainUnderTLS(t *testing.T) {
	dir := t.TempDir()
	r := at(t, 120, 36, func(o *Options) { o.Dir, o.Mail.TLS = dir, session.TLSRequire }).press("enter").rest().press("s", "enter").see("● rec")
	r.press("c").see("done: the mail was accepted")
	r.m.shut()
	p := at(t, 120, 36, func(o *Options) { o.Dir = dir }).press("alt+8").see(".smtp").press("R").see("Run 2026-11-23-1.smtp again").press("enter").see("220 practice").rest()
	for range 3 {
		p.press("n").rest()
	}
	p.press("alt+1").see("▸ EHLO laptop.example").press("c").see("closed by the server").rest()
	p.press("U").see("end of data", "0 differences")
}

// TestContentOfARecordingIsEditedAsItGoesOut: its dots are doubled already, and
// the last one is in it.
func TestContentOfARecordingIsEditedAsItGoesOut(t *testing.T) {
	for _, wire := range []bool{true, false} {
		c := likeContent([]byte("a\r\n..b\r\n.\r\n"), session.Content{Wire: wire})
		var out strings.Builder
		if err := c.WriteWire(&out); err != nil || strings.HasPrefix(out.String(), "a\r\n..b\r\n.\r\n") != wire {
			t.Errorf("%v: %q, %v", wire, out.String(), err)
		}
	}
}
