package transcript

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"
	"unicode/utf8"

	"ehlo/session"
	"ehlo/transcript/lazy"
)

// auth goes on to the state after an event, and writes the facts that stand
// around a login. It is given each event before its lines are written, without
// its secrets but for secret, the first of them, and returns what is to be
// written behind them.
func (w *writer) auth(e *session.Event, secret []byte, after *session.State) (behind string) {
	phase, pending, challenges := w.st.Phase, len(w.st.Pending), w.st.Challenges
	w.st = *after
	switch {
	case e.Kind == session.Sent && len(w.st.Pending) > pending:
		p := w.st.Pending[len(w.st.Pending)-1]
		if p.Verb != "AUTH" {
			return ""
		}
		if phase == session.Challenged {
			switch n := len(challenges); {
			case p.Arg != "LOGIN":
				if user := userOf(p.Arg, secret); user != "" {
					w.user, w.typed = user, false
				}
			case n > 0 && asksForName(challenges[n-1]):
				w.user, w.typed = nameIn(secret, 0), true
			}
			return ""
		}
		mech, _, _ := strings.Cut(p.Arg, " ")
		f := newFact(w.buf, "auth")
		f.word("begin")
		f.param("mech", strings.ToUpper(mech))
		w.user = ""
		if user := userOf(strings.ToUpper(mech), secret); user != "" {
			f.param("user", user)
		}
		w.buf = f.end()
	case e.Kind == session.Received && w.st.Last.Seq == e.Seq && w.st.Last.To == "AUTH" && w.st.Last.Code.Class() != 3:
		f := newFact(nil, "auth")
		f.word("end")
		if w.user != "" && !(w.typed && mayBePassword(w.user, w.st.Last.Code)) {
			f.param("user", w.user)
		}
		w.user, w.typed = "", false
		return string(f.end())
	}
	return ""
}

// content reports whether an event is a line of content that cannot end it,
// so that the state need not follow each of millions.
func (w *writer) content(e *session.Event) bool {
	if e.Kind != session.Sent || w.st.Phase != session.Data || w.st.MailData.Complete {
		return false
	}
	if e.Bulk != nil {
		w.midLine = e.Bulk.MidLine
		return false
	}
	whole := bytes.HasSuffix(e.Data, []byte("\r\n"))
	inner := whole && !w.midLine && e.Data[0] != '.'
	w.midLine = !whole
	if inner && e.Step != 0 {
		w.st.Step = e.Step
	}
	return inner
}

// asksForName reports whether a challenge of LOGIN is the common one. With
// any other nobody can tell a name from a password.
func asksForName(challenge string) bool {
	p, err := base64.StdEncoding.DecodeString(challenge)
	return err == nil && len(p) >= 4 && strings.EqualFold(string(p[:4]), "user")
}

// mayBePassword reports whether what LOGIN was given for a name may be something
// else: people have typed the password there. Then the server refuses it; an
// address is a name all the same.
func mayBePassword(name string, answer session.Code) bool {
	return !answer.Done() && address().FindString(name) != name
}

// nameIn finds the user's name in a response that has so many NULs; with two
// it is what stands between them (RFC 4616, 2). It is no secret.
func nameIn(response []byte, nuls int) string {
	p, err := base64.StdEncoding.DecodeString(string(response))
	words := strings.Split(string(p), "\x00")
	if err != nil || len(words) != nuls+1 {
		return ""
	}
	return nameOrNone(words[nuls/2])
}

// userNames find the user in the response of a mechanism, where it has a
// place of its own: RFC 2195, 2; RFC 5802, 7; RFC 7628, 3.1; XOAUTH2 as Google
// describes it.
var userNames = []struct {
	mech string // or what it begins with
	re   func() *regexp.Regexp
}{
	{"CRAM-MD5", lazy.Regexp(`\A(.+) [0-9a-f]{32}\z`)},
	{"SCRAM-", lazy.Regexp(`\A(?:n|y|p=[^,]*),(?:a=[^,]*)?,n=([^,]+),r=`)},
	{"OAUTHBEARER", lazy.Regexp(`\An,a=([^,]+),\x01`)},
	{"XOAUTH2", lazy.Regexp(`\Auser=([^\x01]+)\x01`)},
}

// userOf finds the user's name in a response.
func userOf(mech string, response []byte) string {
	if mech == "PLAIN" {
		return nameIn(response, 2)
	}
	for _, u := range userNames {
		if !strings.HasPrefix(mech, u.mech) {
			continue
		}
		p, err := base64.StdEncoding.DecodeString(string(response))
		if m := u.re().FindSubmatch(p); err == nil && m != nil {
			// RFC 5802, 5.1: =2C and =3D stand for a comma and an equals sign.
			return nameOrNone(strings.NewReplacer("=2C", ",", "=3D", "=").Replace(string(m[1])))
		}
	}
	return ""
}

// nameOrNone keeps what a line of a file can hold.
func nameOrNone(name string) string {
	if len(name) > 255 || !utf8.ValidString(name) || forbidden([]byte(name)) >= 0 {
		return ""
	}
	return name
}

// result says in one word how a session ended, or "" if it has not tried to
// deliver anything and nothing went wrong.
func result(s session.State, accepted int) string {
	a := s.Answers
	last := session.Code(0)
	for _, answer := range []session.Answer{a.Greeting, a.EHLO, a.HELO, a.Auth, a.Mail, a.Rcpt, a.Data, a.EndOfData} {
		if answer.Code.Class() >= 4 || last != 0 && answer.Code.Done() {
			last = answer.Code
		}
	}
	switch {
	case s.Responsible == session.Either:
		return "error" // RFC 1047: the message may have arrived
	case accepted > 0:
		return "accepted"
	case s.Fault != "", s.Broken != "":
		return "error"
	case last.Class() == 5:
		return "rejected"
	case last.Class() == 4:
		return "deferred"
	case s.Closed == "server" && !a.Quit.Code.Done():
		return "error"
	}
	return ""
}
