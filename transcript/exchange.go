package transcript

import (
	"slices"
	"strings"

	"ehlo/session"
)

// login is one exchange of AUTH: what a recording tells of it. The responses
// themselves are in no file.
type login struct {
	mech    string
	user    string // "" if the recording does not say
	initial bool   // AUTH LOGIN came with the user's name
}

// response marks a part that is a response of a login.
type response struct {
	*login
	first bool // it stands in the AUTH command
	rest  bool // the part before it holds the beginning of the same response
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
