package message

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"ehlo/session"
)

const good = "Date: Mon, 23 Nov 2026 18:50:12 +0000\r\nFrom: a@b.example\r\nMessage-ID: <1@b.example>\r\nSubject: s\r\n"

// says lints and lists the findings as "line@offset text".
func says(t testing.TB, c *session.Content, o LintOptions) []string {
	t.Helper()
	list, err := Lint(c, o)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range list {
		if f.Section == "" || f.Text == "" {
			t.Errorf("%+v has no section", f)
		}
		out = append(out, fmt.Sprintf("%d@%d %s", f.Line, f.Offset, f.Text))
	}
	return out
}

func TestLint(t *testing.T) {
	body := good + "\r\n"
	at := int64(len(body))
	mime := good + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b b\"\r\n\r\n"
	for _, c := range []struct {
		text string
		o    LintOptions
		want []string // the beginnings of the findings
	}{
		{text: body + "fine\r\n"},
		{text: strings.ReplaceAll(body, "\r", "") + "fine\nreally\n"},
		{text: body + strings.Repeat("x", 79) + "\r\n" + strings.Repeat("x", 78) + "\r\n", want: []string{"6@% the line has more than 78"}},
		{text: body + strings.Repeat("x", 999) + "\r\n" + strings.Repeat("y", 998) + "\r\n", want: []string{"6@% the line has more than 998 octets: 999", "7@1100 the line has more than 78"}},
		{text: body + strings.Repeat("x", 200_000) + "\r\n", want: []string{"6@% the line has more than 998 octets: 200000"}},
		{text: body + "a\rb\r\n", want: []string{"6@100 a CR without"}},
		{text: body + "a\nb\r\n", want: []string{"6@100 an LF without"}},
		{text: body + "a\x00b\x00\r\n", want: []string{"6@100 a NUL"}},
		{text: body + "caf\xc3\xa9\r\n", want: []string{"6@% octets over 127 need BODY"}},
		{text: body + "caf\xc3\xa9\r\n", o: LintOptions{EightBit: true}},
		{text: "Subject: caf\xc3\xa9\r\n" + body[:at-14] + "\r\n", o: LintOptions{EightBit: true}, want: []string{"1@0 octets over 127 in the header"}},
		{text: "X: caf\xc3\xa9\r\n" + body, o: LintOptions{SMTPUTF8: true}},
		{text: "X: caf\xe9\r\n" + body, o: LintOptions{SMTPUTF8: true}, want: []string{"1@0 the header is not UTF-8"}},
		{text: body + ".x\r\n", want: []string{"6@% the line begins with a dot"}},
		{text: body + "x\n.\r\n", want: []string{"6@100 an LF", "7@101 a dot alone"}},
		{text: body + "x\r.\r\n", want: []string{"6@100 a CR", "6@101 a dot alone"}},
		{text: body + "x\r.\ry\r\n", want: []string{"6@100 a CR", "6@101 a dot alone", "6@102 a CR"}},
		{text: body + "x\r\n.\ny\r\n", want: []string{"7@102 a dot alone", "7@103 an LF"}},
		{text: body + "x", want: []string{"6@100 the last line has no ending"}},
		{text: body + "x\r", want: []string{"6@100 a CR", "6@101 the last line"}},
		{text: "\r\nx\r\n", want: []string{"1@0 a blank line comes first", "0@0 there is no Date", "0@0 there is no From", "0@0 there is no Message-ID"}},
		{text: "From a@b Mon\r\n" + body, want: []string{`1@0 "From " begins`}},
		{text: good, want: []string{"0@0 the header does not end"}},
		{text: good + "this is text\r\n", want: []string{"5@% this is no header field"}},
		{text: " x\r\n" + body, want: []string{"1@0 a continuation"}},
		{text: good + " \r\n\r\n", want: []string{"5@% a folded line with nothing"}},
		{text: "Subject: 1\r\n" + body, want: []string{"5@97 the field is there already: subject"}},
		{text: strings.Replace(body, "Mon, 23", "yesterday", 1), want: []string{"1@0 the Date"}},
		{text: strings.Replace(body, "a@b.example", "a b", 1), want: []string{"2@39 the From"}},
		{text: good + "Content-Type: text/plain\r\n\r\n", want: []string{"0@0 MIME fields"}},
		{text: mime + "--b b\r\n\r\nx\r\n--b b--\r\n"},
		{text: mime + "--b b\r\n\r\nx\r\n", want: []string{"0@0 the multipart has no closing"}},
		{text: mime + "x\r\n", want: []string{"0@0 the boundary of the multipart is never"}},
		{text: strings.Replace(mime, "; boundary=\"b b\"", "", 1), want: []string{"6@116 a multipart without a boundary"}},
		{text: good + "MIME-Version: 1.0\r\nContent-Transfer-Encoding: 7bit\r\n\r\n\xff\r\n", o: LintOptions{EightBit: true}, want: []string{"0@0 octets over 127 do not go with"}},
	} {
		got := says(t, session.BytesContent([]byte(c.text)), c.o)
		matched := len(got) == len(c.want)
		for i := 0; matched && i < len(got); i++ {
			want := strings.Replace(c.want[i], "%", fmt.Sprint(lineAt(c.text, c.want[i])), 1)
			matched = strings.HasPrefix(got[i], want)
		}
		if !matched {
			t.Errorf("%.200q:\ngot  %q\nwant %q", c.text, got, c.want)
		}
	}
}

// lineAt is the offset of the line that a finding begins with.
func lineAt(text, finding string) (at int) {
	var line int
	_, _ = fmt.Sscanf(finding, "%d@", &line)
	for ; line > 1; line-- {
		at += strings.IndexByte(text[at:], '\n') + 1
	}
	return at
}

func TestLintIsBounded(t *testing.T) {
	list, err := Lint(session.BytesContent([]byte(good+"\r\n"+strings.Repeat(".x\r\n", 1000))), LintOptions{})
	if err != nil || len(list) != maxFindings || list[maxFindings-1].More != 1000-maxFindings {
		t.Errorf("%d findings, %+v, %v", len(list), list[len(list)-1], err)
	}
}

func TestLintOfWireContent(t *testing.T) {
	for text, want := range map[string]string{
		good + "\r\n..x\r\n.\r\n":                    "[]",
		good + "\r\nx\r\n":                           "[0@102 the octets are sent as they are and do not end with CRLF.CRLF]",
		good + "\r\nx\r\n.\r\nMAIL FROM:<>\r\n.\r\n": "[8@105 " + rEarly.text + "]",
		good + "\r\nx\r\n.\r\nMAIL\r\n.\r\nRSET\r\n": "[8@105 " + rEarly.text + " 10@114 " + rEarly.text + " 0@120 " + rNoEnd.text + "]",
	} {
		c := session.BytesContent([]byte(text))
		c.Wire = true
		if got := fmt.Sprint(says(t, c, LintOptions{})); got != want {
			t.Errorf("%q\ngot  %s\nwant %s", text, got, want)
		}
	}
}

// TestComposedContentIsClean: what Compose makes, Lint has nothing against.
func TestComposedContentIsClean(t *testing.T) {
	for _, d := range []Draft{
		{Body: "plain\ntext"}, {Body: "café " + strings.Repeat("x", 2000)}, {Body: "日本語の本文です", HTML: "<p>" + strings.Repeat("日", 3000)},
		{Subject: strings.Repeat("Grüße und ", 30), From: "Jürgen von und zu und mit vielen Namen im Übermaß <a@b.example>", Body: "x"},
		{Body: "x", Attachments: []Attachment{{Path: "lint_test.go", Name: strings.Repeat("ü", 120) + ".txt"}}},
	} {
		if d.From == "" {
			d.From = "a@b.example"
		}
		d.Date, d.ID = date, "1@b.example"
		c, err := Compose(d)
		if err != nil {
			t.Fatal(err)
		}
		if got := says(t, c, LintOptions{}); len(got) > 0 {
			t.Errorf("%.40q: %q", d.Body, got)
		}
	}
}

func FuzzLint(f *testing.F) {
	f.Add([]byte(good+"\r\n.\r\n\n.\r\n\r.\r"), false)
	f.Add([]byte("DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; b=eHg=; bh=eHg=; d=d; h=from; s=s\r\n"+good+"\r\nbody\r\n\r\n"), false)
	f.Add([]byte("From x\nContent-Type: multipart/x; boundary=b\n\n--b\n--b--"), true)
	f.Fuzz(func(t *testing.T, p []byte, wire bool) {
		whole := session.BytesContent(p)
		whole.Wire = wire
		slow := *whole
		slow.Open = func() (io.ReadCloser, error) { return io.NopCloser(iotest.OneByteReader(bytes.NewReader(p))), nil }
		o := LintOptions{LookupTXT: func(string) ([]string, error) {
			return []string{"v=DKIM1; k=ed25519; p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}, nil
		}}
		a, b := says(t, whole, o), says(t, &slow, o)
		if fmt.Sprint(a) != fmt.Sprint(b) {
			t.Fatalf("%q\n%q", a, b)
		}
		if !wire {
			for _, name := range []struct {
				text string
				has  bool
			}{{rNUL.text, whole.NUL}, {rLong.text, whole.Longest > 998}} {
				if found := strings.Contains(fmt.Sprint(a), name.text); found != name.has {
					t.Fatalf("%s: %v, measured %v", name.text, found, name.has)
				}
			}
		}
	})
}

func BenchmarkLint(b *testing.B) {
	for name, line := range map[string]string{"text": strings.Repeat("word ", 14) + "\r\n", "base64": strings.Repeat("QUJD", 19) + "\r\n", "local": strings.Repeat("word ", 14) + "\n"} {
		b.Run(name, func(b *testing.B) {
			ending := "\r\n"
			if name == "local" {
				ending = "\n"
			}
			p := []byte(strings.ReplaceAll(good, "\r\n", ending) + ending + strings.Repeat(line, 200_000))
			c := session.BytesContent(p)
			b.SetBytes(int64(len(p)))
			b.ReportAllocs()
			for b.Loop() {
				if list, err := Lint(c, LintOptions{}); err != nil || len(list) > 0 {
					b.Fatal(list, err)
				}
			}
		})
	}
}
