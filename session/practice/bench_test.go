package practice

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
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

// script is a client that says its next line when the server has answered the
// one before.
type script struct {
	net.Conn // nil: nothing else of it is asked
	lines    []string
}

func (s *script) Read(p []byte) (int, error) {
	if len(s.lines) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.lines[0])
	if s.lines[0] = s.lines[0][n:]; s.lines[0] == "" {
		s.lines = s.lines[1:]
	}
	return n, nil
}

func (s *script) Write(p []byte) (int, error) { return len(p), nil }
func (s *script) Close() error                { return nil }
func (s *script) LocalAddr() net.Addr         { return clientAddress }
func (s *script) RemoteAddr() net.Addr        { return clientAddress }
func (s *script) SetDeadline(time.Time) error { return nil }

// BenchmarkMail is a connection with one short mail, without what the network
// costs.
func BenchmarkMail(b *testing.B) {
	sc, _ := Find(Default)
	srv := New(sc, Options{})
	body := strings.Repeat(strings.Repeat("x", 76)+"\r\n", 13)
	b.ReportAllocs()
	for b.Loop() {
		srv.ServeConn(&script{lines: []string{
			"HELO c.example\r\n", "MAIL FROM:<a@c.example>\r\n", "RCPT TO:<b@x.example>\r\n", "DATA\r\n", body + ".\r\n", "QUIT\r\n",
		}})
	}
}
