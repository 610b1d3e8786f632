package script

import (
	"slices"
	"strings"

	"ehlo/session"
	"ehlo/transcript"
)

// Login is one exchange of AUTH: what a recording tells of it. The responses
// themselves are in no file.
type Login struct {
	Mech    string
	User    string // "" if the recording does not say
	Initial bool   // AUTH LOGIN came with the user's name
}

// Response marks a part that is a response of a login.
type Response struct {
	*Login
	First bool // it stands in the AUTH command
	Rest  bool // the part before it holds the beginning of the same response
}

// response recognises octets of a login by the state before them.
func (b *scripter) response(e session.Event, verb string) *Response {
	midLine := b.midLine
	b.midLine = len(e.Data) > 0 && e.Data[len(e.Data)-1] != '\n'
	if b.st.Phase == session.Data || b.chunk > 0 {
		return nil
	}
	switch secret := len(e.Secret) > 0; {
	case midLine && b.login != nil:
		if secret {
			return &Response{Login: b.login, Rest: b.partly}
		}
	case verb == "AUTH" && b.st.Phase != session.Challenged:
		mech, _, _ := strings.Cut(strings.TrimRight(session.ParseCommand(e.Data).Arg, "\r\n"), " ")
		b.begin(mech)
		b.login.Initial, b.partly = secret, secret
		if secret {
			return &Response{Login: b.login, First: true}
		}
	case secret && e.Secret[0].From == 0 && (b.st.Phase == session.Challenged || b.pendingAuth()):
		if b.login == nil {
			b.begin(b.st.Mechanism())
		}
		b.partly = true
		return &Response{Login: b.login}
	}
	return nil
}

func (b *scripter) pendingAuth() bool {
	return slices.ContainsFunc(b.st.Pending, func(p session.Pending) bool { return p.Verb == "AUTH" })
}

func (b *scripter) begin(mech string) {
	b.login = &Login{Mech: strings.ToUpper(mech), User: b.user}
	b.user = ""
}

// authFact: = auth begin mech=PLAIN user=alice … = auth end user=alice
func (b *scripter) authFact(it *transcript.Item) {
	what, rest, _ := strings.Cut(it.Text, " ")
	params, _ := transcript.ParseParams(rest) // it was read before
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
			b.login.User = user
		}
		b.login, b.user = nil, ""
	}
}
