package serve

import (
	"net"
	"time"

	"ehlo/transcript"
)

// TB is what [Test] needs of a *testing.T.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// finishTime is how long a client may take to end its session when the test
// has ended.
const finishTime = time.Second

// Test is a fake server in one line of a test: it plays the server's side
// of these files on a free port of this machine, the n-th session to the n-th
// client, and returns "127.0.0.1:PORT".
//
//	addr := serve.Test(t, "testdata/refuses-the-sender.smtp")
//
// Where a client does not follow the transcript, or does not play all of it,
// the test fails, and says at which line.
func Test(t TB, files ...string) (addr string) {
	t.Helper()
	return Start(t, Options{}, files...).Addr()
}

// Start is [Test] with options. The server gives what a client must
// trust for TLS: [Server.Roots].
func Start(t TB, o Options, files ...string) *Server {
	t.Helper()
	var all []*transcript.Transcript
	for _, name := range files {
		tr, err := transcript.ReadFile(name)
		if err != nil {
			t.Fatalf("serve a transcript: %v", err)
		}
		all = append(all, tr)
	}
	if len(all) == 0 {
		t.Fatalf("serve a transcript: no file was given")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("serve a transcript: %v", err)
	}
	s := New(all[0], o, all[1:]...)
	s.listeners = append(s.listeners, l)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() {
		t.Helper()
		s.Finish(finishTime)
		for _, p := range s.Problems() {
			t.Errorf("transcript: %s", p)
		}
	})
	return s
}

// Addr is where the server listens, or "" if it does not.
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.listeners) == 0 {
		return ""
	}
	return s.listeners[0].Addr().String()
}
