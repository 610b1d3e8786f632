package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"ehlo/session"
	"ehlo/session/channel"
	"ehlo/session/route"
)

// routed finds where a domain's mail goes, and judges who is met there.
type routed struct {
	resolver *route.Resolver
	family   int
	port     int
	fetch    route.Fetch           // of MTA-STS policies; nil asks for none
	dane     map[string]route.DANE // by host
}

// routed makes one. The server of an MTA-STS policy is judged by these roots;
// nil are the system's.
func (f *networkFlags) routed(roots *x509.CertPool) (*routed, error) {
	resolver, err := route.NewResolver(f.resolver)
	switch {
	case err != nil && f.resolver != "":
		return nil, badValue("resolver", "", "%w", err)
	case err != nil:
		return nil, err
	}
	r := &routed{resolver: resolver, family: f.family, port: f.mxPort, dane: map[string]route.DANE{}}
	if f.mtaSTS {
		r.fetch = route.HTTPS(resolver.Transport(roots))
	}
	return r, nil
}

// lookup finds the addresses of a host that was named: with the resolver that
// the user named, else as the system does.
func (r *routed) lookup(d channel.Dialer) func(context.Context, string) ([]string, error) {
	if !r.resolver.Named || d.Proxy != nil { // a proxy is given the name
		return d.Lookup
	}
	return func(ctx context.Context, host string) ([]string, error) {
		if strings.EqualFold(host, "localhost") { // RFC 6761, 6.3: no matter for the DNS
			return d.Lookup(ctx, host)
		}
		return r.resolver.Addresses(ctx, host, r.family)
	}
}

// vouch is a session's Vouch, or nil where nobody named a resolver, or a proxy
// looks names up itself.
func (f *networkFlags) vouch(r *routed) func(context.Context, string, int, func(string)) {
	if !r.resolver.Named || f.proxy != "" {
		return nil
	}
	return r.host
}

// domainOf returns the domain of an address.
func domainOf(addr string) (string, error) {
	_, domain, ok := session.SplitMailbox(addr)
	if !ok {
		return "", fmt.Errorf("%q has no domain to find one", addr)
	}
	return domain, nil
}

// hops asks the DNS, and tells what it said and which addresses are tried, or
// not, and why. It is a session's Route.
func (r *routed) hops(ctx context.Context, domain string, note func(string)) ([]session.Hop, error) {
	way, err := route.Find(ctx, route.Options{Domain: domain, Resolver: r.resolver, Family: r.family, Port: r.port})
	r.tellQueries(way.Queries, note)
	for _, c := range way.Candidates {
		where := c.Host
		if c.Addr.IsValid() {
			where += " " + c.Addr.String()
		}
		verdict := "try"
		if c.Skip {
			verdict = "do not try"
		}
		note(fmt.Sprintf("route: %s %s: %s", verdict, where, c.Reason))
		if c.Warning != "" {
			note("route: " + where + ": " + c.Warning)
		}
	}
	if err != nil {
		return nil, err
	}
	var sts route.STS
	if r.fetch != nil {
		sts = r.resolver.STS(ctx, domain, r.fetch)
		r.tellQueries(sts.Queries, note)
		note("MTA-STS: " + sts.Reason)
	}
	var hops []session.Hop
	for _, c := range way.Tried() {
		if tls, ok := r.policies(ctx, c, domain, sts, note); ok {
			hops = append(hops, session.Hop{Host: c.Host, Addr: c.Addr.String(), Port: c.Port, TLS: tls})
		}
	}
	return hops, nil
}

// host looks for the TLSA records of a host that was looked up (RFC 6698). It is
// a session's Vouch.
func (r *routed) host(ctx context.Context, host string, port int, note func(string)) {
	delete(r.dane, host) // it is asked anew with each connection
	way, err := route.Host(ctx, route.Options{Domain: host, Resolver: r.resolver, Port: port})
	r.tellQueries(way.Queries, note)
	if tried := way.Tried(); err == nil && len(tried) > 0 {
		_, _ = r.vouched(ctx, tried[0], tried[0].Host, note)
	}
}

func (r *routed) tellQueries(queries []route.Query, note func(string)) {
	for _, q := range queries {
		note("DNS: " + q.String())
	}
}

// policies reports whether a candidate may be used, and whether only under
// TLS: the domain's MTA-STS policy and the host's TLSA records say so.
func (r *routed) policies(ctx context.Context, c route.Candidate, domain string, sts route.STS, note func(string)) (tls, ok bool) {
	if sts.Found {
		v := sts.Verdict(c.Host)
		note(fmt.Sprintf("MTA-STS: %s: %s (%s)", c.Host, v.Reason, v.Source))
		if !v.OK {
			return false, false
		}
		tls = sts.Requires()
	}
	d, asked := r.vouched(ctx, c, domain, note)
	if !asked {
		return tls, true // nobody to vouch for the records (RFC 7672, 2.2)
	}
	return tls || d.State == route.DANEEncrypt || d.State == route.DANEVerify, d.State != route.DANEWait
}

// vouched is what a resolver that was named says about the certificates of a
// host.
func (r *routed) vouched(ctx context.Context, c route.Candidate, domain string, note func(string)) (d route.DANE, asked bool) {
	if !r.resolver.Named {
		return d, false
	}
	d, known := r.dane[c.Host]
	if !known || !strings.HasPrefix(d.Name, fmt.Sprintf("_%d.", c.Port)) {
		d = r.resolver.TLSA(ctx, c, domain)
		r.dane[c.Host] = d
		r.tellQueries(d.Queries, note)
		note("DANE: " + d.Name + ": " + d.Reason)
	}
	return d, true
}

// onward is the rule of when to try the next address, for a mail.
func onward(m session.Mail) func(session.State) (string, bool) {
	return func(s session.State) (why string, ok bool) {
		d := route.Next(s, m)
		return d.Reason + " (" + d.Source + ")", d.Move == route.NextAddress
	}
}

// trust judges a host's certificates by its TLSA records, if it has any that a
// trusted resolver vouched for.
func (r *routed) trust(host string, chain []*x509.Certificate, now time.Time) (judged bool, err error) {
	d, ok := r.dane[host]
	switch {
	case !ok || d.State == route.DANENone:
		return false, nil
	case d.State == route.DANEEncrypt: // RFC 7672, 2.2: TLS, whatever the certificate
		return true, nil
	}
	if v := d.Verify(chain, now); !v.OK {
		return true, errors.New("DANE: " + v.Reason)
	}
	return true, nil
}
