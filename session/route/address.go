package route

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
	"golang.org/x/net/idna"

	"ehlo/session"
)

// addresses lists every address of one host.
func (s *search) addresses(ctx context.Context, x exchange) {
	found, trouble := 0, ""
	for _, kind := range []uint16{dns.TypeAAAA, dns.TypeA} {
		a := s.Resolver.lookup(ctx, x.host, kind)
		s.route.Queries = append(s.route.Queries, a.queries...)
		if a.temporary() {
			trouble = a.trouble()
			s.failed = x.host + ": " + trouble
			continue
		}
		for _, rr := range a.records {
			addr, ok := address(rr)
			if !ok {
				continue
			}
			if found++; found > 2*MaxAddresses {
				break
			}
			s.add(x, addr, a)
		}
	}
	switch {
	case found == 0 && trouble != "":
		s.pass(x, "its address could not be looked up: "+trouble)
	case found == 0:
		s.pass(x, "the host has no address")
	}
}

func (s *search) add(x exchange, addr netip.Addr, a answer) {
	c := Candidate{
		Host: x.host, Canonical: strings.ToLower(session.Escape(a.name)), Addr: addr, Port: s.Port,
		Preference: x.preference, Source: x.source, Secure: x.secure && a.secure,
	}
	switch x.source {
	case FromName:
		c.Reason = "an address of the host that was named"
	case FromMX:
		c.Reason = fmt.Sprintf("MX, preference %d", x.preference)
		if a.aliases > 0 {
			// RFC 5321, 5.1: the host of an MX must have an address itself.
			c.Warning = "the MX host is a CNAME, which RFC 5321, 5.1 does not allow"
		}
	default:
		c.Reason = "no MX: the domain's own address"
	}
	s.weigh(&c)
	s.route.Candidates = append(s.route.Candidates, c)
}

// weigh passes over an address that cannot or shall not be tried.
func (s *search) weigh(c *Candidate) {
	again := func(other Candidate) bool { return other.Host == c.Host && other.Addr == c.Addr }
	switch {
	case slices.ContainsFunc(s.route.Candidates, again):
		c.Skip, c.Reason = true, "the same address of the same host is in the list already"
	case c.Addr.IsUnspecified():
		c.Skip, c.Reason = true, "the unspecified address is no address of a host"
	case c.Addr.IsMulticast() || c.Addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		c.Skip, c.Reason = true, "a multicast or broadcast address takes no connection"
	case s.Family == 4 && !c.Addr.Is4():
		c.Skip, c.Reason = true, "only IPv4 is wanted"
	case s.Family == 6 && c.Addr.Is4():
		c.Skip, c.Reason = true, "only IPv6 is wanted"
	}
}

// removeLoops passes over this host and all that are not better than it.
//
// RFC 5321, 5.1: a relay that finds itself in the list must drop all with the
// same or a higher preference number; if none is left, that is an error.
func (s *search) removeLoops() {
	own := -1
	for _, c := range s.route.Candidates {
		if s.local(c) && (own < 0 || int(c.Preference) < own) {
			own = int(c.Preference)
		}
	}
	for i := range s.route.Candidates {
		c := &s.route.Candidates[i]
		if own < 0 || int(c.Preference) < own || c.Skip {
			continue
		}
		c.Skip, c.Reason = true, fmt.Sprintf("no better than this host itself, which has preference %d (RFC 5321, 5.1)", own)
	}
}

func (s *search) local(c Candidate) bool {
	return slices.ContainsFunc(s.LocalNames, func(name string) bool { return sameName(name, c.Host) }) ||
		c.Addr.IsValid() && slices.Contains(s.LocalAddresses, c.Addr)
}

// verdict returns an error if nothing is left to try.
func (s *search) verdict() error {
	domain := s.route.Domain
	var family, loop bool
	for _, c := range s.route.Candidates {
		if !c.Skip {
			return nil
		}
		family = family || strings.HasPrefix(c.Reason, "only IPv")
		loop = loop || strings.HasPrefix(c.Reason, "no better than")
	}
	switch {
	case s.failed != "":
		return temporary(domain, "no address could be looked up: "+s.failed)
	case loop:
		return permanent(domain, "5.4.6", "the best MX is this host itself: mail would loop")
	case family:
		// What is wrong is here, not there: the mail need not be given up.
		e := temporary(domain, fmt.Sprintf("no address is IPv%d", s.Family))
		e.Enhanced = "4.4.4"
		return e
	}
	return permanent(domain, "5.4.4", "no host has an address that can be tried")
}

func literal(o Options) (Route, error) {
	route := Route{Domain: session.Escape(o.Domain)}
	inner, ok := strings.CutSuffix(o.Domain[1:], "]")
	if len(inner) >= 5 && strings.EqualFold(inner[:5], "IPv6:") { // RFC 5321, 4.1.3
		inner = inner[5:]
	}
	addr, err := netip.ParseAddr(inner)
	if !ok || err != nil || addr.Zone() != "" {
		return route, permanent(route.Domain, "5.1.2", "this is no address literal")
	}
	s := &search{Options: o, route: route}
	c := Candidate{Host: route.Domain, Canonical: route.Domain, Addr: addr.Unmap(), Port: o.Port, Source: FromLiteral, Reason: "address literal"}
	s.weigh(&c)
	s.route.Candidates = []Candidate{c}
	return s.route, s.verdict()
}

func address(rr dns.RR) (netip.Addr, bool) {
	var addr netip.Addr
	var ok bool
	switch rr := rr.(type) {
	case *dns.A:
		addr, ok = netip.AddrFromSlice(rr.A)
	case *dns.AAAA:
		addr, ok = netip.AddrFromSlice(rr.AAAA)
	}
	return addr.Unmap(), ok
}

// ASCII returns a domain in A-labels and lower case, without a last dot
// (RFC 5891, 5; the Lookup profile of UTS 46).
func ASCII(domain string) (string, error) {
	name := trimDot(domain)
	for _, r := range name {
		if r > 0x7e {
			ascii, err := idna.Lookup.ToASCII(name)
			if err != nil {
				return "", fmt.Errorf("domain %q: %w", domain, err)
			}
			name = ascii
			break
		}
	}
	name = strings.ToLower(name)
	if !hostName(name) {
		return "", fmt.Errorf("%q is no domain", domain)
	}
	return name, nil
}

// hostName reports whether a name is made of letters, digits, hyphens and,
// because they are met, underscores (RFC 1123, 2.1; RFC 1035, 2.3.4).
func hostName(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for _, c := range []byte(label) {
			if !(c == '-' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z') {
				return false
			}
		}
	}
	return true
}
