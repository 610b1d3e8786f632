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
