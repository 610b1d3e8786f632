package replay

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ehlo/session"
	"ehlo/transcript"
)

// evil moves cursors, turns text around and rings bells.
const evil = "\x1b[2J\x9b\u202e\u0085\a"

const evilEscaped = `\x1b[2J\x9b\xe2\x80\xae\xc2\x85\x07`

// harmless fails if text holds what a terminal would act upon.
func harmless(t *testing.T, what, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(line, "\n"); session.Escape(line) != line {
			t.Errorf("%s: %q", what, line)
		}
	}
}

// TestHostileText: whatever stands in a file, comes from a server or a client,
// or is the name of a file, nothing of it reaches a terminal as it is.
func TestHostileText(t *testing.T) {
	q := strings.ReplaceAll(evilEscaped, `"`, `\"`)
	file := `= smtp-transcript 1
= recorded by=test
= connect host="` + q + `" addr=192.0.2.1:25 from=b:1 tls=none
S"220 ` + q + `\r\n"
C"` + q + ` x\r\n"
S"250-` + q + ` ` + q + `\r\n"
S"250 2.0.0 ` + q + `\r\n"
C"EHLO ` + q + `\r\n"
S"250-` + q + `\r\n"
S"250 X` + q + ` ` + q + `\r\n"
C"MAIL FROM:<` + q + `>\r\n"
= failed what="` + q + `" text="` + q + `"
= note "` + q + `"
= closed by="` + q + `" how="` + q + `"
`
	played, err := transcript.Parse(evil, strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	other := strings.NewReplacer("S\"250-X", "S\"451 4", "2.0.0", "4.0.0 "+q, "250 X", "250 Y", "= note", "# note").Replace(file)
	for _, served := range []*transcript.Transcript{played, parse(t, other), parse(t, "S: 220 a\nC: HELP\nS: 250 a\n")} {
		rep, problems := between(t, served, played, Options{Continue: true})
		harmless(t, "report", text(t, rep))
		for _, format := range []string{"text", "json", "junit", "tap"} {
			harmless(t, format, report(t, format, []*Outcome{{Name: evil, Report: rep}}))
		}
		for _, s := range rep.Steps {
			harmless(t, "step", s.Title+"\n"+strings.Join(inWords(s.Differences), "\n")+"\n"+strings.Join(inWords(s.Notes), "\n"))
		}
		harmless(t, "why", rep.Why)
		harmless(t, "problems", strings.Join(problems, "\n"))
	}
	var shown strings.Builder
	if err := printAll(&shown, played.Events()); err != nil {
		t.Fatal(err)
	}
	harmless(t, "show", shown.String())
	for _, e := range played.Events() {
		e.Fault = session.Fault(evil)
		p, err := transcript.EncodeJSON(e)
		if err != nil {
			t.Fatal(err)
		}
		harmless(t, "JSON", string(p))
	}
}

func TestHostileNames(t *testing.T) {
	dir := t.TempDir()
	folder, pipe := filepath.Join(dir, evil), filepath.Join(dir, "x")
	if err := errors.Join(os.Mkdir(folder, 0o700), os.WriteFile(pipe+evil, []byte("= smtp-transcript 1\n"+`C@ "`+evilEscaped+`" length=1`+"\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	empty, _ := transcript.Parse(evil, strings.NewReader(""))
	masked, _ := transcript.Parse(evil, strings.NewReader("S: 220 a\nC> AUTH PLAIN ${secret.1}\n"))
	beside, err := transcript.Parse(evil, strings.NewReader("S: 220 a\nC@ x length=1\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, folderErr := transcript.ReadFile(folder)
	_, sideErr := transcript.ReadFile(pipe + evil)
	_, emptyErr := Run(t.Context(), empty, Options{})
	_, maskedErr := Run(t.Context(), masked, Options{})
	_, openErr := beside.Open(&session.Bulk{Name: evil})
	_, damageErr := transcript.Parse(evil, strings.NewReader("= smtp-transcript 1\nC"+evil+"\n"))
	for _, err := range []error{folderErr, sideErr, emptyErr, maskedErr, openErr, damageErr} {
		if err == nil {
			t.Error("no error")
			continue
		}
		harmless(t, "error", err.Error())
	}
}

func printAll(w io.Writer, events []session.Event) error {
	p := transcript.Printer{W: w}
	for _, e := range events {
		if err := p.Print(e); err != nil {
			return err
		}
	}
	return nil
}
