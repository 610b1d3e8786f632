package outbox

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"ehlo/session"
)

// TestFullDiskWhileSending: without room for the record no final dot goes out,
// and the run ends.
func TestFullDiskWhileSending(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=128k"); err != nil {
		t.Skipf("no small disk: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	o := newOffice(t, practices)
	o.spool, _ = troubles(t, filepath.Join(disk, "outbox"))
	o.spool.opts.Now = o.clock.Now
	id := o.add(at("practice", "bob@test.example"))
	filler := filepath.Join(disk, "filler")
	f, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = f.Write(make([]byte, 512))
	}
	f.Close()
	p, err := os.ReadFile(journalName(o.spool.dir, 1)) // fill the journal's last page, too
	if err != nil {
		t.Fatal(err)
	}
	j, err := os.OpenFile(journalName(o.spool.dir, 1), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	for n := len(p); n < 4096; n++ {
		if _, err := j.Write([]byte("\n")); err != nil {
			t.Fatal(err)
		}
	}
	j.Close()
	o.pass()
	if r := o.find(id).Recipients[0]; r.Fate != Waiting || r.Trying != 0 {
		t.Errorf("%+v", r)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if o.pass(); o.fates(id) != "accepted" {
		t.Errorf("with room again: %s", o.fates(id))
	}
}

// TestFullDisk fills a small disk: what was confirmed stays, the rest is
// refused with an error, and with room again all goes on.
func TestFullDisk(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("no small disk: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	s, told := troubles(t, filepath.Join(disk, "outbox"))
	var confirmed []string
	var full error
	for range 200 {
		id, err := s.Add(to("bob@test.example"), session.BytesContent(bytes.Repeat([]byte("0123456789\r\n"), 300)))
		if err != nil {
			full = err
			break
		}
		confirmed = append(confirmed, id)
	}
	if !errors.Is(full, syscall.ENOSPC) || len(confirmed) == 0 {
		t.Fatalf("%d confirmed, then %v", len(confirmed), full)
	}
	if err := s.Drop(confirmed[0]); err != nil && !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	} else if err != nil {
		_ = os.RemoveAll(s.folder(confirmed[0])) // somebody makes room by hand
	}
	if _, err := s.Add(to("after@test.example"), session.BytesContent([]byte(small))); err != nil {
		t.Errorf("with room again: %v", err)
	}
	got := ids(t, s)
	for _, id := range confirmed[1:] {
		if !slices.Contains(got, id) {
			t.Errorf("%s is lost", id)
		}
	}
	if told() != "" {
		t.Errorf("told: %s", told())
	}
}

// TestPipeInPlaceOfFile: what is no file keeps nobody waiting, and the others
// go on.
func TestPipeInPlaceOfFile(t *testing.T) {
	o := newOffice(t, practices)
	var list []string
	for range 3 {
		list = append(list, o.add(at("practice", "bob@test.example")))
	}
	if err := o.spool.compact(0); err != nil {
		t.Fatal(err)
	}
	for i, name := range carriedFiles {
		name = filepath.Join(o.spool.folder(list[i]), name)
		if err := errors.Join(os.Remove(name), syscall.Mkfifo(name, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	o.pass()
	for i, want := range []string{"waiting", "waiting", "accepted"} {
		if got := o.fates(list[i]); got != want {
			t.Errorf("message %d is %s, want %s", i, got, want)
		}
	}
}
