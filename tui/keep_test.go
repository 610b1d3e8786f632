package tui

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ehlo/transcript/shelf"
)

func TestEverySessionIsKept(t *testing.T) {
	dir := t.TempDir()
	r := at(t, 160, 36, func(o *Options) { o.Shelf = shelf.Shelf{Dir: dir} })
	if names := r.m.written(); len(names) != 0 {
		t.Errorf("%q before anything has happened", names)
	}
	r.press("enter").rest().see("● kept").press("n").rest()
	names := r.m.written()
	if len(names) != 1 || filepath.Dir(names[0]) != dir || !strings.Contains(readFile(t, names[0]), "EHLO laptop.example") {
		t.Fatalf("written: %q", names)
	}
	r.press("s").see("2026-11-23-1.smtp").press("enter").see("● rec 2026-11-23-1.smtp").press("n").rest()
	if names := r.m.written(); len(names) != 1 || !strings.Contains(readFile(t, names[0]), "MAIL FROM") || filepath.Dir(names[0]) == dir {
		t.Errorf("written: %q", names)
	}
	if books, err := (shelf.Shelf{Dir: dir}).Books(); len(books) != 0 {
		t.Errorf("the saved file has not taken the place of %q, %v", books, err)
	}
	r.press("w").press("enter", "enter").rest()
	if names := r.m.written(); len(names) != 2 {
		t.Errorf("written in two sessions: %q", names)
	}
}

// TestOldSessionsGoWhenOneEnds: a program that runs for weeks throws away what
// is too much, too.
func TestOldSessionsGoWhenOneEnds(t *testing.T) {
	dir := t.TempDir()
	var old []string
	for _, day := range []string{"2026-11-01", "2026-11-02", "2026-11-03"} {
		name := filepath.Join(dir, day+"T12-00-00-practice.smtp")
		old = append(old, name)
		if err := os.WriteFile(name, []byte("= smtp-transcript 1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		when := noon.AddDate(0, 0, -20)
		if err := os.Chtimes(name, when, when); err != nil {
			t.Fatal(err)
		}
	}
	kept := shelf.Shelf{Dir: dir, Max: 1} // the second session need not have its book yet
	r := at(t, 120, 36, func(o *Options) { o.Shelf = kept })
	r.press("enter").rest().see("● kept").press("R").rest().see("220 practice")
	r.until("throw away what is too much", func() bool {
		books, _ := kept.Books()
		return len(books) > 0 && !slices.ContainsFunc(books, func(name string) bool { return slices.Contains(old, name) })
	})
}
