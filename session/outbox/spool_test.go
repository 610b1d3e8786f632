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
		if e, err := readEnvelope(filepath.Join(s.folder(id), "envelope")); err != nil || e.ID != id {
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

// TestCutJournal cuts the journal at every octet, as a power cut may, and says
// that what was whole is there, and only that.
func TestCutJournal(t *testing.T) {
	s := open(t)
	list := add(t, s, 3)
	if err := s.Hold(list[1], "for a reason"); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(journalName(s.dir, 1))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "outbox")
	for n := range whole {
		os.RemoveAll(dir)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(journalName(dir, 1), whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		c, told := troubles(t, dir)
		messages := bytes.Count(whole[:bytes.LastIndexByte(whole[:n], '\n')+1], []byte("\tmessage\t"))
		if got, want := len(ids(t, c)), messages; got != want || told() != "" {
			t.Fatalf("cut at %d: %d messages, want %d; %s", n, got, want, told())
		}
		if n%29 == 0 {
			add(t, c, 1)
		}
		if told() != "" {
			t.Fatalf("cut at %d: then %s", n, told())
		}
		c.Close()
	}
}

// TestDamagedJournal turns octets of the journal over: the line is named, the
// message that it spoke of is held, and all others go on.
func TestDamagedJournal(t *testing.T) {
	o := newOffice(t, practices)
	var list []string
	for range 3 {
		list = append(list, o.add(at("practice:mailbox-busy", "bob@test.example")))
	}
	o.pass()
	name := journalName(o.spool.dir, 1)
	p, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(p, []byte("\n"))
	hurt := -1
	for i, l := range lines {
		if bytes.Contains(l, []byte(list[1])) && bytes.Contains(l, []byte("\tend\t")) {
			hurt = i
			l[len(l)-5] ^= 0x20
		}
	}
	if err := os.WriteFile(name, bytes.Join(lines, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	s, told := troubles(t, o.spool.dir)
	held := 0
	if err := s.Each(func(m *Message) bool {
		if (m.Held != "") != (m.ID == list[1]) {
			t.Errorf("%s: held %q", m.ID, m.Held)
		}
		held++
		return true
	}); err != nil || held != 3 {
		t.Fatal(held, err)
	}
	if want := fmt.Sprintf("journal.1:%d: ", hurt+1); !strings.Contains(told(), want) {
		t.Errorf("told %q, want %q", told(), want)
	}
	if err := s.compact(0); err != nil {
		t.Fatal(err)
	}
	again, later := troubles(t, o.spool.dir)
	if got := ids(t, again); len(got) != 3 || later() != "" {
		t.Errorf("after it was made short: %q, %s", got, later())
	}
	if m, _ := again.Find(list[1]); m.Held == "" {
		t.Error("the damage is forgotten")
	}
	if p, _ := os.ReadFile(filepath.Join(s.dir, "damaged")); !bytes.Contains(p, []byte(list[1])) {
		t.Errorf("the line is lost: %s", p)
	}
}

func TestDamagedMessages(t *testing.T) {
	o := newOffice(t, practices)
	var list []string
	for range 6 {
		list = append(list, o.add(at("practice", "bob@test.example")))
	}
	if err := o.spool.compact(0); err != nil { // what the journal carries would be written again
		t.Fatal(err)
	}
	dir := o.spool.dir
	change := func(i int, name string, do func(string) error) {
		if err := do(filepath.Join(o.spool.folder(list[i]), name)); err != nil {
			t.Fatal(err)
		}
	}
	change(0, "envelope", func(n string) error { return os.WriteFile(n, []byte("junk"), 0o600) })
	change(1, "content", os.Remove)
	change(2, "content", func(n string) error { return os.Truncate(n, 10) })
	change(3, "envelope", func(n string) error { return errors.Join(os.Remove(n), os.Mkdir(n, 0o700)) })
	change(4, "attempts", func(n string) error { return errors.Join(os.Remove(n), os.WriteFile(n, nil, 0o600)) }) // a file where a folder should be
	for name, text := range map[string]string{"stranger": "x", "mail/odd": "a file", "index.new": "junk"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "mail", "odder", "not an id"), 0o700); err != nil {
		t.Fatal(err)
	}
	o.pass()
	for i, want := range []string{"waiting", "waiting", "waiting", "waiting", "accepted", "accepted"} {
		if got := o.fates(list[i]); got != want {
			t.Errorf("message %d is %s, want %s: %+v", i, got, want, o.find(list[i]))
		}
	}
	for _, i := range []int{1, 2} {
		if names := o.spool.Attempts(list[i]); len(names) > 0 {
			t.Errorf("nothing was tried, and there is %q", names)
		}
	}
	var found []string
	s, _ := troubles(t, dir)
	if err := s.Check(t.Context(), CheckOptions{Contents: true}, func(x Trouble) { found = append(found, x.String()) }); err != nil {
		t.Fatal(err)
	}
	all := strings.Join(found, "\n")
	for _, want := range []string{list[0] + "/envelope: ", list[1] + "/content: ", list[2] + "/content: has changed", list[3] + "/envelope: ", "stranger: is no part", "mail/odd: ", "not an id: is no message", "index.new: "} {
		if !strings.Contains(all, want) {
			t.Errorf("the check lacks %q:\n%s", want, all)
		}
	}
}

// TestMended: what a power cut takes of files that were never synced, the
// journal has; they are written again when they are needed, or before the
// journal is made short.
func TestMended(t *testing.T) {
	for name, need := range map[string]func(o *office) error{
		"sending": func(o *office) error { return nil },
		"compact": func(o *office) error { return o.spool.compact(0) },
		"envelope": func(o *office) error {
			return o.spool.Each(func(m *Message) bool { _, _ = o.spool.Envelope(m.ID); return true })
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, practices)
			var list []string
			for range 5 {
				list = append(list, o.add(at("practice", "bob@test.example")))
			}
			folder := func(i int) string { return o.spool.folder(list[i]) }
			if err := errors.Join(
				os.RemoveAll(folder(0)),
				os.Truncate(filepath.Join(folder(1), "content"), 0),
				os.WriteFile(filepath.Join(folder(2), "content"), make([]byte, len(small)), 0o600),
				os.Truncate(filepath.Join(folder(3), "envelope"), 20),
				os.RemoveAll(filepath.Dir(folder(4))),
				need(o),
			); err != nil {
				t.Fatal(err)
			}
			o.pass()
			for i, id := range list {
				if got := o.fates(id); got != "accepted" {
					t.Errorf("message %d is %s: %+v", i, got, o.find(id))
				}
				e, err := o.spool.Envelope(id)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := o.spool.Content(e); err != nil {
					t.Errorf("message %d: %v", i, err)
				}
				if p, _ := os.ReadFile(o.spool.ContentFile(id)); string(p) != small {
					t.Errorf("message %d: %q", i, p)
				}
			}
		})
	}
}

// TestJournalKeepsCarrying: where a file cannot be written the next journal
// carries it on.
func TestJournalKeepsCarrying(t *testing.T) {
	o := newOffice(t, practices)
	id := o.add(at("practice", "bob@test.example"))
	content := o.spool.ContentFile(id)
	if err := errors.Join(os.Remove(content), os.MkdirAll(filepath.Join(content, "foreign"), 0o700), o.spool.compact(0), o.spool.compact(0)); err != nil {
		t.Fatal(err)
	}
	if o.pass(); o.fates(id) != "accepted" {
		t.Errorf("%+v", o.find(id))
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

// TestDamagedIndex: the index is no file, or its first line is not what it was;
// what else there is goes on, and nothing is written over it.
func TestDamagedIndex(t *testing.T) {
	for name, hurt := range map[string]func(string) error{
		"head": func(n string) error {
			f, err := os.OpenFile(n, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteString("XXXX")
			return errors.Join(err, f.Close())
		},
		"folder": func(n string) error { return errors.Join(os.Rename(n, n+".old"), os.Mkdir(n, 0o700)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			before := add(t, s, 2)
			if err := s.compact(0); err != nil {
				t.Fatal(err)
			}
			after := add(t, s, 2)
			s.Close()
			if err := hurt(filepath.Join(s.dir, "index")); err != nil {
				t.Fatal(err)
			}
			again, told := troubles(t, s.dir)
			want := after
			if name == "head" {
				want = append(before, after...)
			}
			slices.Sort(want)
			if got := ids(t, again); !slices.Equal(got, want) || !strings.Contains(told(), "index") {
				t.Errorf("%q, want %q; told %s", got, want, told())
			}
			if name == "folder" {
				if err := again.compact(-maxJournal); err == nil {
					t.Error("an index that cannot be read was written over")
				}
			}
			add(t, again, 1)
		})
	}
}

// TestLostIndex takes messages back whose records are gone.
func TestLostIndex(t *testing.T) {
	s := open(t)
	list := add(t, s, 2)
	if err := s.compact(0); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if err := os.Remove(filepath.Join(s.dir, "index")); err != nil {
		t.Fatal(err)
	}
	again, _ := troubles(t, s.dir)
	later := again.opts.Now().Add(2 * unfinished)
	again.opts.Now = func() time.Time { return later }
	n := 0
	if err := again.Check(t.Context(), CheckOptions{Repair: true}, func(Trouble) { n++ }); err != nil {
		t.Fatal(err)
	}
	if got := ids(t, again); !slices.Equal(got, list) {
		t.Errorf("%q, want %q", got, list)
	}
	if m, _ := again.Find(list[0]); m == nil || m.Held == "" {
		t.Errorf("not held: %+v", m)
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
	held.Close()
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
