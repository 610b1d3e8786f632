package transcript

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"strconv"
	"testing"
	"time"

	"ehlo/session"
)

// record writes events in batches as a session does.
func record(t testing.TB, batches ...[]session.Event) []byte {
	t.Helper()
	var b bytes.Buffer
	r := NewRecorder(&b)
	r.By = "test"
	for _, batch := range batches {
		if err := r.Record(batch); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// public is an event as a file can have it: placeholders for secrets, UTC, words.
func public(e session.Event, w *writer) session.Event {
	data, vars := w.conceal(&e, nil)
	e.Data, e.Secret = data, nil
	for _, v := range vars {
		e.Secret = append(e.Secret, session.Span{From: v.From, To: v.To})
	}
	e.At = e.At.UTC()
	if len(e.Facts) == 0 {
		e.Facts = nil
	}
	if len(e.Data) == 0 {
		e.Data = nil
	}
	e.Text = textOf(e)
	return e
}

// checkRoundTrip wants a file to give back the events, and with them the
// state at each of them.
func checkRoundTrip(t *testing.T, events []session.Event, file []byte) {
	t.Helper()
	tr, err := Parse("x.smtp", bytes.NewReader(file))
	if err != nil {
		t.Fatalf("%v\n%s", err, file)
	}
	got := tr.Events()
	if len(got) != len(events) {
		t.Fatalf("%d events became %d\n%s", len(events), len(got), file)
	}
	var before, after session.State
	var w, w2 writer
	blocks := map[int]int{}
	for i := range events {
		want, got := public(events[i], &w), public(got[i], &w2)
		if b, ok := blocks[want.Block]; want.Block != 0 && ok && b != got.Block {
			t.Fatalf("event %d: block %d became %d and %d\n%s", i+1, want.Block, b, got.Block, file)
		}
		blocks[want.Block] = got.Block
		want.Block = got.Block
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("event %d:\nwant %+v\ngot  %+v\n%s", i+1, want, got, file)
		}
		before, after = before.Apply(want), after.Apply(got)
		if !equal(before, after) {
			t.Fatalf("event %d: state\nwant %+v\ngot  %+v\n%s", i+1, before, after, file)
		}
	}
	checkCanonical(t, tr, file)
}

func checkCanonical(t *testing.T, tr *Transcript, file []byte) {
	t.Helper()
	var again bytes.Buffer
	if err := tr.Format(&again); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Bytes(), file) {
		t.Fatalf("the canonical form changes:\n%s\nbecame\n%s", file, again.Bytes())
	}
	if twice := record(t, tr.Events()); !bytes.Equal(twice, file) {
		t.Fatalf("recorded again:\n%s\nbecame\n%s", file, twice)
	}
	for i, line := range bytes.Split(file, []byte{'\n'}) {
		if n := len(line); n > 4300 || n > 0 && (line[n-1] == ' ' || line[n-1] == '\t') || bytes.HasPrefix(line, []byte("-- ")) || forbidden(line) >= 0 {
			t.Fatalf("line %d is not canonical: %q", i+1, line)
		}
	}
}

// randomEvents makes a log of every octet, every split and every kind.
func randomEvents(r *rand.Rand) []session.Event {
	at := time.Date(2026, 11, 23, 18, 50, 12, 345000, time.UTC)
	var events []session.Event
	block := 0
	add := func(e session.Event) {
		e.Seq, e.At = len(events)+1, at
		events = append(events, e)
	}
	for range r.IntN(12) + 1 {
		at = at.Add(time.Duration(r.IntN(3)*r.IntN(5_000_000)) * time.Microsecond)
		switch r.IntN(12) {
		case 0:
			block++
			add(session.Event{Kind: session.Opened, Facts: randomFacts(r), Text: randomText(r)})
		case 1:
			add(session.Event{Kind: session.Closed, Facts: []session.Fact{{Key: "by", Value: "server"}, {Key: "how", Value: "fin"}}})
		case 2:
			add(session.Event{Kind: session.Noted, Text: randomText(r)})
		case 3:
			add(session.Event{Kind: session.Failed, Fault: session.FaultTimeout, Text: randomText(r)})
		case 4:
			add(session.Event{Kind: session.Resolved, Facts: randomFacts(r)})
		case 5:
			add(session.Event{Kind: session.Secured, Facts: randomTLS(r), Text: []string{"", "TLS", "TLS 1.3 X, verified in 3ms"}[r.IntN(3)]})
		default:
			block++
			kind := session.Sent
			if r.IntN(2) == 0 {
				kind = session.Received
			}
			for _, e := range randomBlock(r, kind) {
				if e.Kind == kind { // a remark is no part of a block
					e.Block = block
				}
				add(e)
			}
		}
	}
	return events
}

func randomBlock(r *rand.Rand, kind session.Kind) []session.Event {
	var events []session.Event
	step := r.IntN(4)
	for range r.IntN(4) + 1 {
		e := session.Event{Kind: kind, Data: randomLine(r)}
		switch {
		case kind == session.Received && r.IntN(6) == 0:
			e.Lost = int64(r.IntN(1000))
		case kind == session.Sent && r.IntN(8) == 0:
			e.Data = nil
			e.Bulk = &session.Bulk{Octets: int64(r.IntN(1e6)), Lines: int64(r.IntN(1000)), MidLine: r.IntN(2) == 0}
			if r.IntN(2) == 0 {
				e.Bulk.Name, e.Bulk.Offset, e.Bulk.Sum = "a b.d/0001", 17, "00ff"
			}
		case kind == session.Sent && r.IntN(6) == 0:
			e.Data = []byte("AUTH PLAIN abcdef\r\n")
			e.Secret = []session.Span{{From: 11, To: 17}}
		}
		if kind == session.Sent {
			e.Step = step
			if r.IntN(3) == 0 {
				step = r.IntN(200)
			}
		}
		events = append(events, e)
		if r.IntN(8) == 0 {
			events = append(events, session.Event{Kind: session.Noted, Text: randomText(r)})
		}
	}
	return events
}

var words = []string{
	"220 ", "250-", "250 ", "354 go", "SIZE 1000", "MAIL FROM:<a@b>", "RCPT TO:<c@d>", "DATA", ".", "EHLO x", "STARTTLS",
	"AUTH PLAIN", "QUIT", "BDAT 30 LAST", " ", "\t", "\"", "\\", "${secret.1}", "$", "é", "‹", "\u202e", "\u00a0", "\r", "\x00",
	"\x1b[2J", "\xff\xfe", "C: ", "= closed by=server", "+ 1", "# x", "-- ", "\ufeff", "\u00ad", "\U000e0041",
}

func randomLine(r *rand.Rand) []byte {
	var b []byte
	switch r.IntN(10) {
	case 0:
		for range r.IntN(300) {
			b = append(b, byte(r.IntN(256)))
		}
	case 1:
		b = bytes.Repeat([]byte(words[r.IntN(len(words))]), r.IntN(1500))
	default:
		for range r.IntN(8) {
			b = append(b, words[r.IntN(len(words))]...)
		}
	}
	b = bytes.ReplaceAll(b, []byte{'\n'}, []byte{'\v'})
	ending := []string{"\r\n", "\r\n", "\r\n", "\n", ""}[r.IntN(5)]
	return append(b, ending...)
}

func randomText(r *rand.Rand) string {
	if r.IntN(3) == 0 {
		return ""
	}
	return string(bytes.TrimRight(randomLine(r), "\r"))
}

func randomTLS(r *rand.Rand) []session.Fact {
	facts := []session.Fact{{Key: "version", Value: "TLSv1.3"}, {Key: "cipher", Value: "X"}}
	for i := range r.IntN(4) {
		facts = append(facts, session.Fact{Key: "peer", Value: strconv.Itoa(i)})
		facts = append(facts, randomFacts(r)...)
	}
	if r.IntN(3) > 0 {
		facts = append(facts, session.Fact{Key: "chain", Value: "ok"}, session.Fact{Key: "name", Value: "ok"})
	}
	return facts
}

func randomFacts(r *rand.Rand) []session.Fact {
	var facts []session.Fact
	for range r.IntN(30) {
		value := randomLine(r)
		facts = append(facts, session.Fact{Key: []string{"host", "addr", "from"}[r.IntN(3)], Value: string(value[:min(len(value), maxValue)])})
	}
	return facts
}

// equal compares states, the parts that only their package sees included.
func equal(a, b session.State) bool { return reflect.DeepEqual(a, b) }
