package plain

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"ehlo/session"
	"ehlo/session/message"
	"ehlo/transcript/shelf"
)

// What a person can choose from stands here: profiles, templates, scenarios,
// transcripts, and the mail that arrived.

// profile takes the settings of one, or lists them.
func (t *talk) profile(name string) {
	name = strings.TrimSpace(name)
	switch {
	case name == "" && len(t.o.Profiles) == 0:
		t.say("the configuration file has no [profile.NAME]: ehlo send --help tells of them")
		return
	case name == "":
		for _, p := range t.o.Profiles {
			t.say("%s", p)
		}
		return
	case t.now.Open:
		t.wrong("/profile: the channel to %s is open: /hangup first", t.mail.Target)
		return
	case !slices.Contains(t.o.Profiles, name):
		t.wrong("/profile: there is no [profile.%s]; there are %s", name, strings.Join(t.o.Profiles, ", "))
		return
	}
	o, err := t.o.Profile(name)
	if err != nil {
		t.wrong("/profile: %s", err)
		return
	}
	t.dismiss()
	t.forget()
	if o.Mail.Target == (session.Target{}) {
		o.Mail.Target = t.mail.Target
	}
	t.o.Envelope, t.o.TLSByItself = o.Envelope, o.TLSByItself
	t.mail, t.o.Session, t.o.Begins, t.o.Compose, t.o.Draft, t.o.Message = o.Mail, o.Session, o.Begins, o.Compose, o.Draft, o.Message
	t.breaks, t.o.KeepProfile, t.o.KeepTemplate = o.Breaks, o.KeepProfile, o.KeepTemplate
	t.o.Helo = o.Helo
	t.fit()
	t.say("profile %s: %s", name, t.mail.Target)
	t.next()
}

// templates are those of everybody and the person's own; files are whole
// messages in the same folder.
func (t *talk) templates() (list []message.Template, files []string) {
	list = message.Templates()
	if t.o.OwnTemplates != nil {
		own, err := t.o.OwnTemplates()
		if err != nil {
			t.wrong("%s", err)
		}
		list = append(list, own...)
	}
	if t.o.TemplateFolder != "" {
		files, _ = filepath.Glob(filepath.Join(t.o.TemplateFolder, "*.eml"))
	}
	return list, files
}

// template takes a mail to begin with, or lists them.
func (t *talk) template(name string) {
	list, files := t.templates()
	if name = strings.TrimSpace(name); name == "" {
		for _, x := range list {
			t.say("%-16s %s", x.Name, x.Words)
		}
		for _, file := range files {
			t.say("%-16s a whole message", filepath.Base(file))
		}
		return
	}
	for _, file := range files {
		if filepath.Base(file) == name {
			t.set("message " + file)
			return
		}
	}
	for _, x := range slices.Backward(list) { // a person's own come first
		if x.Name != name {
			continue
		}
		if err := t.attempt(func() error { return t.fill(x) }); err != nil {
			t.wrong("/template %s: %s", name, err)
			return
		}
		t.next()
		return
	}
	t.wrong("/template: there is no %s; /template lists them", name)
}

// fill makes the letter what a template says. What it does not name stays.
func (t *talk) fill(x message.Template) error {
	for _, field := range []string{"helo", "tls", "from", "to", "subject", "body"} {
		values, ok := x.Flags[field]
		if !ok {
			continue
		}
		value := strings.Join(values, ", ")
		switch field {
		case "helo":
			t.mail.Helo, t.o.Helo = value, nil
		case "tls":
			if slices.Equal(x.Flags["insecure"], []string{"true"}) {
				value += " insecure"
			}
			if err := t.setTLS(value); err != nil {
				return err
			}
		case "from":
			t.setSender(value)
		case "to":
			t.setRecipients(value)
		case "subject":
			t.o.Draft.Subject = value
		case "body":
			t.o.Draft.Body = value
		}
	}
	if values, ok := x.Flags["header"]; ok {
		t.o.Draft.Headers = nil
		for _, text := range values {
			h, err := message.ParseHeader(text)
			if err != nil {
				return err
			}
			t.o.Draft.Headers = append(t.o.Draft.Headers, h)
		}
	}
	if values, ok := x.Flags["attach"]; ok {
		t.o.Draft.Attachments = nil
		for _, text := range values {
			t.o.Draft.Attachments = append(t.o.Draft.Attachments, message.ParseAttachment(text))
		}
	}
	if values := x.Flags["message"]; len(values) == 1 {
		return t.whole(values[0])
	}
	return t.compose()
}

// Scenario is something that the practice server can do.
type Scenario struct {
	Name, Title string
	Also        []string // its other names
	Notice      string   // what to see in it
	TLS         string   // auto or implicit, if it is about TLS
}

// scenario is that of the target, or none.
func (t *talk) scenario() (s Scenario) {
	for _, s := range t.o.Scenarios {
		if s.Name == t.mail.Target.Practice || slices.Contains(s.Also, t.mail.Target.Practice) {
			return s
		}
	}
	return s
}

// practise begins anew with a practice server, or lists what it can do.
func (t *talk) practise(name string) {
	name = strings.TrimPrefix(strings.TrimSpace(name), "practice:")
	if name == "" {
		for _, s := range t.o.Scenarios {
			t.say("%-22s %s", s.Name, s.Title)
		}
		t.say("/practice NAME has its server as the target")
		return
	}
	if !t.setTarget("/practice", "practice:"+name) {
		return
	}
	s := t.scenario()
	if s.Title != "" {
		words := s.Name + ": " + s.Title
		if s.Notice != "" {
			words += ". Notice: " + s.Notice
		}
		t.prose("", unbroken(words))
	}
	if wish := t.wishedTLS(); s.TLS == "implicit" && wish != "implicit" || s.TLS == "auto" && wish == "never" {
		t.say("this server is about TLS: /set tls %s would show it, and it says %s", s.TLS, wish)
	}
	t.next()
}

// maxLetter bounds how much of a message is printed.
const maxLetter = 256 << 10

// mailbox lists what the practice servers have taken, or prints a message.
func (t *talk) mailbox(arg string) {
	var boxes []message.Mailbox
	if t.o.Mailboxes != nil {
		boxes = t.o.Mailboxes()
	}
	n := 0
	for _, box := range boxes {
		n += len(box.Letters)
	}
	if n == 0 {
		t.say("nothing has been delivered yet; the mail of a practice server is listed here")
		return
	}
	which := 0
	if strings.TrimSpace(arg) != "" {
		var ok bool
		if which, ok = t.number("message", arg, n); !ok {
			return
		}
	}
	n = 0
	for _, box := range boxes {
		for _, l := range box.Letters {
			switch n++; which {
			case 0:
				t.say("%d. %s, %s, from <%s>: %s", n, box.Name, l.At.Format("15:04:05"), l.From, message.Subject(l.Data))
			case n:
				t.letter(l.Data)
			}
		}
	}
}

// letter prints a message, indented: no line of it is taken for one of the
// session.
func (t *talk) letter(data []byte) {
	text := strings.TrimSuffix(string(data[:min(len(data), maxLetter)]), "\r\n")
	for line := range strings.SplitSeq(text, "\r\n") {
		t.say("   %s", line)
	}
	if len(data) > maxLetter {
		t.say("… and so on: %d octets in all", len(data))
	}
}

// fewFiles is how many transcripts are listed unless a person wants more.
const fewFiles = 20

// transcripts lists files that were recorded, the newest first.
func (t *talk) transcripts(arg string) {
	most := fewFiles
	if strings.TrimSpace(arg) != "" {
		var ok bool
		if most, ok = t.number("count", arg, 1000); !ok {
			return
		}
	}
	here := t.o.Dir
	if here == "" {
		here = "."
	}
	folders := append([]string{here}, t.o.Folders...)
	files, err := shelf.List(folders)
	if err != nil {
		t.wrong("%s", err)
	}
	t.listed = files[:min(most, len(files))]
	for i, f := range t.listed {
		t.say("%d. %s, %s: %s", i+1, f.Called(), f.At.In(t.o.Now().Location()).Format("Jan _2 15:04"), f.Told())
	}
	switch {
	case len(files) == 0:
		t.say("there is no transcript in %s", strings.Join(folders, ", "))
	case len(files) > most:
		t.say("and %d older; /transcripts COUNT lists more, /open NUMBER plays one back", len(files)-most)
	default:
		t.say("/open NUMBER plays one back")
	}
}

// fileNamed is the path that a name or the number of a listed file leads to.
func (t *talk) fileNamed(arg string) string {
	if n, err := strconv.Atoi(strings.TrimSpace(arg)); err == nil && n >= 1 && n <= len(t.listed) {
		return t.listed[n-1].Path
	}
	return t.path(arg)
}
