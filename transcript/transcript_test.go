package transcript

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
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
	data, vars := w.conceal(e)
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
		if !reflect.DeepEqual(before, after) {
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
			add(session.Event{Kind: session.Secured, Facts: randomFacts(r)})
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

func randomFacts(r *rand.Rand) []session.Fact {
	var facts []session.Fact
	for range r.IntN(30) {
		value := randomLine(r)
		facts = append(facts, session.Fact{Key: []string{"host", "addr", "from"}[r.IntN(3)], Value: string(value[:min(len(value), maxValue)])})
	}
	return facts
}

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

// TestDamage: everything around a damaged line stays usable.
func TestDamage(t *testing.T) {
	tr, err := Parse("d.smtp", strings.NewReader("= smtp-transcript 1\nS: 220 a\nC& what\nC: QUIT\n"))
	var syntax *SyntaxError
	if !errors.As(err, &syntax) || syntax.Line != 3 {
		t.Fatal(err)
	}
	if err.Error() != "d.smtp:3:2: unknown operator behind C" {
		t.Error(err)
	}
	if n := len(tr.Events()); n != 3 {
		t.Errorf("%d events", n)
	}
}

func TestRefused(t *testing.T) {
	for line, want := range map[string]string{
		"S: a\x1b[2J":                  `the octet \x1b must be written as an escape`,
		"S: \xff":                      `the octet \xff`,
		"S: a\u202eb":                  `the octet \xe2`,
		`S"a`:                          "the quote is not closed",
		`S"a"b"`:                       `must be written as \"`,
		`S"\q"`:                        `unknown escape \q`,
		`S"\x1"`:                       "two hexadecimal digits",
		"S64 ab!":                      "no base64",
		"S65 ab":                       "unknown operator",
		"C> ${a b}":                    "no name of a variable",
		"C@ ../../etc/passwd length=1": "leaves the folder",
		"C@ /etc/passwd length=1":      "leaves the folder",
		`C@ a\\b length=1`:             "leaves the folder",
		"C@ x length=-1":               "no number of octets",
		`C* 99999999 "abc"`:            "more than 1048576 octets",
		"+1":                           "expected + and seconds",
		"+ -1":                         "no number of seconds",
		"+ 99999999999":                "no number of seconds",
		"+ 1 step=x":                   "step",
		"= smtp-transcript 2":          "version",
		"=":                            "expected a blank and a key",
		"= closed by":                  "expected key=value",
		"S? ${a:/(/}":                  "missing closing )",
		"S? ":                          "pattern is empty",
		"hello":                        "no line of a transcript",
		strings.Repeat("x", 70000):     "longer than 64 KiB",
	} {
		_, err := Parse("r.smtp", strings.NewReader("= smtp-transcript 1\n"+line+"\n"))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "r.smtp:2:") {
			t.Errorf("%.40q: %v, want %q", line, err, want)
		}
	}
}

// TestTolerated: the same file after an editor, a mail, or another system.
func TestTolerated(t *testing.T) {
	for _, name := range conversations {
		file, err := os.ReadFile(filepath.Join("testdata", name+".smtp"))
		if err != nil {
			t.Fatal(err)
		}
		want := parse(t, string(file)).Events()
		indented := "    " + strings.ReplaceAll(strings.TrimSpace(string(file)), "\n", "\n    ")
		for what, text := range map[string]string{
			"CRLF": strings.ReplaceAll(string(file), "\n", "\r\n"), "BOM": "\ufeff" + string(file),
			"no last line end": strings.TrimSuffix(string(file), "\n"), "unknown facts": string(file) + "= invented by=nobody\n@ dance\n",
			"indented": indented,
		} {
			if what == "indented" && strings.HasPrefix(string(file), header) {
				continue // what has a header is not pasted
			}
			if got := parse(t, text).Events(); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s: events differ", name, what)
			}
		}
	}
}

func TestUnknownKept(t *testing.T) {
	const file = "= smtp-transcript 1\n= recorded by=test\n# hello\n\n= invented by=nobody\n@ dance now\nS? 2xx *\nC* 3 \"ab\\r\\n\"\n"
	var b bytes.Buffer
	if err := parse(t, file).Format(&b); err != nil || b.String() != file {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// TestDialogues: who is responsible at the end of the dialogues of RFC 5321,
// appendix D, and for whom.
func TestDialogues(t *testing.T) {
	for _, c := range []struct {
		name        string
		responsible session.Party
		accepted    int
		forward     string
		refused     int
	}{
		{"rfc5321-d1", session.Server, 1, "Jones@foo.com Brown@foo.com", 1},
		{"rfc5321-d2", session.Client, 0, "Jones@foo.com", 1},
		{"rfc5321-d3a", session.Server, 1, "Jones@XYZ.COM", 0},
		{"rfc5321-d3b", session.Server, 1, "Jones@XYZ.COM", 0},
		{"rfc5321-d4", session.Server, 1, "Admin.MRC@foo.com", 0},
	} {
		tr := readFile(t, c.name)
		s := tr.State(len(tr.Events()))
		if s.Responsible != c.responsible || s.Accepted != c.accepted || s.Unasked > 0 || s.Finished == nil {
			t.Errorf("%s: responsible %s, accepted %d, unasked %d", c.name, s.Responsible, s.Accepted, s.Unasked)
			continue
		}
		var forward []string
		for _, r := range s.Finished.Recipients {
			if r.Taken() {
				forward = append(forward, r.Path)
			}
		}
		if got := strings.Join(forward, " "); got != c.forward || len(s.Finished.Recipients)-len(forward) != c.refused {
			t.Errorf("%s: forward-path %s", c.name, got)
		}
	}
}

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
		if b.Name, b.Offset, b.Sum, err = r.Bulk(body); err != nil || b.Offset != at || b.Name != "a b.smtp.d/0001" {
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

// TestNoSecret: neither the octets of a secret nor how many there were.
func TestNoSecret(t *testing.T) {
	var files []string
	for _, secret := range []string{"AGFsaWNlAHdvbmRlcmxhbmQ=", "AGE="} {
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
	f.Add([]byte("C* 1000000 \"a\"\nS@ x length=5\n= more a=b\n= gap octets=3\nC? MAIL *\n= session 2\n@ connect\n@ wait 3\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		tr, err := Parse("f", bytes.NewReader(file))
		var s session.State
		for i, e := range tr.Events() {
			if e.Seq != i+1 || tr.Line(e.Seq) == 0 {
				t.Fatalf("event %d: %+v", i, e)
			}
			s = s.Apply(e)
		}
		newScript(tr)
		if err != nil {
			return
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
