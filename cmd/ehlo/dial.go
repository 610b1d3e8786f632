package main

import (
	"context"
	"net"

	"ehlo/session"
	"ehlo/session/channel"
	"ehlo/session/practice"
)

// dialWith opens channels to any target: practice targets in memory, all
// others by session/channel.
func dialWith(d channel.Dialer) func(context.Context, session.Target, string) (net.Conn, error) {
	return newSandbox(practice.Options{}).dialer(d)
}

// target reads a TARGET argument, and checks the name of a scenario and the
// words of a command at once rather than when connecting.
func target(text string) (session.Target, error) {
	t, err := session.ParseTarget(text)
	if err != nil {
		return t, fail(exitUsage, "%w", err)
	}
	if t.Practice != "" {
		sc, err := practice.Find(t.Practice)
		if err != nil {
			return t, fail(exitUsage, "target %q: %w", text, err)
		}
		t.LMTP = sc.LMTP()
	}
	if _, err := channel.Words(t.Pipe); err != nil {
		return t, fail(exitUsage, "target %q: %w", text, err)
	}
	return t, nil
}

// dialServer opens channels to one practice server, whatever the target says.
func dialServer(srv *practice.Server) func(context.Context, session.Target, string) (net.Conn, error) {
	return func(ctx context.Context, _ session.Target, _ string) (net.Conn, error) { return srv.Dial(ctx) }
}
