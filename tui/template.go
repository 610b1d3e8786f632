package tui

import (
	"path/filepath"
	"slices"

	"ehlo/session/message"
	tea "github.com/charmbracelet/bubbletea"
)

// chooseTemplate lists the templates, and the messages in the user's folder.
func (m *Model) chooseTemplate() tea.Cmd {
	p := picker{title: "Begin with", verb: "fill in", mine: &mine{
		what: "template", names: map[int]string{}, change: m.o.ChangeTemplate, again: (*Model).chooseTemplate,
		called: func(m *Model, from, to string) {
			if m.form.template == from {
				m.form.template = to
			}
		},
	}}
	for _, t := range message.Templates() {
		p.choices = append(p.choices, choice{t.Name, "", t.Words, func(m *Model) tea.Cmd { return m.takeTemplate(t) }})
	}
	if m.o.OwnTemplates != nil {
		own, err := m.o.OwnTemplates()
		if err != nil {
			m.warn(err.Error())
		}
		for _, t := range own {
			p.mine.names[len(p.choices)] = t.Name
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
	p := picker{title: "Profile", verb: "take its settings", mine: &mine{
		what: "profile", names: map[int]string{}, change: m.o.ChangeProfile, again: (*Model).chooseProfile,
		called: (*Model).profileCalled,
	}}
	for i, name := range m.o.Profiles {
		p.mine.names[i] = name
		p.choices = append(p.choices, choice{name, "", "[profile." + name + "]", func(m *Model) tea.Cmd { return m.takeProfile(name) }})
	}
	return m.pick(p, 0)
}

// profileCalled follows a profile that was renamed, or deleted.
func (m *Model) profileCalled(from, to string) {
	m.o.Profiles = slices.DeleteFunc(slices.Clone(m.o.Profiles), func(name string) bool { return name == from })
	if to != "" {
		m.o.Profiles = append(m.o.Profiles, to)
		slices.Sort(m.o.Profiles)
	}
	if m.form.profile == from {
		m.form.profile = to
	}
	if m.o.InProfile == from {
		m.o.InProfile = to
	}
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
	m.o.Headers, m.o.Attach, m.o.Login, m.o.NewLogin = o.Headers, o.Attach, o.Login, o.NewLogin
	m.o.KeepProfile, m.o.TLSByItself = o.KeepProfile, o.TLSByItself
	if len(o.Breaks) > 0 {
		m.breaks.list, m.breaks.at = o.Breaks, 0
	}
	m.o.fromByItself, m.o.toByItself = false, false
	m.o = m.o.Filled()
	if o.Target == "" {
		m.o.Target = was.Target
	}
	m.form.copied, m.form.profile, m.form.login.made = nil, msg.name, nil
	m.form.fill(m.o)
	m.say("profile " + escaped(msg.name))
	return m.checkForm()
}
