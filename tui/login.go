package tui

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"ehlo/session"
	"ehlo/session/sasl"
)

// login is what the form's login and password come to. The client is made
// anew only if they change: a login that is under way goes on with its own.
type login struct {
	key     string
	made    *sasl.Client
	current atomic.Pointer[session.Session] // whose TLS a login is bound to
}

// readLogin reads a user, and mechanisms behind it.
func readLogin(text string) (user string, mechs []string) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return "", nil
	}
	return words[0], strings.Fields(strings.ToUpper(strings.Join(words[1:], " ")))
}

// client returns who answers the server's challenges, or nil.
func (l *login) client(text, password string, from func(sasl.Credentials, ...string) *sasl.Client) session.Authenticator {
	user, mechs := readLogin(text)
	if user == "" {
		return nil
	}
	if key := text + "\x00" + password; l.made == nil || l.key != key {
		l.key = key
		l.made = from(sasl.Credentials{User: user, Password: password}, mechs...)
		l.made.TLS = func() (cs tls.ConnectionState, ok bool) {
			if s := l.current.Load(); s != nil {
				return s.ConnectionState()
			}
			return cs, false
		}
	}
	return l.made
}

func unknownMechanism(mechs []string) error {
	for _, mech := range mechs {
		if !slices.Contains(sasl.Names(), mech) {
			return fmt.Errorf("no mechanism is called %s here; there are %s", mech, strings.Join(sasl.Names(), ", "))
		}
	}
	return nil
}
