package plain

import (
	"cmp"
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
		if part := (*message.PartError)(nil); errors.As(err, &part) && part.Part == partOf(field) {
			err = part.Err // and not once more where it is
		}
		t.wrong("/set %s: %s", field, err)
	}
}

// partOf is what a field is called where content is made.
func partOf(field string) string {
	switch field {
	case "attach":
		return "attachment"
	case "from", "to", "subject":
		return strings.ToUpper(field[:1]) + field[1:]
	}
	return field
}

var errNoField = errors.New("there are target, tls, helo, from, to, subject, header, body, attach and message")

// attempt makes changes of the letter, all or none.
func (t *talk) attempt(changes func() error) error {
	mail, o := t.mail, t.o
	err := changes()
	if err != nil {
		t.mail, t.o = mail, o
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
	if len(words) == 0 || len(words) > 2 || len(words) == 2 && words[1] != "insecure" {
		return errors.New("expected never, auto, require or implicit, and insecure behind it")
	}
	if err := t.wishTLS(words[0]); err != nil {
		return err
	}
	t.mail.Insecure, t.o.TLSByItself = len(words) == 2, false
	return nil
}

// wishTLS has TLS come about in this way.
func (t *talk) wishTLS(word string) error {
	policy := slices.Index(policies[:], word)
	implicit := word == "implicit"
	if policy < 0 && !implicit {
		return fmt.Errorf("%q is none of never, auto, require and implicit", word)
	}
	t.mail.TLS, t.o.Session.TLS.Implicit = session.TLSPolicy(max(policy, 0)), implicit
	return nil
}

// wishedTLS is the reverse.
func (t *talk) wishedTLS() string {
	if t.o.Session.TLS.Implicit {
		return "implicit"
	}
	return policies[t.mail.TLS]
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
	t.fit()
	return true
}

// fit has the letter say what goes with its target, where nobody has said
// anything else.
func (t *talk) fit() {
	target := t.mail.Target
	if t.o.TLSByItself {
		_ = t.wishTLS(cmp.Or(t.scenario().TLS, policies[target.TLSByItself()])) // which are words for it
	}
	if t.o.Helo != nil {
		t.mail.Helo = t.o.Helo(target)
	}
	if t.o.Envelope == nil {
		return
	}
	named := t.o.Envelope
	from, to := named(target)
	if from == t.mail.From.Typed() && to == typedList(t.mail.To) {
		return
	}
	t.mail.From, t.mail.To = session.Envelope{}, nil // their parameters go, too
	t.setSender(from)
	t.setRecipients(to)
	if t.o.Envelope = named; t.o.Message == "" {
		if err := t.compose(); err != nil {
			t.wrong("%s", err)
		}
	}
}

// typedList is the recipients as they are typed.
func typedList(list []session.Envelope) string {
	var parts []string
	for _, e := range list {
		parts = append(parts, e.Typed())
	}
	return strings.Join(parts, ", ")
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
	t.o.Envelope = nil
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
	t.o.Envelope = nil
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
