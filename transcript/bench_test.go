package transcript

import (
	"bytes"
	"io"
	"testing"
	"time"

	"ehlo/session"
)

// longSession is a session of one message with many lines.
func longSession(lines int) []session.Event {
	at := time.Date(2026, 11, 23, 18, 50, 12, 0, time.UTC)
	events := []session.Event{
		{Seq: 1, At: at, Kind: session.Opened}, {Seq: 2, At: at, Kind: session.Received, Block: 1, Data: []byte("220 a\r\n")},
		{Seq: 3, At: at, Kind: session.Sent, Block: 2, Data: []byte("DATA\r\n")}, {Seq: 4, At: at, Kind: session.Received, Block: 3, Data: []byte("354 go\r\n")},
	}
	line := []byte("This is a line of content, as long as lines of content usually are.\r\n")
	for i := range lines {
		events = append(events, session.Event{Seq: i + 5, At: at, Kind: session.Sent, Block: 4, Data: line})
	}
	return events
}

func BenchmarkWrite(b *testing.B) {
	events := longSession(10_000)
	r := NewRecorder(io.Discard)
	b.SetBytes(int64(len(record(b, events))))
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Record(events); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	file := record(b, longSession(10_000))
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("x", bytes.NewReader(file)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseLong parses 100 MB: what a file costs that is no longer in
// any cache.
func BenchmarkParseLong(b *testing.B) {
	file := record(b, longSession(1_350_000))
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("x", bytes.NewReader(file)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkScan reads without keeping anything.
func BenchmarkScan(b *testing.B) {
	file := record(b, longSession(10_000))
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		s := NewScanner("x", bytes.NewReader(file))
		for {
			if _, err := s.Next(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkShow reads and prints event by event.
func BenchmarkShow(b *testing.B) {
	file := record(b, longSession(100_000))
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		r, p := NewReader("x", bytes.NewReader(file)), Printer{W: io.Discard}
		for {
			e, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil || p.Print(e) != nil {
				b.Fatal(err)
			}
		}
	}
}
