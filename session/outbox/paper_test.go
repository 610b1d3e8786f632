package outbox

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestTornByAnother: a process is killed in the middle of a write while others
// live. What it wrote of a line counts for nothing, and spoils nothing of what
// they write next.
func TestTornByAnother(t *testing.T) {
	s, told := troubles(t, t.TempDir())
	list := add(t, s, 3) // the last of them with room behind it
	name := journalName(s.dir, 1)
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for round := range 3 {
		end, err := endOf(f)
		if err != nil {
			t.Fatal(err)
		}
		r := Record{ID: list[0], At: s.Now(), Kind: Held, Fields: []string{strings.Repeat("x", 100<<10)}}
		whole := Record{ID: list[1], At: s.Now(), Kind: Held, Fields: []string{fmt.Sprint(round)}}
		torn := append(whole.line(), r.line()...)
		if _, err := f.WriteAt(torn[:len(torn)-1-round*40<<10], end); err != nil {
			t.Fatal(err)
		}
		list = append(list, add(t, s, 1)...)
		if got := ids(t, s); len(got) != len(list) || told() != "" {
			t.Fatalf("round %d: %d messages, want %d; %s", round, len(got), len(list), told())
		}
		for i, id := range list[:2] {
			if m, err := s.Find(id); err != nil || m.Held != []string{"", fmt.Sprint(round)}[i] {
				t.Errorf("round %d: %v, %+v", round, err, m)
			}
		}
	}
}

// TestRoom: whoever writes much makes room behind its records. Nobody takes it
// for a record, and it is gone when the outbox is left.
func TestRoom(t *testing.T) {
	if ahead == 0 {
		t.Skip("no room is made on this system")
	}
	s, told := troubles(t, t.TempDir())
	list := add(t, s, 20)
	name := journalName(s.dir, 1)
	if p, err := os.ReadFile(name); err != nil || bytes.IndexByte(p, 0) < 0 {
		t.Errorf("there is no room: %v", err)
	}
	other, later := troubles(t, s.dir)
	if err := other.Hold(list[3], "by another"); err != nil {
		t.Fatal(err)
	}
	list = append(list, add(t, s, 1)...)
	for _, x := range []*Spool{s, other} {
		if got := ids(t, x); len(got) != 21 {
			t.Errorf("%d messages: %q", len(got), got)
		}
		if m, err := x.Find(list[3]); err != nil || m.Held != "by another" {
			t.Errorf("%v, %+v", err, m)
		}
	}
	if s.Close(); told() != "" || later() != "" {
		t.Error(told(), later())
	}
	p, err := os.ReadFile(name)
	if err != nil || bytes.IndexByte(p, 0) >= 0 || p[len(p)-1] != '\n' {
		t.Errorf("room was left behind: %v", err)
	}
	if err := other.Release(list[3]); err != nil { // which had known of more room
		t.Fatal(err)
	}
	if got := ids(t, other); len(got) != 21 || later() != "" {
		t.Errorf("%d messages; %s", len(got), later())
	}
}

// TestTornByThePower: of what was written last, some sectors are on the disk and
// others are not. The records that are whole count, and the others are as if
// they had never been: nobody has to look at a message because of them.
func TestTornByThePower(t *testing.T) {
	s, _ := troubles(t, t.TempDir())
	list := add(t, s, 3)
	name := journalName(s.dir, 1)
	s.Close()
	p, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var last []byte
	for _, id := range list {
		last = append(last, Record{ID: id, At: s.Now(), Kind: Held, Fields: []string{strings.Repeat("x", 100)}}.line()...)
	}
	each := len(last) / 3
	for _, hole := range [][2]int{{0, 20}, {40, 60}, {each - 10, each + 10}, {each + 50, 2*each + 50}, {10, 3*each - 10}} {
		torn := bytes.Clone(last)
		clear(torn[hole[0]:hole[1]])
		if err := os.WriteFile(name, append(append(bytes.Clone(p), torn...), make([]byte, 5000)...), 0o600); err != nil {
			t.Fatal(err)
		}
		again, told := troubles(t, s.dir)
		for i, id := range list {
			m, err := again.Find(id)
			if err != nil {
				t.Fatal(err)
			}
			whole := hole[1] <= i*each || hole[0] >= (i+1)*each
			if m.Held != "" && m.Held != strings.Repeat("x", 100) || !whole && m.Held != "" {
				t.Errorf("hole %v: %d is held: %q", hole, i, m.Held)
			}
		}
		if add(t, again, 1); len(ids(t, again)) != 4 || told() != "" {
			t.Errorf("hole %v: %d messages; %s", hole, len(ids(t, again)), told())
		}
		again.Close()
	}
}

// TestGap: a write that was lost, because the power was cut or the disk was full
// when it came to the disk, leaves zeros. What was written behind it counts.
func TestGap(t *testing.T) {
	for name, before := range map[string]string{"all of it": "", "the end of it": "half a record"} {
		t.Run(name, func(t *testing.T) {
			s, told := troubles(t, t.TempDir())
			list := add(t, s, 2)
			f, err := os.OpenFile(journalName(s.dir, 1), os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			end, err := endOf(f)
			if err != nil {
				t.Fatal(err)
			}
			r := Record{ID: list[0], At: s.Now(), Kind: Held, Fields: []string{"behind the gap"}}
			if _, err := f.WriteAt(append(append([]byte(before), make([]byte, 700)...), r.line()...), end); err != nil {
				t.Fatal(err)
			}
			held := func(s *Spool) string {
				m, err := s.Find(list[0])
				if err != nil {
					t.Fatal(err)
				}
				return m.Held
			}
			if why := held(s); why != "behind the gap" || !strings.Contains(told(), "journal.1:3: zeros stand in the line") {
				t.Errorf("%q; %s", why, told())
			}
			after, later := troubles(t, s.dir)
			if why := held(after); why != "behind the gap" || later() != "" {
				t.Errorf("%q; %s", why, later())
			}
			if list = append(list, add(t, after, 1)...); len(ids(t, after)) != len(list) {
				t.Errorf("%q, want %q", ids(t, after), list)
			}
		})
	}
}

// TestReplacedByAnother: a process is killed when the index names another journal
// and the old one is still there. Whoever has that open goes on in the new one.
func TestReplacedByAnother(t *testing.T) {
	s, _ := troubles(t, t.TempDir())
	other, told := troubles(t, s.dir)
	list := add(t, other, 1)
	f, err := other.follow(nil, func(*Message) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	old := journalName(s.dir, 1)
	if err := os.Link(old, old+".kept"); err != nil {
		t.Fatal(err)
	}
	if err := s.compact(0); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(old+".kept", old); err != nil {
		t.Fatal(err)
	}
	if err := f.records(nil, func(Record) {}); !errors.Is(err, errReplaced) {
		t.Errorf("whoever reads along is told %v", err)
	}
	list = append(list, add(t, other, 1)...)
	if got := ids(t, s); !slices.Equal(got, list) || told() != "" {
		t.Errorf("%q, want %q; %s", got, list, told())
	}
	var left []string
	if err := s.Check(t.Context(), CheckOptions{}, func(x Trouble) { left = append(left, x.String()) }); err != nil || len(left) != 1 ||
		left[0] != old+": is left from a program that was cut off; it counts for nothing" {
		t.Errorf("%v %q", err, left)
	}
}
