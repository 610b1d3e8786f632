package sasl

import (
	"encoding/base64"
	"strings"
	"testing"

	"ehlo/session"
)

// after plays a login up to these challenges and returns the state.
func after(mech string, challenges ...string) session.State {
	s := session.State{}
	seq := 0
	apply := func(e session.Event) {
		seq++
		e.Seq = seq
		s = s.Apply(e)
	}
	apply(session.Event{Kind: session.Opened, Facts: []session.Fact{{Key: "host", Value: "server.example.com"}}})
	received := func(line string) { apply(session.Event{Kind: session.Received, Data: []byte(line + "\r\n")}) }
	sent := func(line string) { apply(session.Event{Kind: session.Sent, Data: []byte(line + "\r\n")}) }
	received("220 server.example.com")
	sent("EHLO x.example")
	received("250-server.example.com")
	received("250 AUTH " + mech)
	for i, c := range challenges {
		if i == 0 {
			sent("AUTH " + mech)
		} else {
			sent("eA==")
		}
		received("334 " + base64.StdEncoding.EncodeToString([]byte(c)))
	}
	return s
}

func TestResponses(t *testing.T) {
	for _, c := range []struct {
		name, mech string
		cred       Credentials
		nonce      string
		challenges []string
		want       string // "nil" for no initial response
	}{
		{"PLAIN", "PLAIN", Credentials{User: "tim", Password: "tanstaaftanstaaf"}, "", nil, "\x00tim\x00tanstaaftanstaaf"}, // RFC 4616, 4
		{"PLAIN with authzid", "PLAIN", Credentials{User: "Kurt", Password: "xipj3plmq", Authzid: "Ursel"}, "", []string{""}, "Ursel\x00Kurt\x00xipj3plmq"},
		{"LOGIN waits", "LOGIN", Credentials{User: "u", Password: "p"}, "", nil, "nil"},
		{"LOGIN name", "LOGIN", Credentials{User: "u", Password: "p"}, "", []string{"Username:"}, "u"},
		{"LOGIN password", "LOGIN", Credentials{User: "u", Password: "wonderland"}, "", []string{"User Name\x00", "Password\x00"}, "wonderland"},
		{"CRAM-MD5", "CRAM-MD5", Credentials{User: "tim", Password: "tanstaaftanstaaf"}, "", // RFC 2195, 2
			[]string{"<1896.697170952@postoffice.reston.mci.net>"}, "tim b913a602c7eda7a495b4e6e7334d3890"},
		{"EXTERNAL", "EXTERNAL", Credentials{}, "", nil, ""},
		{"ANONYMOUS", "ANONYMOUS", Credentials{User: "sirhc"}, "", nil, "sirhc"},
		{"XOAUTH2", "XOAUTH2", Credentials{User: "u@x.example", Token: "vF9"}, "", nil, "user=u@x.example\x01auth=Bearer vF9\x01\x01"},
		{"XOAUTH2 refused", "XOAUTH2", Credentials{User: "u"}, "", []string{`{"status":"401"}`}, ""},
		{"OAUTHBEARER", "OAUTHBEARER", Credentials{User: "user@example.com", Token: "vF9dft4q"}, "", nil,
			"n,a=user@example.com,\x01host=server.example.com\x01auth=Bearer vF9dft4q\x01\x01"},
		{"OAUTHBEARER refused", "OAUTHBEARER", Credentials{}, "", []string{`{"status":"invalid_token"}`}, "\x01"},
		{"SCRAM-SHA-1 first", "SCRAM-SHA-1", Credentials{User: "user", Password: "pencil"}, "fyko+d2lbbFgONRv9qkxdawL", nil, // RFC 5802, 5
			"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL"},
		{"SCRAM-SHA-1 final", "SCRAM-SHA-1", Credentials{User: "user", Password: "pencil"}, "fyko+d2lbbFgONRv9qkxdawL",
			[]string{"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"},
			"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="},
		{"SCRAM-SHA-1 334 at the end", "SCRAM-SHA-1", Credentials{User: "user", Password: "pencil"}, "fyko+d2lbbFgONRv9qkxdawL",
			[]string{"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096", "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="}, ""},
		{"SCRAM-SHA-256 after an empty challenge", "SCRAM-SHA-256", Credentials{User: "user", Password: "pencil"}, "rOprNGfwEbeRWgbNEkqO", // RFC 7677, 3
			[]string{"", "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"},
			"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := NewClient(c.cred, c.mech)
			if c.nonce != "" {
				client.Nonce = func(int) string { return c.nonce }
			}
			s := after(c.mech, c.challenges...)
			for range 2 { // asking twice changes nothing
				got, why, err := client.Response(c.mech, s)
				if err != nil {
					t.Fatal(err)
				}
				text := string(got)
				if got == nil {
					text = "nil"
				}
				if text != c.want || text != "nil" && why == "" {
					t.Errorf("response %q (%s), want %q", text, why, c.want)
				}
				if c.cred.Password != "" && strings.Contains(why, c.cred.Password) {
					t.Errorf("the password is in %q", why)
				}
			}
		})
	}
}

func TestBadChallenges(t *testing.T) {
	for _, c := range []struct {
		name, mech string
		challenges []string
		want       string
	}{
		{"nonce not extended", "SCRAM-SHA-1", []string{"r=other,s=QSXCR+Q6sek8bf92,i=4096"}, "nonce"},
		{"no iteration count", "SCRAM-SHA-1", []string{"r=x,s=QSXCR+Q6sek8bf92"}, "iteration"},
		{"endless rounds", "SCRAM-SHA-256", []string{"r=x,s=QSXCR+Q6sek8bf92,i=999999999"}, "iterations"},
		{"wrong server signature", "SCRAM-SHA-1", []string{"r=nonce+,s=QSXCR+Q6sek8bf92,i=1", "v=AAAA"}, "does not know the password"},
		{"too many for LOGIN", "LOGIN", []string{"a", "b", "c"}, "more than"},
		{"too many for CRAM-MD5", "CRAM-MD5", []string{"a", "b"}, "more than"},
		{"unknown", "GSSAPI", nil, "not known"},
	} {
		client := NewClient(Credentials{User: "u", Password: "p"}, c.mech)
		client.Nonce = func(int) string { return "nonce" }
		if _, _, err := client.Response(c.mech, after(c.mech, c.challenges...)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	s := after("PLAIN", "x")
	s.Challenges = []string{"not base64!"}
	if _, _, err := NewClient(Credentials{}).Response("PLAIN", s); err == nil || !strings.Contains(err.Error(), "base64") {
		t.Errorf("not base64: %v", err)
	}
}

func TestMechanismIsChosen(t *testing.T) {
	s := after("PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS")
	params, _ := s.Offered.Params("AUTH")
	offered := strings.Fields(params)
	for _, c := range []struct {
		client *Client
		want   string
	}{
		{NewClient(Credentials{}), "SCRAM-SHA-256"},
		{NewClient(Credentials{}, "login", "plain"), "LOGIN"}, // named: even in the clear
		{NewClient(Credentials{}, "cram-md5"), ""},
		{&Client{Mechanisms: []string{"CRAM-MD5"}, Forced: true}, "CRAM-MD5"},
	} {
		if got := c.client.Mechanism(offered, s); got != c.want {
			t.Errorf("%v: %q, want %q", c.client.Mechanisms, got, c.want)
		}
	}
}

func TestPasswordIsNotShownInTheClearUnasked(t *testing.T) {
	s := after("PLAIN LOGIN")
	offered := []string{"PLAIN", "LOGIN"}
	if got := NewClient(Credentials{User: "u"}).Mechanism(offered, s); got != "" {
		t.Errorf("%s is taken in the clear", got)
	}
	s.Secure = true
	if got := NewClient(Credentials{User: "u"}).Mechanism(offered, s); got != "PLAIN" {
		t.Errorf("%q is taken under TLS", got)
	}
}

// TestServerMustProveItself: RFC 5802, 3: the client checks the server's
// signature. One that answers 235 without it may be anybody.
func TestServerMustProveItself(t *testing.T) {
	client := NewClient(Credentials{User: "user", Password: "pencil"}, "SCRAM-SHA-1")
	client.Nonce = func(int) string { return "fyko+d2lbbFgONRv9qkxdawL" }
	first, final := "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096", "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="
	for _, c := range []struct {
		challenges []string
		ok         bool
	}{
		{nil, false}, {[]string{first}, false}, {[]string{first, final}, true}, {[]string{"", first, final}, true},
		{[]string{first, "v=AAAA"}, false},
	} {
		s := after("SCRAM-SHA-1", c.challenges...)
		s.Logins++
		if err := client.Accepted("SCRAM-SHA-1", s); (err == nil) != c.ok {
			t.Errorf("235 after %q: %v", c.challenges, err)
		}
	}
	if err := client.Accepted("PLAIN", after("PLAIN")); err != nil {
		t.Errorf("PLAIN owes no proof: %v", err)
	}
}
