package convert

import (
	"fmt"
	"strings"
	"testing"
)

// TestStraceHolds: of calls that do not end, and of files that may be connections,
// so much is held and no more.
func TestStraceHolds(t *testing.T) {
	t.Parallel()
	s := straced{files: map[string]*straceFile{}}
	long := strings.Repeat("x", 12_000)
	s.line(`1 read(3, "` + long + ` <unfinished ...>`)
	for range 500 {
		s.line(`1 <... read resumed> ` + long + ` <unfinished ...>`)
	}
	for pid := range 500 {
		s.line(fmt.Sprintf(`%d read(3, "%s <unfinished ...>`, pid, long))
		s.line(fmt.Sprintf(`2 read(%d, "220 mx ESMTP\r\n", 4096) = 14`, pid))
		for range 3 {
			s.line(fmt.Sprintf(`2 read(%d, "%s", 100000) = 100000`, pid, long))
		}
	}
	calls, files := 0, 0
	for _, c := range s.calls.begun {
		calls += len(c.args)
	}
	for _, f := range s.files {
		for _, one := range f.waiting {
			files += len(one.bytes)
		}
	}
	if calls > 5<<20 || files > 5<<20 {
		t.Errorf("%d octets of calls, %d of files", calls, files)
	}
	for fd := range 500 {
		s.line(fmt.Sprintf(`2 close(%d) = 0`, fd))
	}
	said := 0
	for _, l := range []string{`read(3, "220 mx ESMTP\r\n", 4096) = 14`, `write(3, "EHLO a\r\n", 8) = 8`} {
		said += len(s.line(l))
	}
	if said != 2 {
		t.Errorf("%d lines of what comes behind all that", said)
	}
}
