package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestHops: what the hosts behind the server did follows the conversation.
func TestHops(t *testing.T) {
	code, stdout, stderr := ehlo(t, "", send("--to", "bob@destination.example,bob@elsewhere.example", "practice:hops")...)
	for _, want := range []string{
		"the server took responsibility", "=== relay.origin.example ", "198.51.100.1:25: connection refused",
		"=== store.destination.example ", "to <bob@destination.example>: delivered", "left SMTP as FILE", "to <bob@elsewhere.example>: delivered",
	} {
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("%d %s: no %q in\n%s", code, stderr, want, stdout)
		}
	}
	code, stdout, _ = ehlo(t, "", send("--to", "bob@null.example", "practice:gateway")...)
	if code != exitRcpt || !strings.Contains(stdout, "556 5.1.10") {
		t.Errorf("%d %s", code, stdout)
	}
}

// TestHopsToOthers: who asks the DNS of the network in a box finds its hosts,
// those that are up, and a gateway hands mail over.
func TestHopsToOthers(t *testing.T) {
	l, err := net.Listen("tcp", "127.1.0.7:0")
	if err != nil {
		t.Skip(err) // not every system has the whole network 127/8
	}
	l.Close()
	names, dir := fmt.Sprintf("127.0.0.1:%d", freePorts(t, 1)), t.TempDir()
	addr := serveInBackground(t, "practice:hops", "--dns", names, "--down", "mx2.destination.example:1s", "--gateway", "maildir:"+dir)
	_, port, _ := net.SplitHostPort(addr)
	waitFor(t, names)
	mail := func(args ...string) (int, string, string) {
		return ehlo(t, "", append(send("--resolver", names, "--mx-port", port), args...)...)
	}
	code, stdout, stderr := mail("--to", "bob@destination.example")
	if code != exitDone || !strings.Contains(stdout, "=== connected to 127.1.0.3:"+port) {
		t.Errorf("%d %s\n%s", code, stderr, stdout)
	}
	code, stdout, stderr = mail("--to", "bob@elsewhere.example")
	if code != exitDone || !strings.Contains(stdout, "=== connected to 127.1.0.6:"+port) {
		t.Errorf("%d %s\n%s", code, stderr, stdout)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "new", "*"))
	if len(left) != 1 {
		t.Fatalf("%q", left)
	}
	if p, _ := os.ReadFile(left[0]); !strings.Contains(string(p), "This is a test message.\n") {
		t.Errorf("%s", p)
	}
	if code, _, stderr = mail("--to", "bob@null.example"); code != exitNoRoute || !strings.Contains(stderr, "5.1.10") {
		t.Errorf("%d %s", code, stderr)
	}
	waitFor(t, "127.1.0.4:"+port) // it comes back
}

// waitFor waits until somebody listens.
func waitFor(t *testing.T, addr string) {
	t.Helper()
	for began := time.Now(); time.Since(began) < time.Minute; {
		if c, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
			c.Close()
			return
		}
	}
	t.Fatalf("nobody listens on %s", addr)
}

func TestHopsFlagsThatCannotBe(t *testing.T) {
	for args, want := range map[string]string{
		"practice:hops --down mx3.destination.example":       "there is no such host; there are submit.origin.example, relay",
		"practice:hops --down mx1.destination.example:soon":  "expected HOST or HOST:TIME",
		"practice:hops --gateway maildir":                    "expected maildir:DIR or pipe:",
		"practice:hops --gateway pipe:'":                     "pipe:",
		"practice:hops --listen 127.0.0.1:0 --dns 127.0.0.1": "serve --dns",
		"practice --dns 127.0.0.1:0":                         "--dns is for practice:hops",
	} {
		code, _, stderr := ehlo(t, "", append([]string{"serve"}, strings.Fields(args)...)...)
		if code != exitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit code %d, %s", args, code, stderr)
		}
	}
	if code, _, stderr := ehlo(t, "", "serve", "practice:hops", "--gateway", "pipe: "); code != exitUsage || !strings.Contains(stderr, "the command is missing") {
		t.Errorf("a pipe to nothing: exit code %d, %s", code, stderr)
	}
}
