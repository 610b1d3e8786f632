package outbox

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

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
		messages := bytes.Count(whole[:bytes.LastIndexByte(whole[:n], '\n')+1], []byte("\tfiles\t"))
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
	change(4, "attempts", func(n string) error { return errors.Join(os.RemoveAll(n), os.WriteFile(n, nil, 0o600)) }) // a file where a folder should be
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

// TestEdited: what was added is what is sent. Whoever has changed it since, by
// hand, is told.
func TestEdited(t *testing.T) {
	for name, text := range map[string]string{"longer": small + "One more line.\r\n", "as long": strings.Replace(small, "small", "SMALL", 1)} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, practices)
			var told []string
			o.spool.opts.Tell = func(x Trouble) { told = append(told, x.String()) }
			id := o.add(at("practice", "bob@test.example"))
			file := o.spool.ContentFile(id)
			later := o.clock.Now().Add(time.Minute)
			if err := errors.Join(os.WriteFile(file, []byte(text), 0o600), os.Chtimes(file, later, later)); err != nil {
				t.Fatal(err)
			}
			o.pass()
			if p, _ := os.ReadFile(o.spool.AttemptFile(id, 1)); o.fates(id) != "accepted" || !strings.Contains(string(p), "C: Subject: small\n") {
				t.Errorf("%s:\n%s", o.fates(id), p)
			}
			if len(told) != 1 || !strings.Contains(told[0], "was not as it was added") {
				t.Errorf("told %q", told)
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
