package tui

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
	"ehlo/session/explain"
	"ehlo/session/sasl"
)

// chooseValue lists what can stand in the field with the keyboard.
func (m *Model) chooseValue() tea.Cmd {
	f := m.form
	switch f.at {
	case targetField:
		return m.chooseTarget()
	case tlsField:
		return m.chooseWord("TLS", tlsField, [][2]string{
			{"never", "stay in the clear"}, {"auto", "STARTTLS if it is offered"}, {"require", "no mail without it"},
			{"implicit", "TLS first, then the greeting"}, {"auto insecure", "whatever the certificate"},
			{"require insecure", "whatever the certificate"}, {"implicit insecure", "whatever the certificate"},
		})
	case loginField:
		return m.chooseMechanism()
	case fromField:
		return m.chooseParameter("MAIL", fromField)
	case toField:
		return m.chooseParameter("RCPT", toField)
	case headerField:
		return m.chooseHeader()
	case attachField, messageField:
		return m.chooseFile(f.at, m.path("."))
	}
	m.say("there is nothing to choose from for " + fieldNames[f.at])
	return nil
}

// chooseWord lists values of a field.
func (m *Model) chooseWord(title string, of field, words [][2]string) tea.Cmd {
	p := picker{title: title, verb: "take"}
	at := 0
	for i, w := range words {
		if w[0] == m.form.value(of) {
			at = i
		}
		p.choices = append(p.choices, choice{w[0], "", w[1], func(m *Model) tea.Cmd {
			m.form.set(of, w[0])
			if delete(m.form.byItself, of); of == targetField {
				m.form.follow(m.o)
			}
			return m.checkForm()
		}})
	}
	return m.pick(p, at)
}

// chooseTarget lists the targets that were connected to, and the scenarios of
// the practice server.
func (m *Model) chooseTarget() tea.Cmd {
	var words [][2]string
	for t := range m.offers {
		if !strings.HasPrefix(t, "practice") {
			words = append(words, [2]string{t, "connected to before"})
		}
	}
	slices.SortFunc(words, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	words = append(words, [2]string{"practice", "the built-in server, in memory"})
	for _, sc := range m.o.Scenarios {
		words = append(words, [2]string{"practice:" + sc.Name, sc.Title})
	}
	return m.chooseWord("Target", targetField, words)
}

// chooseMechanism puts a mechanism behind the user.
func (m *Model) chooseMechanism() tea.Cmd {
	offered, known := m.offeredBy(m.form.value(targetField))
	list, _ := offered.Params("AUTH")
	p := picker{title: "SASL mechanism", verb: "take it"}
	for _, mech := range sasl.Names() {
		words := ""
		for _, e := range ofKind("mechanism", mech) {
			words = e.Title
		}
		p.choices = append(p.choices, choice{mech, offers(slices.Contains(strings.Fields(list), mech), known), words, func(m *Model) tea.Cmd {
			m.form.set(loginField, strings.TrimSpace(m.form.value(loginField)+" "+mech))
			return m.checkForm()
		}})
	}
	return m.pick(p, 0)
}

// headerFields are those that people put into a header by hand.
var headerFields = [][2]string{
	{"Reply-To: ", "where answers go (RFC 5322, 3.6.2)"},
	{"Cc: ", "who else gets it, to be read; the envelope is the field to (RFC 5322, 3.6.3)"},
	{"Message-ID: <>", "its name, in place of the one that ehlo makes (RFC 5322, 3.6.4)"},
	{"In-Reply-To: <>", "the message that it answers (RFC 5322, 3.6.4)"},
	{"References: <>", "the thread that it belongs to (RFC 5322, 3.6.4)"},
	{"Date: ", "when it was written, in place of now (RFC 5322, 3.6.1)"},
	{"From: ", "the author, in place of the reverse-path (RFC 5322, 3.6.2)"},
	{"Sender: ", "who sends it, if that is not the author (RFC 5322, 3.6.2)"},
	{"To: undisclosed-recipients:;", "nobody is named (RFC 5322, 3.4)"},
	{"Auto-Submitted: auto-generated", "no person wrote it: nobody answers by machine (RFC 3834, 5)"},
	{"List-Unsubscribe: <mailto:>", "how to leave the list (RFC 2369, 3.2)"},
	{"Disposition-Notification-To: ", "asks for a note that it was read (RFC 8098, 2.1)"},
	{"X-Test: 1", "a field of your own"},
}

// chooseHeader puts a field behind those that are there.
func (m *Model) chooseHeader() tea.Cmd {
	p := picker{title: "Field of the header", verb: "put it in"}
	for _, h := range headerFields {
		p.choices = append(p.choices, choice{strings.TrimRight(h[0], " "), "", h[1], func(m *Model) tea.Cmd {
			m.form.copied = nil
			m.form.set(headerField, strings.Join(append(m.form.headers(), h[0]), headerBar))
			return m.checkForm()
		}})
	}
	return m.pick(p, 0)
}

// offers says whether something is offered, as far as that is known.
func offers(is, known bool) string {
	switch {
	case !known:
		return ""
	case is:
		return "offered"
	}
	return "not offered"
}

// chooseParameter puts a parameter where the caret is, or behind the address
// there.
func (m *Model) chooseParameter(verb string, of field) tea.Cmd {
	offered, known := m.offeredBy(m.form.value(targetField))
	p := picker{title: "Parameter of " + verb, verb: "put it in"}
	add := func(want bool) {
		for _, x := range parameters(verb) {
			if offered.Has(x.keyword) != want {
				continue
			}
			key, _, _ := strings.Cut(x.text, "=")
			p.choices = append(p.choices, choice{x.text, offers(want, known), x.keyword + parameterTitle(verb, key), func(m *Model) tea.Cmd {
				m.form.putParameter(of, x.text)
				return m.checkForm()
			}})
		}
	}
	add(true)
	add(false)
	return m.pick(p, 0)
}

// parameterTitle says what a parameter is for.
func parameterTitle(verb, key string) string {
	for _, e := range explain.Parameter(verb, key) {
		return ": " + e.Title
	}
	return ""
}

// putParameter adds a parameter to the address that the caret is in.
func (f *form) putParameter(of field, text string) {
	in := &f.inputs[of]
	value := []rune(in.Value())
	at := min(in.Position(), len(value))
	for at < len(value) && value[at] != ' ' && value[at] != ',' {
		at++
	}
	in.SetValue(string(value[:at]) + " " + text + string(value[at:]))
	in.SetCursor(at + 1 + len([]rune(text)))
}

// maxEntries bounds how much of a folder is listed.
const maxEntries = 2000

// chooseFile lists a folder; a folder in it is gone into.
func (m *Model) chooseFile(of field, dir string) tea.Cmd {
	dir, err := filepath.Abs(dir)
	if err != nil {
		m.warn(err.Error())
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		m.warn(err.Error())
		return nil
	}
	p := picker{title: "Files in " + dir, verb: "take it"}
	enter := func(name string) {
		p.choices = append(p.choices, choice{name + "/", "folder", "", func(m *Model) tea.Cmd { return m.chooseFile(of, filepath.Join(dir, name)) }})
	}
	enter("..")
	for _, e := range entries[:min(len(entries), maxEntries)] {
		if e.IsDir() {
			enter(e.Name())
		}
	}
	for _, e := range entries[:min(len(entries), maxEntries)] {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		p.choices = append(p.choices, choice{e.Name(), "", session.Digits(info.Size()) + " octets", func(m *Model) tea.Cmd {
			m.takeFile(of, filepath.Join(dir, e.Name()))
			return m.checkForm()
		}})
	}
	return m.pick(p, 0)
}

// takeFile puts a path into a field: a message file takes the place of the
// one before, an attachment comes behind the others.
func (m *Model) takeFile(of field, path string) {
	f := m.form
	if here, err := filepath.Abs(m.path(".")); err == nil {
		if rel, err := filepath.Rel(here, path); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			path = rel
		}
	}
	path = writeName(path)
	if of == attachField && len(f.attachments()) > 0 {
		path = strings.TrimRight(f.value(of), ", ") + ", " + path
	}
	f.copied = nil
	f.set(of, path)
}
