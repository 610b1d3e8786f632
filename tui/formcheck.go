package tui

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
	"ehlo/session/message"
)

// checkForm looks at every field, and makes the content anew.
func (m *Model) checkForm() tea.Cmd {
	f := m.form
	f.faults = [fields]fault{}
	if _, err := session.ParseTarget(strings.TrimSpace(f.value(targetField))); err != nil {
		f.faults[targetField] = fault{strip(err.Error(), "target "), true}
	}
	if _, err := parseTLS(f.value(tlsField)); err != nil {
		f.faults[tlsField] = fault{err.Error(), true}
	}
	if helo := f.value(heloField); helo != "" {
		f.advise(heloField, session.CheckDomain(helo, false))
	}
	m.checkEnvelope()
	user, mechs := readLogin(f.value(loginField))
	f.advise(loginField, unknownMechanism(mechs))
	if user != "" && f.value(passwordField) == "" && !slices.Contains(mechs, "EXTERNAL") && !slices.Contains(mechs, "ANONYMOUS") {
		f.warn(passwordField, "it is empty: the login goes out without one")
	}
	read := m.makeContent()
	if f.body.LineCount() >= maxBody && f.faults[bodyField].text == "" {
		f.faults[bodyField] = fault{"the form takes no more lines: a longer message comes from a file", false}
	}
	m.planForm()
	return tea.Batch(read, f.check(m))
}

// checkEnvelope looks at sender and recipients, and at their parameters as far
// as it is known what the target offers.
func (m *Model) checkEnvelope() {
	f := m.form
	offered, known := m.offeredBy(f.value(targetField))
	from := session.TypedEnvelope(f.value(fromField))
	_, utf8 := from.Param("SMTPUTF8")
	f.advise(fromField, session.CheckReversePath(from.Path, utf8))
	f.warn(fromField, adviseParams("MAIL", from, offered, known))
	to := session.TypedEnvelopes(f.value(toField))
	if len(to) == 0 {
		f.warn(toField, "no recipient: the server will answer DATA with 503 or 554")
	}
	for _, e := range to {
		if err := session.CheckForwardPath(e.Path, utf8); err != nil {
			f.warn(toField, e.Path+": "+err.Error())
		}
		if text := adviseParams("RCPT", e, offered, known); text != "" {
			f.warn(toField, e.Path+": "+text)
		}
	}
}

// offeredBy is what a target answered EHLO with, if it was asked in this run
// of the program.
func (m *Model) offeredBy(target string) (session.Extensions, bool) {
	t, err := session.ParseTarget(strings.TrimSpace(target))
	if err != nil {
		return nil, false
	}
	offered, ok := m.offers[t.String()]
	return offered, ok
}

// noteOffers remembers what the server of the session offers.
func (m *Model) noteOffers() {
	if s := &m.live.now; s.ESMTP && len(s.Offered) > 0 {
		if m.offers == nil {
			m.offers = map[string]session.Extensions{}
		}
		m.offers[m.drive.mail.Target.String()] = s.Offered
	}
}

// planForm works out what would be said.
func (m *Model) planForm() {
	target, _ := session.ParseTarget(strings.TrimSpace(m.form.value(targetField)))
	m.form.plan = session.Forecast(session.State{}, m.formMail(target), planned)
}

func (m *Model) formMail(target session.Target) session.Mail {
	f := m.form
	mail := m.o.Mail
	mail.Target, mail.Helo, mail.Content = target, cmp.Or(strings.TrimSpace(f.value(heloField)), m.o.Helo(target)), f.content
	mail.From, mail.To = session.TypedEnvelope(f.value(fromField)), session.TypedEnvelopes(f.value(toField))
	if auth := f.login.client(f.value(loginField), f.value(passwordField), m.o.NewLogin); auth != nil {
		mail.Auth = auth
	}
	wish, _ := parseTLS(f.value(tlsField))
	mail.TLS, mail.Insecure = wish.policy, wish.insecure
	if mail.Content == nil {
		mail.Content = &session.Content{}
	}
	return mail
}

func (f *form) advise(of field, err error) {
	if err != nil {
		f.warn(of, err.Error())
	}
}

// warn says what is wrong in a field; the first word stands.
func (f *form) warn(of field, text string) {
	if text != "" && f.faults[of].text == "" {
		f.faults[of] = fault{text, false}
	}
}

// makeContent composes, or has the message file measured.
func (m *Model) makeContent() tea.Cmd {
	f := m.form
	path := f.messageFile()
	if path == "" {
		f.file = ""
		m.compose()
		return nil
	}
	if path == f.file {
		f.takeContent()
		return nil
	}
	f.file, f.content, f.measured = path, nil, contentMsg{}
	f.takeContent()
	return measure(path, m.path(path))
}

// compose makes the message of what the form says.
func (m *Model) compose() {
	f := m.form
	if f.content = f.copied; f.copied != nil {
		return
	}
	from := session.TypedEnvelope(f.value(fromField))
	d := message.Draft{From: from.Path, To: f.paths(), Subject: f.value(subjectField), Body: f.value(bodyField), Date: m.o.Now()}
	body, _ := from.Param("BODY")
	_, d.SMTPUTF8 = from.Param("SMTPUTF8")
	d.EightBit = strings.EqualFold(body, "8BITMIME")
	for _, text := range f.headers() {
		h, err := message.ParseHeader(text)
		if err != nil {
			f.content, f.faults[headerField] = nil, fault{err.Error(), true}
			return
		}
		d.Headers = append(d.Headers, h)
	}
	for _, name := range f.attachments() {
		a := message.ParseAttachment(name)
		a.Path = m.path(a.Path)
		d.Attachments = append(d.Attachments, a)
	}
	c, err := m.o.Compose(d)
	if f.content = c; err != nil {
		f.content = nil
		at, text := f.blame(err)
		f.faults[at] = fault{text, true}
	}
}

// blame is the field that content cannot be made because of, and why not.
func (f *form) blame(err error) (field, string) {
	part := (*message.PartError)(nil)
	if !errors.As(err, &part) {
		return bodyField, strip(err.Error(), "compose: ")
	}
	at, ok := map[string]field{"body": bodyField, "attachment": attachField, "From": fromField, "To": toField, "Subject": subjectField}[part.Part]
	if !ok {
		at = headerField
	}
	for _, text := range f.headers() {
		if h, err := message.ParseHeader(text); err == nil && h.Name == part.Part {
			at = headerField // it takes the place of the other
		}
	}
	return at, part.Err.Error()
}

// takeContent uses the message file as far as it is known.
func (f *form) takeContent() {
	switch {
	case f.measured.path != f.file:
		f.faults[messageField] = fault{"reading the file …", true}
	case f.measured.err != nil:
		f.content = nil
		f.faults[messageField] = fault{f.measured.err.Error(), true}
	default:
		f.content = f.measured.content
		f.faults[messageField] = fault{}
	}
}

// measuredFile notes what is known of the message file.
func (m *Model) measuredFile(msg contentMsg) tea.Cmd {
	f := m.form
	if msg.path != f.file {
		return nil
	}
	f.measured = msg
	f.takeContent()
	m.planForm()
	if f.wanted && f.content != nil {
		f.wanted = false
		return m.connect()
	}
	return f.check(m)
}

// mail makes the mail of the form; if it cannot, it goes to the field that is
// in the way.
func (m *Model) mail() (session.Mail, bool) {
	f := m.form
	for i, fault := range f.faults {
		if !fault.fatal {
			continue
		}
		_ = m.goTo("compose")
		f.focus(field(i))
		f.wanted = field(i) == messageField && f.measured.path != f.file
		if !f.wanted {
			m.warn(fmt.Sprintf("%s: %s", fieldNames[i], fault.text))
		}
		return session.Mail{}, false
	}
	target, err := session.ParseTarget(strings.TrimSpace(f.value(targetField)))
	if err != nil {
		m.warn(err.Error())
		return session.Mail{}, false
	}
	return m.formMail(target), true
}

// apply has a session that goes on follow the form as it is now: what was
// said is said, what comes next is new. The target stays.
func (m *Model) apply() {
	if m.form.content == nil || m.form.faults[targetField].fatal {
		return
	}
	if mail, ok := m.mail(); ok {
		if m.drive.sess != nil {
			mail.Target = m.drive.mail.Target
		}
		m.drive.mail = mail
		m.foresee()
	}
}

func strip(text, prefix string) string { return strings.TrimPrefix(text, prefix) }

func splitLines(text string) []string { return strings.Split(text, "\n") }
