package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// raw serves with a function of its own.
func raw(serve func(net.Conn)) Options {
	return Options{
		Target: Target{Practice: "default"},
		Dial: func(context.Context, Target, string) (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				defer server.Close()
				serve(server)
			}()
			return client, nil
		},
	}
}

// readLine reads up to and including a line feed.
func readLine(c net.Conn) string {
	var line []byte
	b := make([]byte, 1)
	for {
		if _, err := c.Read(b); err != nil {
			return string(line)
		}
		line = append(line, b[0])
		if b[0] == '\n' {
			return string(line)
		}
	}
}

func TestSilentServerIsOverdueAfterTheTimeOfTheRFC(t *testing.T) {
	for _, c := range []struct {
		name  string
		serve func(net.Conn)
		after time.Duration
	}{
		{"greeting", func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }, 5 * time.Minute},
		{"DATA", func(c net.Conn) {
			fmt.Fprint(c, "220 x\r\n")
			for {
				line := readLine(c)
				if line == "" {
					return
				}
				if line != "DATA\r\n" {
					fmt.Fprint(c, "250 ok\r\n")
				}
			}
		}, 2 * time.Minute},
		{"endless reply", func(c net.Conn) {
			for {
				if _, err := fmt.Fprint(c, "220-more\r\n"); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}, 5 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := New(raw(c.serve))
				began := time.Now()
				st := State{}
				for st.Fault == "" {
					step, ok := mailTo("b@x.example").Next(st)
					if !ok {
						break
					}
					_ = s.Do(t.Context(), step)
					st = s.State()
				}
				if st.Fault != FaultTimeout || time.Since(began).Round(time.Second) != c.after {
					t.Errorf("fault %q after %s, want %q after %s", st.Fault, time.Since(began), FaultTimeout, c.after)
				}
				s.Close()
				time.Sleep(2 * time.Second) // lets the server find out; the clock is synctest's
				synctest.Wait()
			})
		})
	}
}

func TestCancelledWaitCanGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(raw(func(c net.Conn) {
			time.Sleep(time.Minute)
			fmt.Fprint(c, "220 late\r\n")
			readLine(c)
		}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Do(ctx, Step{Kind: Connect}); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("connect: %v", err)
		}
		if err := s.Do(t.Context(), Step{Kind: Await}); err != nil {
			t.Fatal(err)
		}
		if st := s.State(); st.Phase != Greeted {
			t.Errorf("phase %s", st.Phase)
		}
		s.Close()
		synctest.Wait()
	})
}

func TestCancelledWriteLogsWhatWentOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(raw(func(c net.Conn) {
			fmt.Fprint(c, "220 x\r\n")
			_, _ = io.ReadFull(c, make([]byte, 3)) // and no more
			time.Sleep(time.Hour)
		}))
		if err := s.Do(t.Context(), Step{Kind: Connect}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Do(ctx, Line("NOOP")); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("say: %v", err)
		}
		events := s.Log().Since(0)
		if last := events[len(events)-1]; last.Kind != Sent || string(last.Data) != "NOO" {
			t.Errorf("last event %s %q", last.Kind, last.Data)
		}
		s.Close()
		time.Sleep(2 * time.Hour)
		synctest.Wait()
	})
}

func TestPipelinedStepsAreOneWrite(t *testing.T) {
	writes := make(chan string, 10)
	s := New(raw(func(c net.Conn) {
		fmt.Fprint(c, "220 x\r\n")
		buf := make([]byte, 1000)
		n, _ := c.Read(buf)
		writes <- string(buf[:n])
		fmt.Fprint(c, "250 a\r\n250 b\r\n250 c\r\n")
		readLine(c)
	}))
	defer s.Close()
	if err := s.Do(t.Context(), Step{Kind: Connect}, Line("MAIL FROM:<>"), Line("RCPT TO:<a@x.example>"), Line("NOOP")); err != nil {
		t.Fatal(err)
	}
	if got, want := <-writes, "MAIL FROM:<>\r\nRCPT TO:<a@x.example>\r\nNOOP\r\n"; got != want {
		t.Errorf("one write was %q", got)
	}
	var blocks []int
	for _, e := range s.Log().Since(0) {
		if e.Kind == Sent {
			blocks = append(blocks, e.Block)
		}
	}
	if len(blocks) != 3 || blocks[0] != blocks[2] {
		t.Errorf("blocks %v", blocks)
	}
	if st := s.State(); st.Phase != Recipients || len(st.Pending) != 0 {
		t.Errorf("%s, pending %v", show(st), st.Pending)
	}
}

func TestFloodIsBounded(t *testing.T) {
	o := raw(func(c net.Conn) {
		for {
			if _, err := fmt.Fprint(c, strings.Repeat("250 flood\r\n", 100)); err != nil {
				return
			}
		}
	})
	o.Limits.Session = 100_000
	s := New(o)
	_ = s.Do(t.Context(), Step{Kind: Connect})
	for seq := 0; s.State().Open; seq = s.Log().Len() {
		if _, err := s.Log().Wait(t.Context(), seq); err != nil {
			t.Fatal(err)
		}
	}
	if st := s.State(); st.Fault != FaultLimit || st.Closed != "client" {
		t.Errorf("fault %q, closed by %q", st.Fault, st.Closed)
	}
	if n := s.Log().Len(); n > 3000 {
		t.Errorf("%d events were kept", n)
	}
}

// TestLastWordsAreHeard: a server may refuse and close while content is still
// on its way; the refusal must be seen.
func TestLastWordsAreHeard(t *testing.T) {
	s := New(raw(func(c net.Conn) {
		fmt.Fprint(c, "220 x\r\n")
		for {
			line := readLine(c)
			switch {
			case line == "":
				return
			case line == "DATA\r\n":
				fmt.Fprint(c, "354 go\r\n")
				_, _ = io.CopyN(io.Discard, c, 600_000)
				fmt.Fprint(c, "552 5.3.4 too big\r\n")
				return
			}
			fmt.Fprint(c, "250 ok\r\n")
		}
	}))
	m := mailTo("b@x.example")
	m.Content = BytesContent(bytes.Repeat([]byte(strings.Repeat("x", 70)+"\r\n"), 100_000))
	st := run(t, s, m)
	if st.Answers.EndOfData.Code != 552 || st.Responsible != Client {
		t.Errorf("end of data answered %d, responsible %s\n%s", st.Answers.EndOfData.Code, st.Responsible, dialogue(s.Log()))
	}
}

func TestSecretsAreMarkedFromBirth(t *testing.T) {
	s := New(Options{Target: Target{Practice: "default"}, Dial: script{
		{"AUTH PLAIN", "235 ok\r\n"}, {"AUTH LOGIN", "334 VXNlcg==\r\n"}, {"dXNlcg==", "334 UGFzcw==\r\n"}, {"c2Vj", "235 ok\r\n"},
	}.dial(t)})
	defer s.Close()
	steps := []Step{
		{Kind: Connect}, Line("EHLO x.example"), Line("AUTH LOGIN"), Line("dXNlcg=="),
		{Bytes: []byte("c2Vj")}, {Bytes: []byte("cmV0\r\n")}, {Bytes: []byte("AUTH PLAIN AGEA")}, {Bytes: []byte("Yg==\r\n")},
	}
	for _, st := range steps {
		if err := s.Do(t.Context(), st); err != nil {
			t.Fatal(err)
		}
	}
	text := dialogue(s.Log())
	for _, secret := range []string{"dXNlcg==\n", "c2Vj", "cmV0", "AGEA", "Yg=="} {
		if strings.Contains(text, "C: "+secret) || strings.Contains(text, "PLAIN A") {
			t.Errorf("%q is shown:\n%s", secret, text)
		}
	}
}

func TestDoWithoutAChannel(t *testing.T) {
	s := New(Options{})
	if err := s.Do(t.Context(), Line("NOOP")); !errors.Is(err, ErrNotOpen) {
		t.Errorf("say: %v", err)
	}
	if err := s.Do(t.Context(), Step{Kind: HangUp}); err != nil {
		t.Errorf("hang up: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func TestConnectTriesEveryAddress(t *testing.T) {
	var tried []string
	m := mailTo("b@x.example")
	m.Target = Target{Host: "mail.test.example", Port: 2525}
	s := New(Options{
		Target: m.Target,
		Lookup: func(context.Context, string) ([]string, error) { return []string{"192.0.2.1", "2001:db8::1"}, nil },
		Dial: func(_ context.Context, _ Target, addr string) (net.Conn, error) {
			tried = append(tried, addr)
			return nil, errors.New("refused")
		},
	})
	st := run(t, s, m)
	if got := strings.Join(tried, " "); got != "192.0.2.1:2525 [2001:db8::1]:2525" {
		t.Errorf("tried %s", got)
	}
	if st.Fault != FaultConnect {
		t.Errorf("fault %q", st.Fault)
	}
}

// lateConn delivers at once and returns late, as on a busy machine.
type lateConn struct{ net.Conn }

func (c lateConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	time.Sleep(time.Minute)
	return n, err
}

func TestReplyBeforeTheWriteReturnsStandsBehindIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := raw(func(c net.Conn) {
			fmt.Fprint(c, "220 x\r\n")
			readLine(c)
			fmt.Fprint(c, "250 hello\r\n")
			readLine(c)
		})
		dial := o.Dial
		o.Dial = func(ctx context.Context, target Target, addr string) (net.Conn, error) {
			c, err := dial(ctx, target, addr)
			return lateConn{c}, err
		}
		s := New(o)
		if err := s.Do(t.Context(), Step{Kind: Connect}, Line("EHLO client.example")); err != nil {
			t.Error(err)
		}
		if got, want := dialogue(s.Log()), "= opened\nS: 220 x\nC: EHLO client.example\nS: 250 hello\n"; got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		s.Close()
		synctest.Wait()
	})
}

// sentOctets counts what the log says was sent.
func sentOctets(l *Log) (n int64) {
	for _, e := range l.Since(0) {
		if e.Kind == Sent {
			n += int64(len(e.Data))
			if e.Bulk != nil {
				n += e.Bulk.Octets
			}
		}
	}
	return n
}
