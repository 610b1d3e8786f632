package tui

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
	"ehlo/session/message"
	"ehlo/session/sasl"
)

// Draft is what the form says, as the flags of ehlo send say it. Nothing in it
// is secret. A flag without a value is one that the form leaves out.
type Draft struct {
	Flags  map[string][]string
	Breaks []session.Breakpoint
	// Content was copied from a transcript, and stands in for what the flags
	// say about it. May be nil.
	Content *session.Content
}

// fieldFlags is the flag of ehlo send that a field stands for; those of a login and
// of TLS are several.
var fieldFlags = map[field]string{
	targetField: "target", heloField: "helo", fromField: "from", toField: "to", subjectField: "subject",
	headerField: "header", bodyField: "body", attachField: "attach", messageField: "message",
}

// draft is what the form says now.
func (m *Model) draft() Draft {
	f := m.form
	d := Draft{Breaks: m.breaks.list, Content: f.copied, Flags: map[string][]string{
		"target": values(f.value(targetField)), "helo": values(f.value(heloField)), "from": {cmp.Or(strings.TrimSpace(f.value(fromField)), "<>")},
		"to": nil, "tls": nil, "insecure": nil, "user": nil, "auth": nil,
		"subject": nil, "header": nil, "body": nil, "attach": nil, "message": nil,
	}}
	for _, e := range session.TypedEnvelopes(f.value(toField)) {
		d.Flags["to"] = append(d.Flags["to"], e.Typed())
	}
	words := strings.Fields(strings.ToLower(f.value(tlsField)))
	d.Flags["tls"] = []string{cmp.Or(strings.Join(words[:min(1, len(words))], ""), "never")}
	if slices.Contains(words, "insecure") {
		d.Flags["insecure"] = []string{"true"}
	}
	user, mechs := readLogin(f.value(loginField))
	d.Flags["user"] = values(user)
	for _, mech := range mechs {
		if slices.Contains(sasl.Names(), mech) { // what else is typed there may be a password
			d.Flags["auth"] = append(d.Flags["auth"], mech)
		}
	}
	if path := f.messageFile(); path != "" || f.copied != nil {
		if path != "" {
			d.Flags["message"] = []string{m.whole(path)}
		}
		return d
	}
	d.Flags["subject"], d.Flags["body"] = []string{f.value(subjectField)}, []string{f.value(bodyField)}
	d.Flags["header"] = f.headers()
	for _, path := range f.attachments() {
		d.Flags["attach"] = append(d.Flags["attach"], m.whole(path))
	}
	return d
}

func values(text string) []string {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	return []string{text}
}

// whole is a path that leads to the same file from everywhere.
func (m *Model) whole(path string) string {
	if abs, err := filepath.Abs(m.path(path)); err == nil {
		return abs
	}
	return path
}

// takeTemplate fills the form with what a template says.
func (m *Model) takeTemplate(t message.Template) tea.Cmd {
	f := m.form
	f.copied, f.template = nil, t.Name
	f.set(messageField, "")
	for of, flag := range fieldFlags {
		value, ok := t.Flags[flag]
		switch {
		case !ok:
		case of == fromField && len(value) == 1 && value[0] == "<>":
			f.set(of, "")
		case of == headerField:
			f.set(of, strings.Join(value, headerBar))
		case of == attachField || of == messageField:
			f.set(of, writeNames(value))
		default:
			f.set(of, strings.Join(value, ", "))
		}
	}
	if wish, ok := t.Flags["tls"]; ok {
		if len(t.Flags["insecure"]) == 1 && t.Flags["insecure"][0] == "true" {
			wish = append(slices.Clone(wish), "insecure")
		}
		f.set(tlsField, strings.Join(wish, " "))
	}
	if user, ok := t.Flags["user"]; ok {
		f.set(loginField, strings.Join(append(slices.Clone(user), t.Flags["auth"]...), " "))
	}
	return m.checkForm()
}

// saveForm asks as what the form is to be saved, and under which name.
func (m *Model) saveForm() tea.Cmd {
	if m.o.KeepProfile == nil || m.o.KeepTemplate == nil {
		m.say(noSettings)
		return nil
	}
	for _, of := range []field{targetField, tlsField, headerField} {
		if x := m.form.faults[of]; x.fatal {
			m.form.focus(of)
			m.warn(fieldNames[of] + ": " + x.text + "; nobody could use that again")
			return nil
		}
	}
	return m.pick(picker{title: "Save the form as", verb: "save as that", names: "its name", choices: []choice{
		{"profile", "", "target, TLS, login, mail and breakpoints: [profile.NAME] of the configuration; no password", func(m *Model) tea.Cmd {
			return m.askName("profile", m.form.profile, m.o.Profiles, (*Model).keepProfile)
		}},
		{"template", "", "the mail alone: from, to, subject, body, files", func(m *Model) tea.Cmd {
			list, err := m.o.OwnTemplates()
			if err != nil {
				m.warn(err.Error())
			}
			var names []string
			for _, t := range list {
				names = append(names, t.Name)
			}
			return m.askName("template", m.form.template, names, (*Model).keepTemplate)
		}},
	}}, 0)
}

// askName asks for a name to save under, if none was typed before, and once more
// where there is one. The name that was taken last is proposed.
func (m *Model) askName(what, last string, taken []string, keep func(*Model, string) (string, error)) tea.Cmd {
	typed := strings.TrimSpace(m.picker.input.Value())
	sure := ""
	m.ask(prompt{
		name: "save-form", title: "Name of the " + what, sign: "› ", verb: "save", note: "letters, digits, - and _",
		accept: func(m *Model, name string) tea.Cmd {
			name = strings.TrimSpace(name)
			switch {
			case !isName(name):
				m.prompt.fault = nameWanted
				return nil
			case slices.Contains(taken, name) && sure != name:
				sure = name
				m.prompt.fault = "there is one of that name: ⏎ again puts this in its place"
				return nil
			}
			words, err := keep(m, name)
			if err != nil {
				m.prompt.fault = err.Error()
				return nil
			}
			m.over = uncovered
			m.say(what + " " + name + " is saved: " + words)
			return nil
		},
	}, cmp.Or(typed, last))
	if typed == "" {
		return nil
	}
	return m.accept()
}

const nameWanted = "expected letters, digits, - and _"

// isName reports whether a profile or a template can be called so.
func isName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_'
	})
}

func (m *Model) keepProfile(name string) (string, error) {
	words, err := m.o.KeepProfile(name, m.draft())
	if err == nil {
		m.form.profile = name
	}
	if err == nil && !slices.Contains(m.o.Profiles, name) {
		m.o.Profiles = append(slices.Clone(m.o.Profiles), name)
		slices.Sort(m.o.Profiles)
	}
	return words, err
}

func (m *Model) keepTemplate(name string) (string, error) {
	d := m.draft()
	for _, flag := range []string{"target", "helo", "tls", "insecure", "user", "auth"} {
		delete(d.Flags, flag)
	}
	d.Breaks, m.form.template = nil, name
	return m.o.KeepTemplate(name, d)
}
