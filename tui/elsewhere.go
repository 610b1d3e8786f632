package tui

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
)

// Steps that are no lines: a channel leads elsewhere, content is written anew
// in an editor. What cannot be changed says why in a line.

// fixed says why a step stays as it is and where it is.
func (m *Model) fixed(st session.Step) string {
	edit := m.keys.named("edit").key(false)
	switch {
	case st.Kind == session.Await:
		return "this is no step of the plan: it can be waited for, and that is all"
	case st.Kind == session.Resolve:
		return "the DNS is asked before there is a channel; " + edit + " on connect, or the target of the form, says where to"
	case st.Kind == session.Connect:
		return "nothing is said without a channel: connect comes first; " + edit + " has it lead elsewhere"
	case st.Kind == session.StartTLS:
		return "the handshake belongs right behind the 220 (RFC 3207, 4); " + edit + " changes its versions and names"
	case st.Part != nil:
		return "chunks come in the order of the content (RFC 3030, 2); " + edit + " changes the line of one"
	case st.Content != nil:
		return "content belongs right behind the 354; " + edit + " changes it"
	case st.Kind != session.Say:
		return "the channel is closed at the end; " + m.keys.named("hang-up").key(false) + ", " + m.keys.named("half-close").key(false) + " and " + m.keys.named("reset").key(false) + " do it at any moment"
	}
	return ""
}

// editConnect asks where the channel is to lead.
func (m *Model) editConnect(at session.Place, st session.Step) {
	was := m.drive.mail.Target.String()
	if st.To != nil {
		was = st.To.String()
	}
	m.ask(prompt{
		name: "edit-connect", title: "Connect to, in place of the target", sign: "› ", verb: "plan it so",
		note: "HOST[:PORT], [IPv6]:PORT, unix:PATH …; what the certificate has to name stays that of the target",
		accept: func(m *Model, text string) tea.Cmd {
			to, err := session.ParseTarget(strings.TrimSpace(text))
			if err == nil && to.MX != "" {
				err = fmt.Errorf("a domain is looked up as the target of the form; expected a host")
			}
			if err != nil {
				m.prompt.fault = err.Error()
				return nil
			}
			m.over = uncovered
			if m.amend(session.Amendment{At: at, What: session.Instead, Step: session.Step{To: &to, Addr: to.Host, Why: "edited; was: " + was}}) {
				m.say("it leads to " + escaped(to.String()) + "; " + m.keys.named("undo").key(false) + " takes that back")
			}
			return nil
		},
	}, was)
}

// editHandshake asks how a handshake is to be made.
func (m *Model) editHandshake(at session.Place, st session.Step) {
	was := session.Offer{MinVersion: m.o.TLS.MinVersion, MaxVersion: m.o.TLS.MaxVersion, ServerName: m.o.TLS.ServerName, VerifyName: m.o.TLS.VerifyName}
	if st.How != nil {
		was = *st.How
	}
	m.ask(prompt{
		name: "edit-handshake", title: "Handshake: min=1.2 max=1.3 name=HOST verify=HOST", sign: "› ", verb: "plan it so",
		note: "name is sent to the server, verify is what its certificate has to name; what is left out stays as it is",
		accept: func(m *Model, text string) tea.Cmd {
			how, err := session.ParseOffer(text)
			if err != nil {
				m.prompt.fault = err.Error()
				return nil
			}
			m.over = uncovered
			if m.amend(session.Amendment{At: at, What: session.Instead, Step: session.Step{How: &how, Why: "edited: " + how.String()}}) {
				m.say("the handshake is planned so; " + m.keys.named("undo").key(false) + " takes that back")
			}
			return nil
		},
	}, was.String())
}

// contentEditedMsg says that the editor has been left in which the content of a
// step was.
type contentEditedMsg struct {
	gen    int
	at     session.Place
	aside  *aside
	of     session.Content // as it was: a recording has its dots, and ends by itself
	before []byte
	err    error
}

// editContent opens the content of a step in the editor of the person.
func (m *Model) editContent(at session.Place, st session.Step) tea.Cmd {
	data, err := wholeContent(st.Content)
	if err != nil {
		m.warn("the content cannot be edited: " + err.Error())
		return nil
	}
	msg := contentEditedMsg{gen: m.drive.gen, at: at, aside: m.newAside(), of: *st.Content, before: data}
	return m.asideInEditor(string(data), msg.aside, func(err error) tea.Msg {
		msg.err = err
		return msg
	})
}

// wholeContent reads content that fits into an editor.
func wholeContent(c *session.Content) ([]byte, error) {
	if c.Octets > longContent {
		return nil, fmt.Errorf("it has %s octets, and %s are as many as can be", session.Digits(c.Octets), session.Digits(longContent))
	}
	in, err := c.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(io.LimitReader(in, longContent+1))
}

// contentEdited plans the content as it was left. What cannot be taken stays in
// its file.
func (m *Model) contentEdited(msg contentEditedMsg) tea.Cmd {
	defer msg.aside.done()
	if msg.aside.path == "" { // the editor has not begun
		m.warn("the editor: " + msg.err.Error())
		return nil
	}
	if msg.gen != m.drive.gen {
		m.warn("another session is on by now: the content is in " + msg.aside.where())
		return nil
	}
	file, err := session.FileContent(msg.aside.path)
	var data []byte
	if err == nil {
		data, err = wholeContent(file)
	}
	same := err == nil && bytes.Equal(data, msg.before)
	switch {
	case msg.err != nil && same:
		m.warn("the editor: " + msg.err.Error())
	case msg.err != nil:
		m.warn("the editor: " + msg.err.Error() + "; what was written is in " + msg.aside.where())
	case err != nil:
		m.warn("not taken, " + err.Error() + "; it is in " + msg.aside.where())
	case same:
		m.say("the content is as it was")
	case m.amend(session.Amendment{At: msg.at, What: session.Instead, Step: session.Step{Content: likeContent(data, msg.of), Why: "edited"}}):
		m.say("the content is planned as edited; " + m.keys.named("undo").key(false) + " takes that back")
	default:
		_ = msg.aside.where()
	}
	return nil
}

// likeContent is content that goes out in the way that other content does.
func likeContent(data []byte, of session.Content) *session.Content {
	c := session.BytesContent(data)
	c.Wire, c.Binary = of.Wire, of.Binary
	_ = c.Measure() // reading from memory does not fail
	return c
}
