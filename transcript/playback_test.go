package transcript

import (
	"io"
	"strings"
	"testing"
	"time"

	"ehlo/session"
)

func TestPace(t *testing.T) {
	at := time.Date(2026, 11, 23, 18, 50, 12, 0, time.UTC)
	for _, c := range []struct {
		pace Pace
		gap  time.Duration
		want time.Duration
	}{
		{Pace{}, time.Second, time.Second},
		{Pace{Speed: 4}, time.Second, 250 * time.Millisecond},
		{Pace{Speed: 0.5}, time.Second, 2 * time.Second},
		{Pace{Idle: 100 * time.Millisecond}, time.Second, 100 * time.Millisecond},
		{Pace{Idle: 2 * time.Second}, time.Second, time.Second},
		{Pace{Speed: -1}, time.Hour, 0},
		{Pace{}, -time.Second, 0},
		{Pace{Speed: 1e-300, Idle: time.Minute}, time.Hour, time.Minute},
	} {
		if got := c.pace.Wait(at, at.Add(c.gap)); got != c.want {
			t.Errorf("%+v, %s: %s, want %s", c.pace, c.gap, got, c.want)
		}
	}
	if got := (Pace{}).Wait(time.Time{}, at); got != 0 {
		t.Errorf("a file that begins to have times: %s", got)
	}
}

// TestPlayback: each moment has the state of the recording, the pause before
// it, and what stands before it in the file.
func TestPlayback(t *testing.T) {
	tr := readFile(t, "submission")
	file := `= smtp-transcript 1
# first
= recorded 2026-11-23T18:50:12Z by=test
= connect host=a addr=192.0.2.1:25 from=b tls=none
# second
+ 0.500
S"220 a"
# in the middle of a line
S" b\r\n"
S? 220 *
@ break
+ 3600.000
C: QUIT
@ wait 3
# last
`
	p := NewPlayback(NewReader("x", strings.NewReader(file)), Pace{Speed: 2, Idle: time.Second})
	var got []string
	for {
		m, err := p.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		line := m.Event.Kind.String() + " " + m.Wait.String() + " " + m.State.Phase.String() + " " + m.Stop
		for _, n := range m.Notes {
			line += "|" + n.Text
		}
		got = append(got, line)
	}
	want := []string{
		"opened 0s waiting for the greeting |first",
		"received 250ms greeted |second|in the middle of a line",
		"sent 1s greeted break|S? 220 *",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	if rest := p.Rest(); len(rest) != 2 || rest[0].Text != "wait 3" || rest[1].Text != "last" || rest[1].Line != 15 {
		t.Errorf("%+v", rest)
	}
	var text strings.Builder
	if err := tr.Format(&text); err != nil {
		t.Fatal(err)
	}
	p = NewPlayback(NewReader("x", strings.NewReader(text.String())), Pace{})
	var st session.State
	for _, e := range tr.Events() {
		m, err := p.Next()
		if st = st.Apply(e); err != nil || !equal(m.State, st) {
			t.Fatalf("%v: event %d: %+v\nwant %+v", err, e.Seq, m.State, st)
		}
	}
}

// TestUnknownKeys: a file of a later version plays, with one notice for each
// key; octets in a way that is not known are an error.
func TestUnknownKeys(t *testing.T) {
	tr, err := Parse("x", strings.NewReader("= smtp-transcript 1\n= invented a\n= invented b\n@ dance\nS: 220 a\n@ dance\nC: QUIT\n"))
	if err != nil || len(tr.Warnings) != 2 || tr.Warnings[0].Line != 2 || tr.Warnings[1].Line != 4 || len(tr.Events()) != 3 {
		t.Errorf("%v, %v", err, tr.Warnings)
	}
	if _, err := Parse("x", strings.NewReader("= smtp-transcript 1\nS: 220 a\nC% 1 2 3\n")); err == nil || err.Error() != "x:3:2: unknown operator behind C" {
		t.Error(err)
	}
}

// TestSecondsWithoutDate: who writes a file by hand writes pauses, and no date.
func TestSecondsWithoutDate(t *testing.T) {
	for _, head := range []string{"", "= recorded 2026-11-23T18:50:12Z by=x\n", "= recorded by=x\n"} {
		p := NewPlayback(NewReader("x.smtp", strings.NewReader("= smtp-transcript 1\n"+head+"S: 220 a\n+ 1.5\nC: QUIT\n+ 0.5\nS: 221 bye\n")), Pace{})
		var waits []time.Duration
		for m, err := p.Next(); err == nil; m, err = p.Next() {
			waits = append(waits, m.Wait)
		}
		if n := len(waits); n < 3 || waits[n-2] != 1500*time.Millisecond || waits[n-1] != 500*time.Millisecond || waits[0] != 0 {
			t.Errorf("%q: %v", head, waits)
		}
	}
	if d := Gap(time.Time{}, time.Now()); d != 0 {
		t.Errorf("since a time that nobody knows: %v", d)
	}
}
