package shelf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ehlo/session"
)

func TestSummaryOfAMailWithoutRecipients(t *testing.T) {
	n := Summarise(session.State{Host: "mail.example", Finished: &session.Transaction{}})
	if !strings.Contains(n.Line, "mail.example · no recipient given · ") {
		t.Errorf("the summary says %q", n.Line)
	}
}

// TestList: the newest comes first, and no file is too odd to be listed.
func TestList(t *testing.T) {
	dir := t.TempDir()
	for i, f := range []struct{ name, text string }{
		{"a.smtp", "= smtp-transcript 1\n= connect host=mx.example addr=192.0.2.1:25\nS: 554 no service\n"},
		{"b.smtp", "= smtp-transcript 1\nC= what?\n"},
		{"c.smtp", "= smtp-transcript 1\n= connect host=mx.example addr=192.0.2.1:25\nS: 220 x\nC: EHLO c\nS: 250 x\nC: MAIL FROM:<a@b.example>\nS: 250 ok\n" +
			"C: RCPT TO:<c@d.example>\nS: 250 ok\nC: DATA\nS: 354 go\nC: hello\nC: .\nS: 250 2.0.0 ok\nC: QUIT\nS: 221 x\n"},
		{"d.smtp", "= smtp-transcript 1\n= connect host=mx.example addr=192.0.2.1:24\nS: 220 x\nC: LHLO c\nS: 250 x\nC: MAIL FROM:<a@b.example>\nS: 250 ok\n" +
			"C: RCPT TO:<c@d.example>\nS: 250 ok\nC: RCPT TO:<e@d.example>\nS: 250 ok\nC: DATA\nS: 354 go\nC: hello\nC: .\nS: 250 2.0.0 ok\nS: 452 4.2.2 full\nC: QUIT\nS: 221 x\n"},
		{"no.txt", "x"},
	} {
		name := filepath.Join(dir, f.name)
		if err := os.WriteFile(name, []byte(f.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, time.Time{}, noon.Add(time.Duration(i)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	files, err := List([]string{dir, filepath.Join(dir, "nowhere")})
	if err != nil || len(files) != 4 {
		t.Fatal(files, err)
	}
	for i, want := range []struct {
		name, line string
		kind       Kind
	}{
		{"d.smtp", "1 of 2 recipients · partly accepted, 250 2.0.0", WentWrong},
		{"c.smtp", "1 of 1 recipient · accepted, 250 2.0.0", WentWell},
		{"b.smtp", "", Damaged},
		{"a.smtp", "greeted with 554", WentWrong},
	} {
		f := files[i]
		if filepath.Base(f.Path) != want.name || f.Summary.Kind != want.kind || !strings.Contains(f.Summary.Line, want.line) {
			t.Errorf("%+v, want %+v", f, want)
		}
	}
}

// TestCalled: the host and the date of a book stand in a list once.
func TestCalled(t *testing.T) {
	line := Summarise(session.State{Host: "mx.example", Server: "mail.example", FaultText: "refused"})
	for _, c := range []struct{ path, called, told string }{
		{"/s/2026-11-24T12-03-11-mx.example_587.smtp", "mx.example_587", "refused"},
		{"/s/2026-11-24T12-03-11-practice-2.smtp", "practice-2", "refused"},
		{"/s/today.smtp", "today.smtp", "mx.example (mail.example) · refused"},
		{"/s/2026-11-24.smtp", "2026-11-24.smtp", "mx.example (mail.example) · refused"},
	} {
		if f := (File{Path: c.path, Summary: line}); f.Called() != c.called || f.Told() != c.told {
			t.Errorf("%s is called %q and told as %q", c.path, f.Called(), f.Told())
		}
	}
	if f := (File{Path: "/s/2026-11-24T12-03-11-x.smtp", Summary: Summary{Line: "nothing has happened in it"}}); f.Told() != "nothing has happened in it" {
		t.Errorf("it is told as %q", f.Told())
	}
}

// TestVerdictOfEach: with LMTP a recipient has the verdict on the content, not
// the reply to its RCPT.
func TestVerdictOfEach(t *testing.T) {
	done, full := session.Reply{Code: 250}, session.Reply{Code: 452, Enhanced: "4.2.2"}
	n := Summarise(session.State{Finished: &session.Transaction{Reply: done, Responsible: session.Server, Recipients: []session.Recipient{
		{Path: "c@d.example", Reply: done, Final: done}, {Path: "e@d.example", Reply: done, Final: full},
	}}})
	if got := strings.Join(n.More, "\n"); got != "from <>\nto <c@d.example> 250\nto <e@d.example> 452 4.2.2" {
		t.Errorf("%s", got)
	}
}
