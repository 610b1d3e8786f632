package transcript

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"ehlo/session"
)

func TestRoundTrip(t *testing.T) {
	for seed := range 1000 { // FuzzRoundTrip does more

		r := rand.New(rand.NewPCG(uint64(seed), 1))
		events := randomEvents(r)
		checkRoundTrip(t, events, record(t, events))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestBatches: how a log is cut into batches leaves no trace.
func TestBatches(t *testing.T) {
	for seed := range 200 {
		events := randomEvents(rand.New(rand.NewPCG(uint64(seed), 2)))
		var batches [][]session.Event
		for _, e := range events {
			batches = append(batches, []session.Event{e})
		}
		if whole, single := record(t, events), record(t, batches...); !bytes.Equal(whole, single) {
			t.Fatalf("seed %d:\n%s\n%s", seed, whole, single)
		}
	}
}

// TestAnyPrefix: a process that was killed leaves a file that can be read.
func TestAnyPrefix(t *testing.T) {
	for seed := range 8 {
		file := record(t, randomEvents(rand.New(rand.NewPCG(uint64(seed), 3))))
		whole, _ := Parse("x", bytes.NewReader(file))
		for cut := 0; cut <= len(file); cut += 1 + cut%17 {
			tr, err := Parse("cut.smtp", bytes.NewReader(file[:cut]))
			if err != nil {
				t.Fatalf("seed %d: cut at %d: %v", seed, cut, err)
			}
			lines := bytes.Count(file[:cut], []byte{'\n'})
			for i, e := range tr.Events()[:max(len(tr.Events())-1, 0)] {
				if whole.Line(i+1) > lines || !bytes.Equal(e.Data, whole.Events()[i].Data) {
					t.Fatalf("seed %d: cut at %d: event %d is wrong", seed, cut, i+1)
				}
			}
		}
	}
}

func FuzzRoundTrip(f *testing.F) {
	f.Add(uint64(1), []byte("220 hello\r\n"))
	f.Add(uint64(2), []byte("\x00\xff ${secret.1}\" \\\n"))
	f.Fuzz(func(t *testing.T, seed uint64, octets []byte) {
		events := randomEvents(rand.New(rand.NewPCG(seed, 0)))
		for i, line := range bytes.SplitAfter(octets, []byte{'\n'}) {
			kind := []session.Kind{session.Sent, session.Received}[(int(seed%2)+i/3)%2]
			if len(line) > 0 {
				events = append(events, session.Event{
					Seq: len(events) + 1, At: events[len(events)-1].At, Kind: kind, Block: 1000 + i/3, Data: line,
				})
			}
		}
		checkRoundTrip(t, events, record(t, events))
	})
}

func FuzzParse(f *testing.F) {
	names, _ := filepath.Glob("testdata/*.smtp")
	for _, name := range names {
		file, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Add([]byte("C* 1000 \"a\"\nS@ x length=5\n= more a=b\n= gap octets=3\nC? MAIL *\n= session 2\n@ connect\n@ wait 3\n"))
	f.Add([]byte("C!   "))
	f.Add([]byte("= auth begin mech=LOGIN\nC: AUTH LOGIN\nS: 334 a\nC\"${secret.1}\"\nC\"${secret.2}\\r\\n\"\n= auth end user=a\n= end result=error\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		tr, err := Parse("f", bytes.NewReader(file))
		var s session.State
		for i, e := range tr.Events() {
			if e.Seq != i+1 || tr.Line(e.Seq) == 0 {
				t.Fatalf("event %d: %+v", i, e)
			}
			s = s.Apply(e)
		}
		if err != nil {
			return
		}
		if events, _, err := readAll(t, file); err != io.EOF || !reflect.DeepEqual(events, tr.Events()) {
			t.Fatalf("one by one: %v\n%+v\ntogether:\n%+v", err, events, tr.Events())
		}
		var once, twice bytes.Buffer
		if err := tr.Format(&once); err != nil {
			t.Fatal(err)
		}
		again, err := Parse("f", bytes.NewReader(once.Bytes()))
		if err != nil {
			t.Fatalf("%v\n%s", err, once.Bytes())
		}
		if err := again.Format(&twice); err != nil || !bytes.Equal(once.Bytes(), twice.Bytes()) {
			t.Fatalf("%v\n%q\n%q", err, once.Bytes(), twice.Bytes())
		}
		if a, b := fmt.Sprintf("%+v", octetsOf(tr)), fmt.Sprintf("%+v", octetsOf(again)); a != b {
			t.Fatalf("events differ:\n%s\n%s", a, b)
		}
	})
}

func octetsOf(t *Transcript) []string {
	var all []string
	for _, e := range t.Events() {
		all = append(all, fmt.Sprintf("%v %d %d %d %q %q %v", e.Kind, e.Block, e.Step, e.Lost, e.Data, e.Facts, e.Bulk))
	}
	return all
}
