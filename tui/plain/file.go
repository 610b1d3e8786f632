package plain

import (
	"os"
	"path/filepath"
	"strings"

	"ehlo/session"
	"ehlo/transcript"
)

// path is where a name leads.
func (t *talk) path(name string) string {
	name = strings.TrimSpace(name)
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	if t.o.Dir == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(t.o.Dir, name)
}

// save has the session recorded: all that has happened, and what will.
func (t *talk) save(arg string) {
	switch {
	case strings.TrimSpace(arg) == "":
		t.wrong("/save: the name of the file is missing")
		return
	case t.sess == nil:
		t.wrong("nothing has happened yet: /step connects")
		return
	}
	name := t.path(arg)
	r, err := t.book.Into(name, t.sess)
	if err != nil {
		t.wrong("%s", err)
		return
	}
	if t.recorder != nil {
		_ = t.recorder.Close()
	}
	t.recorder = r
	t.result.Saved = append(t.result.Saved, name)
	t.say("saved as %s, and recording goes on", name)
}

// tape is a transcript that is played back.
type tape struct {
	name   string
	events []session.Event
	at     int // how many of them have been shown
}

func (t *talk) open(arg string) {
	if strings.TrimSpace(arg) == "" {
		t.wrong("/open: the name of the file is missing")
		return
	}
	name := t.fileNamed(arg)
	file, err := transcript.ReadFile(name)
	if file == nil || len(file.Events()) == 0 {
		if err == nil {
			t.wrong("open %s: nothing has happened in it", name)
			return
		}
		t.wrong("open %s: %s", name, err)
		return
	}
	if err != nil {
		t.wrong("some lines could not be read: %s", err)
	}
	t.tape = &tape{name: name, events: file.Events()}
	t.say("playing back %s, %d rows: /step shows the next, /run all, /goto ROW moves, /close goes back", name, len(file.Events()))
}

func (p *tape) where(t *talk) {
	if p.at == len(p.events) {
		t.say("row %d of %d: the file ends here", p.at, len(p.events))
	}
}

// step shows the next row, and what the rules say about it.
func (p *tape) step(t *talk) {
	if p.at < len(p.events) {
		p.at++
		t.say("%d. %s", p.at, row(p.events[p.at-1]))
		s, _ := t.moment("")
		for _, r := range s.Remarks {
			t.prose("   ", remark(r))
		}
	}
	p.where(t)
}

func (p *tape) run(t *talk) {
	for ; p.at < len(p.events); p.at++ {
		t.say("%d. %s", p.at+1, row(p.events[p.at]))
	}
	p.where(t)
}

func (t *talk) goTo(arg string) {
	if t.tape == nil {
		t.wrong("no file is played back: /open FILE; /state ROW looks back in the session")
		return
	}
	if n, ok := t.number("row", arg, len(t.tape.events)); ok {
		t.tape.at = n - 1
		t.tape.step(t)
	}
}

func (t *talk) shut(string) {
	if t.tape == nil {
		t.wrong("no file is played back")
		return
	}
	t.tape = nil
	t.say("back at the session with %s", t.mail.Target)
	t.next()
}

// export prints the conversation as something else.
func (t *talk) export(arg string) {
	format := strings.TrimSpace(arg)
	switch {
	case t.o.Export == nil:
		t.wrong("nothing can be exported here")
		return
	case format == "":
		t.wrong("/export: the format is missing; there are %s", strings.Join(t.o.Formats, ", "))
		return
	case len(t.shown()) == 0:
		t.wrong("nothing has happened yet")
		return
	}
	text, err := t.o.Export(t.ctx, format, t.shown())
	if err != nil {
		t.wrong("/export: %s", err)
		return
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		t.say("%s", line)
	}
}
