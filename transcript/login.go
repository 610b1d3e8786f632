package transcript

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"ehlo/session"
	"ehlo/transcript/lazy"
)

// login is one exchange of AUTH: what a recording tells of it, and in a replay
// who answers in its place. The responses themselves are in no file.
type login struct {
	mech    string
	user    string // "" if the recording does not say
	initial bool   // AUTH LOGIN came with the user's name
	auth    session.Authenticator
}

// response marks a part that is a response of a login.
type response struct {
	*login
	first bool // it stands in the AUTH command
	rest  bool // the part before it holds the beginning of the same response
}

// again lists the mechanisms whose responses do not depend on a challenge:
// whoever has a response can say it again.
var again = []string{"PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER", "EXTERNAL", "ANONYMOUS"}

// logIn finds the values of the responses in a turn. It says why the turn must
// not be said, or "".
func (r *run) logIn(st session.State, t *turn) string {
	for _, p := range t.parts {
		if p.login == nil {
			continue
		}
		for _, v := range p.vars {
			if !isSecret(v.Name) {
				continue
			}
			given, ok := r.known()[v.Name]
			if ok && (p.login.first || slices.Contains(again, p.login.mech)) {
				continue
			}
			value, err := r.respond(st, p.login)
			switch {
			case err == nil:
			case ok && r.o.Auth != nil:
				value = given // nobody knows this mechanism; somebody may know the response
			case ok:
				return fmt.Sprintf("not sent: a response of %s answers a challenge that is new each time, so one that was made before cannot be used", p.login.mech)
			default:
				return fmt.Sprintf("not sent: the response of %s cannot be computed again: %s", p.login.mech, err)
			}
			if r.answers == nil {
				r.answers = map[string]string{}
			}
			r.answers[v.Name] = value
		}
	}
	return ""
}

var errNobody = errors.New("nobody was named who could")

// respond computes a response to what the server has asked now.
func (r *run) respond(st session.State, p *response) (string, error) {
	switch {
	case p.rest:
		return "", nil // all of it went out with the part before
	case p.auth == nil && r.o.Auth == nil:
		return "", errNobody
	case p.auth == nil:
		auth, err := r.o.Auth(p.mech, p.user)
		if err != nil {
			return "", err
		}
		p.auth = auth
	}
	if p.first {
		st.Challenges = nil
	}
	if p.mech == "LOGIN" && p.initial {
		// The name went out as if somebody had asked for it.
		st.Challenges = append([]string{"VXNlcm5hbWU6"}, st.Challenges...)
	}
	octets, _, err := p.auth.Response(p.mech, st)
	switch {
	case err != nil:
		return "", err
	case len(octets) == 0 && p.first:
		return "=", nil // RFC 4954, 4: an initial response of no octets
	}
	return base64.StdEncoding.EncodeToString(octets), nil
}

// response recognises octets of a login by the state before them.
func (b *scripter) response(e session.Event, verb string) *response {
	midLine := b.midLine
	b.midLine = len(e.Data) > 0 && e.Data[len(e.Data)-1] != '\n'
	if b.st.Phase == session.Data || b.chunk > 0 {
		return nil
	}
	switch secret := len(e.Secret) > 0; {
	case midLine && b.login != nil:
		if secret {
			return &response{login: b.login, rest: b.partly}
		}
	case verb == "AUTH" && b.st.Phase != session.Challenged:
		mech, _, _ := strings.Cut(strings.TrimRight(session.ParseCommand(e.Data).Arg, "\r\n"), " ")
		b.begin(mech)
		b.login.initial, b.partly = secret, secret
		if secret {
			return &response{login: b.login, first: true}
		}
	case secret && e.Secret[0].From == 0 && (b.st.Phase == session.Challenged || b.pendingAuth()):
		if b.login == nil {
			b.begin(b.st.Mechanism())
		}
		b.partly = true
		return &response{login: b.login}
	}
	return nil
}

func (b *scripter) pendingAuth() bool {
	return slices.ContainsFunc(b.st.Pending, func(p session.Pending) bool { return p.Verb == "AUTH" })
}

func (b *scripter) begin(mech string) {
	b.login = &login{mech: strings.ToUpper(mech), user: b.user}
	b.user = ""
}

// authFact: = auth begin mech=PLAIN user=alice … = auth end user=alice
func (b *scripter) authFact(it *Item) {
	what, rest, _ := strings.Cut(it.Text, " ")
	params, _ := parseParams(rest) // it was read before
	user, mech := "", ""
	for _, p := range params {
		switch p.Key {
		case "user":
			user = p.Value
		case "mech":
			mech = p.Value
		}
	}
	switch {
	case what == "begin":
		b.user = user
		b.begin(mech)
		b.user = user // the command itself begins anew
	case what == "end" && b.login != nil:
		if user != "" {
			b.login.user = user
		}
		b.login, b.user = nil, ""
	}
}

// auth writes the facts that stand around a login. It is given each event
// before its lines are written, without its secrets but for secret, the first
// of them, and returns what is to be written behind them.
func (w *writer) auth(e session.Event, secret []byte) (behind string) {
	phase, pending, challenges := w.st.Phase, len(w.st.Pending), w.st.Challenges
	w.seq++
	e.Seq = w.seq
	w.st = w.st.Apply(e)
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
					w.user = user
				}
			case n > 0 && asksForName(challenges[n-1]):
				w.user = nameIn(secret, 0)
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
		if w.user != "" {
			f.param("user", w.user)
		}
		w.user = ""
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
func result(s session.State) string {
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
	case s.Accepted > 0:
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
