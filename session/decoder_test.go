package session

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// feed decodes octets in pieces of one size, or all at once for size 0.
func feed(l Limits, p []byte, size int) []Piece {
	d := NewDecoder(l)
	var out []Piece
	for len(p) > 0 {
		n := len(p)
		if size > 0 {
			n = min(size, n)
		}
		d.Feed(bytes.Clone(p[:n]), func(piece Piece) { out = append(out, piece) })
		p = p[n:]
	}
	return out
}

func TestDecoderKeepsEveryOctet(t *testing.T) {
	all := "250-a\r\n250 b\n\x00\x1b[2J\r\r\n\n\n250" + strings.Repeat("x", 70)
	for size := range 12 {
		var joined []byte
		for _, p := range feed(Limits{}, []byte(all), size) {
			joined = append(joined, p.Data...)
			if i := bytes.IndexByte(p.Data, '\n'); i >= 0 && i != len(p.Data)-1 {
				t.Errorf("a line feed inside of %q", p.Data)
			}
		}
		if string(joined) != all {
			t.Errorf("size %d: %q", size, joined)
		}
	}
}

func TestDecoderCutsLongLines(t *testing.T) {
	line := "250 " + strings.Repeat("x", 100) + "\r\n"
	for size := range 12 {
		var kept []byte
		var lost int64
		cuts := 0
		for _, p := range feed(Limits{Line: 20}, []byte(line+"250 next\r\n"), size) {
			kept = append(kept, p.Data...)
			lost += p.Lost
			if p.Cut {
				cuts++
			}
		}
		if want := line[:20] + "\r\n250 next\r\n"; string(kept) != want || lost != 84 || cuts != 1 {
			t.Errorf("size %d: kept %q, lost %d, cuts %d", size, kept, lost, cuts)
		}
	}
}

func TestDecoderBoundsReplies(t *testing.T) {
	all := strings.Repeat("250-more\r\n", 100) + "250 last\r\n221 bye\r\n"
	for size := range 12 {
		var kept []byte
		var lost int64
		for _, p := range feed(Limits{Reply: 25}, []byte(all), size) {
			kept = append(kept, p.Data...)
			lost += p.Lost
		}
		if want := strings.Repeat("250-more\r\n", 3) + "250 last\r\n221 bye\r\n"; string(kept) != want || lost != 970 {
			t.Errorf("size %d: kept %q, lost %d", size, kept, lost)
		}
	}
}

func FuzzDecoder(f *testing.F) {
	f.Add([]byte("220-a\r\n220 b\r\n"), 3, 10, 30)
	f.Add([]byte(strings.Repeat("250-x\r\n", 50)+"250 y\r\n"), 1, 5, 20)
	f.Add([]byte("\x00\xff\n\r\n\r\r\n"), 2, 2, 1)
	f.Fuzz(func(t *testing.T, p []byte, size, line, reply int) {
		size, line, reply = 1+abs(size)%64, 1+abs(line)%100, 1+abs(reply)%1000
		var joined []byte
		for _, piece := range feed(Limits{}, p, size) {
			joined = append(joined, piece.Data...)
		}
		if !bytes.Equal(joined, p) {
			t.Fatalf("octets changed: %q became %q", p, joined)
		}
		var kept, lost int64
		for _, piece := range feed(Limits{Line: line, Reply: reply}, p, size) {
			kept += int64(len(piece.Data))
			lost += piece.Lost
		}
		// What is still held back when the stream ends is neither.
		if total := kept + lost; total > int64(len(p)) {
			t.Fatalf("%d octets in, %d kept, %d lost", len(p), kept, lost)
		}
	})
}

func abs(n int) int {
	if n < 0 {
		return -(n + 1)
	}
	return n
}

// FuzzApply feeds a state with anything in any order: a first octet says what
// happens, a length follows, then the octets.
func FuzzApply(f *testing.F) {
	f.Add([]byte("o\x00r\x0a220 hello\ns\x07EHLO x\nr\x07250 ok\n"))
	f.Add([]byte("o\x00s\x0aBDAT 99999\r\x06250-a\nc\x00"))
	f.Fuzz(func(t *testing.T, p []byte) {
		s := State{}
		for seq := 1; len(p) >= 2; seq++ {
			kind, n := p[0], min(int(p[1]), len(p)-2)
			e := Event{Seq: seq, Data: p[2 : 2+n]}
			switch kind {
			case 'o':
				e.Kind = Opened
			case 'r':
				e.Kind = Received
			case 's':
				e.Kind = Sent
			case 't':
				e.Kind = Secured
			case 'c':
				e.Kind, e.Facts = Closed, []Fact{{"by", string(e.Data)}}
			case 'f':
				e.Kind, e.Fault = Failed, Fault(e.Data)
			default:
				e.Kind = Kind(kind)
			}
			before := show(s)
			next := s.Apply(e)
			if show(s) != before {
				t.Fatalf("Apply changed the old state from %s to %s", before, show(s))
			}
			_ = Advise(next, e.Data)
			_ = Forecast(next, mailTo("a@x.example"), 20)
			_ = next.Secrets(e.Data)
			s = next
			p = p[2+n:]
		}
	})
}

func TestParseReplyLine(t *testing.T) {
	for _, c := range []struct {
		line string
		want ReplyLine
	}{
		{"250 2.1.0 ok\r\n", ReplyLine{Code: 250, Enhanced: "2.1.0", Text: "2.1.0 ok", Ending: "\r\n"}},
		{"250-SIZE\r\n", ReplyLine{Code: 250, More: true, Text: "SIZE", Ending: "\r\n"}},
		{"250\n", ReplyLine{Code: 250, Ending: "\n"}},
		{"250", ReplyLine{Code: 250}},
		{"250ok\r\n", ReplyLine{Code: 250, Glued: true, Text: "ok", Ending: "\r\n"}},
		{"550 2.1.0 other class\r\n", ReplyLine{Code: 550, Text: "2.1.0 other class", Ending: "\r\n"}},
		{"550 5.1234.0 x\r\n", ReplyLine{Code: 550, Text: "5.1234.0 x", Ending: "\r\n"}},
		{"hello\r\n", ReplyLine{Text: "hello", Ending: "\r\n"}},
		{"2500 x\r\n", ReplyLine{Text: "2500 x", Ending: "\r\n"}},
		{"", ReplyLine{}},
	} {
		if got := ParseReplyLine([]byte(c.line)); got != c.want {
			t.Errorf("%q: %+v", c.line, got)
		}
	}
}

func BenchmarkApply(b *testing.B) {
	s := State{}.Apply(Event{Kind: Opened})
	s = s.Apply(Event{Kind: Received, Data: []byte("220 x\r\n")})
	sent := Event{Kind: Sent, Data: []byte("NOOP\r\n")}
	received := Event{Kind: Received, Data: []byte("250 2.0.0 ok\r\n")}
	b.ReportAllocs()
	for b.Loop() {
		s = s.Apply(sent)
		s = s.Apply(received)
	}
}

func BenchmarkDecoder(b *testing.B) {
	p := []byte(strings.Repeat("250-SIZE 10485760\r\n", 1000) + "250 ok\r\n")
	b.SetBytes(int64(len(p)))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		NewDecoder(Limits{}).Feed(p, func(Piece) { n++ })
	}
	_ = fmt.Sprint(n)
}

// BenchmarkRecipients: one more recipient must cost the same however many
// there are.
func BenchmarkRecipients(b *testing.B) {
	b.ReportAllocs()
	s := Hoped(State{Phase: Ready, Open: true}, Line("MAIL FROM:<a@x.example>"))
	for i := 0; b.Loop(); i++ {
		s = Hoped(s, Line("RCPT TO:<b@x.example>"))
	}
}
