package transcript

import (
	"encoding/json"
	"strings"
	"testing"

	"ehlo/session"
)

func TestPrinter(t *testing.T) {
	tr := parse(t, `= smtp-transcript 1
= recorded 2026-11-23T18:50:12Z by=test
= connect host=a addr=192.0.2.1:25 from=b tls=none took=23ms
+ 0.042
S"220 a\x1b[2J\r\n"
+ 0.001
C: EHLO b
+ 0.019
S: 250-a
= gap octets=7
S"250 STARTTLS\n"
+ 0.001
C: RCPT TO:<x>
+ 0.001
S: 503 no
+ 0.001
C: STARTTLS
+ 0.001
S: 220 go
= tls started version=TLSv1.3 cipher=X
+ 0.001
C> AUTH PLAIN ${secret.1}
+ 0.001
S: 535 5.7.8 no
= failed what=timeout text="no reply"
= note hello
+ 0.001
S"42"
`)
	const want = `    0.000 === connected to 192.0.2.1:25 in 23ms
    0.042 <-  220 a\x1b[2J
    0.001  -> EHLO b
    0.019 <-  250-a
          === 7 octets were not kept
          <-  250 STARTTLS\n
    0.001  -> RCPT TO:<x>
    0.001 <** 503 no
    0.001  -> STARTTLS
    0.001 <-  220 go
    0.000 === TLS 1.3 X
    0.001  ~> AUTH PLAIN ••••••••
    0.001 <~* 535 5.7.8 no
    0.000 *** no reply
    0.000 === hello
    0.001 <~  42…
`
	var b strings.Builder
	p := Printer{W: &b, Times: true}
	for _, e := range tr.Events() {
		if err := p.Print(e); err != nil {
			t.Fatal(err)
		}
	}
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestJSON(t *testing.T) {
	for _, c := range []struct {
		event session.Event
		want  string
	}{
		{session.Event{Seq: 3, Kind: session.Received, Block: 2, Data: []byte("220 <a> é\r\n")},
			`{"seq":3,"kind":"received","block":2,"dir":"S","text":"220 <a> é\r\n"}`},
		{session.Event{Seq: 4, Kind: session.Sent, Step: 7, Data: []byte("a\x1b\xff")},
			`{"seq":4,"kind":"sent","step":7,"dir":"C","b64":"YRv/"}`},
		{session.Event{Seq: 5, Kind: session.Sent, Data: []byte("AUTH PLAIN abc\r\n"), Secret: []session.Span{{From: 11, To: 14}}},
			`{"seq":5,"kind":"sent","dir":"C","text":"AUTH PLAIN ••••••••\r\n","secret":true}`},
		{session.Event{Seq: 6, Kind: session.Sent, Bulk: &session.Bulk{Name: "a.d/0001", Octets: 9, Lines: 2, Sum: "00"}},
			`{"seq":6,"kind":"sent","dir":"C","bulk":{"name":"a.d/0001","offset":0,"octets":9,"lines":2,"sha256":"00"}}`},
		{session.Event{Seq: 7, Kind: session.Closed, Facts: []session.Fact{{Key: "by", Value: "server\u202e"}}, Text: "gone\x1b"},
			`{"seq":7,"kind":"closed","facts":[{"key":"by","value":"server\\xe2\\x80\\xae"}],"note":"gone\\x1b"}`},
	} {
		got, err := EncodeJSON(c.event)
		if err != nil || string(got) != c.want || !json.Valid(got) {
			t.Errorf("%v\ngot  %s\nwant %s", err, got, c.want)
		}
	}
}

func TestPattern(t *testing.T) {
	for _, c := range []struct {
		pattern, line string
		ok            bool
		captured      string
	}{
		{"250 *", "250 ok", true, ""},
		{"250 *", "250-ok", false, ""},
		{"2xx *", "235 ok", true, ""},
		{"2xx *", "2xx ok", false, ""},
		{"25x ok?", "250 ok?", true, ""},
		{`250 \*\$\\`, `250 *$\`, true, ""},
		{"250 ${id} queued", "250 ABC queued", true, "ABC"},
		{"250 ${id:/[0-9]+/} *", "250 123 queued", true, "123"},
		{"250 ${id:/[0-9]{3}/} *", "250 123 queued", true, "123"},
		{"250 ${id:/[0-9]+/} *", "250 abc queued", false, ""},
		{"...", "anything", true, ""},
	} {
		p, err := NewPattern(c.pattern, true)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		captures, ok := p.Match(c.line)
		if ok != c.ok || captures["id"] != c.captured {
			t.Errorf("%s: %q: %v %v", c.pattern, c.line, ok, captures)
		}
	}
}
