package probe

import (
	"context"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/session"
	"ehlo/session/practice"
)

// options reach a scenario of the practice server.
func options(name string) Options {
	return Options{Helo: "client.example", Session: session.Options{
		Target: session.Target{Practice: name, LMTP: name == "lmtp"},
		Dial: func(ctx context.Context, _ session.Target, _ string) (net.Conn, error) {
			sc, err := practice.Find(name)
			if err != nil {
				return nil, err
			}
			return practice.New(sc, practice.Options{}).Dial(ctx)
		},
	}}
}

func TestFindings(t *testing.T) {
	for _, c := range []struct {
		scenario string
		found    []string // parts of findings
		missing  string   // part of none
	}{
		{"default", []string{"MAIL is taken in the clear", "10485760 octets", "VRFY is answered 250"}, "does not verify"},
		{"lmtp", []string{"MAIL is taken in the clear"}, "not answered"},
		{"starttls-required", []string{"refused in the clear with 530"}, "it should be 500"},
		{"starttls-refused", []string{"STARTTLS is offered and answered 454"}, ""},
		{"certificate-expired", []string{"does not verify", "the certificate ended on"}, ""},
		{"certificate-other-name", []string{"does not verify"}, ""},
		{"tls-revoked", []string{"stapled: revoked on 1980-01-01"}, "does not verify"},
		{"helo-only", []string{"EHLO offers nothing", "no TLS"}, ""},
		{"no-second-ehlo", []string{"EHLO under TLS is answered 503"}, ""},
		{"reject", []string{"the greeting is a refusal"}, "EHLO"},
		{"garbage", []string{"RCPT TO:<postmaster> was not answered", "this is no reply"}, ""},
		{"slow-greeting", []string{"the greeting took 6s"}, ""},
		{"vrfy-disabled", nil, "VRFY is answered"},
	} {
		t.Run(c.scenario, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, _, err := Run(t.Context(), options(c.scenario))
				if err != nil {
					t.Fatal(err)
				}
				var all strings.Builder
				for _, f := range r.Findings {
					all.WriteString(f.Weight + " " + f.Text + "\n")
					if f.Source == "" {
						t.Errorf("no source: %s", f.Text)
					}
				}
				for _, want := range c.found {
					if !strings.Contains(all.String(), want) {
						t.Errorf("not found: %q", want)
					}
				}
				if c.missing != "" && strings.Contains(all.String(), c.missing) {
					t.Errorf("found: %q", c.missing)
				}
				if t.Failed() {
					t.Log(all.String(), r.Answers)
				}
			})
		})
	}
}

// TestConnectTime: how long it took to connect is told with an address that was
// given, too.
func TestConnectTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options("default")
		dial := o.Session.Dial
		o.Session.Dial = func(ctx context.Context, target session.Target, addr string) (net.Conn, error) {
			time.Sleep(70 * time.Millisecond)
			return dial(ctx, target, addr)
		}
		r, _, err := Run(t.Context(), o)
		if err != nil || r.Connect != 70*time.Millisecond {
			t.Errorf("%s, %v", r.Connect, err)
		}
	})
}

// TestHangsUp: RFC 5321, 3.8: 421 may answer any command; it does not say what a
// server thinks of this one.
func TestHangsUp(t *testing.T) {
	r := Report{Answers: []Answer{{Command: "RCPT TO:<postmaster>", Code: 421}}}
	r.judgeAnswers()
	if len(r.Findings) != 1 || r.Findings[0].Severity != session.Note || strings.Contains(r.Findings[0].Text, "503") {
		t.Errorf("%v", r.Findings)
	}
}

// TestUnverified: what is offered under TLS is told whatever the certificate is,
// and whether TLS came first or by STARTTLS.
func TestUnverified(t *testing.T) {
	for _, name := range []string{"tls-self-signed", "implicit-tls"} {
		o := options(name)
		o.Session.TLS = session.TLS{Implicit: name == "implicit-tls", VerifyName: "another.example"}
		r, _, err := Run(t.Context(), o)
		if err != nil || r.TLS == nil || r.TLS.Verified {
			t.Fatalf("%s: %v, %v", name, r.TLS, err)
		}
		if len(r.After) == 0 {
			t.Errorf("%s: nothing is offered under TLS: %v", name, r.Answers)
		}
		if a := r.Answers[len(r.Answers)-1]; a.Command != "XEHLOPROBE" {
			t.Errorf("%s: ends with %v", name, a)
		}
	}
}

// TestResumption: a server that makes its keys anew for each connection cannot
// take up a session of before.
func TestResumption(t *testing.T) {
	for _, c := range []struct{ scenario, want string }{{"default", "yes"}, {"implicit-tls", "yes"}, {"tls-unavailable", ""}} {
		sc, err := practice.Find(c.scenario)
		if err != nil {
			t.Fatal(err)
		}
		srv := practice.New(sc, practice.Options{})
		for forgets, want := range map[bool]string{false: c.want, true: strings.Replace(c.want, "yes", "no", 1)} {
			o := options(c.scenario)
			o.Session.TLS.Implicit = c.scenario == "implicit-tls"
			if !forgets {
				o.Session.Dial = func(ctx context.Context, _ session.Target, _ string) (net.Conn, error) { return srv.Dial(ctx) }
			}
			r, _, err := Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if r.TLS != nil {
				got = r.TLS.Resumes
			}
			if got != want {
				t.Errorf("%s, forgets %v: resumes %q, want %q", c.scenario, forgets, got, want)
			}
		}
	}
}

// TestLittleIsAsked: some servers hang up after ten commands, or after three
// that are wrong; and nothing may look like mail.
func TestLittleIsAsked(t *testing.T) {
	for _, name := range []string{"default", "starttls-required"} {
		o := options(name)
		var logs [][]string
		dial := o.Session.Dial
		o.Session.Dial = func(ctx context.Context, target session.Target, addr string) (net.Conn, error) {
			logs = append(logs, nil)
			return dial(ctx, target, addr)
		}
		o.Session.Recorder = recorder(func(e session.Event) {
			if e.Kind == session.Sent {
				logs[len(logs)-1] = append(logs[len(logs)-1], string(e.Data))
			}
		})
		if _, _, err := Run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		for _, lines := range logs {
			if len(lines) > 10 {
				t.Errorf("%s: %d commands: %q", name, len(lines), lines)
			}
			for _, line := range lines {
				if strings.HasPrefix(line, "DATA") || strings.HasPrefix(line, "BDAT") || strings.HasPrefix(line, "RCPT") && line != "RCPT TO:<postmaster>\r\n" {
					t.Errorf("%s: %q", name, line)
				}
			}
		}
	}
}

type recorder func(session.Event)

func (r recorder) Event(e *session.Event, _ *session.State) { r(*e) }

func (r recorder) Flush() error { return nil }

func (r recorder) Bulk([]byte) error { return nil }

func (r recorder) Kept() (string, int64, string) { return "", 0, "" }
