package session

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
)

// TestContentWithAnEndOfItsOwn: wire content goes out as it is. A server that
// takes its end for the end of data is heard; one that does not gets
// CRLF.CRLF.
func TestContentWithAnEndOfItsOwn(t *testing.T) {
	long := strings.Repeat(strings.Repeat("x", 70)+"\r\n", 2000)
	for _, c := range []struct {
		content, takes, want string
	}{
		{"Subject: x\r\n\r\nbody\n.\n", "\n.\n", "Subject: x\r\n\r\nbody\n.\nQUIT\r\n"},
		{"body\n.\r\n", "\r\n.\r\n", "body\n.\r\n\r\n.\r\nQUIT\r\n"},
		{"body\r\n.\r", "\r\n.\r\n", "body\r\n.\r\r\n.\r\nQUIT\r\n"},
		{long + "\n.\r\n", "\n.\r\n", long + "\n.\r\nQUIT\r\n"},
		{long + "x\n.\r\n", "\r\n.\r\n", long + "x\n.\r\n\r\n.\r\nQUIT\r\n"},
		{"body\r\n.\r\n", "\r\n.\r\n", "body\r\n.\r\nQUIT\r\n"},
	} {
		synctest.Test(t, func(t *testing.T) {
			got := make(chan string, 1)
			s := New(raw(func(conn net.Conn) {
				var content strings.Builder
				defer func() { got <- content.String() }()
				fmt.Fprint(conn, "220 x\r\n")
				for line := readLine(conn); line != ""; line = readLine(conn) {
					if line != "DATA\r\n" {
						fmt.Fprint(conn, "250 ok\r\n")
						continue
					}
					fmt.Fprint(conn, "354 go\r\n")
					break
				}
				for one := make([]byte, 1); ; {
					if _, err := io.ReadFull(conn, one); err != nil {
						return
					}
					content.Write(one)
					if text := content.String(); strings.HasSuffix(text, "QUIT\r\n") {
						fmt.Fprint(conn, "221 bye\r\n")
					} else if strings.HasSuffix(text, c.takes) {
						fmt.Fprint(conn, "250 taken\r\n")
					}
				}
			}))
			m := mailTo("b@x.example")
			m.Content = BytesContent([]byte(c.content))
			m.Content.Wire = true
			for range 50 {
				st, ok := m.Next(s.State())
				if !ok || s.Do(t.Context(), st) != nil {
					break
				}
			}
			s.Close()
			if text := <-got; text != c.want {
				t.Errorf("%.30q: the server got ...%q", c.content, text[max(0, len(text)-60):])
			}
			if n := s.State().Accepted; n != 1 {
				t.Errorf("%.30q: %d messages accepted", c.content, n)
			}
		})
	}
}
