package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"ehlo/session"
	"ehlo/session/practice"
)

// Options set what differs from the network of the package comment.
type Options struct {
	// Retry is how long to wait before each further attempt at what failed for
	// now. Default: 5 and 15 seconds. RFC 5321, 4.5.4.1 asks for half an hour,
	// for four or five days; nobody would watch that.
	Retry []time.Duration
	// Transport takes mail out of SMTP at the gateway, and returns what comes
	// back. Default: [Memory].
	Transport Transport
	// Server is what all hosts have in common: users, clock, watcher. Its store
	// is that of the hosts that deliver, each has its own without one. Names, and
	// what becomes of mail, are the network's.
	Server practice.Options
	// Scenario is the one of the origin. Default: the correct server.
	Scenario practice.Scenario
	// Loopback gives the hosts addresses that [Network.Listen] can open to other
	// programs: 127.1.0.1, 127.1.0.2 and so on. Default: addresses of examples.
	Loopback bool
	// Log is told each line of the hosts' logs as it is written, by one
	// goroutine at a time.
	Log func(Entry)
}

// Retries are the waits of a network that is told no others.
func Retries() []time.Duration { return []time.Duration{5 * time.Second, 15 * time.Second} }

// Entry is a line of a host's log.
type Entry struct {
	At   time.Time
	Host string
	Text string // escaped
}

// maxEntries bounds the log of a host, and that of all; the oldest go first.
const maxEntries = 1000

// Network is the hosts and their zone.
type Network struct {
	opts  Options
	hosts []*Host
	ctx   context.Context // of all that is on its way
	end   context.CancelFunc

	mu    sync.Mutex
	log   []Entry       // of all hosts
	moved chan struct{} // closed and made anew whenever a mail has moved
	busy  int           // mails that are on their way or wait for it
	port  int           // the next that a host calls from
}

// New starts a network.
func New(o Options) *Network {
	if o.Retry == nil {
		o.Retry = Retries()
	}
	if o.Transport == nil {
		o.Transport = Memory
	}
	if o.Server.Now == nil {
		o.Server.Now = time.Now
	}
	if o.Scenario.Name == "" {
		o.Scenario, _ = practice.Find(practice.Default)
	}
	if o.Server.Authority == nil {
		o.Server.Authority, _ = practice.NewAuthority() // without one each host makes its own
	}
	n := &Network{opts: o, moved: make(chan struct{}), port: 40000}
	n.ctx, n.end = context.WithCancel(context.Background())
	for i, site := range sites() {
		if o.Loopback {
			site.addr = fmt.Sprintf("127.1.0.%d", i+1)
		}
		n.hosts = append(n.hosts, n.host(site))
	}
	return n
}

// Close ends all connections, and gives up what waits.
func (n *Network) Close() {
	n.end()
	for _, h := range n.hosts {
		h.shut()
		h.Server.Close()
	}
}

// Origin is the host that takes mail from clients.
func (n *Network) Origin() *Host { return n.hosts[0] }

// Hosts returns all of them, in the order in which a mail meets them.
func (n *Network) Hosts() []*Host { return append([]*Host(nil), n.hosts...) }

// Host returns the one of this name, nil if there is none.
func (n *Network) Host(name string) *Host {
	for _, h := range n.hosts {
		if h.Name == name {
			return h
		}
	}
	return nil
}

// Mailboxes returns what lies at a host; "" is all of them.
func (n *Network) Mailboxes(host string) []practice.Mailbox {
	var all []practice.Mailbox
	for _, h := range n.hosts {
		if host == "" || h.Name == host {
			all = append(all, h.Server.Store().Mailboxes()...)
		}
	}
	return all
}

// Log returns the lines of all hosts' logs, the oldest first.
func (n *Network) Log() []Entry {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]Entry(nil), n.log...)
}

// Dial opens a channel to a host, by its name or its address. It is a
// session's Dial; the port does not matter.
func (n *Network) Dial(ctx context.Context, _ session.Target, addr string) (net.Conn, error) {
	return n.dialFrom(ctx, netip.MustParseAddr("192.0.2.99"), addr)
}

func (n *Network) dialFrom(ctx context.Context, from netip.Addr, addr string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		host, port = addr, "25"
	}
	for _, h := range n.hosts {
		if h.Name != host && h.Addr.String() != host {
			continue
		}
		if h.Down() {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
		}
		n.mu.Lock()
		n.port++
		local := net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, uint16(n.port)))
		n.mu.Unlock()
		remote, err := netip.ParseAddrPort(net.JoinHostPort(h.Addr.String(), port))
		if err != nil {
			remote = netip.AddrPortFrom(h.Addr, 25)
		}
		return h.Server.DialFrom(ctx, local, net.TCPAddrFromAddrPort(remote))
	}
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.EHOSTUNREACH}
}

// moves counts mails that are on their way, and tells who waits for it.
func (n *Network) moves(change int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.busy += change
	close(n.moved)
	n.moved = make(chan struct{})
}

// Settle waits until nothing is on its way and nothing waits to be tried again.
func (n *Network) Settle(ctx context.Context) error {
	for {
		n.mu.Lock()
		busy, moved := n.busy, n.moved
		n.mu.Unlock()
		if busy == 0 {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		case <-n.ctx.Done():
			return errors.New("network: it was closed")
		}
	}
}
