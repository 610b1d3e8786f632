package plain

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"ehlo/session"
	"ehlo/session/message"
)

// set changes a part of the letter, or tells it. What has been said already stays
// said.
func (t *talk) set(arg string) {
	if strings.TrimSpace(arg) == "" {
		t.tellLetter()
		return
	}
	field, value, _ := strings.Cut(strings.TrimSpace(arg), " ")
	field, value = strings.ToLower(field), strings.TrimSpace(value)
	if field == "target" {
		if t.setTarget("/set target", value) {
			t.next()
		}
		return
	}
	switch err := t.attempt(func() error { return t.change(field, value) }); err {
	case nil:
		t.next()
	case errNoField:
		t.wrong("/set: %s", err)
	default:
		t.wrong("/set %s: %s", field, err)
	}
}

var errNoField = errors.New("there are target, tls, helo, from, to, subject, header, body, attach and message")

// attempt makes changes of the letter, all or none.
func (t *talk) attempt(changes func() error) error {
	mail, draft, file, helo, first, wish := t.mail, t.o.Draft, t.o.Message, t.o.Helo, t.o.FirstSteps, t.scenario
	if wish != nil {
		t.scenario = &tlsWish{wish.implicit, wish.policy}
	}
	err := changes()
	if err != nil {
		t.mail, t.o.Draft, t.o.Message, t.o.Helo, t.o.FirstSteps, t.scenario = mail, draft, file, helo, first, wish
	}
	return err
}

// change gives a field of the letter another value.
func (t *talk) change(field, value string) error {
	d := &t.o.Draft
	switch field {
	case "helo":
		t.mail.Helo, t.o.Helo = value, nil
		return nil
	case "tls":
		return t.setTLS(value)
	case "message":
		return t.whole(t.path(value))
	case "from":
		t.setSender(value)
	case "to":
		t.setRecipients(value)
	case "subject":
		d.Subject = value
	case "header":
		h, err := message.ParseHeader(value)
		if err != nil {
			return err
		}
		d.Headers = append(slices.Clone(d.Headers), h)
	case "attach":
		d.Attachments = append(slices.Clone(d.Attachments), message.Attachment{Path: t.path(value)})
	case "body":
		text, _, err := session.Unquote(value)
		if err != nil {
			return err
		}
		d.Body = string(text)
	default:
		return errNoField
	}
	return t.compose()
}

// policies are the words for each [session.TLSPolicy].
var policies = [...]string{session.TLSNever: "never", session.TLSAuto: "auto", session.TLSRequire: "require"}

// setTLS says whether STARTTLS is asked for, and whether the certificate has to
// verify.
func (t *talk) setTLS(value string) error {
	words := strings.Fields(strings.ToLower(value))
	if len(words) == 0 || len(words) > 2 || len(words) == 2 && words[1] != "unverified" {
		return errors.New("expected never, auto or require, and unverified behind it")
	}
	policy := slices.Index(policies[:], words[0])
	if policy < 0 {
		return fmt.Errorf("%q is none of never, auto and require; implicit is a flag, --tls implicit, or a target smtps://", words[0])
	}
	t.mail.TLS, t.mail.Insecure = session.TLSPolicy(policy), len(words) == 2
	if t.o.FirstSteps = false; t.scenario != nil {
		t.scenario.policy = t.mail.TLS
	}
	return nil
}

// tlsWish is how TLS comes about.
type tlsWish struct {
	implicit bool
	policy   session.TLSPolicy
}

// setTarget leaves the server that is talked to, if its channel is closed, and
// reports whether there is another now.
func (t *talk) setTarget(by, value string) bool {
	target, err := t.o.Target(value)
	switch {
	case err != nil:
		t.wrong("%s: %s", by, err)
		return false
	case t.now.Open:
		t.wrong("%s: the channel to %s is open: /hangup first", by, t.mail.Target)
		return false
	}
	t.dismiss()
	t.forget()
	t.mail.Target = target
	if t.scenario != nil {
		t.o.Session.TLS.Implicit, t.mail.TLS, t.scenario = t.scenario.implicit, t.scenario.policy, nil
	}
	if t.o.FirstSteps {
		t.mail.TLS = target.TLSByItself()
	}
	if t.o.Helo != nil {
		t.mail.Helo = t.o.Helo(target)
	}
	return true
}

// forget ends the session that there is; the next step begins one.
func (t *talk) forget() {
	t.end()
	t.conclude()
	t.sess, t.recorder, t.book, t.news, t.events = nil, nil, nil, nil, nil
	t.now, t.told, t.amended = session.State{}, session.State{}, session.Amended{}
	t.doubt, t.hold, t.again, t.acting, t.running = nil, nil, nil, false, false
}

func (t *talk) setSender(value string) {
	e := session.TypedEnvelope(value)
	t.mail.From.Path = strings.Trim(e.Path, "<>")
	if len(e.Params) > 0 {
		t.mail.From.Params = e.Params
	}
	t.o.Draft.From = t.mail.From.Path
}

// setRecipients keeps the parameters of those that stay, and gives the others
// those of the first; parameters that stand behind an address are its own.
func (t *talk) setRecipients(value string) {
	old := t.mail.To
	t.mail.To, t.o.Draft.To = nil, nil
	for _, e := range session.TypedEnvelopes(value) {
		if e.Path = strings.Trim(e.Path, "<>"); e.Path == "" {
			continue
		}
		own := len(e.Params) > 0
		for i, was := range old {
			if !own && (was.Path == e.Path || i == 0) {
				e.Params = was.Params
			}
		}
		t.mail.To = append(t.mail.To, e)
		t.o.Draft.To = append(t.o.Draft.To, e.Path)
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
		t.mail.Content, t.o.Message = c, ""
	}
	return err
}

// whole has a file for the content.
func (t *talk) whole(path string) error {
	c, err := session.FileContent(path)
	if err == nil {
		t.mail.Content, t.o.Message = c, path
	}
	return err
}
