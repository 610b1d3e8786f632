package route

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/miekg/dns"

	"ehlo/session"
)

const (
	// MaxAliases is how many CNAME records one question follows.
	MaxAliases = 8
	// MaxTries is the most that Resolver.Tries can ask for.
	MaxTries = 5

	defaultTimeout = 5 * time.Second
	defaultTries   = 2
	// udpSize is what fits through any path without fragments (DNS flag day 2020).
	udpSize = 1232
)

// Resolver asks one or more recursive name servers.
type Resolver struct {
	// Servers are HOST:PORT of the name servers, asked in turn.
	Servers []string
	// Named says that the user named the server, and so trusts it and the way
	// to it: only then does its AD bit count (RFC 7672, 2.2; RFC 6840, 5.7).
	Named bool
	// Timeout bounds one try, 0 is 5 s; Tries is how often each question is
	// asked, 0 is twice, at most [MaxTries].
	Timeout time.Duration
	Tries   int
	// Exchange answers a question in place of the network, such as a name
	// server in the same process; nil asks over UDP and TCP.
	Exchange func(ctx context.Context, server string, question *dns.Msg) (*dns.Msg, error)
	// Now is the clock for Query.Took; nil is time.Now.
	Now func() time.Time
}

// NewResolver returns a resolver that asks server, an IP address with or
// without a port (53 without). With "" the servers of /etc/resolv.conf are
// asked, and their AD bit does not count.
func NewResolver(server string) (*Resolver, error) {
	if server == "" {
		return systemResolver("/etc/resolv.conf")
	}
	if at, err := netip.ParseAddrPort(server); err == nil && at.Port() != 0 {
		return &Resolver{Servers: []string{at.String()}, Named: true}, nil
	}
	bare := server
	if len(bare) > 2 && bare[0] == '[' && bare[len(bare)-1] == ']' {
		bare = bare[1 : len(bare)-1]
	}
	addr, err := netip.ParseAddr(bare)
	if err != nil {
		return nil, fmt.Errorf("resolver %q: write an IP address, ADDR:PORT or [ADDR]:PORT", server)
	}
	return &Resolver{Servers: []string{netip.AddrPortFrom(addr, 53).String()}, Named: true}, nil
}

func systemResolver(file string) (*Resolver, error) {
	conf, err := dns.ClientConfigFromFile(file)
	if err != nil {
		return nil, fmt.Errorf("resolver: %w", err)
	}
	r := &Resolver{}
	for _, server := range conf.Servers[:min(len(conf.Servers), 3)] {
		r.Servers = append(r.Servers, net.JoinHostPort(server, conf.Port))
	}
	if len(r.Servers) == 0 {
		return nil, fmt.Errorf("resolver: %s names no server", file)
	}
	return r, nil
}

// Addresses returns the addresses of a host, of one family (4 or 6) or both
// (0), IPv6 first; that of a literal is itself.
func (r *Resolver) Addresses(ctx context.Context, host string, family int) ([]string, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []string{addr.String()}, nil
	}
	name, err := ASCII(host)
	if err != nil {
		return nil, err
	}
	var addrs []string
	trouble := "the host has no address"
	for _, kind := range []uint16{dns.TypeAAAA, dns.TypeA} {
		if kind == dns.TypeAAAA && family == 4 || kind == dns.TypeA && family == 6 {
			continue
		}
		a := r.lookup(ctx, name, kind)
		switch {
		case a.temporary():
			trouble = a.trouble()
		case a.rcode == dns.RcodeNameError:
			trouble = "there is no such host"
		}
		for _, rr := range a.records {
			if addr, ok := address(rr); ok && len(addrs) < MaxAddresses {
				addrs = append(addrs, addr.String())
			}
		}
	}
	if len(addrs) == 0 {
		return nil, errors.New(trouble)
	}
	return addrs, nil
}

// answer is what one question brought, aliases followed.
type answer struct {
	records []dns.RR // of the type that was asked, at the end of the chain
	name    string   // the end of the chain, without the last dot
	aliases int
	rcode   int
	secure  bool // every reply on the way had AD, and the user named the resolver
	err     error
	queries []Query
}

// temporary reports whether asking again later may help.
func (a answer) temporary() bool {
	return a.err != nil || a.rcode != dns.RcodeSuccess && a.rcode != dns.RcodeNameError
}

func (a answer) trouble() string {
	if a.err != nil {
		return session.Escape(a.err.Error())
	}
	return dns.RcodeToString[a.rcode]
}

// lookup asks for the records of one type and follows CNAME, also where the
// server leaves that to its client.
func (r *Resolver) lookup(ctx context.Context, name string, kind uint16) answer {
	a := answer{name: name, secure: r.Named}
	for {
		msg, q := r.ask(ctx, a.name, kind)
		a.queries = append(a.queries, q)
		if msg == nil {
			a.err, a.secure = errors.New(q.Err), false
			return a
		}
		a.rcode = msg.Rcode
		a.secure = a.secure && msg.AuthenticatedData
		if msg.Rcode != dns.RcodeSuccess && msg.Rcode != dns.RcodeNameError {
			return a
		}
		before := a.aliases
		if a.err = a.follow(msg, kind); a.err != nil {
			return a
		}
		if len(a.records) > 0 || a.aliases == before || a.rcode == dns.RcodeNameError || kind == dns.TypeCNAME {
			return a
		}
		if len(a.queries) > MaxAliases {
			a.err = errors.New("the chain of aliases is too long")
			return a
		}
	}
}

// follow walks the CNAME records of one reply.
func (a *answer) follow(msg *dns.Msg, kind uint16) error {
	for {
		next := ""
		for _, rr := range msg.Answer {
			h := rr.Header()
			if h.Class != dns.ClassINET || !sameName(h.Name, a.name) {
				continue
			}
			if h.Rrtype == kind {
				a.records = append(a.records, rr)
			} else if alias, ok := rr.(*dns.CNAME); ok {
				next = alias.Target
			}
		}
		if next == "" || len(a.records) > 0 {
			return nil
		}
		if a.aliases++; a.aliases > MaxAliases {
			return errors.New("the chain of aliases is too long or runs in a circle")
		}
		a.name = trimDot(next)
	}
}
