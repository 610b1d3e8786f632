package tui

import (
	"strings"

	"github.com/charmbracelet/bubbles/textarea"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
)

// field is a part of the compose form.
type field uint8

const (
	targetField field = iota
	tlsField
	heloField
	loginField
	passwordField
	fromField
	toField
	subjectField
	headerField
	bodyField
	attachField
	messageField
	fields
)

var fieldNames = [fields]string{"target", "tls", "helo", "login", "password", "from", "to", "subject", "header", "body", "attach", "message"}

// fieldHints say what belongs into a field.
var fieldHints = [fields]string{
	"practice[:SCENARIO] is the built-in server, in memory. Or HOST[:PORT], [IPv6]:PORT, smtp://HOST[:PORT], mx:DOMAIN; without a port it is 25.",
	"never stays in the clear. auto asks for STARTTLS if it is offered, require sends no mail without it, implicit begins with TLS (RFC 8314, 3). Add insecure to go on with a certificate that does not verify.",
	"The name that the client gives itself in EHLO: a fully qualified domain name, or an address literal such as [192.0.2.1]. Empty takes the address of this end of the channel. (RFC 5321, 4.1.4)",
	"Who logs in, and behind it the SASL mechanisms to take, if they are to be these: alice SCRAM-SHA-256 PLAIN. Empty logs nobody in. (RFC 4954, 4)",
	"The password of the login. It is kept in memory alone, and never in a transcript. The practice server knows alice with wonderland.",
	"The reverse-path, without angle brackets: where a report goes if the message cannot be delivered. Empty is the null reverse-path, MAIL FROM:<>. Parameters stand behind it: RET=HDRS ENVID=42. (RFC 5321, 4.5.5)",
	"The recipients, with commas between them. Each gets a RCPT of its own and an answer of its own; its parameters stand behind it: bob@example.com NOTIFY=NEVER. (RFC 5321, 3.3)",
	"The Subject field of the message. (RFC 5322, 3.6.5)",
	"More fields of the header, with | between them: Reply-To: carol@example.com | X-Test: 1. One of a name that ehlo writes takes its place. Choosing lists some. (RFC 5322, 3.6)",
	"The text of the message. On the wire each line ends with CRLF, and a line that begins with a dot gets another one. (RFC 5321, 4.5.2)",
	"The paths of files that go with the message, with commas between them; one with a comma in it stands in quotes. Choosing lists the files of a folder.",
	"The path of a file with a whole message, header and all (.eml). It takes the place of subject, body and attachments.",
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
	lint    lint
	login   login
	preview preview

	// copied is content that was taken from a transcript, and where that was.
	// It stands in for the message until something else is written.
	copied     *session.Content
	copiedFrom string

	// byItself is what nobody has typed into a field: it goes with the target.
	byItself map[field]string

	profile, template string // that were taken or saved last

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
	f := &form{body: newArea(o.Body), profile: o.InProfile}
	for i := range f.inputs {
		f.inputs[i] = newInput("")
	}
	f.fill(o)
	f.focus(targetField)
	return f
}

// fill writes what the options say into the fields.
func (f *form) fill(o Options) {
	for i, value := range [fields]string{
		targetField: o.Target, tlsField: tlsWish(o), heloField: o.Mail.Helo,
		fromField: o.Mail.From.Typed(), toField: writeAddresses(o.Mail.To), subjectField: o.Subject, messageField: writeName(o.Message),
		attachField: writeNames(o.Attach), headerField: strings.Join(o.Headers, headerBar), loginField: o.Login,
	} {
		f.inputs[i].SetValue(value)
		f.inputs[i].CursorEnd()
	}
	f.body.SetValue(o.Body)
	f.byItself = map[field]string{}
	for of, open := range map[field]bool{tlsField: o.TLSByItself, fromField: o.fromByItself, toField: o.toByItself} {
		if open {
			f.byItself[of] = f.value(of)
		}
	}
}

// follow has the fields in which nobody has typed say what goes with the target.
func (f *form) follow(o Options) {
	t, err := session.ParseTarget(strings.TrimSpace(f.value(targetField)))
	if err != nil {
		return
	}
	for of, fits := range map[field]string{tlsField: o.tlsFor(t), fromField: o.fromFor(t), toField: o.toFor(t)} {
		if was, ok := f.byItself[of]; ok && was == f.value(of) {
			f.byItself[of] = fits
			f.set(of, fits)
		}
	}
}

// set writes a value into a field.
func (f *form) set(of field, value string) {
	if of == bodyField {
		f.body.SetValue(value)
		return
	}
	f.inputs[of].SetValue(value)
	f.inputs[of].CursorEnd()
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

// paths are the recipients without their parameters.
func (f *form) paths() []string {
	var paths []string
	for _, e := range session.TypedEnvelopes(f.value(toField)) {
		paths = append(paths, e.Path)
	}
	return paths
}

// headerBar stands between two fields of the header.
const headerBar = " | "

// headers are the fields that are to be in the header besides.
func (f *form) headers() []string {
	var list []string
	for part := range strings.SplitSeq(f.value(headerField), "|") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// attachments are the files that go with the message.
func (f *form) attachments() []string { return readNames(f.value(attachField)) }

// messageFile is the path of the whole message, "" if there is none.
func (f *form) messageFile() string { return readName(f.value(messageField)) }

func (f *form) place() place {
	var wider []scope
	if f.preview.on {
		wider = []scope{reading}
	}
	return place{
		name: "compose", title: "Compose", keys: []string{"2", "alt+2", "w"},
		words: "compose: target, envelope, content", wider: wider,
	}
}

func (f *form) actions() []action {
	return []action{
		{"connect", "compose", []string{"enter"}, "connect", "connect; in the body a new line", func(m *Model) tea.Cmd { return m.form.enter(m) }},
		{"next-field", "compose", []string{"tab"}, "next field", "the next field", func(m *Model) tea.Cmd { return m.form.turn(1) }},
		{"field-before", "compose", []string{"shift+tab"}, "field before", "the field before", func(m *Model) tea.Cmd { return m.form.turn(-1) }},
		{"choose-value", "compose", []string{"ctrl+o"}, "choose", "choose what can stand in the field: parameters that are offered, files, scenarios", (*Model).chooseValue},
		{"preview", "compose", []string{"f3"}, "preview", "every line that will go out, with what the rules say; again: back to the form", (*Model).togglePreview},
		{"editor", "compose", []string{"f4"}, "editor", "write the body, or the message file, in $EDITOR", (*Model).openEditor},
		{"templates", "compose", []string{"f5"}, "templates", "mails to begin with", (*Model).chooseTemplate},
		{"profiles", "compose", []string{"f6"}, "profiles", "settings from the configuration file", (*Model).chooseProfile},
		{"save-form", "compose", []string{"f8", "ctrl+s"}, "save", "save the form as a template or a profile; passwords are not saved", (*Model).saveForm},
		{"copy-from-transcript", "compose", []string{"f7"}, "copy from", "fill the form from the session, or the transcript that is open", (*Model).copyFrom},
		{"leave", "compose", []string{"esc"}, "session", "the session screen, with these values", (*Model).leaveForm},
	}
}

func (f *form) hints(*Model) []hint {
	enter := ""
	if f.inBody() {
		enter = "new line"
	}
	if f.preview.on {
		return []hint{{"preview", "form"}, {"up", ""}, {"down", ""}, {"page-down", ""}, {"help", ""}, {"quit-now", ""}}
	}
	return []hint{
		{"connect", enter}, {"next-field", ""}, {"choose-value", ""}, {"preview", ""}, {"leave", ""}, {"help", ""},
		{"editor", ""}, {"templates", ""}, {"profiles", ""}, {"save-form", ""}, {"copy-from-transcript", ""}, {"quit-now", ""},
	}
}

func (f *form) about(*Model) string {
	return "The mail, and where it goes. What is wrong stands beside its field; nothing is sent before you connect, and then step by step."
}

func (f *form) typing(*Model) bool { return !f.preview.on }

// move scrolls the preview; in the form the wheel goes through the body.
func (f *form) move(_ *Model, by int) {
	switch {
	case f.preview.on:
		f.preview.by(by)
	case f.inBody():
		for range min(max(by, -by), f.body.LineCount()) {
			if by > 0 {
				f.body.CursorDown()
			} else {
				f.body.CursorUp()
			}
		}
	}
}

func (f *form) settle(m *Model) {
	if w, h := m.room(); f.preview.on {
		f.preview.settle(len(m.previewLines(w-2)), h-2)
	}
}

// leaveForm goes back to the form from the preview, and from the form to the
// session.
func (m *Model) leaveForm() tea.Cmd {
	if m.form.preview.on {
		return m.togglePreview()
	}
	return m.goTo("session")
}

// open looks at the form again: the clock has gone on.
func (f *form) open(m *Model) tea.Cmd { return m.checkForm() }

func (f *form) leave(m *Model) { m.apply() }

func (f *form) hear(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case contentMsg:
		return m.measuredFile(msg)
	case lintMsg:
		return f.linted(m, msg)
	case profileMsg:
		return m.tookProfile(msg)
	case editedMsg:
		return m.edited(msg)
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
	f.preview.on = false
	f.focus(field((int(f.at) + by + int(fields)) % int(fields)))
	return nil
}

// enter connects; in the body it begins a line.
func (f *form) enter(m *Model) tea.Cmd {
	if f.preview.on {
		return m.togglePreview()
	}
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
	if f.at == subjectField || f.at == headerField || f.inBody() || f.at == messageField {
		f.copied = nil
	}
	var cmd tea.Cmd
	if f.inBody() {
		f.body, cmd = f.body.Update(asText(msg))
	} else {
		cmd = typeInto(&f.inputs[f.at], msg)
	}
	if delete(f.byItself, f.at); f.at == targetField {
		f.follow(m.o)
	}
	return tea.Batch(cmd, m.checkForm())
}
