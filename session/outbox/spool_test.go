package outbox

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ehlo/session"
)

// troubles opens a spool again and gathers what is told of it.
func troubles(t *testing.T, dir string) (*Spool, func() string) {
	t.Helper()
	var mu sync.Mutex
	var told []string
	s, err := Open(dir, Options{Tell: func(x Trouble) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, x.String())
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, func() string {
		mu.Lock()
		defer mu.Unlock()
		return strings.Join(told, "\n")
	}
}

func ids(t *testing.T, s *Spool) []string {
	t.Helper()
	var list []string
	if err := s.Each(func(m *Message) bool { list = append(list, m.ID); return true }); err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

func add(t *testing.T, s *Spool, n int) []string {
	t.Helper()
	var list []string
	for i := range n {
		id, err := s.Add(to(fmt.Sprintf("r%d@test.example", i)), session.BytesContent([]byte(small)))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, id)
	}
	slices.Sort(list)
	return list
}

func TestEnvelopeRoundTrip(t *testing.T) {
	s := open(t)
	e := Envelope{
		From:   session.Envelope{Path: "\"a b\"@test.example", Params: []session.Param{{Key: "RET", Value: "HDRS"}, {Key: "X"}}},
		To:     []session.Envelope{{Path: "josé@test.example", Params: []session.Param{{Key: "NOTIFY", Value: "NEVER"}}}},
		Target: "pipe:sendmail -bs\ttab", UTF8: true, Settings: []string{"--helo=a\nb\\c"},
	}
	id, err := s.Add(e, session.BytesContent([]byte("x\r\n\x00\xff")))
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Envelope(id)
	if err != nil {
		t.Fatal(err)
	}
	if got.From.Arg("FROM") != e.From.Arg("FROM") || got.To[0].Arg("TO") != e.To[0].Arg("TO") || got.Target != e.Target ||
		got.Settings[0] != e.Settings[0] || !got.UTF8 || !got.Content.NUL || !got.Content.EightBit {
		t.Errorf("%+v", got)
	}
	for _, bad := range []string{"a\r\nDATA", "", "a>b@c"} {
		if _, err := s.Add(to(bad), session.BytesContent(nil)); err == nil {
			t.Errorf("%q was added", bad)
		}
	}
}

// TestSameID: two messages of one millisecond that chance gives the same ID do
// not share a folder.
func TestSameID(t *testing.T) {
	now := time.Now()
	s, err := Open(filepath.Join(t.TempDir(), "outbox"), Options{
		Now: func() time.Time { return now }, Random: strings.NewReader("12345" + "12345" + "67890" + "12345"),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	list := add(t, s, 2)
	if _, err := s.Add(to("bob@test.example"), session.BytesContent(nil)); err == nil {
		t.Error("added without an ID of its own")
	}
	if got := ids(t, s); len(got) != 2 || got[0] == got[1] {
		t.Errorf("%q", got)
	}
	for _, id := range list {
		if e, err := readEnvelope(folderAt(s.folder(id))); err != nil || e.ID != id {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestFilesAreNobodyElses(t *testing.T) {
	s := open(t)
	add(t, s, 1)
	_ = s.compact(0)
	if err := filepath.WalkDir(s.dir, func(name string, d os.DirEntry, err error) error {
		info, _ := d.Info()
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// TestFind finds each message by its ID, in a long index and behind it, and in
// an index that does not go by ID.
func TestFind(t *testing.T) {
	s, told := troubles(t, filepath.Join(t.TempDir(), "outbox"))
	fill(t, s, 1000, 3)
	late := add(t, s, 3)
	early, err := s.Add(Envelope{ID: "00", To: session.To("bob@test.example")}, session.BytesContent([]byte(small)))
	if err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		var all []string
		if err := s.Each(func(m *Message) bool { all = append(all, m.ID); return true }); err != nil || len(all) != 1004 || !slices.IsSorted(all) {
			t.Fatalf("round %d: %d %v", round, len(all), err)
		}
		for _, id := range append(all, late[0], early) {
			if m, err := s.Find(id); err != nil || m.ID != id {
				t.Fatalf("round %d: %s: %v", round, id, err)
			}
		}
		for _, id := range []string{"0", "zzz", all[5] + "-1", "\n", ""} {
			if _, err := s.Find(id); !errors.Is(err, ErrNoMessage) {
				t.Errorf("%q: %v", id, err)
			}
		}
		if err := s.compact(0); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(s.dir, "index")
	p, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(p, []byte("\n"))
	slices.Reverse(lines[1 : len(lines)-1])
	if err := os.WriteFile(name, bytes.Join(lines, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids(t, s) {
		if m, err := s.Find(id); err != nil || m.ID != id {
			t.Fatalf("the wrong way round: %s: %v", id, err)
		}
	}
	if told() != "" {
		t.Errorf("told: %s", told())
	}
	if err := errors.Join(s.Drop(ids(t, s)[500]), s.Drop(late[1])); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Find(late[1]); !errors.Is(err, ErrNoMessage) {
		t.Error("found after it was dropped")
	}
}

// TestBusy leaves a message alone that somebody else is trying.
func TestBusy(t *testing.T) {
	o := newOffice(t, practices)
	id := o.add(at("practice", "bob@test.example"))
	held, err := o.spool.lockMessage(id)
	if err != nil {
		t.Fatal(err)
	}
	if sum := o.pass(); sum.Busy != 1 || sum.Accepted != 0 {
		t.Errorf("%+v", sum)
	}
	if err := o.spool.Drop(id); !errors.Is(err, ErrBusy) {
		t.Errorf("dropped: %v", err)
	}
	held.close()
	if sum := o.pass(); sum.Accepted != 1 {
		t.Errorf("%+v", sum)
	}
}

// TestTwoProcesses has two spools on one folder, as two processes have: each
// sees what the other adds, also over the journal being made short, and one of
// them sends each message.
func TestTwoProcesses(t *testing.T) {
	o := newOffice(t, practices)
	other, _ := troubles(t, o.spool.dir)
	other.opts.Now = o.clock.Now
	for range 30 {
		o.add(at("practice", "bob@test.example"))
		if _, err := other.Add(at("practice", "bob@test.example"), session.BytesContent([]byte(small))); err != nil {
			t.Fatal(err)
		}
	}
	if err := other.compact(0); err != nil {
		t.Fatal(err)
	}
	o.add(at("practice", "bob@test.example"))
	var both sync.WaitGroup
	total := make([]Summary, 2)
	for i, s := range []*Spool{o.spool, other} {
		both.Go(func() {
			var err error
			if total[i], err = NewRunner(s, o.opts).Pass(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if n := total[0].Accepted + total[1].Accepted; n != 61 {
		t.Errorf("%d accepted, want 61: %+v", n, total)
	}
	for _, id := range ids(t, o.spool) {
		if m := o.find(id); m.Attempts != 1 || m.Recipients[0].Fate != Accepted {
			t.Errorf("%+v", m)
		}
	}
}

func FuzzRecord(f *testing.F) {
	f.Add([]byte("01jd\t1\tmessage\ta\t1\t\t\t0\t0\t\tb@x\t"))
	f.Add([]byte("01jd\t1\tend\t1\thost\t0-3\twaiting\t5\t450 x"))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, ok := parseRecord(body)
		if !ok {
			return
		}
		m := Message{ID: r.ID, Recipients: make([]Recipient, 3)}
		m.apply(r)
		line := r.line()
		again, good := whole(line[:len(line)-1])
		if !good {
			t.Fatalf("%q", line)
		}
		back, _ := parseRecord(again)
		if !slices.Equal(back.Fields, r.Fields) {
			t.Errorf("%q became %q", r.Fields, back.Fields)
		}
	})
}

// TestFirstAttempt: the file of the first attempt is there from the beginning,
// and counts for nothing until something is in it. What is in one that the
// journal does not know stays.
func TestFirstAttempt(t *testing.T) {
	o := newOffice(t, practices)
	list := []string{o.add(at("practice", "bob@test.example")), o.add(at("practice", "bob@test.example")), o.add(at("practice", "bob@test.example"))}
	if _, err := os.Stat(o.spool.AttemptFile(list[0], 1)); err != nil {
		t.Error(err)
	}
	if names := o.spool.Attempts(list[0]); len(names) != 0 {
		t.Errorf("nothing was tried, and there is %q", names)
	}
	if err := errors.Join(
		os.WriteFile(o.spool.AttemptFile(list[1], 1), []byte("cut off"), 0o600),
		os.RemoveAll(o.spool.attempts(list[2])),
	); err != nil {
		t.Fatal(err)
	}
	o.pass()
	for i, want := range []int{1, 2, 1} {
		m := o.find(list[i])
		if got := o.spool.Attempts(list[i]); m.Recipients[0].Attempt != want || len(got) != want || got[want-1] != o.spool.AttemptFile(list[i], want) {
			t.Errorf("message %d: %+v, %q", i, m.Recipients[0], got)
		}
	}
	if p, _ := os.ReadFile(o.spool.AttemptFile(list[1], 1)); string(p) != "cut off" {
		t.Errorf("what was left is %q", p)
	}
}

// TestFrom: a batch goes on where the last one was full, in the index and in
// what was added since.
func TestFrom(t *testing.T) {
	s := open(t)
	list := add(t, s, 40)
	if err := s.compact(0); err != nil {
		t.Fatal(err)
	}
	list = append(list, add(t, s, 10)...)
	slices.Sort(list)
	for i, from := range append(list, "0", "zz") {
		want := list
		if i = slices.Index(list, from); i >= 0 {
			want = list[i:]
		} else if from == "zz" {
			want = nil
		}
		var got []string
		f, err := s.followFrom(from, nil, func(m *Message) bool { got = append(got, m.ID); return true })
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("from %s: %v, %d messages, want %d", from, err, len(got), len(want))
		}
		f.close()
	}
}

// TestBatches: with batches of three recipients everything is tried once, what
// is added behind their backs, too.
func TestBatches(t *testing.T) {
	o := newOffice(t, practices)
	var list []string
	put := func() { list = append(list, o.add(at("practice", "bob@test.example", "nobody@test.example"))) }
	for range 8 {
		put()
	}
	if err := o.spool.compact(0); err != nil {
		t.Fatal(err)
	}
	busy := o.add(at("practice:mailbox-busy", "bob@test.example"))
	more := 3
	o.opts.Tell = func(h Happening) {
		o.mu.Lock()
		defer o.mu.Unlock()
		if h.Fate == Refused && more > 0 {
			more--
			put()
		}
	}
	r := NewRunner(o.spool, o.opts)
	r.most = 3
	sum, err := r.Pass(t.Context())
	if err != nil || sum.Accepted != len(list) || sum.Refused != len(list) || sum.Waiting != 1 || sum.Next.IsZero() {
		t.Errorf("%+v, %v", sum, err)
	}
	for _, id := range list {
		if got := o.fates(id); got != "accepted refused" {
			t.Errorf("%s: %s", id, got)
		}
	}
	if m := o.find(busy); m.Recipients[0].Tries != 1 {
		t.Errorf("%+v", m.Recipients[0])
	}
}
