package transcript

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ehlo/session"
)

// TestEndlessLine: a line of 4 GiB is an error at its place, in little memory,
// and what stands behind it is read.
func TestEndlessLine(t *testing.T) {
	size := 4 << 30
	if testing.Short() {
		size = 64 << 20
	}
	for what, begin := range map[string]string{"with a header": header + "S: 220 ", "without one": "S: 220 a\nC: "} {
		before := heap()
		r := NewReader("x", io.MultiReader(strings.NewReader(begin), &endless{text: strings.Repeat("0123456789abcdef", 1<<16), left: size}, strings.NewReader("\nC: QUIT\n")))
		var said string
		var damage error
		for {
			e, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				damage = err
			} else if e.Kind == session.Sent {
				said = string(e.Data)
			}
		}
		if used := heap() - before; damage == nil || !strings.Contains(damage.Error(), "x:2:1: the line is longer than 64 KiB") || said != "QUIT\r\n" || used > 4<<20 {
			t.Errorf("%s: %v, %q, %d octets in use", what, damage, said, used)
		}
	}
}

// TestCutWithinContent: a recorder that was killed between the first octets of
// content and the line that tells of them has told that they were coming.
func TestCutWithinContent(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "x.smtp")
	rec, err := Create(name)
	if err != nil {
		t.Fatal(err)
	}
	events := []session.Event{{Kind: session.Opened}, {Kind: session.Received, Block: 1, Data: []byte("220 a\r\n")}, {Kind: session.Sent, Block: 2, Data: []byte("DATA\r\n")}, {Kind: session.Received, Block: 3, Data: []byte("354 go\r\n")}}
	if err := rec.Record(events); err != nil {
		t.Fatal(err)
	}
	if err := rec.Bulk([]byte("one line\r\nand a half")); err != nil {
		t.Fatal(err)
	}
	// The process is no more; nothing is closed.
	tr, err := ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	all := tr.Events()
	b := all[len(all)-1].Bulk
	if b == nil || b.Octets != 20 || b.Lines != 1 || !b.MidLine || len(tr.Warnings) != 1 || !strings.Contains(tr.Warnings[0].Text, "20 octets of it are in x.smtp.d/0001") {
		t.Errorf("%+v, %v", b, tr.Warnings)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	// Nobody follows a name that leads elsewhere, and nobody misses what did not come.
	for _, other := range []string{"../x", "/etc/passwd", "x.smtp.d/0002"} {
		if err := os.WriteFile(name, bytes.ReplaceAll(text, []byte("x.smtp.d/0001"), []byte(other)), 0o600); err != nil {
			t.Fatal(err)
		}
		if tr, err := ReadFile(name); err != nil || len(tr.Events()) != len(all)-1 {
			t.Errorf("%s: %v, %d events", other, err, len(tr.Events()))
		}
	}
}
