package session

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestEveryOctetOfContentIsLogged: however the content or the channel ends,
// the log has what the server got.
func TestEveryOctetOfContentIsLogged(t *testing.T) {
	long := bytes.Repeat([]byte(strings.Repeat("x", 70)+"\r\n"), 20_000)
	broken := &Content{Octets: int64(len(long)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(bytes.NewReader(long[:900_000]), brokenReader{})), nil
	}}
	for _, c := range []struct {
		name    string
		content *Content
		takes   int64 // octets of content before the server closes
	}{
		{"content breaks", broken, 1 << 40},
		{"server closes", BytesContent(long), 700_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := make(chan int64, 1)
			s := New(raw(func(conn net.Conn) {
				n := int64(0)
				defer func() { got <- n }()
				fmt.Fprint(conn, "220 x\r\n")
				for line := readLine(conn); line != ""; line = readLine(conn) {
					n += int64(len(line))
					if line != "DATA\r\n" {
						fmt.Fprint(conn, "250 ok\r\n")
						continue
					}
					fmt.Fprint(conn, "354 go\r\n")
					m, _ := io.CopyN(io.Discard, conn, c.takes)
					n += m
					return
				}
			}))
			m := mailTo("b@x.example")
			m.Content = c.content
			for range 50 {
				st, ok := m.Next(s.State())
				if !ok || s.Do(t.Context(), st) != nil {
					break
				}
			}
			s.Close()
			if logged, received := sentOctets(s.Log()), <-got; logged != received {
				t.Errorf("the server got %d octets, the log has %d", received, logged)
			}
		})
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("the disk is broken") }

// TestEarlyVerdict: a server refuses in mid-content, reads on to the dot, and
// says nothing more. The client must not wait for an answer to the dot.
func TestEarlyVerdict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(raw(func(c net.Conn) {
			fmt.Fprint(c, "220 x\r\n")
			for {
				line := readLine(c)
				switch line {
				case "":
					return
				case "QUIT\r\n":
					fmt.Fprint(c, "221 bye\r\n")
					return
				case "DATA\r\n":
					fmt.Fprint(c, "354 go\r\n")
					_, _ = io.CopyN(io.Discard, c, 300_000)
					fmt.Fprint(c, "552 5.3.4 too big\r\n")
					for l := readLine(c); l != ".\r\n" && l != ""; l = readLine(c) {
					}
				default:
					fmt.Fprint(c, "250 ok\r\n")
				}
			}
		}))
		defer s.Close()
		m := mailTo("b@x.example")
		m.Content = BytesContent(bytes.Repeat([]byte(strings.Repeat("x", 70)+"\r\n"), 20_000))
		began := time.Now()
		st := run(t, s, m)
		if st.Answers.EndOfData.Code != 552 || st.Answers.Quit.Code != 221 || st.BadCommands != 0 {
			text := dialogue(s.Log())
			t.Errorf("%s\nend of data %d, QUIT %d", text[max(len(text)-500, 0):], st.Answers.EndOfData.Code, st.Answers.Quit.Code)
		}
		if took := time.Since(began); took > time.Minute {
			t.Errorf("it took %s", took)
		}
		s.Close()
		synctest.Wait()
	})
}
