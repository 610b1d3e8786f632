package channel

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"ehlo/session"
	"ehlo/session/practice"
)

// TestMain lets the test binary be the process on the other end of a pipe.
func TestMain(m *testing.M) {
	switch os.Getenv("CHANNEL_TEST_PROCESS") {
	case "":
		os.Exit(m.Run())
	case "practice":
		sc, err := practice.Find(practice.Default)
		if err != nil {
			panic(err)
		}
		practice.New(sc, practice.Options{}).ServeConn(stdio{})
	case "complain":
		fmt.Fprint(os.Stderr, "cannot\x1b[2J open\r\nthe queue\n"+strings.Repeat("x", 1<<20))
		os.Exit(75)
	case "deaf":
		deaf()
	case "hold":
		hold()
	case "half":
		text, _ := io.ReadAll(os.Stdin)
		fmt.Printf("250 %d octets\r\n", len(text))
	}
}

// stdio is a process's own end of the pipes.
type stdio struct{}

func (stdio) Read(p []byte) (int, error)       { return os.Stdin.Read(p) }
func (stdio) Write(p []byte) (int, error)      { return os.Stdout.Write(p) }
func (stdio) Close() error                     { return os.Stdout.Close() }
func (stdio) LocalAddr() net.Addr              { return place{"pipe", "stdio"} }
func (stdio) RemoteAddr() net.Addr             { return place{"pipe", "stdio"} }
func (stdio) SetDeadline(time.Time) error      { return os.ErrNoDeadline }
func (stdio) SetReadDeadline(time.Time) error  { return os.ErrNoDeadline }
func (stdio) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }

// deaf starts another one, and then neither listens nor wants to end.
func deaf() {
	signal.Ignore(syscall.SIGTERM)
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "CHANNEL_TEST_PROCESS=hold")
	if err := child.Start(); err != nil {
		panic(err)
	}
	hold()
}

// hold lives as long as the test keeps a connection open.
func hold() {
	signal.Ignore(syscall.SIGTERM)
	conn, err := net.Dial("unix", os.Getenv("CHANNEL_TEST_SOCKET"))
	if err != nil {
		panic(err)
	}
	_, _ = io.Copy(io.Discard, conn)
}

// self is the target of the test binary in one of its parts.
func self(t *testing.T, part string) session.Target {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("CHANNEL_TEST_PROCESS", part)
	return session.Target{Pipe: "'" + exe + "' \"two words\""}
}

// listen returns an address on which serve is called for each connection.
func listen(t *testing.T, network, addr string, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	return l.Addr().String()
}

// practised serves the practice server.
func practised(t *testing.T) func(net.Conn) {
	t.Helper()
	sc, err := practice.Find(practice.Default)
	if err != nil {
		t.Fatal(err)
	}
	srv := practice.New(sc, practice.Options{})
	t.Cleanup(srv.Close)
	return srv.ServeConn
}

// converse sends a mail and returns the session.
func converse(t *testing.T, d Dialer, target session.Target) *session.Session {
	t.Helper()
	s := session.New(session.Options{Target: target, Dial: d.Dial, Lookup: d.Lookup})
	t.Cleanup(func() { s.Close() })
	m := session.Mail{
		Target: target, Helo: "client.example",
		Letter: session.Letter{
			From: session.Envelope{Path: "alice@test.example"}, To: session.To("bob@test.example"),
			Content: session.BytesContent([]byte("Subject: hello\r\n\r\nbye\r\n")),
		},
	}
	for {
		st, ok := m.Next(s.State())
		if !ok {
			return s
		}
		if err := s.Do(t.Context(), st); err != nil {
			t.Fatalf("%s: %v", st, err)
		}
	}
}

// taken fails unless the server took the mail.
func taken(t *testing.T, s *session.Session) {
	t.Helper()
	if st := s.State(); st.Accepted != 1 {
		t.Errorf("%d mails were taken; %s %s", st.Accepted, st.Fault, st.FaultText)
	}
}

func event(s *session.Session, k session.Kind) session.Event {
	for _, e := range s.Log().Since(0) {
		if e.Kind == k {
			return e
		}
	}
	return session.Event{}
}

// everything is all that a log says, in one text.
func everything(s *session.Session) string {
	var b strings.Builder
	for _, e := range s.Log().Since(0) {
		fmt.Fprintf(&b, "%s %v %q %s\n", e.Kind, e.Facts, e.Data, e.Text)
	}
	return b.String()
}

func line(in *bufio.Reader) string {
	text, _ := in.ReadString('\n')
	return text
}
