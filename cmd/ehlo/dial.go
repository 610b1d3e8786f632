package main

import (
	"context"
	"net"

	"ehlo/session"
	"ehlo/session/channel"
	"ehlo/session/practice"
)

// dial opens a channel to any target, without more ado.
func dial(ctx context.Context, t session.Target, addr string) (net.Conn, error) {
	return dialWith(channel.Dialer{})(ctx, t, addr)
}

// dialWith opens channels to any target: practice targets in memory, all
// others by session/channel.
func dialWith(d channel.Dialer) func(context.Context, session.Target, string) (net.Conn, error) {
	return func(ctx context.Context, t session.Target, addr string) (net.Conn, error) {
		if t.Practice == "" {
			return d.Dial(ctx, t, addr)
		}
		sc, err := practice.Find(t.Practice)
		if err != nil {
			return nil, err
		}
		return practice.New(sc, practice.Options{}).Dial(ctx)
	}
}

// target reads a TARGET argument, and checks the name of a scenario and the
// words of a command at once rather than when connecting.
func target(text string) (session.Target, error) {
	t, err := session.ParseTarget(text)
	if err != nil {
		return t, fail(exitUsage, "%w", err)
	}
	if t.Practice != "" {
		if _, err := practice.Find(t.Practice); err != nil {
			return t, fail(exitUsage, "target %q: %w", text, err)
		}
	}
	if _, err := channel.Words(t.Pipe); err != nil {
		return t, fail(exitUsage, "target %q: %w", text, err)
	}
	return t, nil
}
