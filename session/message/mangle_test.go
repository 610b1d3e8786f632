package message

import (
	"bytes"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"ehlo/session"
)

func TestMangled(t *testing.T) {
	text := "A: b\r\n\r\n.x\r\n\r\ny\r\n"
	for _, c := range []struct {
		names []string
		then  string
		want  string
	}{
		{nil, "", "A: b\r\n\r\n..x\r\n\r\ny\r\n.\r\n"},
		{[]string{"lines-lf"}, "", "A: b\n\n..x\n\ny\r\n.\r\n"},
		{[]string{"lines-cr", "end-lf.lf"}, "", "A: b\r\r..x\r\ry\n.\n"},
		{[]string{"lines-lfcr", "no-stuffing"}, "", "A: b\n\r\n\r.x\n\r\n\ry\r\n.\r\n"},
		{[]string{"lines-mixed", "end-cr.cr"}, "", "A: b\r\n\n..x\r\r\ny\r.\r"},
		{[]string{"end-lf.crlf"}, "MAIL FROM:<a@b.example>\nRCPT TO:<c@d.example>\nDATA\n.x", "A: b\r\n\r\n..x\r\n\r\ny\n.\r\n" +
			"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n.x\r\n.\r\n"},
	} {
		for name, content := range map[string]string{"crlf": text, "local": strings.ReplaceAll(text, "\r\n", "\n"), "unended": strings.TrimRight(text, "\r\n")} {
			whole := session.BytesContent([]byte(content))
			slow := *whole
			slow.Open = func() (io.ReadCloser, error) {
				return io.NopCloser(iotest.OneByteReader(strings.NewReader(content))), nil
			}
			for _, in := range []*session.Content{whole, &slow} {
				m, err := Mangled(in, MangleOptions{Names: c.names, Then: c.then})
				if err != nil {
					t.Fatal(err)
				}
				r, err := m.Open()
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(r)
				if err != nil || string(got) != c.want || !m.Wire || m.Octets != int64(len(got)) {
					t.Errorf("%s %v: %v\ngot  %q, %d\nwant %q", name, c.names, err, got, m.Octets, c.want)
				}
			}
		}
	}
}

func TestManglesAreNamedAndExplained(t *testing.T) {
	seen := make(map[string]bool)
	for _, m := range Mangles() {
		if seen[m.Name] || m.Text == "" || m.Section == "" || strings.ContainsAny(m.Text+m.Name, "\r\n") {
			t.Errorf("%+v", m)
		}
		seen[m.Name] = true
		if _, err := Mangled(session.BytesContent([]byte("x\r\n")), MangleOptions{Names: []string{m.Name}}); err != nil {
			t.Error(err)
		}
	}
	for _, names := range [][]string{{"nothing"}, {"lines-lf", "lines-cr"}, {"end-lf.lf", "end-cr.cr"}} {
		if _, err := Mangled(session.BytesContent([]byte("x\r\n")), MangleOptions{Names: names}); err == nil {
			t.Errorf("%v was taken", names)
		}
	}
}

// FuzzMangled: with nothing wrong about it, mangled content is what the
// session would send.
func FuzzMangled(f *testing.F) {
	f.Add([]byte("a\r\n.b\r\n\r"))
	f.Add([]byte("a\n.b\n\n"))
	f.Fuzz(func(t *testing.T, p []byte) {
		c := session.BytesContent(p)
		m, err := Mangled(c, MangleOptions{})
		if err != nil {
			t.Fatal(err)
		}
		r, err := m.Open()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		body, ok := bytes.CutSuffix(got, []byte(rightEnd))
		if !ok {
			t.Fatalf("%q", got)
		}
		back := bytes.ReplaceAll(append([]byte("\r\n"), body...), []byte("\r\n.."), []byte("\r\n."))[2:]
		if int64(len(back)+2) != c.Octets && len(p) > 0 {
			t.Fatalf("%q went out as %q: %d octets, measured %d", p, got, len(back)+2, c.Octets)
		}
		if wire := bytes.TrimSuffix(p, []byte("\r\n")); !c.Local && !reflect.DeepEqual(append([]byte{}, wire...), append([]byte{}, back...)) {
			t.Fatalf("%q went out as %q", p, got)
		}
	})
}
