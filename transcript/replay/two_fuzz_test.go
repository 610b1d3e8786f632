package replay

import (
	"strings"
	"testing"

	"ehlo/transcript"
)

// FuzzTwo: whatever two files say, they are compared; and a file has no
// difference from itself but where its own expectations are not met.
func FuzzTwo(f *testing.F) {
	f.Add("S: 220 x\nC: EHLO a\nS: 250 ok\n", "S: 554 no\n")
	f.Add("S? 220 *\nC: NOOP\nS+ 250*\n", "= tls started\nC: STARTTLS\nS: 220 go\n= tls started version=TLSv1.3\nC: QUIT\n")
	f.Add("S: 220 x\nC: DATA\nS: 354 go\nC: .\nS: 250 a\nS: 250 b\n", "= connect host=x\nC: RSET\n= closed by=server how=rst\n= connect host=x\n")
	f.Fuzz(func(t *testing.T, then, now string) {
		a, _ := transcript.Parse("a.smtp", strings.NewReader(then))
		b, _ := transcript.Parse("b.smtp", strings.NewReader(now))
		if a == nil || b == nil {
			return
		}
		_ = Two(a, b, CompareOptions{}).String()
		for _, s := range Two(a, a, CompareOptions{}).Steps {
			for _, x := range s.Differences {
				if x.What != "expect" && x.What != "missing" && x.What != "time" {
					t.Errorf("%s differs from itself: %s", s.Title, x)
				}
			}
		}
	})
}
