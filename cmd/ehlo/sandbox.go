package main

import (
	"context"
	"net"
	"sync"

	"ehlo/session"
	"ehlo/session/channel"
	"ehlo/session/practice"
)

// sandbox has the practice servers of this process, one for each scenario:
// who comes back finds the mail that was taken, and a server that remembers.
type sandbox struct {
	opts practice.Options

	mu      sync.Mutex
	servers map[string]*practice.Server
}

// newSandbox returns one whose servers share a store.
func newSandbox(o practice.Options) *sandbox {
	if o.Store == nil {
		o.Store = practice.NewStore("")
	}
	return &sandbox{opts: o, servers: make(map[string]*practice.Server)}
}

// server returns that of a scenario.
func (b *sandbox) server(name string) (*practice.Server, error) {
	sc, err := practice.Find(name)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	srv, ok := b.servers[name]
	if !ok {
		srv = practice.New(sc, b.opts)
		b.servers[name] = srv
	}
	return srv, nil
}

// dialer opens practice targets here, and all others by d.
func (b *sandbox) dialer(d channel.Dialer) func(context.Context, session.Target, string) (net.Conn, error) {
	return func(ctx context.Context, t session.Target, addr string) (net.Conn, error) {
		if t.Practice == "" {
			return d.Dial(ctx, t, addr)
		}
		srv, err := b.server(t.Practice)
		if err != nil {
			return nil, err
		}
		return srv.Dial(ctx)
	}
}
