package tui

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"ehlo/session"
	"ehlo/session/sasl"
)

// as logs in as alice of the practice server.
func as(mech string) func(*Options) {
	return func(o *Options) {
		c := sasl.NewClient(sasl.Credentials{User: "alice", Password: "wonderland"}, mech)
		c.Nonce = func(int) string { return "bm9uY2U=" }
		o.Mail.Auth, o.Mail.TLS = c, session.TLSAuto
	}
}

func TestSASLStepByStep(t *testing.T) {
	for _, tt := range []struct {
		mech   string
		see    []string
		secret string
	}{
		{"SCRAM-SHA-256", []string{"n,,n=alice,r=", "client-first", "server-first: both nonces", "client-final", ",p=••••••••"}, "wonderland"},
		{"PLAIN", []string{`\x00alice\x00••••••••`, "readable by whoever sees it"}, "wonderland"},
		{"LOGIN", []string{"= Username:", "= alice", "= Password:", "the password, readable"}, "wonderland"},
		{"CRAM-MD5", []string{"= alice ••••••••", "a challenge that is used once"}, "wonderland"},
	} {
		t.Run(tt.mech, func(t *testing.T) {
			r := at(t, 200, 60, as(tt.mech))
			r.press("enter").rest()
			for range 9 {
				r.press("n").rest()
			}
			r.press("5").see("AUTH " + tt.mech).see(tt.see...)
			r.miss(tt.secret).miss(base64.StdEncoding.EncodeToString([]byte(tt.secret)))
		})
	}
}

func TestWhatIsLoosened(t *testing.T) {
	b := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	for _, tt := range []struct {
		mech     string
		n        int
		response string
		want     string
	}{
		{"PLAIN", 0, b("\x00bob\x00secret"), "\x00bob\x00*"},
		{"PLAIN", 0, b("secret"), "*"},
		{"LOGIN", 0, b("bob"), "bob"},
		{"LOGIN", 1, b("secret"), "*"},
		{"SCRAM-SHA-1", 0, b("n,,n=bob,r=x"), "n,,n=bob,r=x"},
		{"SCRAM-SHA-1", 1, b("c=biws,r=xy,p=secret"), "c=biws,r=xy,p=*"},
		{"SCRAM-SHA-1", 1, b("secret"), "*"},
		{"XOAUTH2", 0, b("user=bob\x01auth=Bearer secret\x01\x01"), "user=bob\x01auth=Bearer *\x01\x01"},
		{"OAUTHBEARER", 0, b("n,a=bob,\x01auth=Bearer secret"), "n,a=bob,\x01auth=Bearer *\x01"},
		{"X-UNKNOWN", 0, b("secret"), "*"},
		{"PLAIN", 0, "secret!", "* (no base64)"},
		{"PLAIN", 0, "${secret.1}", "* (not kept in the file)"},
	} {
		if got := loosen(tt.mech, tt.n, tt.response, "*"); got != tt.want {
			t.Errorf("%s %d %q: %q, want %q", tt.mech, tt.n, tt.response, got, tt.want)
		}
	}
}

func TestNamesOfACertificate(t *testing.T) {
	const san = "mail.example,*.mx.example,192.0.2.1"
	for name, want := range map[string]bool{
		"mail.example": true, "MAIL.example.": true, "a.mx.example": true, "192.0.2.1": true,
		"a.b.mx.example": false, "mx.example": false, "example": false, "": false, "192.0.2.2": false,
	} {
		if got, _ := names(san, name); got != want {
			t.Errorf("%q: %t", name, got)
		}
	}
}

func TestViewsFollowTheCursor(t *testing.T) {
	r := at(t, 120, 36, three...)
	refused(r)
	r.press("3").see("1 of 3 accepted", "550 5.1.1", "not yet")
	r.press("down", "enter").see("[Session]", "550 5.1.1 bad destination mailbox"[:9])
	if c := &r.m.live; c.rows[c.cursor].verb != "RCPT" {
		t.Errorf("the cursor is on row %d", c.cursor)
	}
	r.press("home", "3").see("0 of 3 accepted", "at row 1").press("esc").see("[Session]")
}

func TestStepFromAView(t *testing.T) {
	r := at(t, 120, 36, three...)
	r.press("enter").rest().press("7").see("greeting").press("n").rest().see("[Timeline]", "EHLO laptop.example")
	r.press("n").rest().see("MAIL FROM:<alice@example.org>")
	r.press("up", "enter").see("[Session]")
	if c := &r.m.live; c.rows[c.cursor].verb != "EHLO" {
		t.Errorf("the cursor is on a row of %q", c.rows[c.cursor].verb)
	}
}

func TestTimelineMeasures(t *testing.T) {
	var c conversation
	c.take([]session.Event{
		{Seq: 1, Kind: session.Opened, At: noon, Text: "connected in 2s"},
		{Seq: 2, Kind: session.Received, At: noon.Add(3 * time.Second), Data: []byte("220 x\r\n")},
		{Seq: 3, Kind: session.Noted, At: noon.Add(3 * time.Second), Text: "a note"},
	})
	if len(c.phases) != 2 || len(c.landmarks) != 2 || c.lasted() != 5*time.Second || c.waited != 5*time.Second {
		t.Errorf("phases %v, landmarks %v, %s in all, %s waiting", c.phases, c.landmarks, c.lasted(), c.waited)
	}
	for _, tt := range []struct {
		took time.Duration
		want int
	}{{0, 0}, {time.Millisecond, 1}, {5 * time.Minute, 20}, {time.Hour, 20}, {time.Second, 10}} {
		if got := barLength(tt.took, 5*time.Minute, 20); got != tt.want {
			t.Errorf("%s is %d of 20", tt.took, got)
		}
	}
}

func TestTLSSaysWhatIsWrong(t *testing.T) {
	r := at(t, 120, 36)
	r.press("esc")
	log := secured()
	e := &log[8]
	for i, f := range e.Facts {
		switch f.Key {
		case "not-after":
			e.Facts[i].Value = "2026-11-01T00:00:00Z"
		case "chain", "name":
			e.Facts[i].Value = "bad"
		}
	}
	e.Facts = append(e.Facts, session.Fact{Key: "reason", Value: "certificate has expired"})
	r.m.live.take(log)
	r.press("4").see("the chain does not hold", "the name is wrong", "certificate has expired", "over for 22 days")
	if !strings.Contains(r.look(), "└─ CN=submission.test.example") {
		t.Error("there is no tree")
	}
}

// TestEditedRecipientIsNotWaitedFor: the recipient whose RCPT was edited is
// not still to come, at that moment and any later one.
func TestEditedRecipientIsNotWaitedFor(t *testing.T) {
	r := at(t, 120, 36, recipients("bob@example.com", "eve@example.com")).press("enter").rest().press("n").rest().press("n").rest()
	r.see("0 of 2 accepted", "· bob@example.com", "· eve@example.com")
	r.press("e").clears().types(`RCPT TO:<postmaster@example.com>\r\n`).press("enter").rest()
	r.see("1 of 2 accepted", "✓ postmaster@example.com", "· eve@example.com").miss("· bob@example.com")
	r.press("c").see("done").press("/").types("verb:MAIL").press("enter").press("down").see("0 of 2 accepted", "· postmaster@example.com").miss("· bob@example.com")
}

// TestWhyDANEWasNotAsked: it needs a resolver that somebody named.
func TestWhyDANEWasNotAsked(t *testing.T) {
	asks := func(o *Options) {
		o.Lookup = func(context.Context, string) ([]string, error) { return []string{"192.0.2.1"}, nil }
		o.Vouch = func(_ context.Context, host string, port int, note func(string)) {
			note(fmt.Sprintf("DANE: _%d._tcp.%s: no TLSA records", port, host))
		}
	}
	for _, c := range []struct {
		target string
		change func(*Options)
		want   []string
	}{
		{"practice", asks, []string{"the name of a host, and the target has none", "the MX of a domain"}},
		{"mail.example:587", func(*Options) {}, []string{"not asked, no resolver: --resolver"}},
		{"mail.example:587", asks, []string{"not asked yet: the TLSA records are looked up with the addresses"}},
		{"mx:example.org", asks, []string{"--mta-sts fetches the policy"}},
		{"mx:example.org", func(o *Options) { o.STS = true }, []string{"not asked yet: the policy is fetched with the route"}},
	} {
		at(t, 120, 36, target(c.target), c.change).press("esc", "4").see(c.want...)
	}
	r := at(t, 120, 36, target("mail.example:587"), asks, script("220 x\r\n", "…"))
	r.press("enter").rest().press("4").see("DANE: _587._tcp.mail.example: no TLSA records").press("6").see("192.0.2.1")
}
