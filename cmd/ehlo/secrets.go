package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"

	"ehlo/session"
	"ehlo/session/sasl"
	"ehlo/transcript/replay"
)

// known are the secrets that a person has named, by name.
type known struct {
	mu     sync.Mutex
	values map[string]string
	std    streams
}

// read fetches what --secret names. Errors repeat nothing of a flag but its
// name: somebody may have written a password there.
func (k *known) read(ctx context.Context, flags []string, std streams) error {
	k.values, k.std = map[string]string{}, std
	for _, flag := range flags {
		name, from, ok := strings.Cut(flag, "=")
		if !ok || name == "" {
			return fail(exitUsage, "replay: --secret wants NAME=env:VAR, NAME=file:PATH, NAME=command:CMD or NAME=prompt")
		}
		kind, _, _ := strings.Cut(from, ":")
		switch {
		case from == "prompt":
			value, err := k.ask(name)
			if err != nil {
				return fail(exitUsage, "replay: --secret %s: %w", name, err)
			}
			k.values[name] = value
			continue
		case kind != "env" && kind != "file" && kind != "command":
			return fail(exitUsage, "replay: --secret %s: a secret is never on the command line; give %s=env:VAR, %s=file:PATH, %s=command:CMD or %s=prompt", name, name, name, name, name)
		}
		value, err := new(source).secret(ctx, from)
		if err != nil {
			return fail(exitUsage, "replay: --secret %s: %w", name, err)
		}
		k.values[name] = value
	}
	if _, ok := k.values["password"]; !ok && (k.values["user"] != "" || k.values["authzid"] != "") {
		return fail(exitUsage, "replay: --secret user and authzid need --secret password")
	}
	return nil
}

var errNoTerminal = errors.New("standard input is no terminal to ask at")

// ask asks a person for a value that is not shown.
func (k *known) ask(name string) (string, error) {
	file, ok := k.std.in.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return "", errNoTerminal
	}
	return hidden(context.Background(), file, os.Stderr, fmt.Sprintf("Value of ${%s}: ", session.Escape(name)))
}

// complete asks for what a transcript needs and nobody has named.
func (k *known) complete(missing string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.values[missing]; ok {
		return nil // for another file
	}
	value, err := k.ask(missing)
	if err == nil {
		k.values[missing] = value
	}
	return err
}

// options adds the values, and who answers in a login.
func (k *known) options(o replay.Options) replay.Options {
	k.mu.Lock()
	defer k.mu.Unlock()
	values := map[string]string{}
	for _, m := range []map[string]string{o.Variables, k.values} {
		for name, value := range m {
			values[name] = value
		}
	}
	o.Variables = values
	password, ok := values["password"]
	if !ok {
		return o
	}
	o.Auth = func(mech, user string) (session.Authenticator, error) {
		if values["user"] != "" {
			user = values["user"]
		}
		if user == "" {
			return nil, errors.New("the recording does not name the user; give --secret user=env:VAR")
		}
		return sasl.NewClient(sasl.Credentials{User: user, Password: password, Authzid: values["authzid"]}, mech), nil
	}
	return o
}
