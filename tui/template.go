package tui

import (
	"path/filepath"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// template is a mail to begin with. Fields that it does not name stay.
type template struct {
	name, words string
	values      map[field]string
}

// templates are those that everybody has.
func templates() []template {
	return []template{
		{"plain", "a short text to one recipient", map[field]string{
			fromField: "alice@example.org", toField: "bob@example.com", subjectField: "A first mail",
			bodyField: "Hello Bob,\n\nthis mail goes out one step at a time.\n",
		}},
		{"several", "three recipients: the practice server takes one, refuses one and has one wait", map[field]string{
			toField: "bob@example.com, nobody@example.com, busy@example.com", subjectField: "To three of you",
			bodyField: "Each recipient has an answer of its own.\n",
		}},
		{"dots", "lines that begin with a dot (RFC 5321, 4.5.2)", map[field]string{
			subjectField: "Dots", bodyField: "The next line is a dot alone.\n.\n..two of them\nand this is still the message\n",
		}},
		{"eight-bit", "text outside ASCII as it is: BODY=8BITMIME (RFC 6152)", map[field]string{
			fromField: "alice@example.org BODY=8BITMIME", subjectField: "Grüße", bodyField: "Schöne Grüße aus Köln\n",
		}},
		{"utf8-address", "addresses outside ASCII: SMTPUTF8 (RFC 6531)", map[field]string{
			fromField: "jürgen@example.org SMTPUTF8 BODY=8BITMIME", toField: "δοκιμή@example.com", subjectField: "Παράδειγμα", bodyField: "Καλημέρα\n",
		}},
		{"delivery-report", "asks for reports on delivery and failure (RFC 3461)", map[field]string{
			fromField: "alice@example.org RET=HDRS ENVID=ehlo-1", toField: "bob@example.com NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;bob@example.com",
			subjectField: "Report, please", bodyField: "Did this arrive?\n",
		}},
		{"null-sender", "what a report of a failure comes from: MAIL FROM:<> (RFC 5321, 4.5.5)", map[field]string{
			fromField: "", subjectField: "Undelivered mail", bodyField: "A mail of yours could not be delivered.\n",
		}},
		{"postmaster", "the one mailbox that every server has (RFC 5321, 4.5.1)", map[field]string{
			toField: "Postmaster", subjectField: "A question", bodyField: "Is anybody there?\n",
		}},
		{"long-line", "a line of more than 998 octets, which has to be encoded (RFC 5322, 2.1.1)", map[field]string{
			subjectField: "A long line", bodyField: strings.Repeat("all work and no play ", 60) + "\n",
		}},
		{"spam", "what every spam filter must catch: GTUBE", map[field]string{
			subjectField: "A test of the filter", bodyField: "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\n",
		}},
	}
}

// chooseTemplate lists the templates, and the messages in the user's folder.
func (m *Model) chooseTemplate() tea.Cmd {
	p := picker{title: "Begin with", verb: "fill in"}
	for _, t := range templates() {
		p.choices = append(p.choices, choice{t.name, "", t.words, func(m *Model) tea.Cmd {
			m.form.copied = nil
			m.form.set(messageField, "")
			for f := range fields {
				if value, ok := t.values[f]; ok {
					m.form.set(f, value)
				}
			}
			return m.checkForm()
		}})
	}
	if m.o.OwnTemplates != nil {
		own, err := m.o.OwnTemplates()
		if err != nil {
			m.warn(err.Error())
		}
		for _, t := range own {
			p.choices = append(p.choices, choice{t.Name, "yours", t.Words, func(m *Model) tea.Cmd { return m.takeTemplate(t) }})
		}
	}
	if m.o.Templates != "" {
		files, _ := filepath.Glob(filepath.Join(m.o.Templates, "*.eml"))
		slices.Sort(files)
		for _, file := range files {
			p.choices = append(p.choices, choice{filepath.Base(file), "yours", "a whole message", func(m *Model) tea.Cmd {
				m.form.copied = nil
				m.form.set(messageField, writeName(file))
				return m.checkForm()
			}})
		}
	}
	return m.pick(p, 0)
}

// chooseProfile lists the profiles of the configuration file.
func (m *Model) chooseProfile() tea.Cmd {
	if len(m.o.Profiles) == 0 {
		m.say("the configuration file has no [profile.NAME]: " + m.keys.named("save-form").key(false) + " saves the form as one")
		return nil
	}
	p := picker{title: "Profile", verb: "take its settings"}
	for _, name := range m.o.Profiles {
		p.choices = append(p.choices, choice{name, "", "[profile." + name + "]", func(m *Model) tea.Cmd { return m.takeProfile(name) }})
	}
	return m.pick(p, 0)
}

// takeProfile fills the form with the settings of a profile. What is no part
// of a mail, such as theme and folders, stays.
func (m *Model) takeProfile(name string) tea.Cmd {
	read := m.o.Profile
	return func() tea.Msg { // it may ask a program for a password
		o, err := read(name)
		return profileMsg{name, o, err}
	}
}

// profileMsg brings the settings of a profile.
type profileMsg struct {
	name string
	o    Options
	err  error
}

// tookProfile puts the settings into the form.
func (m *Model) tookProfile(msg profileMsg) tea.Cmd {
	if msg.err != nil {
		m.warn(msg.err.Error())
		return nil
	}
	o, was := msg.o, m.o
	m.o.Target, m.o.Mail, m.o.TLS, m.o.Timeout = o.Target, o.Mail, o.TLS, o.Timeout
	m.o.Subject, m.o.Body, m.o.Message = o.Subject, o.Body, o.Message
	m.o.Dial, m.o.Lookup, m.o.Vouch, m.o.Route, m.o.STS, m.o.Host = o.Dial, o.Lookup, o.Vouch, o.Route, o.STS, o.Host
	m.o.Compose, m.o.Begins = o.Compose, o.Begins
	m.o.Headers, m.o.Attach, m.o.Login = o.Headers, o.Attach, o.Login
	m.o.KeepProfile = o.KeepProfile
	if len(o.Breaks) > 0 {
		m.breaks.list, m.breaks.at = o.Breaks, 0
	}
	m.o = m.o.Filled()
	if o.Target == "" {
		m.o.Target = was.Target
	}
	m.form.copied, m.form.profile = nil, msg.name
	m.form.fill(m.o)
	m.say("profile " + escaped(msg.name))
	return m.checkForm()
}
