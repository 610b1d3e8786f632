package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestInteropQueuePostfix relays through Postfix: under TLS, several messages
// on a connection, with parameters for notices, and with a login.
func TestInteropQueuePostfix(t *testing.T) {
	p := startPeer(t, "postfix")
	dir := filepath.Join(t.TempDir(), "outbox")
	t.Setenv("PASSWORD", "wonderland")
	add := func(at int, args ...string) string {
		return queueAdd(t, dir, append(append([]string{"--tls", "require", "--ca", p.ca}, args...), p.addrs[at])...)
	}
	two := add(0, "--to", "alice@test.example,nobody@test.example", "--ret", "hdrs", "--envid", "one two", "--notify", "failure")
	var same []string
	for range 5 {
		same = append(same, add(0, "--to", "bob@test.example"))
	}
	relayed := add(2, "--to", "carol@elsewhere.example", "--user", "alice", "--password-from", "env:PASSWORD")
	denied := add(0, "--to", "carol@elsewhere.example")
	code, out, stderr := queue(t, dir, "run", "--connections", "2")
	if code != 0 || !strings.Contains(out, "7 accepted, 2 refused") {
		t.Fatalf("%d %s %s", code, out, stderr)
	}
	_, out, _ = queue(t, dir, "list", "--all")
	for _, want := range []string{
		two + "   alice@test.example               accepted   -         250 2.0.0 Ok: queued as ",
		two + "   nobody@test.example              refused    -         550 5.1.1 ",
		relayed + "   carol@elsewhere.example          accepted",
		denied + "   carol@elsewhere.example          refused    -         554 5.7.1 ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("list lacks %q:\n%s", want, out)
		}
	}
	reports, _ := filepath.Glob(filepath.Join(dir, "mail", "*", two, "report-1.eml"))
	if len(reports) != 1 {
		t.Fatalf("reports: %q", reports)
	}
	report, _ := os.ReadFile(reports[0])
	for _, want := range []string{"Original-Envelope-Id: one two\r\n", "Status: 5.1.1\r\n", "Remote-MTA: dns; postfix.test.example\r\n", "Diagnostic-Code: smtp; 550 5.1.1 "} {
		if !strings.Contains(string(report), want) {
			t.Errorf("the report lacks %q:\n%s", want, report)
		}
	}
	shared := 0
	for _, id := range same {
		names, _ := filepath.Glob(filepath.Join(dir, "mail", "*", id, "attempts", "0001.smtp"))
		if len(names) != 1 {
			t.Fatalf("%s: %q", id, names)
		}
		text, _ := os.ReadFile(names[0])
		if !strings.Contains(string(text), "= closed") {
			shared++
		}
	}
	if shared == 0 {
		t.Error("no connection carried two messages")
	}
}

// TestInteropQueueWaitsForPostfix: while nobody listens a message waits and the
// list says why; when Postfix is there it has it, and delivers it.
func TestInteropQueueWaitsForPostfix(t *testing.T) {
	addr := fmt.Sprintf("127.0.0.1:%d", freePorts(t, 3)) // which are those that it gets
	dir := filepath.Join(t.TempDir(), "outbox")
	var ids []string
	for range 3 {
		ids = append(ids, queueAdd(t, dir, "--to", "alice@test.example,bob@test.example", addr))
	}
	if code, out, stderr := queue(t, dir, "run"); code != 0 || !strings.Contains(out, "6 waiting") {
		t.Fatalf("%d %s %s", code, out, stderr)
	}
	if _, out, _ := queue(t, dir, "show", ids[0]); !strings.Contains(out, "connection refused; the next attempt is in ") || !strings.Contains(out, "this outbox, since it was added") {
		t.Errorf("why: %s", out)
	}
	p := startPeer(t, "postfix")
	if p.addrs[0] != addr {
		t.Skipf("somebody took %s in the meantime", addr)
	}
	if _, out, _ := queue(t, dir, "run"); !strings.Contains(out, "nothing was due, the next attempt is due in ") {
		t.Errorf("not due: %s", out)
	}
	if _, out, stderr := queue(t, dir, "run", "--now"); !strings.Contains(out, "6 accepted") {
		t.Fatalf("%s %s", out, stderr)
	}
	_, out, _ := queue(t, dir, "list", "--all", "--json")
	for _, id := range ids {
		if !strings.Contains(out, `{"id":"`+id+`"`) {
			t.Errorf("%s is not listed", id)
		}
	}
	if n := strings.Count(out, `"state":"accepted"`); n != 6 || strings.Count(out, "since it replied 250 2.0.0 Ok: queued as ") != 6 {
		t.Errorf("%d accepted: %s", n, out)
	}
}
