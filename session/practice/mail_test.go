package practice

import (
	"context"
	"net"
	"testing"
	"testing/synctest"

	"ehlo/session"
	"ehlo/session/sasl"
)

// dialer opens channels to a server in memory.
func dialer(srv *Server) func(context.Context, session.Target, string) (net.Conn, error) {
	return func(ctx context.Context, _ session.Target, _ string) (net.Conn, error) { return srv.Dial(ctx) }
}

// run takes a mail to its end, and hangs up.
func run(t *testing.T, s *session.Session, m session.Mail) {
	t.Helper()
	for range 60 {
		st, ok := m.Next(s.State())
		if !ok {
			break
		}
		_ = s.Do(t.Context(), st) // what went wrong is in the log
	}
	s.Close()
}

// TestEveryMechanismLogsIn drives whole mails: TLS where the mechanism needs
// it, the login, the mail.
func TestEveryMechanismLogsIn(t *testing.T) {
	sc, err := Find("auth-required")
	if err != nil {
		t.Fatal(err)
	}
	srv := New(sc, Options{})
	a, err := srv.Authority()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := a.Issue("alice")
	if err != nil {
		t.Fatal(err)
	}
	good := sasl.Credentials{User: "alice", Password: "wonderland", Token: "t0ken"}
	for _, mech := range sasl.Names() {
		for _, c := range []struct {
			name    string
			cred    sasl.Credentials
			policy  session.TLSPolicy
			binding string
			want    int // messages taken
		}{
			{"under TLS", good, session.TLSRequire, "", 1},
			{"with the domain", sasl.Credentials{User: "alice@practice.example", Password: "wonderland", Token: "t0ken"}, session.TLSRequire, "", 1},
			{"by the certificate", good, session.TLSRequire, "tls-server-end-point", 1},
			{"in the clear", good, session.TLSNever, "", boolean(!needsTLS(mech))},
			{"wrong password", sasl.Credentials{User: "alice", Password: "x", Token: "x"}, session.TLSRequire, "", boolean(mech == "ANONYMOUS" || mech == "EXTERNAL")},
			{"wrong user", sasl.Credentials{User: "bob", Password: "wonderland", Token: "t0ken"}, session.TLSRequire, "", boolean(mech == "ANONYMOUS" || mech == "EXTERNAL")},
			{"as somebody else", sasl.Credentials{User: "alice", Password: "wonderland", Authzid: "carol", Token: "t0ken"}, session.TLSRequire, "",
				boolean(!takesAuthzid(mech))},
		} {
			t.Run(mech+" "+c.name, func(t *testing.T) {
				o := session.Options{Target: session.Target{Practice: sc.Name}, Dial: dialer(srv)}
				if mech == "EXTERNAL" {
					o.TLS.Certificates = append(o.TLS.Certificates, cert)
				}
				s := session.New(o)
				client := sasl.NewClient(c.cred, mech)
				client.Binding, client.TLS, client.Forced = c.binding, s.ConnectionState, true
				run(t, s, session.Mail{
					Target: o.Target, TLS: c.policy, Auth: client,
					Letter: session.Letter{
						To: session.To("bob@practice.example"), Content: session.BytesContent([]byte("Subject: x\r\n\r\nhi\r\n")),
					},
				})
				if st := s.State(); st.Accepted != c.want || st.Phase != session.Over || st.Unasked > 0 || st.Broken != "" {
					t.Errorf("accepted %d, want %d; %s; %s %s", st.Accepted, c.want, st.Phase, st.Last, st.Broken)
					for _, e := range s.Log().Since(0) {
						t.Logf("%s %s%s", e.Kind, e.Data, e.Text)
					}
				}
			})
		}
	}
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// takesAuthzid tells the mechanisms by which a client can ask to act as
// another.
func takesAuthzid(mech string) bool {
	switch mech {
	case "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER", "ANONYMOUS":
		return false
	}
	return true
}

// TestExternalNeedsACertificate: without one nobody has vouched for the client.
func TestExternalNeedsACertificate(t *testing.T) {
	sc, _ := Find(Default)
	s := session.New(session.Options{Target: session.Target{Practice: Default}, Dial: dialer(New(sc, Options{}))})
	client := sasl.NewClient(sasl.Credentials{}, "EXTERNAL")
	client.Forced = true
	run(t, s, session.Mail{
		Target: session.Target{Practice: Default}, TLS: session.TLSAuto, Auth: client,
		Letter: session.Letter{To: session.To("bob@practice.example"), Content: session.BytesContent([]byte("x\r\n"))},
	})
	if st := s.State(); st.Accepted != 0 || st.Answers.Auth.Code != 535 {
		t.Errorf("accepted %d, AUTH answered %d", st.Accepted, st.Answers.Auth.Code)
	}
}

// TestTLSPolicies drives a mail with each policy through what a server may
// think of TLS.
func TestTLSPolicies(t *testing.T) {
	for _, c := range []struct {
		scenario string
		policy   session.TLSPolicy
		secure   bool
		want     int // messages taken
	}{
		{"default", session.TLSNever, false, 1},
		{"default", session.TLSAuto, true, 1},
		{"default", session.TLSRequire, true, 1},
		{"helo-only", session.TLSAuto, false, 1},
		{"helo-only", session.TLSRequire, false, 0},
		{"starttls-refused", session.TLSAuto, false, 1},
		{"starttls-refused", session.TLSRequire, false, 0},
		{"starttls-required", session.TLSNever, false, 0},
		{"starttls-required", session.TLSAuto, true, 1},
		{"extensions", session.TLSRequire, true, 1},
		{"tarpit", session.TLSRequire, true, 1},
		{"no-second-ehlo", session.TLSRequire, true, 0}, // the EHLO under TLS is the second
	} {
		synctest.Test(t, func(t *testing.T) {
			sc, err := Find(c.scenario)
			if err != nil {
				t.Fatal(err)
			}
			srv := New(sc, Options{})
			defer srv.Close()
			s := session.New(session.Options{Target: session.Target{Practice: sc.Name}, Dial: dialer(srv)})
			run(t, s, session.Mail{
				Target: session.Target{Practice: sc.Name}, TLS: c.policy,
				Letter: session.Letter{To: session.To("bob@practice.example"), Content: session.BytesContent([]byte("Subject: x\r\n\r\nhi\r\n"))},
			})
			if st := s.State(); st.Secure != c.secure || st.Accepted != c.want || st.Unasked > 0 {
				t.Errorf("%s, policy %d: secure %v, accepted %d, unasked %d", c.scenario, c.policy, st.Secure, st.Accepted, st.Unasked)
			}
		})
	}
}
