package tui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTwoFiles: two recordings are chosen from the list, or named on the
// command line, and stand side by side with what differs.
func TestTwoFiles(t *testing.T) {
	file, opt := shelved(t, "monday.smtp", again)
	other := strings.NewReplacer("550 5.1.1 no such user here", "250 2.1.5 ok", "S: 250 SIZE 10485760\n", "S: 250-SIZE 10485760\nS: 250 PIPELINING\n", "C: RSET\nS: 250 2.0.0 OK\n", "").Replace(again)
	second := filepath.Join(filepath.Dir(file), "tuesday.smtp")
	if err := os.WriteFile(second, []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, size := range sizes {
		r := at(t, size.w, size.h, opt).press("alt+8").see("monday ", "tuesday ")
		for r.m.transcripts.files[r.m.transcripts.cursor].Path != file {
			r.press("down")
		}
		r.press("=").see("sets it beside", r.m.theme.Marks.Marked+" monday ").press("=").see("no file is chosen").press("=")
		for r.m.transcripts.files[r.m.transcripts.cursor].Path != second {
			r.press("down")
			if r.m.transcripts.cursor == len(r.m.transcripts.files)-1 && r.m.transcripts.files[r.m.transcripts.cursor].Path != second {
				r.press("home")
			}
		}
		r.press("=").see("▶Two files")
		if d, n := r.m.diff.report().Counts(); d != 2 || n != 1 {
			t.Errorf("%d differences, %d notes", d, n)
		}
		r.press("d").see("550", "code differs")
		r.press("d").see("only the first file has this").press("n").miss("connect")
		r.press("a").see("two files are compared").press("A").see("two files are compared")
		if r.m.drive.sess != nil {
			t.Error("a key began a session")
		}
		r.press("esc").see("▶Transcripts").press("U").see("Nothing was run again yet")
	}
	r := at(t, 120, 36, func(o *Options) { o.File, o.Second = file, second }).see("▶Two files", "monday.smtp", "tuesday.smtp", "2 differences", "1 note")
	r.press("down").see("offered now: PIPELINING")
	r.press("esc").see("▶Transcripts").press("U").see("set two files side by", "side with =")
	r = at(t, 40, 12, func(o *Options) { o.File, o.Second = file, second }).see("▶Two files").press("down")
	r.see(" 1–2 of 3").press("}", "}", "}").see(" 2–3 of 3").press("{").see(" 1–2 of 3").press("}", "down", "up").see(" 1–2 of 3")
	at(t, 120, 36, func(o *Options) { o.File, o.Second = file, file }).see("0 differences").see("the same in both files")
	at(t, 120, 36, func(o *Options) { o.File, o.Second = file, "nowhere.smtp" }).see("! open nowhere.smtp: no such file")
}
