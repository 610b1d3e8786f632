package plain

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"ehlo/session"
	"ehlo/session/message"
)

// Form is the letter as the flags of ehlo send say it. Nothing in it is secret. A
// flag without a value is one that the letter leaves out.
type Form struct {
	Flags  map[string][]string
	Breaks []session.Breakpoint
}

// keepAs saves the letter as a profile or a template.
func (t *talk) keepAs(arg string) {
	what, name, _ := strings.Cut(strings.TrimSpace(arg), " ")
	name = strings.TrimSpace(name)
	keep := map[string]func(string, Form) (string, error){"profile": t.o.KeepProfile, "template": t.o.KeepTemplate}[what]
	sure := t.sure
	t.sure = ""
	switch {
	case what != "profile" && what != "template" || name == "":
		t.wrong("/keep: expected profile NAME or template NAME")
		return
	case keep == nil:
		t.wrong("/keep: nothing is kept here")
		return
	case !isName(name):
		t.wrong("/keep %s: expected letters, digits, - and _", what)
		return
	case slices.Contains(t.names(what), name) && sure != what+" "+name:
		t.sure = what + " " + name
		t.say("there is a %s of that name: /keep %s again puts this in its place", what, t.sure)
		return
	}
	words, err := keep(name, t.form(what == "profile"))
	if err != nil {
		t.wrong("/keep: %s", err)
		return
	}
	if what == "profile" && !slices.Contains(t.o.Profiles, name) {
		t.o.Profiles = append(slices.Clone(t.o.Profiles), name)
		slices.Sort(t.o.Profiles)
	}
	t.say("%s %s is saved: %s", what, name, words)
}

// names are those that are taken.
func (t *talk) names(what string) (list []string) {
	if what == "profile" {
		return t.o.Profiles
	}
	if t.o.OwnTemplates == nil {
		return nil
	}
	own, _ := t.o.OwnTemplates() // what is wrong with one is told by /template
	for _, x := range own {
		list = append(list, x.Name)
	}
	return list
}

// isName reports whether a profile or a template can be called so.
func isName(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_'
	})
}

// form is the letter as flags, and how its server is reached, if that is wanted.
func (t *talk) form(target bool) Form {
	m, d := t.mail, t.o.Draft
	f := Form{Flags: map[string][]string{}}
	m.From.Path = cmp.Or(m.From.Path, "<>")
	f.Flags["from"] = []string{m.From.Typed()}
	for _, to := range m.To {
		f.Flags["to"] = append(f.Flags["to"], to.Typed())
	}
	if t.o.Message != "" {
		f.Flags["message"] = []string{absolute(t.o.Message)}
	} else {
		f.Flags["subject"], f.Flags["body"] = []string{d.Subject}, []string{d.Body}
		for _, h := range d.Headers {
			f.Flags["header"] = append(f.Flags["header"], h.Name+": "+h.Value)
		}
		for _, a := range d.Attachments {
			f.Flags["attach"] = append(f.Flags["attach"], attached(a))
		}
	}
	if !target {
		return f
	}
	f.Breaks = t.breaks
	f.Flags["target"] = []string{m.Target.String()}
	if t.o.Helo == nil && m.Helo != "" {
		f.Flags["helo"] = []string{m.Helo}
	}
	f.Flags["tls"] = []string{t.wishedTLS()}
	if m.Insecure {
		f.Flags["insecure"] = []string{"true"}
	}
	return f
}

// someLines is how much of a body is told.
const someLines = 20

// tellLetter says what the letter is, in the words of /set.
func (t *talk) tellLetter() {
	letter := t.form(true).Flags
	tls := t.wishedTLS()
	if t.mail.Insecure {
		tls += " insecure"
	}
	letter["tls"], letter["helo"] = []string{tls}, []string{t.mail.Helo}
	for _, field := range []string{"target", "tls", "helo", "from", "to", "subject", "header", "attach", "message"} {
		for _, value := range letter[field] {
			t.say("%s: %s", field, value)
		}
	}
	for _, body := range letter["body"] {
		t.say("body:")
		lines := strings.Split(strings.TrimSuffix(body, "\n"), "\n")
		for _, line := range lines[:min(len(lines), someLines)] {
			t.say("   %s", line)
		}
		if len(lines) > someLines {
			t.say("… and so on: %d lines in all", len(lines))
		}
	}
}

// absolute is a path that leads to the same file from everywhere.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// attached is an attachment as [message.ParseAttachment] reads it.
func attached(a message.Attachment) string {
	text := absolute(a.Path)
	if a.Type != "" {
		text += ";type=" + a.Type
	}
	if a.Name != "" {
		text += ";name=" + a.Name
	}
	return text
}
