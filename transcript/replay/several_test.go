package replay

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/serve"
)

// TestSeveralFiles: the n-th client gets the n-th session.
func TestSeveralFiles(t *testing.T) {
	var mu sync.Mutex
	seen := map[int]string{}
	one, two := parse(t, "S: 220 one\nC: QUIT\nS: 221 a\n"), parse(t, "S: 220 two\nC: NOOP\nS: 250 b\nC: QUIT\nS: 221 b\n")
	two.Name = "two.smtp"
	srv := serve.New(one, serve.Options{Once: true, Jobs: 1, Watch: func(n int, e session.Event) {
		mu.Lock()
		defer mu.Unlock()
		seen[n] += fmt.Sprintf("%s %s|", e.Kind, strings.TrimSpace(string(e.Data)))
	}}, two)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	for _, file := range []*transcript.Transcript{one, one} {
		target, _ := session.ParseTarget(l.Addr().String())
		if _, err := Run(t.Context(), file, Options{Session: session.Options{Target: target, Timeout: time.Minute}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got := strings.Join(srv.Problems(), "\n"); got != "transcript two.smtp:2 expects NOOP: got QUIT\ntwo.smtp:2: the client left without NOOP" && got != "transcript two.smtp:2 expects NOOP: got QUIT" {
		t.Errorf("%s", got)
	}
	if want := "opened |received 220 one|sent QUIT|received 221 a|closed |"; seen[1] != want || !strings.Contains(seen[2], "received 220 two|sent QUIT|received 503") {
		t.Errorf("%v", seen)
	}
}
