package main

import (
	"strings"
	"testing"
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
