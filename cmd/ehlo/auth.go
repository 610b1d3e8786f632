package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"ehlo/session/sasl"
)

// authFlags say how to log in.
type authFlags struct {
	mechs         []string
	user, authzid string
	passwordFrom  string
}

func (f *authFlags) add(fl *pflag.FlagSet) {
	fl.StringSliceVar(&f.mechs, "auth", nil, "log in with the first `MECH[,MECH]` that is offered (default: the strongest)")
	fl.StringVar(&f.user, "user", "", "`NAME` to log in with")
	fl.StringVar(&f.authzid, "authzid", "", "authorization identity `NAME`, if it is another")
	fl.StringVar(&f.passwordFrom, "password-from", "", "`SOURCE` of the password or token: env:NAME, file:PATH, command:CMD")
}

// client makes the SASL client, or nil if nobody wants to log in.
func (f *authFlags) client(ctx context.Context) (*sasl.Client, error) {
	if len(f.mechs) == 0 && f.user == "" {
		if f.passwordFrom != "" || f.authzid != "" {
			return nil, fail(exitUsage, "send: --password-from and --authzid need --user or --auth")
		}
		return nil, nil
	}
	for _, m := range f.mechs {
		if !slices.Contains(sasl.Names(), strings.ToUpper(m)) {
			return nil, fail(exitUsage, "send: --auth %s is not known; there are %s", m, strings.Join(sasl.Names(), ", "))
		}
	}
	if f.passwordFrom == "" && !f.without() {
		return nil, fail(exitUsage, "send: --user %s needs a password; give --password-from env:NAME, file:PATH or command:CMD", f.user)
	}
	password, err := secret(ctx, f.passwordFrom)
	if err != nil {
		return nil, fail(exitUsage, "send: --password-from: %w", err)
	}
	return sasl.NewClient(sasl.Credentials{User: f.user, Password: password, Authzid: f.authzid}, f.mechs...), nil
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

// commandTime is how long a command may take to say a password.
const commandTime = 30 * time.Second

// secret fetches a value that must not stand on the command line. Errors do
// not hold the value.
func secret(ctx context.Context, from string) (string, error) {
	kind, where, ok := strings.Cut(from, ":")
	if from == "" {
		return "", nil
	}
	if !ok || where == "" {
		return "", fmt.Errorf("expected env:NAME, file:PATH or command:CMD")
	}
	switch kind {
	case "env":
		value, ok := os.LookupEnv(where)
		if !ok {
			return "", fmt.Errorf("the environment has no %s", where)
		}
		return value, nil
	case "file":
		p, err := os.ReadFile(where)
		return firstOf(p), err
	case "command":
		ctx, cancel := context.WithTimeout(ctx, commandTime)
		defer cancel()
		p, err := exec.CommandContext(ctx, "sh", "-c", where).Output()
		if err != nil {
			return "", fmt.Errorf("the command failed: %w", err)
		}
		return firstOf(p), nil
	}
	return "", fmt.Errorf("%q is not known; there are env, file and command", kind)
}

// firstOf returns the first line: an editor or an echo adds a line end that
// is no part of a password.
func firstOf(p []byte) string {
	line, _, _ := bytes.Cut(p, []byte{'\n'})
	return string(bytes.TrimSuffix(line, []byte{'\r'}))
}
