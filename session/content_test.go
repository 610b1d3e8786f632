package session

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// onWire is what goes out for content that is read in pieces of this size.
func onWire(content string, size int) string {
	var w stuffer
	var out []byte
	for p := []byte(content); len(p) > 0; {
		n := min(size, len(p))
		out = w.append(out, p[:n])
		p = p[n:]
	}
	return string(w.end(out))
}

func TestContentOnTheWire(t *testing.T) {
	for _, c := range []struct{ name, content, want string }{
		{"empty", "", ".\r\n"},
		{"CRLF as it is", "a\r\nb\r\n", "a\r\nb\r\n.\r\n"},
		{"LF of this machine", "a\nb\n", "a\r\nb\r\n.\r\n"},
		{"no end", "a\r\nb", "a\r\nb\r\n.\r\n"},
		{"no line end at all", "a", "a\r\n.\r\n"},
		{"dots", ".\r\n..\r\na.b\r\n.c\r\n", "..\r\n...\r\na.b\r\n..c\r\n.\r\n"},
		{"dots of this machine", ".\n..\n", "..\r\n...\r\n.\r\n"},
		{"bare LF among CRLF stays", "a\r\nb\nc\r\n", "a\r\nb\nc\r\n.\r\n"},
		{"no dot is added behind a bare LF", "a\r\nb\n.\nc\r\n", "a\r\nb\n.\nc\r\n.\r\n"},
		{"bare CR stays", "a\r\nb\rc\r\n", "a\r\nb\rc\r\n.\r\n"},
		{"CR at the end", "a\r\nb\r", "a\r\nb\r\r\n.\r\n"},
		{"only line ends", "\r\n\r\n", "\r\n\r\n.\r\n"},
		{"LF first", "\n\na\n", "\r\n\r\na\r\n.\r\n"},
	} {
		for size := 1; size < 8; size++ {
			if got := onWire(c.content, size); got != c.want {
				t.Errorf("%s, read by %d: %q, want %q", c.name, size, got, c.want)
			}
		}
	}
}

func TestMeasure(t *testing.T) {
	for _, c := range []struct {
		content string
		want    Content
	}{
		{"", Content{}},
		{"a\r\nbcd\r\n", Content{Octets: 8, Lines: 2, Longest: 3}},
		{"a\nbcd\n", Content{Octets: 8, Lines: 2, Longest: 3, Local: true}},
		{"a\r\nbcd", Content{Octets: 8, Lines: 2, Longest: 3}},
		{"a\r\nb\nc\rd\r\n", Content{Octets: 10, Lines: 3, Longest: 3, Bare: 2}},
		{"\r\r\na\r", Content{Octets: 7, Lines: 2, Longest: 2, Bare: 2}},
		{"a\nb\r\n\r", Content{Octets: 9, Lines: 3, Longest: 1, Local: true, Bare: 1}},
		{"a\r\n\x00\r\n", Content{Octets: 6, Lines: 2, Longest: 1, NUL: true}},
		{"a\r\ncafé, and more of it\r\n", Content{Octets: 26, Lines: 2, Longest: 21, EightBit: true}},
	} {
		got := BytesContent([]byte(c.content))
		got.Open = nil
		if fmt.Sprintf("%+v", *got) != fmt.Sprintf("%+v", c.want) {
			t.Errorf("%q: %+v, want %+v", c.content, *got, c.want)
		}
	}
}

// FuzzContent checks that reading in pieces makes no difference, that a
// server gets back what was meant, and that the size was told rightly.
func FuzzContent(f *testing.F) {
	f.Add([]byte("a\r\n.\r\nb\n.\n"), 3)
	f.Add([]byte(".\n\r\r\n..\n"), 1)
	f.Fuzz(func(t *testing.T, p []byte, size int) {
		whole := onWire(string(p), len(p)+1)
		if got := onWire(string(p), 1+abs(size)%9); got != whole {
			t.Fatalf("by pieces %q, whole %q", got, whole)
		}
		c := BytesContent(p)
		if end := strings.Index("\r\n"+whole, "\r\n.\r\n"); end != len(whole)-3 {
			t.Fatalf("the end of data is at %d of %q", end, whole)
		}
		unstuffed := strings.ReplaceAll("\r\n"+whole[:len(whole)-3], "\r\n.", "\r\n")[2:]
		if !c.Local && !strings.HasPrefix(unstuffed, string(p)) {
			t.Fatalf("%q is changed to %q", p, unstuffed)
		}
		if int64(len(unstuffed)) != c.Octets {
			t.Fatalf("%q has %d octets, measured %d", unstuffed, len(unstuffed), c.Octets)
		}
	})
}

// FuzzMeasure checks that measuring in parts, as a long file is, makes no
// difference.
func FuzzMeasure(f *testing.F) {
	f.Add([]byte("a\r\nb\nc\rd\n\n\r\r\n"), uint8(3), false)
	f.Add([]byte("\n\xff\x00\r\n"), uint8(2), true)
	f.Fuzz(func(t *testing.T, p []byte, n uint8, binary bool) {
		whole, parts := &Content{Binary: binary}, &Content{Binary: binary}
		whole.Open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(p)), nil }
		if err := errors.Join(whole.Measure(), parts.measureParts(bytes.NewReader(p), int64(len(p)), int64(n%8)+1)); err != nil {
			t.Fatal(err)
		}
		whole.Open = nil
		if fmt.Sprintf("%+v", *whole) != fmt.Sprintf("%+v", *parts) {
			t.Errorf("%q: %+v, in parts %+v", p, *whole, *parts)
		}
	})
}

func TestFileContent(t *testing.T) {
	name := filepath.Join(t.TempDir(), "mail.eml")
	if err := os.WriteFile(name, []byte("Subject: x\n\nhi\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := FileContent(name)
	if err != nil || c.Octets != 18 {
		t.Fatalf("%+v, %v", c, err)
	}
	for range 2 { // content can be opened again
		r, err := c.Open()
		if err != nil {
			t.Fatal(err)
		}
		if p, _ := io.ReadAll(r); len(p) != 15 {
			t.Errorf("%q", p)
		}
		r.Close()
	}
	for _, bad := range []string{t.TempDir(), "/does/not/exist", os.DevNull} {
		if _, err := FileContent(bad); err == nil {
			t.Errorf("%s is taken for content", bad)
		}
	}
}

func BenchmarkStuff(b *testing.B) {
	p := bytes.Repeat([]byte(strings.Repeat("x", 76)+"\r\n"), 1000)
	dst := make([]byte, 0, 2*len(p))
	b.SetBytes(int64(len(p)))
	b.ReportAllocs()
	var w stuffer
	for b.Loop() {
		dst = w.append(dst[:0], p)
	}
}

func BenchmarkMeasure(b *testing.B) {
	p := bytes.Repeat([]byte(strings.Repeat("x", 76)+"\r\n"), 1000)
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		var m measure
		m.take(p)
	}
}
