package transcript

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"ehlo/session"
	"ehlo/transcript/rehearsal"
)

// TestScenarios: a session with each scenario of the practice server is
// recorded, and the file gives back each state.
func TestScenarios(t *testing.T) {
	for _, name := range rehearsal.Scenarios() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := rehearsal.Scenario(t, name)
				var file bytes.Buffer
				o.Recorder = NewRecorder(&file)
				events := rehearsal.Send(t, o, []byte("Subject: x\r\n\r\n.dot\r\n"), "bob@test.example", "eve@test.example")
				tr, err := Parse("x", bytes.NewReader(file.Bytes()))
				if err != nil {
					t.Fatal(err)
				}
				sameStates(t, events, tr)
				// With the states of the session or without them: one file.
				var again bytes.Buffer
				if err := NewRecorder(&again).Record(events); err != nil || again.String() != file.String() {
					t.Errorf("%v, recorded again:\n%s\nand at once:\n%s", err, &again, &file)
				}
			})
		})
	}
}

// sameStates folds a log and the file of it side by side.
func sameStates(t *testing.T, events []session.Event, tr *Transcript) {
	t.Helper()
	got := tr.Events()
	if len(got) != len(events) {
		t.Fatalf("%d events became %d", len(events), len(got))
	}
	var a, b session.State
	var w, w2 writer
	for i := range events {
		want, read := public(events[i], &w), public(got[i], &w2)
		if want.Text != read.Text || want.Step != read.Step {
			t.Fatalf("event %d:\nwant %+v\ngot  %+v", i+1, want, read)
		}
		a, b = a.Apply(want), b.Apply(read)
		if !equal(a, b) {
			t.Fatalf("event %d:\nwant %+v\ngot  %+v", i+1, a, b)
		}
	}
}

// TestLongContent: content beside the file, recorded and read.
func TestLongContent(t *testing.T) {
	content := bytes.Repeat([]byte(".a line of content that is long enough to count\r\n"), 60_000)
	name := filepath.Join(t.TempDir(), "long.smtp")
	rec, err := Create(name)
	if err != nil {
		t.Fatal(err)
	}
	o := rehearsal.Scenario(t, "default")
	o.Recorder = rec
	events := rehearsal.Send(t, o, content, "bob@test.example")
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	tr, err := ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	sameStates(t, events, tr)
}

// TestUnderTLS: what a recording has of a handshake.
func TestUnderTLS(t *testing.T) {
	tr := readFile(t, "handshake")
	handshaken, err := os.ReadFile("testdata/handshake.smtp")
	if err != nil {
		t.Fatal(err)
	}
	if s := tr.State(len(tr.Events())); !s.Secure || !s.Verified || s.TLS != "TLSv1.3" {
		t.Errorf("secure %v, verified %v, %s", s.Secure, s.Verified, s.TLS)
	}
	if got := record(t, tr.Events()); !bytes.Equal(got, handshaken) {
		t.Errorf("recorded again:\n%s", got)
	}
}
