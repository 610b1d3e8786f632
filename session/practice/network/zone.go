package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/miekg/dns"

	"ehlo/session/route"
)

// exchanges are the MX records, as in a zone file; the addresses are those of
// the hosts.
const exchanges = `
origin.example.             60 IN MX 0 submit.origin.example.
client.example.             60 IN MX 0 submit.origin.example.
test.example.               60 IN MX 0 submit.origin.example.
destination.example.        60 IN MX 10 mx1.destination.example.
destination.example.        60 IN MX 20 mx2.destination.example.
elsewhere.example.          60 IN MX 0 gateway.elsewhere.example.
null.example.               60 IN MX 0 .
`

// records are what the name server knows.
func (n *Network) records() string {
	var b strings.Builder
	b.WriteString(exchanges)
	for _, h := range n.hosts {
		fmt.Fprintf(&b, "%s. 60 IN A %s\n", h.Name, h.Addr)
	}
	return b.String()
}

// ServeDNS implements [dns.Handler].
func (n *Network) ServeDNS(w dns.ResponseWriter, q *dns.Msg) { _ = w.WriteMsg(n.answer(q)) }

// answer looks the question up in the records.
func (n *Network) answer(q *dns.Msg) *dns.Msg {
	m := new(dns.Msg)
	m.SetReply(q)
	m.Authoritative = true
	if len(q.Question) != 1 {
		m.Rcode = dns.RcodeFormatError
		return m
	}
	asked := q.Question[0]
	exists := false
	parser := dns.NewZoneParser(strings.NewReader(n.records()), ".", "")
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		switch name := rr.Header().Name; {
		case strings.EqualFold(name, asked.Name):
			exists = true
			if rr.Header().Rrtype == asked.Qtype {
				m.Answer = append(m.Answer, rr)
			}
		case dns.IsSubDomain(strings.ToLower(asked.Name), name):
			exists = true // RFC 8020: there is something below
		}
	}
	if !exists {
		m.Rcode = dns.RcodeNameError
	}
	return m
}

// Resolver asks the zone, without a port.
func (n *Network) Resolver() *route.Resolver {
	return &route.Resolver{
		Servers:  []string{"zone"},
		Exchange: func(_ context.Context, _ string, q *dns.Msg) (*dns.Msg, error) { return n.answer(q), nil },
	}
}

// Lookup finds the addresses of a host. It is a session's Lookup.
func (n *Network) Lookup(_ context.Context, host string) ([]string, error) {
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(host), dns.TypeA)
	var addrs []string
	for _, rr := range n.answer(q).Answer {
		if a, ok := rr.(*dns.A); ok {
			addrs = append(addrs, a.A.String())
		}
	}
	if len(addrs) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return addrs, nil
}

// ListenDNS answers programs outside at an address, over UDP and TCP, until ctx
// is done.
func (n *Network) ListenDNS(ctx context.Context, addr string) (net.Addr, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("dns: %w", err)
	}
	p, err := net.ListenPacket("udp", l.Addr().String())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("dns: %w", err), l.Close())
	}
	for _, s := range []*dns.Server{{Listener: l, Handler: n}, {PacketConn: p, Handler: n}} {
		go func() { _ = s.ActivateAndServe() }()
		context.AfterFunc(ctx, func() { _ = s.Shutdown() })
	}
	return l.Addr(), nil
}
