package judge_test

import (
	"encoding/json"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/session"
	"ehlo/session/practice"
	"ehlo/session/practice/judge"
)

// client plays one: a write a line; "wait 5s", "connect" and "hang up" are no
// writes. What the server says is read, and does not matter.
func client(t *testing.T, scenario, script string) judge.Report {
	t.Helper()
	sc, err := practice.Find(scenario)
	if err != nil {
		t.Fatal(err)
	}
	var report judge.Report
	synctest.Test(t, func(t *testing.T) {
		j := judge.New()
		srv := practice.New(sc, practice.Options{Watch: j.Watch})
		var c net.Conn
		connect := func() {
			c, err = srv.Dial(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			go io.Copy(io.Discard, c)
			synctest.Wait()
		}
		if !strings.HasPrefix(script, "early") {
			connect()
		}
		for line := range strings.SplitSeq(script, "\n") {
			switch wait, ok := strings.CutPrefix(strings.TrimSpace(line), "wait "); {
			case ok:
				d, err := time.ParseDuration(wait)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(d)
			case line == "connect" || line == "early":
				connect()
			case line == "hang up":
				c.Close()
			case line != "":
				line = strings.NewReplacer(`\r`, "\r", `\n`, "\n", `\xc3`, "\xc3", `\xbc`, "\xbc").Replace(strings.TrimSpace(line))
				if !strings.HasSuffix(line, "\n") {
					line += "\r\n"
				}
				_, _ = io.WriteString(c, line)
			}
			synctest.Wait()
		}
		c.Close()
		synctest.Wait()
		srv.Close()
		time.Sleep(2 * time.Hour)
		report = j.Report()
	})
	return report
}

const begin, whole = "EHLO c.example\nMAIL FROM:<a@c.example>\nRCPT TO:<bob@x.example>\n", "DATA\nSubject: x\\r\\n\\r\\nhi\\r\\n.\nQUIT"

func TestClients(t *testing.T) {
	for _, c := range []struct {
		name, scenario, script string
		broken                 string // rules, with blanks between
		kept                   string
	}{
		{"no TLS on the port of implicit TLS", "implicit-tls", begin + whole, "tls-first", ""},
		{"a command behind STARTTLS", "default", "EHLO c.example\nSTARTTLS\nMAIL FROM:<a@c.example>", "tls-first", ""},
		{"a good one", "default", begin + whole, "", "greeting hello name syntax sequence lines quit patience offers"},
		{"no QUIT", "default", begin + strings.TrimSuffix(whole, "QUIT"), "quit", ""},
		{"in the content", "default", begin + "DATA\nhalf\nhang up", "quit", ""},
		{"QUIT after 554", "reject", "QUIT", "", "quit-only quit"},
		{"EHLO after 554", "reject", "EHLO c.example\nQUIT", "quit-only", ""},
		{"gone after 554", "reject", "hang up", "quit-only", ""},
		{"too early", "slow-greeting", "EHLO c.example\nQUIT", "greeting", ""},
		{"patient", "slow-greeting", "wait 7s\nEHLO c.example\nQUIT", "", "greeting"},
		{"impatient", "slow-greeting", "wait 3s\nhang up", "patience", ""},
		{"no EHLO", "default", "MAIL FROM:<a@c.example>\nQUIT", "hello sequence", ""},
		{"a bare word", "default", "EHLO c\nQUIT", "name", ""},
		{"fallback", "helo-only", begin[:len("EHLO c.example\n")] + strings.Replace(begin, "EHLO", "HELO", 1) + whole, "", "fallback"},
		{"no fallback", "helo-only", "EHLO c.example\nQUIT", "fallback", ""},
		{"pipelining", "default", "EHLO c.example\nMAIL FROM:<a@c.example>\\r\\nRCPT TO:<b@x.example>\\r\\nDATA\n.\nQUIT", "", "pipelining"},
		{"not offered", "no-pipelining", "EHLO c.example\nMAIL FROM:<a@c.example>\\r\\nRCPT TO:<b@x.example>\nRSET\nQUIT", "pipelining", ""},
		{"a group for nobody", "mailbox-full", "EHLO c.example\nMAIL FROM:<a@c.example>\\r\\nRCPT TO:<b@x.example>\\r\\nDATA\nQUIT", "", "pipelining"},
		{"behind DATA", "default", "EHLO c.example\nMAIL FROM:<a@c.example>\\r\\nRCPT TO:<b@x.example>\\r\\nDATA\\r\\n.\\r\\n\nQUIT", "group-end", "pipelining"},
		{"partial", "unknown-user", begin + "RCPT TO:<carol@x.example>\n" + whole, "", "partial nobody"},
		{"gives up for one", "unknown-user", begin + "RCPT TO:<carol@x.example>\nRSET\nQUIT", "partial", ""},
		{"nobody", "mailbox-full", begin + "DATA\nQUIT", "nobody sequence", ""},
		{"nobody, and leaves", "mailbox-full", begin + "QUIT", "", "nobody"},
		{"comes back", "greylisting", begin + "QUIT\nwait 70s\nconnect\n" + begin + whole, "", "again pause"},
		{"comes back at once", "greylisting", begin + "QUIT\nconnect\n" + begin + "QUIT", "pause", "again"},
		{"insists", "moved-refused", begin + "RCPT TO:<bob@x.example>\nQUIT", "never-again", ""},
		{"sends it again", "vanish-after-dot", begin + whole + "\nwait 5s\nconnect\n" + begin + whole, "", "again pause"},
		{"a bare LF", "default", begin + "DATA\na\\nb\\r\\n.\nQUIT", "lines", ""},
		{"a long line", "default", begin + "DATA\n" + strings.Repeat("x", 1001) + "\n.\nQUIT", "lines", ""},
		{"dots", "default", begin + "DATA\n..a\\r\\n.\nQUIT", "", "dots"},
		{"no dots", "default", begin + "DATA\n.a\\r\\n.\nQUIT", "dots", ""},
		{"8-bit", "default", begin + "DATA\nGr\\xc3\\xbcn\\r\\n.\nQUIT", "eight-bit", ""},
		{"8-bit, and said", "default", strings.Replace(begin, "c.example>", "c.example> BODY=8BITMIME", 1) + "DATA\nGr\\xc3\\xbcn\\r\\n.\nQUIT", "", "eight-bit offers"},
		{"a chunk refused", "chunking", begin + "BDAT 4\\r\\nhi\nBDAT 4\\r\\nhi\nRSET\nQUIT", "", "chunks"},
		{"and ignored", "chunking", begin + "BDAT 4\\r\\nhi\nBDAT 4\\r\\nhi\nMAIL FROM:<>\nQUIT", "chunks sequence", ""},
		{"a password", "weak-mechanism", "EHLO c.example\nAUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=\nQUIT", "secrets offers", ""},
		{"a parameter", "seven-bit", "EHLO c.example\nMAIL FROM:<> BODY=8BITMIME\nQUIT", "offers", ""},
		{"too large", "size-declared", "EHLO c.example\nMAIL FROM:<> SIZE=500\nQUIT", "", "offers"},
		{"no path", "default", "EHLO c.example\nMAIL FROM: a@c.example\nQUIT", "syntax", ""},
		{"421", "shutdown", begin + "DATA", "", "hello"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := client(t, c.scenario, c.script)
			broken := strings.Fields(c.broken)
			for _, f := range r.Findings {
				switch {
				case slices.Contains(broken, f.Name) != (f.Verdict == judge.Broken):
					t.Errorf("%s: %s %s", f.Name, f.Verdict, f.Why)
				case slices.Contains(strings.Fields(c.kept), f.Name) && f.Verdict != judge.Kept:
					t.Errorf("%s: %s", f.Name, f.Verdict)
				case (f.Verdict == judge.Broken) != (f.Why != "" && f.Times > 0):
					t.Errorf("%s: %s %q, %d times", f.Name, f.Verdict, f.Why, f.Times)
				}
			}
			if r.Good() != (c.broken == "") {
				t.Errorf("good is %v", r.Good())
			}
		})
	}
}

// TestReport: what there is to read, and no password in it.
func TestReport(t *testing.T) {
	r := client(t, "auth-required", "EHLO c.example\nAUTH CRAM-MD5\nYWxpY2Ugc2VjcmV0\nAUTH SCRAM-SHA-1 c2VjcmV0\n*\nQUIT\nMAIL")
	p, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := r.Text(&text); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"YWxpY2Ug", "c2VjcmV0"} {
		if strings.Contains(string(p)+text.String(), secret) {
			t.Errorf("%s is in %s%s", secret, p, text.String())
		}
	}
	if !strings.Contains(string(p), `"line":"AUTH SCRAM-SHA-1 ***"`) || !strings.Contains(text.String(), "kept    hello ") {
		t.Errorf("%s\n%s", p, text.String())
	}
}

// TestRulesAreNamed once.
func TestRulesAreNamed(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range judge.Rules() {
		if seen[r.Name] || r.Text == "" || !strings.HasPrefix(r.Source, "RFC ") {
			t.Errorf("%+v", r)
		}
		seen[r.Name] = true
	}
}

// TestWatchIsBounded: a client that never stops fills no memory.
func TestWatchIsBounded(t *testing.T) {
	j := judge.New()
	for i := range 5000 {
		j.Watch(1+i/2500, session.Event{Kind: session.Sent, Data: []byte("NOOP\r\n")})
	}
	total := 0
	for _, events := range j.Report().Connections {
		total += len(events)
	}
	if total > 1100 {
		t.Errorf("%d events", total)
	}
}
