package main

import (
	"encoding/json"
	"net"
	"strings"
	"testing"
	"time"

	"ehlo/session/probe"
)

func TestProbe(t *testing.T) {
	code, stdout, stderr := ehlo(t, "", "probe", "--helo", "client.example", "practice")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	for _, want := range []string{
		"Server\n", "Offered\n", "  + AUTH SCRAM-SHA-512-PLUS", "  - STARTTLS\n", "TLS\n", "  verified            yes\n",
		"Answers\n", "  EHLO client.example ", "  RCPT TO:<postmaster>    503", "Findings\n", "· MAIL is taken in the clear",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("missing: %q", want)
		}
	}
	for line := range strings.SplitSeq(stdout, "\n") {
		if n := len([]rune(line)); n > pageWidth && !strings.Contains(line, "sha256") {
			t.Errorf("%d characters: %s", n, line)
		}
	}
	if t.Failed() {
		t.Log(stdout)
	}
	var r probe.Report
	code, stdout, _ = ehlo(t, "", "probe", "--json", "practice")
	if err := json.Unmarshal([]byte(stdout), &r); code != 0 || err != nil || len(r.Findings) == 0 || r.TLS == nil || !r.TLS.Verified {
		t.Errorf("exit code %d, %v: %s", code, err, stdout)
	}
}

func TestProbeEnds(t *testing.T) {
	for _, c := range []struct {
		target string
		code   int
		said   string
	}{
		{"practice:reject", exitGreeting, "the greeting is a refusal"},
		{"practice:garbage", exitBroken, "this is no reply"},
		{"127.0.0.1:1", exitConnect, "refused"},
		{"practice:nothing", exitUsage, "nothing"},
	} {
		code, stdout, stderr := ehlo(t, "", "probe", c.target)
		if code != c.code || !strings.Contains(stdout+stderr, c.said) || strings.ContainsAny(stdout+stderr, "\x1b\x00") {
			t.Errorf("%s: exit code %d, want %d and %q\n%s%s", c.target, code, c.code, c.said, stdout, stderr)
		}
	}
}

// TestProbeDoesNotWaitForTheDNS longer than --timeout says.
func TestProbeDoesNotWaitForTheDNS(t *testing.T) {
	mute, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	began := time.Now()
	code, _, stderr := ehlo(t, "", "probe", "--timeout", "50ms", "--resolver", mute.LocalAddr().String(), "mx:test.example")
	if took := time.Since(began); code != exitNoRoute || took > 8*time.Second {
		t.Errorf("exit code %d after %s: %s", code, took, stderr)
	}
}
