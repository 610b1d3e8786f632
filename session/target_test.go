package session

import (
	"strings"
	"testing"
)

func TestParseTarget(t *testing.T) {
	for _, c := range []struct {
		text  string
		want  Target
		shown string // "" is text itself
	}{
		{"practice", Target{Practice: "default"}, ""},
		{"practice:default", Target{Practice: "default"}, "practice"},
		{"practice:null-mx", Target{Practice: "null-mx"}, ""},
		{"mail.test.example", Target{Host: "mail.test.example", Port: 25}, "mail.test.example:25"},
		{"mail.test.example:587", Target{Host: "mail.test.example", Port: 587}, ""},
		{"192.0.2.1:2525", Target{Host: "192.0.2.1", Port: 2525}, ""},
		{"2001:db8::1", Target{Host: "2001:db8::1", Port: 25}, "[2001:db8::1]:25"},
		{"[2001:db8::1]:2525", Target{Host: "2001:db8::1", Port: 2525}, ""},
		{"[fe80::1%eth0]:25", Target{Host: "fe80::1%eth0", Port: 25}, ""},
		{"fe80::1%eth0", Target{Host: "fe80::1%eth0", Port: 25}, "[fe80::1%eth0]:25"},
		{"smtp://mail.test.example/", Target{Host: "mail.test.example", Port: 25}, "mail.test.example:25"},
		{"SMTP://mail.test.example:26", Target{Host: "mail.test.example", Port: 26}, "mail.test.example:26"},
		{"submission://mail.test.example", Target{Host: "mail.test.example", Port: 587}, "mail.test.example:587"},
		{"smtps://mail.test.example", Target{Host: "mail.test.example", Port: 465, TLS: true}, "smtps://mail.test.example:465"},
		{"submissions://[2001:db8::1]", Target{Host: "2001:db8::1", Port: 465, TLS: true}, "smtps://[2001:db8::1]:465"},
		{"lmtp://mail.test.example", Target{Host: "mail.test.example", Port: 24, LMTP: true}, "lmtp://mail.test.example:24"},
		{"lmtp://[fe80::1%eth0]:2003", Target{Host: "fe80::1%eth0", Port: 2003, LMTP: true}, ""},
		{"unix:/run/smtp.sock", Target{Unix: "/run/smtp.sock"}, ""},
		{"unix:a socket://here", Target{Unix: "a socket://here"}, ""},
		{"unix:@abstract", Target{Unix: "@abstract"}, ""},
		{"lmtp+unix:/run/lmtp", Target{Unix: "/run/lmtp", LMTP: true}, ""},
		{"pipe:sendmail -bs", Target{Pipe: "sendmail -bs"}, ""},
		{"pipe:curl telnet://mail.test.example:25", Target{Pipe: "curl telnet://mail.test.example:25"}, ""},
		{"lmtp+pipe:dovecot-lmtp", Target{Pipe: "dovecot-lmtp", LMTP: true}, ""},
		{"mx:test.example", Target{MX: "test.example"}, ""},
		{"smtp://mx:25", Target{Host: "mx", Port: 25}, ""},
		{"mx", Target{Host: "mx", Port: 25}, "smtp://mx:25"},
	} {
		got, err := ParseTarget(c.text)
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v", c.text, got, err)
			continue
		}
		shown := c.shown
		if shown == "" {
			shown = c.text
		}
		if got.String() != shown {
			t.Errorf("%s is shown as %s", c.text, got)
		}
	}
}

func TestParseTargetErrors(t *testing.T) {
	for text, why := range map[string]string{
		"":                    "the host is missing",
		":25":                 "the host is missing",
		"mail:":               "the port is missing",
		"mail:0":              "is no port",
		"mail:65536":          "is no port",
		"[::1":                "the bracket is not closed",
		"[::1]25":             "stands behind the bracket",
		"[mail]:25":           "holds no IP address",
		"a:b:c":               "as [ADDR]:PORT",
		"user@mail":           "is no host name",
		"mail\x1b[2J":         "is no host name",
		"practice:":           "the scenario is missing",
		"unix:":               "the path of the socket is missing",
		"unix:@":              "the path of the socket is missing",
		"unix:a\x00b":         "null octet",
		"unix:///run/x":       "unix: takes no slashes",
		"pipe: ":              "the command is missing",
		"mx:":                 "the domain is missing",
		"mx:25":               "smtp://mx:25 is the host mx",
		"mx:test.example:25":  "is no domain",
		"https://mail":        "the scheme https is not supported",
		"smtps://":            "the host is missing",
		"lmtp://mail/x":       "is no host name",
		"submission://[::1]:": "the port is missing",
	} {
		_, err := ParseTarget(text)
		if err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v; it should say %q", text, err, why)
		}
	}
}

func FuzzParseTarget(f *testing.F) {
	for _, text := range []string{
		"practice", "practice:x", "[fe80::1%e]:25", "smtps://h", "lmtp://h:1", "unix:/x", "lmtp+unix:@x",
		"pipe:a 'b'", "lmtp+pipe:x", "mx:test.example", "submission://h", "smtp://unix",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseTarget(text)
		if err != nil {
			if !got.IsZero() {
				t.Errorf("%q: an error and %+v", text, got)
			}
			return
		}
		again, err := ParseTarget(got.String())
		if err != nil || again != got {
			t.Errorf("%q is %+v, shown as %q, which is %+v, %v", text, got, got, again, err)
		}
		if got.IsHost() != (got.Host != "") || got.IsHost() != (got.Port != 0) {
			t.Errorf("%q: half a host: %+v", text, got)
		}
	})
}
