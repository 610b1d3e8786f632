package replay

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"ehlo/session"
	"ehlo/transcript/script"
)

// again lists the mechanisms whose responses do not depend on a challenge:
// whoever has a response can say it again.
var again = []string{"PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER", "EXTERNAL", "ANONYMOUS"}

// logIn finds the values of the responses in a turn. It says why the turn must
// not be said, or "".
func (r *run) logIn(st session.State, t *script.Turn) string {
	for _, p := range t.Parts {
		if p.Login == nil {
			continue
		}
		for _, v := range p.Vars {
			if !v.Secret() {
				continue
			}
			given, ok := r.known()[v.Name]
			if ok && (p.Login.First || slices.Contains(again, p.Login.Mech)) {
				continue
			}
			value, err := r.respond(st, p.Login)
			switch {
			case err == nil:
			case ok && r.o.Auth != nil:
				value = given // nobody knows this mechanism; somebody may know the response
			case ok:
				return fmt.Sprintf("not sent: a response of %s answers a challenge that is new each time, so one that was made before cannot be used", p.Login.Mech)
			default:
				return fmt.Sprintf("not sent: the response of %s cannot be computed again: %s", p.Login.Mech, err)
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
func (r *run) respond(st session.State, p *script.Response) (string, error) {
	switch {
	case p.Rest:
		return "", nil // all of it went out with the part before
	case r.logins[p.Login] == nil && r.o.Auth == nil:
		return "", errNobody
	case r.logins[p.Login] == nil:
		auth, err := r.o.Auth(p.Mech, p.User)
		if err != nil {
			return "", err
		}
		if r.logins == nil {
			r.logins = map[*script.Login]session.Authenticator{}
		}
		r.logins[p.Login] = auth
	}
	if p.First {
		st.Challenges = nil
	}
	if p.Mech == "LOGIN" && p.Initial {
		// The name went out as if somebody had asked for it.
		st.Challenges = append([]string{"VXNlcm5hbWU6"}, st.Challenges...)
	}
	octets, _, err := r.logins[p.Login].Response(p.Mech, st)
	switch {
	case err != nil:
		return "", err
	case len(octets) == 0 && p.First:
		return "=", nil // RFC 4954, 4: an initial response of no octets
	}
	return base64.StdEncoding.EncodeToString(octets), nil
}
