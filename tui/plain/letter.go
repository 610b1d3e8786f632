package plain

import (
	"strings"

	"ehlo/session"
)

// set changes a part of the letter. What has been said already stays said.
func (t *talk) set(arg string) {
	field, value, _ := strings.Cut(strings.TrimSpace(arg), " ")
	value = strings.TrimSpace(value)
	var err error
	switch strings.ToLower(field) {
	case "target":
		t.setTarget(value)
		return
	case "helo":
		t.mail.Helo = value
	case "from":
		t.mail.From.Path = strings.Trim(value, "<>")
		t.o.Draft.From = t.mail.From.Path
		err = t.compose()
	case "to":
		t.setRecipients(value)
		err = t.compose()
	case "subject":
		t.o.Draft.Subject = value
		err = t.compose()
	case "body":
		var text []byte
		if text, _, err = session.Unquote(value); err == nil {
			t.o.Draft.Body = string(text)
			err = t.compose()
		}
	case "message":
		var c *session.Content
		if c, err = session.FileContent(t.path(value)); err == nil {
			t.mail.Content = c
		}
	default:
		t.wrong("/set: there are target, helo, from, to, subject, body and message")
		return
	}
	if err != nil {
		t.wrong("/set %s: %s", field, err)
		return
	}
	t.next()
}

// setTarget leaves the server that is talked to, if its channel is closed.
func (t *talk) setTarget(value string) {
	target, err := session.ParseTarget(value)
	switch {
	case err != nil:
		t.wrong("/set target: %s", err)
		return
	case t.now.Open:
		t.wrong("/set target: the channel to %s is open: /hangup first", t.mail.Target)
		return
	}
	t.end()
	t.sess, t.recorder, t.book, t.news, t.events = nil, nil, nil, nil, nil
	t.now, t.told, t.amended = session.State{}, session.State{}, session.Amended{}
	t.mail.Target = target
	t.next()
}

// setRecipients keeps the parameters of those that stay, and gives the others
// those of the first.
func (t *talk) setRecipients(value string) {
	old := t.mail.To
	t.mail.To, t.o.Draft.To = nil, nil
	for path := range strings.SplitSeq(value, ",") {
		path = strings.Trim(strings.TrimSpace(path), "<>")
		if path == "" {
			continue
		}
		e := session.Envelope{Path: path}
		for i, was := range old {
			if was.Path == path || i == 0 {
				e.Params = was.Params
			}
		}
		t.mail.To = append(t.mail.To, e)
		t.o.Draft.To = append(t.o.Draft.To, path)
	}
}

// compose makes the content anew.
func (t *talk) compose() error {
	if t.o.Compose == nil {
		return nil
	}
	d := t.o.Draft
	d.Date = t.o.Now()
	c, err := t.o.Compose(d)
	if err == nil {
		t.mail.Content = c
	}
	return err
}
