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
