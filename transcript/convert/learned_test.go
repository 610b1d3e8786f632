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
