package shelf

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"ehlo/session"
	"ehlo/session/message"
	"ehlo/session/practice"
	"ehlo/transcript"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// talk is a session with the practice server that has sent everything up to
// the verdict on a long mail.
func talk(t *testing.T, r session.Recorder) *session.Session {
	t.Helper()
	c, err := message.Compose(message.Draft{Body: strings.Repeat("a line of a long letter\n", 20_000)})
	if err != nil {
		t.Fatal(err)
	}
	m := session.Mail{Target: session.Target{Practice: "default"}, Helo: "x.example"}
	m.From.Path, m.To, m.Content = "alice@example.org", session.To("bob@example.com"), c
	s := session.New(session.Options{Target: m.Target, Recorder: r, Dial: func(ctx context.Context, _ session.Target, _ string) (net.Conn, error) {
		sc, err := practice.Find("default")
		if err != nil {
			return nil, err
		}
		return practice.New(sc, practice.Options{}).Dial(ctx)
	}})
	t.Cleanup(func() { s.Close() })
	for s.State().Accepted == 0 {
		st, ok := m.Next(s.State())
		if !ok {
			t.Fatal("the mail was not taken")
		}
		if err := s.Do(t.Context(), st); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// read reads a transcript with the content beside it.
func read(t *testing.T, name string) *transcript.Transcript {
	t.Helper()
	file, err := transcript.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestBook(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "sessions")
	shelf := Shelf{Dir: dir}
	if shelf.Begin("idle", noon).Close() != nil {
		t.Error("a book without a file cannot be closed")
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("there is a folder before there is anything to keep")
	}
	book := shelf.Begin("mx:../évil\x00/host:25", noon)
	s := talk(t, book)
	if name := filepath.Base(book.Name()); name != "2026-11-23T12-00-00-mx_.._"+"_vil__host_25.smtp" {
		t.Error(name)
	}
	if n := len(read(t, book.Name()).Events()); n != s.Log().Len() {
		t.Errorf("%d of %d events while the session runs", n, s.Log().Len())
	}
	other := shelf.Begin("mx:../évil\x00/host:25", noon)
	talk(t, other)
	if !strings.HasSuffix(other.Name(), "-2.smtp") {
		t.Error(other.Name())
	}
	info, err := os.Stat(book.Name())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
}

// TestInto: content that was kept before a person gave the file a name is
// there, and the book is gone.
func TestInto(t *testing.T) {
	shelf := Shelf{Dir: filepath.Join(t.TempDir(), "sessions")}
	book := shelf.Begin("practice", noon)
	s := talk(t, book)
	before := read(t, book.Name())
	old, name := book.Name(), filepath.Join(t.TempDir(), "mine.smtp")
	rec, err := book.Into(name, s)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Do(t.Context(), session.Line("NOOP")); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	if err := book.Close(); err != nil {
		t.Errorf("the book is closed in its own time, too: %v", err)
	}
	after := read(t, name)
	if n := len(after.Events()); n != s.Log().Len() {
		t.Errorf("%d of %d events", n, s.Log().Len())
	}
	bulks := 0
	for i, e := range before.Events() {
		got := after.Events()[i]
		if b := e.Bulk; b != nil {
			bulks++
			if got.Bulk == nil || got.Bulk.Sum != b.Sum || got.Bulk.Offset != b.Offset || got.Bulk.Octets != b.Octets || !strings.HasPrefix(got.Bulk.Name, "mine.smtp.d/") {
				t.Errorf("event %d: %+v, not %+v", i, got.Bulk, b)
			}
			continue
		}
		if !reflect.DeepEqual(got, e) {
			t.Errorf("event %d: %+v, not %+v", i, got, e)
		}
	}
	if bulks == 0 {
		t.Fatal("the mail was not long enough")
	}
	if _, err := os.Stat(old); err == nil || book.Name() != "" {
		t.Errorf("the book is still there: %v", err)
	}
	if left, _ := os.ReadDir(shelf.Dir); len(left) != 0 {
		t.Errorf("left in the folder: %v", left)
	}
	var none *Book
	if rec, err := none.Into(filepath.Join(t.TempDir(), "x.smtp"), s); err != nil || rec.Close() != nil {
		t.Error(err)
	}
}

func TestIntoAFileThatExists(t *testing.T) {
	shelf := Shelf{Dir: t.TempDir()}
	book := shelf.Begin("practice", noon)
	s := talk(t, book)
	name := filepath.Join(t.TempDir(), "mine.smtp")
	if err := os.WriteFile(name, []byte("dear diary"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := book.Into(name, s); err == nil {
		t.Error("the file was replaced")
	}
	if err := s.Do(t.Context(), session.Line("NOOP")); err != nil {
		t.Fatal(err)
	}
	if n := len(read(t, book.Name()).Events()); n != s.Log().Len() {
		t.Errorf("the book does not go on: %d of %d events", n, s.Log().Len())
	}
}

func TestPrune(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, age time.Duration) {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte("= smtp-transcript 1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, noon.Add(-age), noon.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	day := 24 * time.Hour
	put("2026-11-23T11-00-00-now.smtp", time.Hour)
	put("2026-11-22T11-00-00-a.smtp", 25*time.Hour)
	put("2026-11-20T11-00-00-b.smtp", 3*day)
	put("2026-10-01T11-00-00-running.smtp", time.Minute)
	put("2026-09-01T11-00-00-old.smtp", 90*day)
	put("mine.smtp", 900*day)
	if err := os.MkdirAll(filepath.Join(dir, "2026-09-01T11-00-00-old.smtp.d"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		shelf Shelf
		left  string
	}{
		{Shelf{Dir: dir}, "now a b running old"},
		{Shelf{Dir: dir, Age: 30 * day}, "now a b running"},
		{Shelf{Dir: dir, Max: 2}, "now a running"},
		{Shelf{Dir: dir, Max: 1}, "now running"},
	} {
		if err := step.shelf.Prune(noon); err != nil {
			t.Error(err)
		}
		books, err := step.shelf.Books()
		var left []string
		for _, b := range books {
			left = append(left, strings.TrimSuffix(filepath.Base(b)[len("2026-11-23T11-00-00-"):], ".smtp"))
		}
		if got := strings.Join(left, " "); got != step.left || err != nil {
			t.Errorf("%+v leaves %q, not %q; %v", step.shelf, got, step.left, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "mine.smtp")); err != nil {
		t.Error("a file of somebody else is gone: ", err)
	}
}

func TestAFolderThatCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := talk(t, Shelf{Dir: filepath.Join(file, "sessions")}.Begin("practice", noon))
	said := 0
	for _, e := range s.Log().Since(0) {
		if e.Kind == session.Noted && strings.Contains(e.Text, "the transcript cannot be written") {
			said++
		}
	}
	if said != 1 {
		t.Errorf("it was said %d times", said)
	}
}
