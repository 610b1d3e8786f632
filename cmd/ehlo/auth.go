package main

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"ehlo/session"
	"ehlo/session/sasl"
)

// authFlags say how to log in.
type authFlags struct {
	mechs         []string
	user, authzid string
	passwordFrom  string
	binding       string
	force         bool
	plaintext     bool
	optional      bool
	ifOffered     bool
	noInitial     bool
}

func (f *authFlags) add(fl *pflag.FlagSet) {
	fl.StringSliceVar(&f.mechs, "auth", nil, "log in with the first `MECH[,MECH]` that is offered (default: the strongest)")
	fl.StringVar(&f.user, "user", "", "`NAME` to log in with")
	fl.StringVar(&f.authzid, "authzid", "", "authorization identity `NAME`, if it is another")
	fl.StringVar(&f.passwordFrom, "password-from", "", "`SOURCE` of the password or token: env:NAME, file:PATH, command:CMD, netrc, prompt")
	fl.StringVar(&f.binding, "channel-binding", "", "`TYPE` for the -PLUS mechanisms: tls-exporter or tls-server-end-point")
	fl.BoolVar(&f.noInitial, "no-initial-response", false, "wait for the server's 334 before the first response")
	fl.BoolVar(&f.optional, "auth-optional", false, "send the mail also if the login fails or is not offered")
	fl.BoolVar(&f.ifOffered, "auth-if-offered", false, "send the mail also if the login is not offered, but not if it fails")
	fl.BoolVar(&f.plaintext, "auth-plaintext", false, "print what the base64 of the login holds, the password included")
	fl.BoolVar(&f.force, "auth-force", false, "use the first of --auth even if it is not offered")
}

// client makes the SASL client, or nil if nobody wants to log in.
func (f *authFlags) client(ctx context.Context, t session.Target, stdin io.Reader) (*sasl.Client, error) {
	if kinds := sasl.Bindings(); f.binding != "" && !slices.Contains(kinds, f.binding) {
		return nil, badValue("channel-binding", f.binding, "expected %s", strings.Join(kinds, " or "))
	}
	if len(f.mechs) == 0 && f.user == "" {
		if f.passwordFrom != "" || f.authzid != "" {
			return nil, badTogether([]string{"password-from", "authzid"}, "--password-from and --authzid need --user or --auth")
		}
		return nil, nil
	}
	for _, m := range f.mechs {
		if !slices.Contains(sasl.Names(), strings.ToUpper(m)) {
			return nil, badValue("auth", m, "there are %s", strings.Join(sasl.Names(), ", "))
		}
	}
	if f.user == "" && f.passwordFrom == "" && !f.without() {
		return nil, badTogether([]string{"auth", "user"}, "--auth %s needs --user NAME and --password-from SOURCE", strings.Join(f.mechs, ","))
	}
	if f.passwordFrom == "" && !f.without() {
		return nil, badTogether([]string{"user", "password-from"}, "--user %s needs a password; give --password-from env:NAME, file:PATH, command:CMD, netrc or prompt", f.user)
	}
	from := source{user: f.user, host: cmp.Or(t.Host, t.MX), stdin: stdin}
	if t.Practice != "" {
		from.host = "practice"
	}
	password, err := from.secret(ctx, f.passwordFrom)
	if err != nil {
		return nil, badValue("password-from", "", "%w", err)
	}
	return f.login(sasl.Credentials{User: from.user, Password: password, Authzid: f.authzid}, f.mechs...), nil
}

// login makes a client that logs in as the flags want it.
func (f *authFlags) login(who sasl.Credentials, mechs ...string) *sasl.Client {
	c := sasl.NewClient(who, mechs...)
	c.Binding, c.Forced, c.NoInitial = f.binding, f.force, f.noInitial
	return c
}

// passwordMissing reports whether somebody wants to log in who has not said
// where the password is: the form asks for it.
func (f *authFlags) passwordMissing() bool {
	return f.user != "" && f.passwordFrom == "" && f.authzid == "" && !f.without()
}

// without reports whether every mechanism that was named needs no password.
func (f *authFlags) without() bool {
	for _, m := range f.mechs {
		if m = strings.ToUpper(m); m != "EXTERNAL" && m != "ANONYMOUS" {
			return false
		}
	}
	return len(f.mechs) > 0
}
