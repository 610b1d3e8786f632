package practice

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"testing"
)

// BenchmarkContent takes 8 MiB in memory, by DATA and as one chunk.
func BenchmarkContent(b *testing.B) {
	const size = 8 << 20
	line := strings.Repeat("x", 76) + "\r\n"
	body := strings.Repeat(line, size/len(line))
	for _, how := range []struct{ name, before, after string }{
		{"DATA", "DATA\r\n", ".\r\n"}, {"BDAT", fmt.Sprintf("BDAT %d LAST\r\n", len(body)), ""},
	} {
		b.Run(how.name, func(b *testing.B) {
			sc, _ := Find(Default)
			c, err := New(sc, Options{}).Dial(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			fmt.Fprint(c, "EHLO c.example\r\n")
			in := bufio.NewReader(c)
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				fmt.Fprint(c, "MAIL FROM:<>\r\nRCPT TO:<b@x.example>\r\n"+how.before)
				_, _ = io.WriteString(c, body)
				_, _ = io.WriteString(c, how.after)
				for line := ""; !strings.Contains(line, "of this session"); {
					if line, err = in.ReadString('\n'); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
