package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/bubbles/textarea"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
	"ehlo/session/message"
)

// field is a part of the compose form.
type field uint8

const (
	targetField field = iota
	tlsField
	heloField
	fromField
	toField
	subjectField
	bodyField
	messageField
	fields
)

var fieldNames = [fields]string{"target", "tls", "helo", "from", "to", "subject", "body", "message"}

// fieldHints say what belongs into a field.
var fieldHints = [fields]string{
	"practice[:SCENARIO] is the built-in server, in memory. Or HOST[:PORT], [IPv6]:PORT, smtp://HOST[:PORT]; without a port it is 25.",
	"never stays in the clear. auto asks for STARTTLS if it is offered, require sends no mail without it, implicit begins with TLS (RFC 8314, 3). Add unverified to go on with a certificate that does not verify.",
	"The name that the client gives itself in EHLO: a fully qualified domain name, or an address literal such as [192.0.2.1]. Empty takes the address of this end of the channel. (RFC 5321, 4.1.4)",
	"The reverse-path, without angle brackets: where a report goes if the message cannot be delivered. Empty is the null reverse-path, MAIL FROM:<>. (RFC 5321, 4.5.5)",
	"The recipients, with commas between them. Each gets a RCPT of its own and an answer of its own. (RFC 5321, 3.3)",
	"The Subject field of the message. (RFC 5322, 3.6.5)",
	"The text of the message. On the wire each line ends with CRLF, and a line that begins with a dot gets another one. (RFC 5321, 4.5.2)",
	"The path of a file with a whole message, header and all (.eml). It takes the place of subject and body.",
}

// form is the compose screen: where to, from whom, to whom, what.
type form struct {
	bare
	at      field
	inputs  [fields]textinput.Model // bodyField's is not used
	body    textarea.Model
	faults  [fields]fault
	content *session.Content // nil if it cannot be made
	plan    []session.Step   // what it all comes to, if every reply is as hoped

	// A message file is read by a command; until it is back, wanted remembers
	// that connecting waits for it.
	file     string
	measured contentMsg
	wanted   bool
}

// fault is what is wrong in a field. Most faults are the business of whoever
// debugs a server; only some keep a mail from being made.
type fault struct {
	text  string
	fatal bool
}

func newForm(o Options) *form {
	f := &form{body: newArea(o.Body)}
	var to []string
	for _, e := range o.Mail.To {
		to = append(to, e.Path)
	}
	for i, value := range [fields]string{
		targetField: o.Target, tlsField: tlsWish(o), heloField: o.Mail.Helo, fromField: o.Mail.From.Path, toField: strings.Join(to, ", "),
		subjectField: o.Subject, messageField: o.Message,
	} {
		f.inputs[i] = newInput(value)
	}
	f.focus(targetField)
	return f
}

func (f *form) inBody() bool { return f.at == bodyField }

func (f *form) focus(to field) {
	f.inputs[f.at].Blur()
	f.body.Blur()
	f.at = to
	if to == bodyField {
		f.body.Focus()
		return
	}
	f.inputs[to].Focus()
}

func (f *form) value(of field) string {
	if of == bodyField {
		return f.body.Value()
	}
	return f.inputs[of].Value()
}

func (f *form) recipients() []string {
	var to []string
	for part := range strings.SplitSeq(f.value(toField), ",") {
		if part = strings.TrimSpace(part); part != "" {
			to = append(to, part)
		}
	}
	return to
}

func (f *form) place() place {
	return place{
		name: "compose", title: "Compose", keys: []string{"2", "alt+2", "w"},
		words: "compose: target, envelope, content", wider: nil,
	}
}

func (f *form) actions() []action {
	return []action{
		{"connect", "compose", []string{"enter"}, "connect", "connect; in the body a new line", func(m *Model) tea.Cmd { return m.form.enter(m) }},
		{"next-field", "compose", []string{"tab"}, "next field", "the next field", func(m *Model) tea.Cmd { return m.form.turn(1) }},
		{"field-before", "compose", []string{"shift+tab"}, "field before", "the field before", func(m *Model) tea.Cmd { return m.form.turn(-1) }},
		{"leave", "compose", []string{"esc"}, "session", "the session screen, with these values", func(m *Model) tea.Cmd { return m.goTo("session") }},
	}
}

func (f *form) hints(*Model) []hint {
	enter := ""
	if f.inBody() {
		enter = "new line"
	}
	return []hint{{"connect", enter}, {"next-field", ""}, {"leave", ""}, {"help", ""}, {"quit-now", ""}}
}

func (f *form) about(*Model) string {
	return "The mail, and where it goes. What is wrong stands beside its field; nothing is sent before you connect, and then step by step."
}

func (f *form) typing(*Model) bool { return true }

// open looks at the form again: the clock has gone on.
func (f *form) open(m *Model) tea.Cmd { return m.checkForm() }

func (f *form) leave(m *Model) { m.apply() }

func (f *form) hear(m *Model, msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(contentMsg); ok {
		return m.measuredFile(msg)
	}
	return nil
}

// remark is what is wrong in the field, where there is no other room for it.
func (f *form) remark(m *Model) notice {
	if _, h := m.room(); hintHeight(h) > 0 {
		return notice{}
	}
	return notice{f.faults[f.at].text, f.faults[f.at].fatal}
}

// turn gives the keyboard to another field.
func (f *form) turn(by int) tea.Cmd {
	f.focus(field((int(f.at) + by + int(fields)) % int(fields)))
	return nil
}

// enter connects; in the body it begins a line.
func (f *form) enter(m *Model) tea.Cmd {
	if f.inBody() {
		return f.typed(m, tea.KeyMsg{Type: tea.KeyEnter})
	}
	if m.drive.sess != nil && m.live.now.InTransaction() && !m.confirmed("connect", "hangs up and connects anew") {
		return nil
	}
	return m.connect()
}

// typed gives a key to the field, or moves between the fields.
func (f *form) typed(m *Model, msg tea.KeyMsg) tea.Cmd {
	switch {
	case msg.Type == tea.KeyUp && (!f.inBody() || f.body.Line() == 0):
		f.focus(max(f.at, 1) - 1)
		return nil
	case msg.Type == tea.KeyDown && (!f.inBody() || f.body.Line() >= f.body.LineCount()-1):
		f.focus(min(f.at+1, fields-1))
		return nil
	}
	f.wanted = false
	var cmd tea.Cmd
	if f.inBody() {
		f.body, cmd = f.body.Update(msg)
	} else {
		cmd = typeInto(&f.inputs[f.at], msg)
	}
	return tea.Batch(cmd, m.checkForm())
}

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
	f.advise(fromField, session.CheckReversePath(f.value(fromField), false))
	to := f.recipients()
	if len(to) == 0 {
		f.faults[toField] = fault{"no recipient: the server will answer DATA with 503 or 554", false}
	}
	for _, path := range to {
		if err := session.CheckForwardPath(path, false); err != nil && f.faults[toField].text == "" {
			f.faults[toField] = fault{path + ": " + err.Error(), false}
		}
	}
	read := m.makeContent()
	if f.body.LineCount() >= maxBody && f.faults[bodyField].text == "" {
		f.faults[bodyField] = fault{"the form takes no more lines: a longer message comes from a file", false}
	}
	m.planForm()
	return read
}

// planForm works out what would be said.
func (m *Model) planForm() {
	target, _ := session.ParseTarget(strings.TrimSpace(m.form.value(targetField)))
	m.form.plan = session.Forecast(session.State{}, m.formMail(target), planned)
}

func (m *Model) formMail(target session.Target) session.Mail {
	f := m.form
	mail := m.o.Mail
	mail.Target, mail.Helo, mail.Content = target, f.value(heloField), f.content
	mail.From.Path = f.value(fromField)
	mail.To = session.To(f.recipients()...)
	for i := range mail.To {
		mail.To[i].Params = m.o.Mail.To[min(i, len(m.o.Mail.To)-1)].Params
	}
	wish, _ := parseTLS(f.value(tlsField))
	mail.TLS, mail.Insecure = wish.policy, wish.unverified
	if mail.Content == nil {
		mail.Content = &session.Content{}
	}
	return mail
}

func (f *form) advise(of field, err error) {
	if err != nil {
		f.faults[of] = fault{err.Error(), false}
	}
}

// makeContent composes, or has the message file measured.
func (m *Model) makeContent() tea.Cmd {
	f := m.form
	path := strings.TrimSpace(f.value(messageField))
	if path == "" {
		f.file = ""
		c, err := m.o.Compose(message.Draft{
			From: f.value(fromField), To: f.recipients(),
			Subject: f.value(subjectField), Body: f.value(bodyField), Date: m.o.Now(),
		})
		f.content = c
		if err != nil {
			f.content = nil
			f.faults[bodyField] = fault{err.Error(), true}
		}
		return nil
	}
	if path == f.file {
		f.takeContent()
		return nil
	}
	f.file, f.content, f.measured = path, nil, contentMsg{}
	f.takeContent()
	return measure(path)
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
	return nil
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

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(int64(n)) + " " + many
}

func splitLines(text string) []string { return strings.Split(text, "\n") }
