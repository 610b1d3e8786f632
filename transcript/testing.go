package transcript

import (
	"net"
	"time"
)

// TB is what [ServeTest] needs of a *testing.T.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// finishTime is how long a client may take to end its session when the test
// has ended.
const finishTime = time.Second

// ServeTest is a fake server in one line of a test: it plays the server's side
// of these files on a free port of this machine, the n-th session to the n-th
// client, and returns "127.0.0.1:PORT".
//
//	addr := transcript.ServeTest(t, "testdata/refuses-the-sender.smtp")
//
// Where a client does not follow the transcript, or does not play all of it,
// the test fails, and says at which line.
func ServeTest(t TB, files ...string) (addr string) {
	t.Helper()
	return StartTest(t, ServeOptions{}, files...).Addr()
}

// StartTest is [ServeTest] with options. The server gives what a client must
// trust for TLS: [Server.Roots].
func StartTest(t TB, o ServeOptions, files ...string) *Server {
	t.Helper()
	var all []*Transcript
	for _, name := range files {
		tr, err := ReadFile(name)
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
	s := NewServer(all[0], o, all[1:]...)
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
