package message

import (
	"encoding/base64"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"reflect"
	"strings"
	"testing"
	"time"

	"ehlo/session"
)

var date = time.Date(2026, 11, 23, 18, 50, 12, 0, time.UTC)

func compose(t *testing.T, d Draft) string {
	t.Helper()
	d.Date = date
	c, err := Compose(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(read(t, c))
}

func TestComposePlain(t *testing.T) {
	got := compose(t, Draft{
		From: "alice@test.example", To: []string{"bob@test.example", "Carol <carol@test.example>"},
		Subject: "hello", Body: "one\ntwo", ID: "1@laptop.example",
	})
	want := "Date: Mon, 23 Nov 2026 18:50:12 +0000\r\n" +
		"From: alice@test.example\r\n" +
		"To: bob@test.example, \"Carol\" <carol@test.example>\r\n" +
		"Subject: hello\r\n" +
		"Message-ID: <1@laptop.example>\r\n" +
		"MIME-Version: 1.0\r\n" +
		"Content-Type: text/plain; charset=us-ascii\r\n" +
		"Content-Transfer-Encoding: 7bit\r\n" +
		"\r\none\r\ntwo\r\n"
	if got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

func TestComposeIsReadBackAsItWasMeant(t *testing.T) {
	long := strings.Repeat("x", 1200)
	for _, body := range []string{"", "café\r\nzwei\n", long, "tab\tand = sign", "\n\nblank lines\n"} {
		subject := "Grüße " + strings.Repeat("und noch ein Wort ", 12)
		text := compose(t, Draft{From: "a@b.example", Subject: subject, Body: body})
		for line := range strings.SplitSeq(text, "\r\n") {
			if len(line) > 998 || strings.ContainsAny(line, "\r\n") {
				t.Errorf("line of %d octets: %.40q", len(line), line)
			}
		}
		m, err := mail.ReadMessage(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil || decoded != subject {
			t.Errorf("subject %q, %v", decoded, err)
		}
		r := m.Body
		if m.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
			r = quotedprintable.NewReader(r)
		}
		back, err := io.ReadAll(r)
		if err != nil || string(back) != crlf(body) {
			t.Errorf("body %q came back as %q, %v", body, back, err)
		}
	}
}

func TestComposeRefusesInjectedHeaders(t *testing.T) {
	for _, d := range []Draft{{Subject: "a\r\nBcc: x@y.example"}, {From: "a\nb"}, {To: []string{"a\rb"}}, {Body: "\xff"}} {
		if _, err := Compose(d); err == nil {
			t.Errorf("%+v was composed", d)
		}
	}
}

// read reads content and checks that Compose has measured it rightly.
func read(t testing.TB, c *session.Content) []byte {
	t.Helper()
	r, err := c.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	m := session.BytesContent(p)
	got, want := *c, *m
	got.Open, want.Open = nil, nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("measured %+v, it is %+v", got, want)
	}
	return p
}

func newDecoder(r io.Reader) io.Reader { return base64.NewDecoder(base64.StdEncoding, r) }

func TestNewID(t *testing.T) {
	id, err := NewID(date, strings.NewReader("0123456789"), "laptop.example")
	if err != nil || id != "20261123185012.30313233343536373839@laptop.example" {
		t.Errorf("%q, %v", id, err)
	}
	if _, err := NewID(date, strings.NewReader("012"), "laptop.example"); err == nil {
		t.Error("an ID without randomness")
	}
}
