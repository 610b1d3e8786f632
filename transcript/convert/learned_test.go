package convert

import (
	"strings"
	"testing"
)

// TestLearnedShort: a mark is short; what seems to be one and is long must not
// be sought through a line of any length.
func TestLearnedShort(t *testing.T) {
	l := learn(strings.Split("a\xffb> 220 x\na\xffb> 250 x\na\xffc< EHLO y\na\xffc< QUIT", "\n"))
	if l == nil {
		t.Fatal("nothing was learned")
	}
	if at, whose := l.find("a\xfe\xfeb> 250 x"); at == nil || whose != theServer {
		t.Errorf("%v %v", at, whose)
	}
	if at, _ := l.find("a" + strings.Repeat("\xff", 100_000) + "b> 250 x"); at != nil {
		t.Errorf("%v", at)
	}
}

// TestClientOnly: content of a paste that has no replies may look like one.
func TestClientOnly(t *testing.T) {
	text, _ := imported(t, []byte("EHLO a\nMAIL FROM:<a@test.example>\nRCPT TO:<b@test.example>\nDATA\nHello\n250 to go\nQUIT\n.\nQUIT\n"), Options{})
	if !strings.Contains(text, "C: DATA\nC: Hello\nC: 250 to go\nC: QUIT\nC: .\nC: QUIT\n") {
		t.Errorf("got\n%s", text)
	}
}

// TestLearnedLate: what a file shows far behind its beginning does not make it
// one of a format that reads by its beginning. Exim -d -bs tells of both sides,
// and prints its replies when all is over.
func TestLearnedLate(t *testing.T) {
	file := "10:00:00   208 SMTP>> 220 mx.test.example ESMTP\n10:00:00   208 SMTP<< EHLO client.test.example\n" +
		"10:00:00   208 SMTP>> 250 mx.test.example\n10:00:00   208 SMTP<< QUIT\n10:00:00   208 SMTP>> 221 bye\n" +
		strings.Repeat("10:00:00   208 search_tidyup called\n", 400) + "220 mx.test.example ESMTP\n250 mx.test.example\n221 bye\n"
	text, _ := imported(t, []byte(file), Options{})
	if !strings.Contains(text, "S: 220 mx") || !strings.Contains(text, "C: EHLO client") || !strings.Contains(text, "S: 221 bye") {
		t.Errorf("got\n%.500s", text)
	}
}

// TestEximHostTest: what exim -bh logs between replies nobody says.
func TestEximHostTest(t *testing.T) {
	text, _ := imported(t, []byte("**** SMTP testing session as if from host 192.0.2.1\n\n220 mx.test.example ESMTP\n>>> host in hosts_log? no\n"+
		"LOG: 1xWiG5-00003I-0x <= alice@test.example H=(client.test.example) [192.0.2.1] P=esmtp S=224\n250-mx.test.example\n250 HELP\n221 bye\n"), Options{})
	if strings.Contains(text, "C: LOG") {
		t.Errorf("got\n%s", text)
	}
}
