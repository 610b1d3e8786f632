package plain

import (
	"os"
	"path/filepath"
	"strings"
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
	case t.recorder != nil: // content that stands beside that file would not come along
		t.wrong("/save: it is being recorded already: %s", t.result.Saved[len(t.result.Saved)-1])
		return
	}
	name := t.path(arg)
	r, err := t.book.Into(name, t.sess)
	if err != nil {
		if r != nil {
			_ = r.Close()
		}
		t.wrong("%s", err)
		return
	}
	t.recorder = r
	t.result.Saved = append(t.result.Saved, name)
	t.say("saved as %s, and recording goes on", name)
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
