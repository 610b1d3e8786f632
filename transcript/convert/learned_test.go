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

// TestLearnedLate: what is learned of the first lines only is sought in no
// others: a file would be taken that nothing can be read of.
func TestLearnedLate(t *testing.T) {
	dialogue := strings.Split("a> 220 mx.test.example ESMTP\nb> EHLO client.test.example\na> 250 mx.test.example\nb> QUIT\na> 221 bye", "\n")
	if learnedFormat().score(dialogue) == 0 {
		t.Error("the marks of a dialogue are not learned")
	}
	late := append(strings.Split(strings.Repeat("search_tidyup called\n", maxPeeked), "\n"), dialogue...)
	if n := learnedFormat().score(late); n > 0 {
		t.Errorf("%d lines are known that are not read", n)
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
