package main

import (
	"context"
	"io"
	"net"
	"sync"
	"time"

	"ehlo/session"
	"ehlo/session/channel"
	"ehlo/session/practice"
	"ehlo/session/practice/network"
)

// sandbox has the practice servers of this process, one for each scenario:
// who comes back finds the mail that was taken, and a server that remembers.
type sandbox struct {
	opts practice.Options

	mu       sync.Mutex
	servers  map[string]*practice.Server
	networks []*network.Network // of those that have hosts behind them

	hops sync.Mutex // guards what the hosts behind the servers have noted
	told []hostNote
	show func(network.Entry) // them, from now on
}

// hostNote is what a host behind the server of a scenario has noted.
type hostNote struct {
	scenario string
	network.Entry
}

// newSandbox returns one whose servers share a store.
func newSandbox(o practice.Options) *sandbox {
	if o.Store == nil {
		o.Store = practice.NewStore("")
	}
	return &sandbox{opts: o, servers: make(map[string]*practice.Server)}
}

// server returns that of a scenario; one that expects TLS first is another.
func (b *sandbox) server(name string, tls bool) (*practice.Server, error) {
	sc, err := practice.Find(name)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	key, o := name, b.opts
	if o.ImplicitTLS = o.ImplicitTLS || tls; tls {
		key = "tls:" + name
	}
	srv, ok := b.servers[key]
	switch {
	case ok:
	case sc.Network() != "":
		o.Store = nil // each host has its own
		n := network.New(network.Options{Server: o, Scenario: sc, Retry: soon(), Log: func(e network.Entry) { b.note(name, e) }})
		b.networks = append(b.networks, n)
		srv = n.Origin().Server
	default:
		srv = practice.New(sc, o)
	}
	b.servers[key] = srv
	return srv, nil
}

// dialer opens practice targets here, and all others by d.
func (b *sandbox) dialer(d channel.Dialer) func(context.Context, session.Target, string) (net.Conn, error) {
	return func(ctx context.Context, t session.Target, addr string) (net.Conn, error) {
		if t.Practice == "" {
			return d.Dial(ctx, t, addr)
		}
		srv, err := b.server(t.Practice, t.TLS)
		if err != nil {
			return nil, err
		}
		return srv.Dial(ctx)
	}
}

// soon is when the hosts of this process try again: a person waits.
func soon() []time.Duration { return []time.Duration{time.Second, 3 * time.Second} }

// maxTold bounds what is kept until somebody wants to see it; the oldest goes first.
const maxTold = 1000

func (b *sandbox) note(scenario string, e network.Entry) {
	b.hops.Lock()
	defer b.hops.Unlock()
	switch {
	case b.show != nil:
		b.show(e)
	default:
		b.told = append(b.told[max(len(b.told)+1-maxTold, 0):], hostNote{scenario, e})
	}
}

// settleTime is how long mail may be on its way behind a practice server.
const settleTime = time.Minute

// settle waits until no mail is on its way, and shows what the hosts behind
// the servers have noted, and note, in order.
func (b *sandbox) settle(ctx context.Context, show func(network.Entry)) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	b.hops.Lock()
	for _, n := range b.told {
		show(n.Entry)
	}
	b.told, b.show = nil, show
	b.hops.Unlock()
	b.mu.Lock()
	networks := b.networks
	b.mu.Unlock()
	for _, n := range networks {
		_ = n.Settle(ctx) // what is still on its way has been shown so far
	}
	b.hops.Lock()
	b.show = nil
	b.hops.Unlock()
}

// hopsTo prints what hosts behind a practice server have noted.
func hopsTo(w io.Writer) func(network.Entry) {
	return func(e network.Entry) { printf(w, "=== %s %s\n", e.Host, e.Text) }
}
