package tui

import (
	"bytes"
	"fmt"
	"io"
	"net/mail"
	"path/filepath"
	"strings"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
)

// copyFrom fills the form with the mail of the conversation that is open: who
// said hello, the envelope with its parameters, and the content octet for
// octet. The target stays: nobody connects to where a recording came from
// without having said so.
func (m *Model) copyFrom() tea.Cmd {
	f, c := m.form, m.shown()
	s := c.moment()
	from, to := s.ReversePath, s.Recipients
	if t := s.Finished; from == nil && t != nil {
		from, to = &t.ReversePath, t.Recipients
	}
	if from == nil {
		m.say("there is no mail to copy: no MAIL was taken up to the cursor")
		return nil
	}
	if s.Helo != "" {
		f.set(heloField, s.Helo)
	}
	f.set(fromField, withoutSize(*from).Typed())
	var list []session.Envelope
	for _, r := range to {
		list = append(list, session.Envelope{Path: r.Path, Params: r.Params})
	}
	f.set(toField, writeAddresses(list))
	f.copiedFrom = "the session"
	if m.tape != nil {
		f.copiedFrom = filepath.Base(m.tape.name)
	}
	data, err := m.sentContent(c)
	switch {
	case err != nil:
		m.warn("the envelope was copied, the content was not: " + err.Error())
	case data == nil:
		m.say("the envelope was copied from " + escaped(f.copiedFrom) + "; no content was sent")
	default:
		f.takeCopy(data)
		m.say("copied from " + escaped(f.copiedFrom))
	}
	return tea.Batch(m.goTo("compose"), m.checkForm())
}

// withoutSize leaves out SIZE, which the new mail says for itself.
func withoutSize(e session.Envelope) session.Envelope {
	var params []session.Param
	for _, p := range e.Params {
		if p.Key != "SIZE" {
			params = append(params, p)
		}
	}
	e.Params = params
	return e
}

// takeCopy shows content in the form. It goes out as it is until something
// else is written.
func (f *form) takeCopy(data []byte) {
	f.copied = session.BytesContent(data)
	f.set(messageField, "")
	f.set(attachField, "")
	f.set(headerField, "")
	msg, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		f.set(subjectField, "")
		f.set(bodyField, "")
		return
	}
	f.set(subjectField, msg.Header.Get("Subject"))
	body, _ := io.ReadAll(io.LimitReader(msg.Body, maxCopied))
	text := strings.ReplaceAll(string(body), "\r\n", "\n")
	if !utf8.ValidString(text) || strings.Count(text, "\n") >= maxBody {
		text = ""
	}
	f.set(bodyField, text)
}

// maxCopied bounds content that is copied into memory.
const maxCopied = 32 << 20

// sentContent is what was sent as the last message up to the cursor, without
// the dots of DATA; nil if there was none.
func (m *Model) sentContent(c *conversation) ([]byte, error) {
	end := min(c.cursor, len(c.rows)-1)
	for end >= 0 && !c.rows[end].content {
		end--
	}
	if end < 0 {
		return nil, nil
	}
	from := end
	for from > 0 && m.belongs(c, from-1) {
		from--
	}
	for end+1 < len(c.rows) && m.belongs(c, end+1) {
		end++
	}
	var data []byte
	dotted := c.rows[end].verb == session.EndOfData
	for i := from; i <= end; i++ {
		if !c.rows[i].content {
			continue
		}
		for _, e := range c.events[c.rows[i].from:c.rows[i].to] {
			part, err := m.octetsOf(e)
			if err != nil {
				return nil, err
			}
			if data = append(data, part...); len(data) > maxCopied {
				return nil, fmt.Errorf("it has more than %s octets", session.Digits(maxCopied))
			}
		}
	}
	if dotted {
		data = withoutDots(data)
	}
	return data, nil
}

// belongs reports whether a row is part of content, or stands between two
// chunks of it.
func (m *Model) belongs(c *conversation, i int) bool {
	r := &c.rows[i]
	return r.content || r.verb == "BDAT"
}

// octetsOf returns what an event sent, from beside the file if it lies there.
func (m *Model) octetsOf(e session.Event) ([]byte, error) {
	if e.Bulk == nil {
		return e.Data, nil
	}
	if m.tape == nil {
		return nil, fmt.Errorf("its %s octets are not kept in memory; save the session and copy from the transcript", session.Digits(e.Bulk.Octets))
	}
	r, err := m.tape.file.Open(e.Bulk)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, maxCopied+1))
}

// withoutDots undoes RFC 5321, 4.5.2: the dot that was put in front of one,
// and the one that ends the data.
func withoutDots(data []byte) []byte {
	data = bytes.TrimSuffix(data, []byte(".\r\n"))
	var out []byte
	for line := range bytes.SplitAfterSeq(data, []byte("\n")) {
		if len(line) > 1 && line[0] == '.' {
			line = line[1:]
		}
		out = append(out, line...)
	}
	return out
}
