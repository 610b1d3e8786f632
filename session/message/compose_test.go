package message

import (
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ehlo/session"
)

func TestFoldNeverMakesALineOfBlanks(t *testing.T) {
	word := strings.Repeat("x", 100)
	blanks := strings.Repeat(" ", 100)
	for _, value := range []string{
		word, word + " " + word, "a" + blanks + "b", word + blanks + word, "a b" + blanks,
		strings.Repeat("a ", 80), " " + word + " " + word, "a\t" + word, strings.Repeat("word ", 30) + "end",
	} {
		folded := fold("Subject: " + value)
		if got := strings.ReplaceAll(folded, "\r\n", ""); got != "Subject: "+value {
			t.Errorf("%q unfolds to %q", value, got)
		}
		for i, line := range strings.Split(folded, "\r\n") {
			if strings.Trim(line, " \t") == "" || line == "Subject:" {
				t.Errorf("%q: line %d is %q", value, i, line)
			}
			if i > 0 && !blank(line[0]) {
				t.Errorf("%q: a word was broken: %q", value, line)
			}
			if rest := strings.Trim(line, " \t"); len(line) > 78 && strings.Contains(strings.Trim(strings.TrimPrefix(rest, "Subject:"), " "), " ") && !strings.Contains(line, blanks) {
				t.Errorf("%q: could have been folded: %q", value, line)
			}
		}
	}
}

func TestHeaderFieldsOfTheUser(t *testing.T) {
	got := compose(t, Draft{
		From: "a@b.example", Subject: "s", ID: "1@b.example", Body: "x",
		Headers: []Header{{"X-One", "1"}, {"message-id", "<mine@b.example>"}, {"Reply-To", "Jürgen <j@b.example>"}, {"X-One", "2"}},
	})
	want := "Date: Mon, 23 Nov 2026 18:50:12 +0000\r\nFrom: a@b.example\r\nSubject: s\r\nmessage-id: <mine@b.example>\r\n" +
		"X-One: 1\r\nReply-To: =?utf-8?q?J=C3=BCrgen?= <j@b.example>\r\nX-One: 2\r\nMIME-Version: 1.0\r\n"
	if !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestEncodingOfText(t *testing.T) {
	for _, c := range []struct {
		d    Draft
		want string
	}{
		{Draft{Body: "plain"}, "us-ascii 7bit"},
		{Draft{Body: "plain café, and so on and so forth"}, "utf-8 quoted-printable"},
		{Draft{Body: "日本語の本文です"}, "utf-8 base64"},
		{Draft{Body: "café", EightBit: true}, "utf-8 8bit"},
		{Draft{Body: "café", SMTPUTF8: true}, "utf-8 8bit"},
		{Draft{Body: strings.Repeat("x", 999), EightBit: true}, "us-ascii quoted-printable"},
		{Draft{Body: "a long enough text with a \x00 in it", EightBit: true}, "us-ascii quoted-printable"},
		{Draft{Body: "plain", Encoding: "base64"}, "us-ascii base64"},
		{Draft{Body: "café", Encoding: "7bit"}, "utf-8 7bit"},
	} {
		m, err := mail.ReadMessage(strings.NewReader(compose(t, c.d)))
		if err != nil {
			t.Fatal(err)
		}
		_, charset, _ := strings.Cut(m.Header.Get("Content-Type"), "charset=")
		if got := charset + " " + m.Header.Get("Content-Transfer-Encoding"); got != c.want {
			t.Errorf("%.20q: %s, want %s", c.d.Body, got, c.want)
		}
	}
	if _, err := Compose(Draft{Encoding: "uuencode"}); err == nil {
		t.Error("an unknown encoding was taken")
	}
}

func TestSMTPUTF8LeavesTheHeaderReadable(t *testing.T) {
	got := compose(t, Draft{From: "Jürgen <jürgen@b.example>", Subject: "Grüße", SMTPUTF8: true})
	for _, want := range []string{"From: \"Jürgen\" <jürgen@b.example>\r\n", "Subject: Grüße\r\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

func TestMultipart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "Übersicht.bin")
	octets := strings.Repeat("\x00\x01\xfe", 1000)
	if err := os.WriteFile(file, []byte(octets), 0o600); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("sehr länger ", 20) + ".txt"
	d := Draft{
		Body: "text", HTML: "<p>html</p>", Attachments: []Attachment{
			{Path: file},
			{Name: long, Size: 3, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("abc")), nil }},
			{Name: "m.eml", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("")), nil }},
		},
	}
	text := compose(t, d)
	if text != compose(t, d) {
		t.Error("the same draft gave other octets")
	}
	var got []string
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	walk(t, m.Header.Get("Content-Type"), m.Body, &got)
	want := []string{
		"text/plain; charset=us-ascii||text\n", "text/html; charset=us-ascii||<p>html</p>\n",
		"application/octet-stream|Übersicht.bin|" + octets, "text/plain; charset=utf-8|" + long + "|abc", "application/octet-stream|m.eml|",
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for line := range strings.SplitSeq(text, "\r\n") {
		if len(line) > 78 {
			t.Errorf("line of %d octets: %s", len(line), line)
		}
	}
}

// walk lists type, file name and decoded octets of the leaves.
func walk(t *testing.T, contentType string, body io.Reader, out *[]string) {
	t.Helper()
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatalf("%q: %v", contentType, err)
	}
	for r := multipart.NewReader(body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		kind := p.Header.Get("Content-Type")
		if strings.HasPrefix(kind, "multipart/") {
			walk(t, kind, p, out)
			continue
		}
		var r io.Reader = p
		if p.Header.Get("Content-Transfer-Encoding") == "base64" {
			r = newDecoder(p)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		*out = append(*out, kind+"|"+p.FileName()+"|"+strings.ReplaceAll(string(text), "\r\n", "\n"))
	}
}

func TestAnAttachmentMustStayAsItWas(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.txt")
	for size, want := range map[int]string{50: "shrunk", 100: "", 150: "grown"} {
		if err := os.WriteFile(file, make([]byte, 100), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Compose(Draft{Attachments: []Attachment{{Path: file}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := c.Open()
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, r)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%d octets: %v", size, err)
		}
		r.Close()
	}
	for _, a := range []Attachment{{Path: "/does/not/exist"}, {Path: t.TempDir()}, {Path: file, Name: "a\r\nb"}, {Path: file, Type: "text"}} {
		if _, err := Compose(Draft{Attachments: []Attachment{a}}); err == nil {
			t.Errorf("%+v was composed", a)
		}
	}
}

func TestParseHeader(t *testing.T) {
	for text, want := range map[string]Header{"X-A: b": {"X-A", "b"}, "X-A:": {"X-A", ""}, "no colon": {}, "sp ace: x": {}, ":x": {}, "A: b\nC: d": {}} {
		if got, err := ParseHeader(text); got != want && want != (Header{}) || (err == nil) != (want != Header{}) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

func FuzzComposeHeader(f *testing.F) {
	f.Add("hello", "Jürgen <j@b.example>", "X-A", "b")
	f.Add(strings.Repeat("long ", 50), "=?utf-8?q?a=0D=0Ab?= <a@b.example>", "To", "Ü <a@b>, c@d")
	f.Add(" blank"+strings.Repeat(" ", 2000)+"x", "\"a\\\"b\" <a@b>", "Date", "")
	f.Fuzz(func(t *testing.T, subject, from, name, value string) {
		for _, raw := range []bool{false, true} {
			c, err := Compose(Draft{From: from, Subject: subject, Headers: []Header{{name, value}}, Attachments: []Attachment{
				{Name: value, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("")), nil }},
			}, SMTPUTF8: raw})
			if err != nil {
				continue
			}
			text := string(read(t, c))
			head, _, _ := strings.Cut(text, "\r\n\r\n")
			seen := 0
			for line := range strings.SplitSeq(head, "\r\n") {
				if strings.ContainsAny(line, "\r\n\x00") || strings.Trim(line, " \t") == "" || !raw && !isASCII(line) && isASCII(from) && !strings.Contains(value, "@") {
					t.Fatalf("line %q", line)
				}
				if !blank(line[0]) {
					seen++
				}
			}
			if most := 6; seen > most {
				t.Fatalf("%d header fields:\n%s", seen, head)
			}
			if strings.EqualFold(name, "Subject") || strings.Contains(subject, "=?") || subject == "" {
				continue
			}
			_, got, _ := strings.Cut(strings.ReplaceAll("\r\n"+text, "\r\n ", " "), "\r\nSubject: ")
			got, _, _ = strings.Cut(got, "\r\n")
			if back, err := new(mime.WordDecoder).DecodeHeader(got); err != nil || back != subject && !strings.Contains(subject, "\t") {
				t.Fatalf("subject %q came back as %q, %v", subject, back, err)
			}
		}
	})
}

// BenchmarkComposeStream: the attachment must not sit in memory.
func BenchmarkComposeStream(b *testing.B) {
	const size = 100 << 20
	file := filepath.Join(b.TempDir(), "big")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		b.Fatal(err)
	}
	if err := os.Truncate(file, size); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		c, err := Compose(Draft{Attachments: []Attachment{{Path: file}}})
		if err != nil {
			b.Fatal(err)
		}
		drain(b, c)
	}
}

func drain(b *testing.B, c *session.Content) {
	r, err := c.Open()
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, r, make([]byte, 256<<10))
	if err != nil || n != c.Octets {
		b.Fatalf("%d octets, measured %d, %v", n, c.Octets, err)
	}
}
