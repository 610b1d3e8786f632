package transcript

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ehlo/session"
)

func TestCreate(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a b.smtp")
	r, err := Create(name)
	if err != nil {
		t.Fatal(err)
	}
	body := bytes.Repeat([]byte("0123456789\r\n"), 10000)
	at, sum := int64(0), ""
	events := []session.Event{{Kind: session.Sent, Block: 1, Data: []byte("DATA\r\n")}, {Kind: session.Received, Block: 2, Data: []byte("354 go\r\n")}}
	if err := r.Record(events); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		b := &session.Bulk{Octets: int64(len(body)), Lines: 10000}
		for half := range slices.Chunk(body, len(body)/2) {
			if err := r.Bulk(half); err != nil {
				t.Fatal(err)
			}
		}
		if b.Name, b.Offset, b.Sum = r.Kept(); b.Offset != at || b.Name != "a b.smtp.d/0001" {
			t.Fatal(b, err)
		}
		at, sum = at+b.Octets, b.Sum
		if err := r.Record([]session.Event{{Kind: session.Sent, Block: 3, Bulk: b}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{name, name + ".d/0001"} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Error(info, err)
		}
	}
	tr, err := ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	last := tr.Events()[3]
	if last.Bulk.Sum != sum || last.Bulk.Offset != int64(len(body)) {
		t.Errorf("%+v", last.Bulk)
	}
	f, err := tr.Open(last.Bulk)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var got bytes.Buffer
	if _, err := got.ReadFrom(f); err != nil || !bytes.Equal(got.Bytes(), body) {
		t.Errorf("%d octets, %v", got.Len(), err)
	}
	if _, err := Create(name); !errors.Is(err, os.ErrExist) {
		t.Errorf("created over an existing file: %v", err)
	}
	if err := os.Truncate(name, 0); err != nil {
		t.Fatal(err)
	}
	if r, err = Create(name); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if file, _ := os.ReadFile(name); string(file) != header {
		t.Errorf("%q", file)
	}
}

// oneWrite counts writes.
type oneWrite struct{ n int }

func (w *oneWrite) Write(p []byte) (int, error) { w.n++; return len(p), nil }

func TestOneWrite(t *testing.T) {
	var w oneWrite
	r := NewRecorder(&w)
	for i := range 5 {
		if err := r.Record([]session.Event{{Kind: session.Noted}, {Kind: session.Sent, Data: []byte("a\r\n")}}); err != nil || w.n != i+1 {
			t.Fatal(w.n, err)
		}
	}
}

// TestNoSecret: neither the octets of a password nor how many there were.
func TestNoSecret(t *testing.T) {
	var files []string
	for _, secret := range []string{"AGFsaWNlAHdvbmRlcmxhbmQ=", "AGFsaWNlAHg="} {
		line := "AUTH PLAIN " + secret + "\r\n"
		e := session.Event{Kind: session.Sent, Data: []byte(line), Secret: []session.Span{{From: 11, To: len(line) - 2}}}
		file := string(record(t, []session.Event{e}))
		if strings.Contains(file, secret) || !strings.Contains(file, "\nC> AUTH PLAIN ${secret.1}\n") {
			t.Error(file)
		}
		files = append(files, file)
	}
	if files[0] != files[1] {
		t.Error("the length of a secret shows")
	}
}

// TestResume: a file that goes on from a mark is as if it had been told all of
// it, and neither the first file nor another one changes that.
func TestResume(t *testing.T) {
	head := []session.Event{{Kind: session.Opened, Facts: []session.Fact{{Key: "host", Value: "a.example"}}},
		{Kind: session.Received, Block: 1, Data: []byte("220 a.example\r\n")}}
	rest := func(word string) []session.Event {
		return []session.Event{{Kind: session.Sent, Block: 2, Data: []byte(word + "\r\n")}, {Kind: session.Received, Block: 3, Data: []byte("250 ok\r\n")}}
	}
	var told, first, second, third bytes.Buffer
	whole := NewRecorder(&told)
	a, b, c := NewRecorder(&first), NewRecorder(&second), NewRecorder(&third)
	for i := range head {
		whole.Event(&head[i], nil)
		a.Event(&head[i], nil)
	}
	mark := a.Mark()
	for _, x := range []struct {
		r    *Recorder
		says string
	}{{whole, "EHLO b.example"}, {a, "HELO a.example"}, {b, "EHLO b.example"}, {c, "NOOP"}} {
		if x.r == b || x.r == c {
			x.r.Resume(mark)
		}
		if err := x.r.End(rest(x.says)); err != nil {
			t.Fatal(err)
		}
	}
	if second.String() != told.String() || !strings.Contains(told.String(), "220 a.example") {
		t.Errorf("resumed:\n%s\ntold all of it:\n%s", &second, &told)
	}
	if got := third.String(); !strings.Contains(got, "220 a.example") || strings.Contains(got, "EHLO") {
		t.Errorf("another one:\n%s", got)
	}
}
