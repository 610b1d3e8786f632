package practice

import (
	"encoding/base64"
	"strings"
	"testing"
)

// TestLoginConversations: what is base64 here is written so; b(…) hides
// nothing.
func TestLoginConversations(t *testing.T) {
	b := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	const ok, no = "\nS: 235 2.7.0 Authentication successful\n", "\nS: 535 5.7.8 Authentication credentials invalid\n"
	for _, c := range []struct{ name, conversation string }{
		{"PLAIN", "C: AUTH PLAIN " + b("\x00alice\x00wonderland") + ok},
		{"PLAIN, in lower case", "C: auth plain " + b("\x00alice\x00wonderland") + ok},
		{"PLAIN after a challenge", "C: AUTH PLAIN\nS: 334 \nC: " + b("alice\x00alice\x00wonderland") + ok},
		{"PLAIN, wrong password", "C: AUTH PLAIN " + b("\x00alice\x00Wonderland") + no},
		{"PLAIN, wrong user", "C: AUTH PLAIN " + b("\x00bob\x00wonderland") + no},
		{"PLAIN as another", "C: AUTH PLAIN " + b("bob\x00alice\x00wonderland") + no},
		{"PLAIN, not three parts", "C: AUTH PLAIN " + b("alice\x00wonderland") + `
			S: 501 5.5.2 PLAIN is an authorization identity or none, NUL, user, NUL, password`},
		{"PLAIN, nothing", "C: AUTH PLAIN =" + `
			S: 501 5.5.2 PLAIN is an authorization identity or none, NUL, user, NUL, password`},
		{"LOGIN", "C: AUTH LOGIN\nS: 334 " + b("Username:") + "\nC: " + b("alice") + "\nS: 334 " + b("Password:") + "\nC: " + b("wonderland") + ok},
		{"LOGIN with the name", "C: AUTH LOGIN " + b("alice") + "\nS: 334 " + b("Password:") + "\nC: " + b("wonderland") + ok},
		{"LOGIN, wrong", "C: AUTH LOGIN " + b("alice") + "\nS: 334 " + b("Password:") + "\nC: " + b("x") + no},
		{"ANONYMOUS", "C: AUTH ANONYMOUS " + b("sirhc") + ok},
		{"ANONYMOUS at length", "C: AUTH ANONYMOUS " + b(strings.Repeat("x", 256)) + "\nS: 501 5.5.2 The trace is no UTF-8, or longer than 255 characters"},
		{"EXTERNAL without a certificate", "C: AUTH EXTERNAL =" + no},
		{"XOAUTH2", "C: AUTH XOAUTH2 " + b("user=alice\x01auth=Bearer t0ken\x01\x01") + ok},
		{"XOAUTH2, wrong", "C: AUTH XOAUTH2 " + b("user=alice\x01auth=Bearer x\x01\x01") + "\nS: 334 " +
			b(`{"status":"401","schemes":"bearer","scope":"https://practice.example/mail"}`) + "\nC: " + no},
		{"OAUTHBEARER", "C: AUTH OAUTHBEARER " + b("n,a=alice,\x01host=practice.example\x01auth=bearer t0ken\x01\x01") + ok},
		{"OAUTHBEARER without a name", "C: AUTH OAUTHBEARER " + b("n,,\x01auth=Bearer t0ken\x01\x01") + ok},
		{"OAUTHBEARER, wrong", "C: AUTH OAUTHBEARER " + b("n,a=alice,\x01auth=Bearer x\x01\x01") + "\nS: 334 " +
			b(`{"status":"invalid_token","scope":"mail"}`) + "\nC: AQ==" + no},
		{"OAUTHBEARER, wrong and stubborn", "C: AUTH OAUTHBEARER " + b("n,a=bob,\x01auth=Bearer t0ken\x01\x01") + "\nS: 334 " +
			b(`{"status":"invalid_token","scope":"mail"}`) + "\nC: " + b("n,a=alice,\x01auth=Bearer t0ken\x01\x01") + no},
		{"OAUTHBEARER, broken", "C: AUTH OAUTHBEARER " + b("Bearer t0ken") + "\nS: 334 " + b(`{"status":"invalid_request","scope":"mail"}`) + "\nC: AQ==" + no},
		{"CRAM-MD5, wrong", "C: AUTH CRAM-MD5\nS~ 334 P\nC: " + b("alice 0123456789abcdef0123456789abcdef") + no},
		{"CRAM-MD5 begins with a challenge", "C: AUTH CRAM-MD5 " + b("alice") + "\nS: 501 5.7.0 CRAM-MD5 begins with a challenge"},
		{"SCRAM, no such user", "C: AUTH SCRAM-SHA-256 " + b("n,,n=bob,r=x") + no},
		{"SCRAM, nonsense", "C: AUTH SCRAM-SHA-256 " + b("n,,x") + no},
		{"SCRAM, wrong proof", "C: AUTH SCRAM-SHA-256 " + b("n,,n=alice,r=x") + "\nS~ 334 \nC: " + b("c=biws,r=x,p=AAAA") + no},
		{"SCRAM, told that there is no binding", "C: AUTH SCRAM-SHA-256 " + b("y,,n=alice,r=x") + no}, // RFC 5802, 6
		{"SCRAM with a binding in a name without", "C: AUTH SCRAM-SHA-256 " + b("p=tls-exporter,,n=alice,r=x") + no},
		{"-PLUS without a binding", "C: AUTH SCRAM-SHA-256-PLUS " + b("n,,n=alice,r=x") + no},
		{"-PLUS with an unknown binding", "C: AUTH SCRAM-SHA-256-PLUS " + b("p=tls-unique,,n=alice,r=x") + no},
		{"unknown", "C: AUTH GSSAPI\nS: 504 5.5.4 Unrecognized authentication type"},
		{"arguments", "C: AUTH\nS: 501 5.5.4 AUTH is a mechanism, and an initial response or none\nC: AUTH PLAIN a b\nS: 501 5.5.4 AUTH is a mechanism, and an initial response or none"},
		{"no base64", "C: AUTH PLAIN x\nS: 501 5.5.2 That is no base64\nC: AUTH PLAIN\nS: 334 \nC: EHLO client.example\nS: 501 5.5.2 That is no base64\nC: NOOP\nS: 250 2.0.0 Ok"},
		{"padding with something in it", "C: AUTH PLAIN eH==\nS: 501 5.5.2 That is no base64"},
		{"cancelled", "C: AUTH PLAIN\nS: 334 \nC: *\nS: 501 5.7.0 Authentication cancelled\nC: AUTH ANONYMOUS =" + ok},
		{"a bare LF", "C: AUTH PLAIN\nS: 334 \nC| eHh4\\n\nS: 501 5.5.2 A line ends with CRLF, not with a bare LF"},
		{"long", "C: AUTH ANONYMOUS " + strings.Repeat("eHh4", 3000) + "\nS: 501 5.5.2 The trace is no UTF-8, or longer than 255 characters"},
		{"too long", "C: AUTH ANONYMOUS " + strings.Repeat("eHh4", 4000) + "\nS: 500 5.5.6 Authentication Exchange line is too long\nC: NOOP\nS: 250 2.0.0 Ok"},
		{"a response as long as may be", "C: AUTH ANONYMOUS\nS: 334 \nC: " + strings.Repeat("eHh4", 3072) + "\nS: 501 5.5.2 The trace is no UTF-8, or longer than 255 characters"},
		{"a response that is too long", "C: AUTH ANONYMOUS\nS: 334 \nC: " + strings.Repeat("eHh4", 3073) + "\nS: 500 5.5.6 Authentication Exchange line is too long\nC: NOOP\nS: 250 2.0.0 Ok"},
		{"twice", "C: AUTH ANONYMOUS =" + ok + "C: AUTH ANONYMOUS =\nS: 503 5.5.1 You have logged in already"},
		{"in a transaction", "C: MAIL FROM:<>\nS: 250 2.1.0 <> Ok\nC: AUTH ANONYMOUS =\nS: 503 5.5.1 A transaction is open; RSET ends it"},
	} {
		t.Run(c.name, func(t *testing.T) { talk(t, "default", secured+c.conversation) })
	}
}

func TestLoginInTheClear(t *testing.T) {
	const needs = "\nS: 538 5.7.11 Encryption required for requested authentication mechanism\n"
	talk(t, "default", hello+"C: AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ="+needs+"C: AUTH LOGIN"+needs+"C: AUTH XOAUTH2"+needs+
		"C: AUTH OAUTHBEARER"+needs+"C: AUTH EXTERNAL"+needs+"C: AUTH SCRAM-SHA-1-PLUS"+needs+"C: AUTH ANONYMOUS\nS: 334 \nC:\nS: 235 2.7.0 Authentication successful")
	// A scenario may offer what a server must not.
	converse(t, New(scenario(t, "withhold: AUTH\noffer: AUTH PLAIN"), Options{}), `S~ 220
		C: EHLO client.example
		`+strings.Repeat("S~ 250-\n", 13)+`S: 250 AUTH PLAIN
		C: AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=
		S: 235 2.7.0 Authentication successful`)
	converse(t, New(scenario(t, "withhold: AUTH"), Options{}), `S~ 220
		C: EHLO client.example
		`+strings.Repeat("S~ 250-\n", 12)+`S: 250 HELP
		C: AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=
		S: 502 5.5.1 Command not implemented`)
	// A challenge that only the scenario knows of comes to nothing.
	converse(t, New(scenario(t, "on AUTH: reply 334 "), Options{}), `S~ 220
		C: AUTH X
		S: 334
		C: eA==
		S: 535 5.7.8 Authentication credentials invalid`)
}

func TestLoginIsRequired(t *testing.T) {
	talk(t, "auth-required", hello+`C: MAIL FROM:<>
		S: 530 5.7.0 Authentication required
		C: VRFY alice
		S: 530 5.7.0 Authentication required
		C: FROB
		S: 530 5.7.0 Authentication required
		C: NOOP
		S: 250 2.0.0 Ok
		C: RSET
		S: 250 2.0.0 Ok
		C: AUTH ANONYMOUS =
		S: 235 2.7.0 Authentication successful
		C: MAIL FROM:<>
		S: 250 2.1.0 <> Ok`)
}
