package transcript

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"ehlo/session"
)

// readAll reads event by event, over damaged lines.
func readAll(t *testing.T, file []byte) (events []session.Event, damaged int, err error) {
	t.Helper()
	r := NewReader("x", bytes.NewReader(file))
	defer r.Close()
	for {
		e, err := r.Next()
		if err == nil {
			events = append(events, e)
			continue
		}
		if _, ok := err.(*SyntaxError); ok {
			damaged++
			continue
		}
		if _, again := r.Next(); again == nil || again.Error() != err.Error() {
			t.Errorf("behind %v came %v", err, again)
		}
		return events, damaged, err
	}
}

// TestReaderAgreesWithParse: one by one the events are what they are together.
func TestReaderAgreesWithParse(t *testing.T) {
	files := map[string][]byte{"damaged": []byte("S: 220 a\nwhat\n= note a\n= more text=b\nwhat\nC: QUIT")}
	names, _ := filepath.Glob("testdata/*.smtp")
	for _, name := range names {
		files[name], _ = os.ReadFile(name)
	}
	for seed := range 100 {
		file := record(t, randomEvents(rand.New(rand.NewPCG(uint64(seed), 5))))
		files[fmt.Sprint(seed)] = file[:len(file)-seed%20]
	}
	for name, file := range files {
		tr, _ := Parse("x", bytes.NewReader(file))
		events, damaged, err := readAll(t, file)
		if err != io.EOF || damaged != len(tr.Damage) || !reflect.DeepEqual(events, tr.Events()) {
			t.Errorf("%s: %v, %d damaged lines, %d events; want %d, %d", name, err, damaged, len(events), len(tr.Damage), len(tr.Events()))
		}
	}
}

func TestReaderGivesUp(t *testing.T) {
	_, damaged, err := readAll(t, []byte(strings.Repeat("what?\n", 200)))
	if damaged >= maxDamage || err == nil || !strings.Contains(err.Error(), "this is no transcript") {
		t.Errorf("%d, %v", damaged, err)
	}
}

// endless repeats a text up to a number of octets.
type endless struct {
	text string
	left int
	at   int
}

func (r *endless) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p, r.text[r.at:])
	r.at = (r.at + n) % len(r.text)
	r.left -= n
	return n, nil
}

// TestConstantMemory: neither a long message nor a file made to fill the
// memory does so.
func TestConstantMemory(t *testing.T) {
	for what, c := range map[string]struct{ begin, text string }{
		"content":         {"C: DATA\nS: 354 go\n", "C: a line of content that is as long as such lines are\n"},
		"one line":        {"", "C\"" + strings.Repeat("x", 1000) + "\"\n"},
		"one reply":       {"", "S: 250-again and again and again and again\n"},
		"one fact":        {"= connect host=a\n", "= more addr=192.0.2.1\n"},
		"commands":        {"", "C: RCPT TO:<a@b.example>\n"},
		"recipients":      {"S: 220 a\nC: MAIL FROM:<>\nS: 250 ok\n", "C: RCPT TO:<a@b.example>\nS: 250 ok\n"},
		"notes and blank": {"", "= note hello\n\n# comment\n"},
	} {
		t.Run(what, func(t *testing.T) {
			const size = 8 << 20
			r := NewReader("x", io.MultiReader(strings.NewReader(header+c.begin), &endless{text: c.text, left: size}))
			p := Printer{W: io.Discard}
			before, most := heap(), int64(0)
			for n := 0; ; n++ {
				e, err := r.Next()
				if err == nil {
					err = p.Print(e)
				}
				var syntax *SyntaxError
				if err != nil && (!errors.As(err, &syntax) || errors.Unwrap(err) != nil) {
					break
				}
				if n%50_000 == 0 || len(e.Data) > maxJoined && n%10 == 0 {
					most = max(most, heap()-before)
				}
			}
			if most = max(most, heap()-before); most > 6<<20 {
				t.Errorf("%d octets in use", most)
			}
			runtime.KeepAlive(r)
			runtime.KeepAlive(&p)
		})
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// grown is a file that was shorter when it was opened.
type grown struct {
	io.Reader
	was int
}

func (g grown) Len() int { return g.was }

// TestFileGrows: somebody may write to a file while it is read, and no line of
// it is too long for that.
func TestFileGrows(t *testing.T) {
	text := "= smtp-transcript 1\nS: 220 a\nC: EHLO b\nS: 250-a\nS: 250 " + strings.Repeat("X", 50_000) + "\nC: QUIT\nS: 221 a\n"
	want, err := Parse("x", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for was := 1; was < 300; was++ {
		got, err := Parse("x", grown{strings.NewReader(text), was})
		if err != nil || !reflect.DeepEqual(got.Events(), want.Events()) {
			t.Fatalf("%d: %v", was, err)
		}
	}
	_, err = Parse("x", grown{strings.NewReader(text + strings.Repeat("y", maxLine+3)), 60})
	if err == nil || !strings.Contains(err.Error(), "longer than 64 KiB") {
		t.Error(err)
	}
}
