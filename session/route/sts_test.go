package route

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

const policy = "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n"

func TestParsePolicy(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		ok   bool
	}{
		"as in the RFC":    {policy, true},
		"bare LF":          {strings.ReplaceAll(policy, "\r", ""), true},
		"unknown field":    {policy + "colour: blue\n", true},
		"mode twice":       {policy + "mode: wrong\n", true},
		"none without mx":  {"version: STSv1\nmode: none\nmax_age: 0\n", true},
		"longest age":      {"version: STSv1\nmode: none\nmax_age: 31557600\n", true},
		"too old":          {"version: STSv1\nmode: none\nmax_age: 31557601\n", false},
		"negative age":     {"version: STSv1\nmode: none\nmax_age: -1\n", false},
		"no age":           {"version: STSv1\nmode: none\n", false},
		"no version":       {strings.ReplaceAll(policy, "version: STSv1\r\n", ""), false},
		"no mx":            {"version: STSv1\nmode: enforce\nmax_age: 1\n", false},
		"wildcard inside":  {policy + "mx: a.*.example.net\n", false},
		"wildcard alone":   {policy + "mx: *\n", false},
		"no colon":         {policy + "hello\n", false},
		"empty":            {"", false},
		"too large":        {policy + strings.Repeat("\n", MaxPolicy), false},
		"too many mx":      {policy + strings.Repeat("mx: a.b\n", maxPatterns), false},
		"an HTML page":     {"<html>", false},
		"control in an mx": {policy + "mx: a\x1b[31m.example\n", false},
	} {
		if _, err := ParsePolicy([]byte(c.body)); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMatch(t *testing.T) {
	p, err := ParsePolicy([]byte(policy))
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]string{
		"mail.example.com": "mail.example.com", "Mail.Example.COM.": "mail.example.com", "a.mail.example.com": "",
		"a.example.net": "*.example.net", "a.b.example.net": "", "example.net": "", ".example.net": "", "aexample.net": "", "": "",
	} {
		if got := p.Match(host); got != want {
			t.Errorf("%s matches %q, want %q", host, got, want)
		}
	}
}

func TestParseSTSRecord(t *testing.T) {
	for _, c := range []struct {
		texts []string
		id    string
		bad   bool
	}{
		{[]string{"v=STSv1; id=20160831085700Z;"}, "20160831085700Z", false},
		{[]string{"v=spf1 -all", "v=STSv1;id=a"}, "a", false},
		{[]string{"v=STSv1; x=y; id=a"}, "a", false},
		{[]string{"v=spf1 -all"}, "", false},
		{[]string{"v=STSv1"}, "", false},
		{[]string{"v=STSv10; id=a"}, "", false},
		{[]string{"v=STSv1; id=a", "v=STSv1; id=b"}, "", true},
		{[]string{"v=STSv1; id="}, "", true},
		{[]string{"v=STSv1; id=a b"}, "", true},
		{[]string{"v=STSv1; id=" + strings.Repeat("a", 33)}, "", true},
		{[]string{"v=STSv1; "}, "", true},
	} {
		id, ok, err := ParseSTSRecord(c.texts)
		if id != c.id || ok != (c.id != "") || (err != nil) != c.bad {
			t.Errorf("%q: %q %v %v", c.texts, id, ok, err)
		}
	}
}

func TestSTS(t *testing.T) {
	r := serve(t, zone{records: `_mta-sts.example.com. TXT "v=STSv1; " "id=1;"`, fail: []string{"_mta-sts.broken.example."}})
	mode := "enforce"
	fetch := func(_ context.Context, domain string) ([]byte, error) {
		if domain != "example.com" {
			t.Errorf("fetches for %s", domain)
		}
		if mode == "" {
			return nil, errors.New("refused")
		}
		return []byte(strings.Replace(policy, "enforce", mode, 1)), nil
	}
	s := r.STS(t.Context(), "Example.com", fetch)
	if !s.Found || s.ID != "1" || !s.Requires() || !s.Verdict("mail.example.com").OK || s.Verdict("evil.example").OK {
		t.Errorf("enforce: %+v", s)
	}
	mode = "testing"
	if s = r.STS(t.Context(), "example.com", fetch); s.Requires() || !s.Verdict("evil.example").OK {
		t.Errorf("testing: %+v", s)
	}
	mode = ""
	for _, domain := range []string{"example.com", "missing.example", "broken.example", "a b"} {
		if s = r.STS(t.Context(), domain, fetch); s.Found || s.Reason == "" || !s.Verdict("any.example").OK {
			t.Errorf("%s: %+v", domain, s)
		}
	}
}

type transport func(*http.Request) *http.Response

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

func TestHTTPS(t *testing.T) {
	for name, c := range map[string]struct {
		status     int
		kind, body string
		ok         bool
	}{
		"good":      {200, "text/plain; charset=utf-8", policy, true},
		"redirect":  {301, "text/plain", policy, false},
		"missing":   {404, "text/plain", policy, false},
		"HTML":      {200, "text/html", policy, false},
		"no type":   {200, "", policy, false},
		"too large": {200, "text/plain", strings.Repeat("a", MaxPolicy+1), false},
	} {
		asked := 0
		body, err := HTTPS(transport(func(r *http.Request) *http.Response {
			asked++
			if got := r.URL.String(); got != "https://mta-sts.example.com/.well-known/mta-sts.txt" {
				t.Errorf("asks for %s", got)
			}
			h := http.Header{"Content-Type": {c.kind}, "Location": {"https://evil.example/"}}
			return &http.Response{StatusCode: c.status, Header: h, Body: io.NopCloser(strings.NewReader(c.body)), Request: r}
		}))(t.Context(), "example.com")
		if (err == nil) != c.ok || c.ok && string(body) != c.body || asked != 1 {
			t.Errorf("%s: %v, asked %d times", name, err, asked)
		}
	}
}

func FuzzPolicy(f *testing.F) {
	f.Add([]byte(policy), "a.example.net")
	f.Fuzz(func(t *testing.T, body []byte, host string) {
		p, err := ParsePolicy(body)
		if err != nil {
			for _, c := range err.Error() {
				if c < ' ' || c == 0x7f {
					t.Errorf("control %q in an error", c)
				}
			}
			return
		}
		if p.MaxAge.Seconds() > MaxAge || len(p.MX) > maxPatterns {
			t.Error("not bounded")
		}
		p.Match(host)
	})
}

func FuzzSTSRecord(f *testing.F) {
	f.Add("v=STSv1; id=1;")
	f.Fuzz(func(t *testing.T, text string) {
		if id, ok, _ := ParseSTSRecord([]string{text}); ok != policyID(id) {
			t.Errorf("%q: id %q", text, id)
		}
	})
}
