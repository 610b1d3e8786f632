package session

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

// talk runs a mail against a server that answers by the beginnings of lines,
// and returns what the client said. Groups go out as they may.
func talk(m Stepper, replies map[string]string) string {
	var b strings.Builder
	s := State{}
	for range 100 {
		group := Group(s, m, false)
		if len(group) == 0 {
			return b.String()
		}
		for i, st := range group {
			sep := "\n"
			if i < len(group)-1 {
				sep = " | "
			}
			s = speak(&b, s, st, sep)
		}
		for len(s.Pending) > 0 && s.Open && !group[len(group)-1].NoWait {
			p := s.Pending[0]
			reply := fmt.Sprintf("%d ok", HopeFor(p.Verb))
			for start, text := range replies {
				if strings.HasPrefix(p.Verb+" "+p.Arg, start) {
					reply = text
				}
			}
			for part := range strings.SplitAfterSeq(reply+"\r\n", "\n") {
				s = s.Apply(Event{Seq: s.Seq + 1, Kind: Received, Data: []byte(part)})
			}
		}
	}
	return b.String() + "for ever\n"
}

// speak applies what a step puts on the wire.
func speak(b *strings.Builder, s State, st Step, sep string) State {
	switch st.Kind {
	case Connect:
		return s.Apply(Event{Kind: Opened})
	case StartTLS:
		b.WriteString("(TLS)\n")
		return s.Apply(Event{Kind: Secured, Facts: []Fact{{"chain", "ok"}, {"name", "ok"}}})
	case HangUp:
		if s.Answers.Quit.Code == 0 {
			b.WriteString("(" + st.Why + ")\n")
		}
		return s.Apply(Event{Kind: Closed, Facts: []Fact{{"by", "client"}}})
	}
	b.WriteString(strings.TrimSuffix(string(st.Bytes), "\r\n"))
	if len(st.Bytes) > 0 {
		s = s.Apply(Event{Kind: Sent, Step: st.ID, Data: st.Bytes})
	}
	switch {
	case st.Part != nil:
		fmt.Fprintf(b, " [%d octets from %d]", st.Part.Octets, st.Part.From)
		s = s.Apply(Event{Kind: Sent, Step: st.ID, Data: bytes.Repeat([]byte{'x'}, int(st.Part.Octets))})
	case st.Content != nil:
		b.WriteString("[content]")
		s = s.Apply(Event{Kind: Sent, Step: st.ID, Data: []byte("x\r\n.\r\n")})
	}
	b.WriteString(sep)
	return s
}

func TestWhatAMailSays(t *testing.T) {
	with := func(m map[string]string, more ...string) map[string]string {
		for i := 0; i < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	lines := func(offers string) map[string]string {
		all := strings.Split(offers, ", ")
		text := "250-x"
		for i, k := range all {
			sep := "-"
			if i == len(all)-1 {
				sep = " "
			}
			text += "\r\n250" + sep + k
		}
		return map[string]string{"EHLO": text}
	}
	two := func(m *Mail) {
		m.More = []Letter{{From: Envelope{Path: "c@x.example"}, To: To("d@x.example"), Content: m.Content}}
	}
	for _, c := range []struct {
		name    string
		change  func(*Mail)
		replies map[string]string
		want    string
	}{
		{"a group in one write", nil, lines("PIPELINING"),
			"EHLO c.example\nMAIL FROM:<a@x.example> | RCPT TO:<b@x.example> | DATA\n[content]\nQUIT\n"},
		{"354 although nobody was taken", nil, with(lines("PIPELINING"), "RCPT", "550 no", EndOfData, "554 nobody"),
			"EHLO c.example\nMAIL FROM:<a@x.example> | RCPT TO:<b@x.example> | DATA\n.\nQUIT\n"},
		{"one chunk", func(m *Mail) { m.Chunk = -1 }, lines("CHUNKING, PIPELINING"),
			"EHLO c.example\nMAIL FROM:<a@x.example> | RCPT TO:<b@x.example>\nBDAT 10 LAST [10 octets from 0]\nQUIT\n"},
		{"three chunks", func(m *Mail) { m.Chunk = 4 }, lines("CHUNKING"),
			"EHLO c.example\nMAIL FROM:<a@x.example>\nRCPT TO:<b@x.example>\nBDAT 4 [4 octets from 0]\nBDAT 4 [4 octets from 4]\nBDAT 2 LAST [2 octets from 8]\nQUIT\n"},
		{"no content in a chunk", func(m *Mail) { m.Chunk, m.Content = -1, nil }, lines("CHUNKING"),
			"EHLO c.example\nMAIL FROM:<a@x.example>\nRCPT TO:<b@x.example>\nBDAT 0 LAST\nQUIT\n"},
		{"a chunk is refused, another letter follows", func(m *Mail) { m.Chunk = 4; two(m) }, with(lines("CHUNKING"), "BDAT 4", "552 too big"),
			"EHLO c.example\nMAIL FROM:<a@x.example>\nRCPT TO:<b@x.example>\nBDAT 4 [4 octets from 0]\nRSET\nMAIL FROM:<c@x.example>\nRCPT TO:<d@x.example>\nBDAT 4 [4 octets from 0]\nQUIT\n"},
		{"chunks that were not offered", func(m *Mail) { m.Chunk = 4 }, lines("SIZE"),
			"EHLO c.example\nMAIL FROM:<a@x.example> SIZE=10\nRCPT TO:<b@x.example>\nBDAT 4 [4 octets from 0]\nQUIT\nQUIT\n"}, // the server reads xxxxQUIT first
		{"two letters, RSET between", func(m *Mail) { two(m); m.Rset = true }, nil,
			"EHLO c.example\nMAIL FROM:<a@x.example>\nRCPT TO:<b@x.example>\nDATA\n[content]\nRSET\nMAIL FROM:<c@x.example>\nRCPT TO:<d@x.example>\nDATA\n[content]\nQUIT\n"},
		{"the first of two is refused", two, map[string]string{"MAIL FROM:<a": "550 no"},
			"EHLO c.example\nMAIL FROM:<a@x.example>\nMAIL FROM:<c@x.example>\nRCPT TO:<d@x.example>\nDATA\n[content]\nQUIT\n"},
		{"nobody takes the first of two", two, map[string]string{"RCPT TO:<b": "450 later"},
			"EHLO c.example\nMAIL FROM:<a@x.example>\nRCPT TO:<b@x.example>\nRSET\nMAIL FROM:<c@x.example>\nRCPT TO:<d@x.example>\nDATA\n[content]\nQUIT\n"},
		{"parameters", func(m *Mail) {
			m.From.Params = []Param{{"RET", "HDRS"}, {"SIZE", "1"}}
			m.To[0].Params = []Param{{"NOTIFY", "NEVER"}}
		}, lines("SIZE, DSN"),
			"EHLO c.example\nMAIL FROM:<a@x.example> RET=HDRS SIZE=1\nRCPT TO:<b@x.example> NOTIFY=NEVER\nDATA\n[content]\nQUIT\n"},
		{"not for ASCII alone", func(m *Mail) { m.To = To("b\u00f6b@x.example") }, lines("SMTPUTF8, SIZE"),
			"EHLO c.example\nMAIL FROM:<a@x.example> SIZE=10 SMTPUTF8\nRCPT TO:<b\u00f6b@x.example>\nDATA\n[content]\nQUIT\n"},
		{"an offer that is not to count", func(m *Mail) { m.Ignore = []string{"size"} }, lines("SIZE"),
			"EHLO c.example\nMAIL FROM:<a@x.example>\nRCPT TO:<b@x.example>\nDATA\n[content]\nQUIT\n"},
		{"HELO alone", func(m *Mail) { m.Hello = "HELO" }, map[string]string{"HELO": "500 what"},
			"HELO c.example\nQUIT\n"},
		{"XCLIENT starts again, XFORWARD does not", func(m *Mail) {
			m.XClient, m.XForward = []Param{{"NAME", "a b"}}, []Param{{"ADDR", "192.0.2.1"}}
		}, nil,
			"EHLO c.example\nXCLIENT NAME=a+20b\nEHLO c.example\nXFORWARD ADDR=192.0.2.1\nMAIL FROM:<a@x.example>\nRCPT TO:<b@x.example>\nDATA\n[content]\nQUIT\n"},
		{"XCLIENT refused", func(m *Mail) { m.XClient = []Param{{"NAME", "x"}} }, map[string]string{"XCLIENT": "550 no"},
			"EHLO c.example\nXCLIENT NAME=x\nQUIT\n"},
		{"asides", func(m *Mail) { m.Asides = []Aside{{StageHelo, "NOOP"}, {StageRcpt, "VRFY b"}, {StageContent, "HELP"}} }, nil,
			"EHLO c.example\nNOOP\nMAIL FROM:<a@x.example>\nRCPT TO:<b@x.example>\nVRFY b\nDATA\n[content]\nHELP\nQUIT\n"},
		{"asides in every transaction", func(m *Mail) {
			m.Asides = []Aside{{StageHelo, "NOOP"}, {StageMail, "VRFY a"}, {StageContent, "HELP"}}
			m.More, m.Rset = []Letter{m.Letter}, true
		}, nil,
			"EHLO c.example\nNOOP\nMAIL FROM:<a@x.example>\nVRFY a\nRCPT TO:<b@x.example>\nDATA\n[content]\nHELP\n" +
				"RSET\nMAIL FROM:<a@x.example>\nVRFY a\nRCPT TO:<b@x.example>\nDATA\n[content]\nHELP\nQUIT\n"},
		{"an aside between chunks", func(m *Mail) { m.Asides, m.Chunk = []Aside{{StageData, "NOOP"}}, 5 }, lines("CHUNKING"),
			"EHLO c.example\nMAIL FROM:<a@x.example>\nRCPT TO:<b@x.example>\nBDAT 5 [5 octets from 0]\nNOOP\nBDAT 5 LAST [5 octets from 5]\nQUIT\n"},
		{"drop before the reply to the last chunk", func(m *Mail) { m.Stop.DropSent, m.Chunk = StageContent, 4 }, lines("CHUNKING"),
			"EHLO c.example\nMAIL FROM:<a@x.example>\nRCPT TO:<b@x.example>\nBDAT 4 [4 octets from 0]\nBDAT 4 [4 octets from 4]\nBDAT 2 LAST [2 octets from 8]\n(hang up without QUIT, as asked)\n"},
		{"drop before the reply to the first chunk", func(m *Mail) { m.Stop.DropSent, m.Chunk = StageData, 4 }, lines("CHUNKING"),
			"EHLO c.example\nMAIL FROM:<a@x.example>\nRCPT TO:<b@x.example>\nBDAT 4 [4 octets from 0]\n(hang up without QUIT, as asked)\n"},
		{"of two letters the last is cut short", func(m *Mail) { m.Stop.After, m.More = StageRcpt, []Letter{m.Letter} }, nil,
			"EHLO c.example\nMAIL FROM:<a@x.example>\nRCPT TO:<b@x.example>\nDATA\n[content]\nMAIL FROM:<a@x.example>\nRCPT TO:<b@x.example>\nQUIT\n"},
		{"drop in the last letter", func(m *Mail) { m.Stop.DropSent, m.More = StageContent, []Letter{m.Letter} }, nil,
			"EHLO c.example\nMAIL FROM:<a@x.example>\nRCPT TO:<b@x.example>\nDATA\n[content]\n" +
				"MAIL FROM:<a@x.example>\nRCPT TO:<b@x.example>\nDATA\n[content]\n(hang up without QUIT, as asked)\n"},
		{"stop before the beginning", func(m *Mail) { m.Stop.Before = StageConnect }, nil, ""},
		{"stop before the greeting", func(m *Mail) { m.Stop.Before = StageGreeting }, nil, "(hang up without QUIT, as asked)\n"},
		{"stop after the greeting", func(m *Mail) { m.Stop.After = StageGreeting }, nil, "QUIT\n"},
		{"stop after helo means the last one", func(m *Mail) { m.Stop.After, m.TLS = StageHelo, TLSAuto }, lines("STARTTLS"),
			"EHLO c.example\nSTARTTLS\n(TLS)\nEHLO c.example\nQUIT\n"},
		{"stop after the first helo", func(m *Mail) { m.Stop.After, m.TLS = StageFirstHelo, TLSAuto }, lines("STARTTLS"),
			"EHLO c.example\nQUIT\n"},
		{"stop after TLS", func(m *Mail) { m.Stop.After, m.TLS = StageTLS, TLSAuto }, lines("STARTTLS"),
			"EHLO c.example\nSTARTTLS\n(TLS)\nQUIT\n"},
		{"stop before rcpt", func(m *Mail) { m.Stop.Before = StageRcpt }, nil,
			"EHLO c.example\nMAIL FROM:<a@x.example>\nQUIT\n"},
		{"a QUIT behind 354 would be content", func(m *Mail) { m.Stop.After = StageData }, nil,
			"EHLO c.example\nMAIL FROM:<a@x.example>\nRCPT TO:<b@x.example>\nDATA\n(stop here, as asked)\n"},
		{"no QUIT", func(m *Mail) { m.Stop.Before = StageQuit }, nil,
			"EHLO c.example\nMAIL FROM:<a@x.example>\nRCPT TO:<b@x.example>\nDATA\n[content]\n(stop here, as asked)\n"},
		{"drop after a reply", func(m *Mail) { m.Stop.Drop = StageMail }, nil,
			"EHLO c.example\nMAIL FROM:<a@x.example>\n(hang up without QUIT, as asked)\n"},
		{"drop before a reply", func(m *Mail) { m.Stop.DropSent = StageContent }, nil,
			"EHLO c.example\nMAIL FROM:<a@x.example>\nRCPT TO:<b@x.example>\nDATA\n[content]\n(hang up without QUIT, as asked)\n"},
		{"drop before the greeting", func(m *Mail) { m.Stop.DropSent = StageConnect }, nil, "(hang up without QUIT, as asked)\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := Mail{Target: Target{Practice: "default"}, Helo: "c.example", Letter: Letter{
				From: Envelope{Path: "a@x.example"}, To: To("b@x.example"), Content: BytesContent([]byte("x\r\n\r\nabc\r\n")),
			}}
			if c.change != nil {
				c.change(&m)
			}
			if got := talk(m, c.replies); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

func TestPersonBeginsALetterAgain(t *testing.T) {
	m := mailTo("b@x.example")
	s := State{}
	for _, st := range Forecast(s, m, 4) { // connect, EHLO, MAIL, RCPT
		s = Hoped(s, st)
	}
	s = Hoped(s, Line("RSET"))
	if st, _ := m.Next(s); !bytes.HasPrefix(st.Bytes, []byte("MAIL")) {
		t.Errorf("after RSET by hand: %s", st)
	}
}

// TestPersonGivesARecipient: the server has it, and the plan does not give it
// once more.
func TestPersonGivesARecipient(t *testing.T) {
	m := mailTo("b@x.example", "c@x.example", "d@x.example")
	s := State{}
	for _, st := range Forecast(s, m, 3) { // connect, EHLO, MAIL
		s = Hoped(s, st)
	}
	s = Hoped(s, Line("RCPT TO:<c@x.example>"))
	s = Hoped(s, Line("RCPT TO:<other@x.example>"))
	var next []string
	for _, st := range Forecast(s, m, 3) {
		next = append(next, strings.TrimSpace(string(st.Bytes)))
	}
	if got := strings.Join(next, ", "); got != "RCPT TO:<b@x.example>, RCPT TO:<d@x.example>, DATA" {
		t.Error(got)
	}
	s = s.Apply(Event{Seq: s.Seq + 1, Kind: Sent, Data: []byte("RCPT TO:<b@x.example>\r\n")}).Apply(Event{Seq: s.Seq + 2, Kind: Received, Data: []byte("450 busy\r\n")})
	if st, _ := m.Next(s); string(st.Bytes) != "RCPT TO:<b@x.example>\r\n" {
		t.Errorf("one that was not taken is given by the plan: %s", st)
	}
}

// TestPersonMistypes: a line that was wrong in its form or its moment leaves
// the plan as it was.
func TestPersonMistypes(t *testing.T) {
	m := mailTo("b@x.example")
	for _, c := range []struct {
		done        int // steps of the plan
		typed, code string
		next        string // verbs of the plan
	}{
		{1, "EHLO", "501", "EHLO"}, {1, "HELO", "501", "EHLO"}, {1, "EHLO", "502", "HELO"},
		{2, "MAIL FROM:a", "501", "MAIL"}, {3, "DATA", "503", "RCPT DATA"}, {4, "DATA now", "501", "DATA"}, {4, "DATA", "451", "QUIT"}, {4, "QUIT now", "501", "DATA"},
	} {
		s := State{}
		for _, st := range Forecast(s, m, c.done) {
			s = Hoped(s, st)
		}
		for _, e := range []Event{{Kind: Sent, Data: []byte(c.typed + "\r\n")}, {Kind: Received, Data: []byte(c.code + " no\r\n")}} {
			s = s.Apply(e)
		}
		var verbs []string
		for _, st := range Forecast(s, m, strings.Count(c.next, " ")+1) {
			verbs = append(verbs, ParseCommand(st.Bytes).Verb)
		}
		if got := strings.Join(verbs, " "); got != c.next {
			t.Errorf("%s, %s: then %s, want %s", c.typed, c.code, got, c.next)
		}
	}
}

func TestChunksAreTheContent(t *testing.T) {
	for _, text := range []string{"a\r\n.b\r\n", "local\n.text\nno end", "", "\x00\xff\r", "x\n"} {
		for _, binary := range []bool{false, true} {
			c := &Content{Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }, Binary: binary}
			if err := c.Measure(); err != nil {
				t.Fatal(err)
			}
			want := text
			if !binary {
				w := stuffer{undoubled: true}
				want = string(w.lastLine(w.append(nil, []byte(text))))
			}
			for size := int64(1); size < 5; size++ {
				var got []byte
				var p supply
				for at := int64(0); at < c.Octets; at += size {
					r, err := p.at(c, at)
					if err != nil {
						t.Fatal(err)
					}
					buf := make([]byte, min(size, c.Octets-at))
					if _, err := io.ReadFull(r, buf); err != nil {
						t.Fatalf("%q at %d of %d: %v", text, at, c.Octets, err)
					}
					p.took(int64(len(buf)))
					got = append(got, buf...)
				}
				if string(got) != want || p.r != nil {
					t.Errorf("%q in chunks of %d: %q, want %q; open: %t", text, size, got, want, p.r != nil)
				}
			}
		}
	}
}

// TestStatesShareRecipients: states that go on from the same one do not see
// each other's recipients.
func TestStatesShareRecipients(t *testing.T) {
	take := func(s State, path string) State { return Hoped(s, Line("RCPT TO:<"+path+">")) }
	s := Hoped(State{Phase: Ready, Open: true}, Line("MAIL FROM:<a@x.example>"))
	for i := range 5 {
		s = take(s, fmt.Sprintf("%d@x.example", i))
	}
	one, two := take(s, "one@x.example"), take(s, "two@x.example")
	one, two = take(one, "more@x.example"), take(two, "other@x.example")
	var got []string
	for _, st := range []State{s, one, two} {
		for _, r := range st.Recipients[min(5, len(st.Recipients)):] {
			got = append(got, r.Path)
		}
	}
	if want := "one@x.example more@x.example two@x.example other@x.example"; strings.Join(got, " ") != want || len(s.Recipients) != 5 {
		t.Errorf("%q, want %q", got, want)
	}
}
