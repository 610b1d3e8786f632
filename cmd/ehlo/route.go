package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"ehlo/session"
	"ehlo/session/route"
)

// routed sends a mail to the hosts that a domain's mail goes to, one address
// after the other until one of them decides.
type routed struct {
	resolver *route.Resolver
	domain   string
	family   int
	port     int
	fetch    route.Fetch // of MTA-STS policies; nil asks for none
	sts      route.STS
	way      route.Route
	dane     map[string]route.DANE // by host
}

// routeTo returns the route of a mail: that of mx:DOMAIN, or of the first
// recipient's domain if no target was given.
func (f *networkFlags) routeTo(t session.Target) (*routed, error) {
	resolver, err := route.NewResolver(f.resolver)
	if err != nil {
		return nil, fmt.Errorf("--resolver: %w", err)
	}
	r := &routed{resolver: resolver, domain: t.MX, family: f.family, port: f.mxPort, dane: map[string]route.DANE{}}
	if f.mtaSTS {
		r.fetch = route.HTTPS(nil)
	}
	return r, nil
}

// domainOf returns the domain of an address.
func domainOf(addr string) (string, error) {
	_, domain, ok := session.SplitMailbox(addr)
	if !ok {
		return "", fmt.Errorf("%q has no domain to find one", addr)
	}
	return domain, nil
}

// find asks the DNS and notes in the session what it said and which addresses
// are tried, or not, and why.
func (r *routed) find(ctx context.Context, s *session.Session) error {
	var err error
	r.way, err = route.Find(ctx, route.Options{Domain: r.domain, Resolver: r.resolver, Family: r.family, Port: r.port})
	for _, q := range r.way.Queries {
		s.Note("DNS: " + q.String())
	}
	for _, c := range r.way.Candidates {
		where := c.Host
		if c.Addr.IsValid() {
			where += " " + c.Addr.String()
		}
		verdict := "try"
		if c.Skip {
			verdict = "do not try"
		}
		s.Note(fmt.Sprintf("route: %s %s: %s", verdict, where, c.Reason))
		if c.Warning != "" {
			s.Note("route: " + where + ": " + c.Warning)
		}
	}
	if err == nil && r.fetch != nil {
		r.sts = r.resolver.STS(ctx, r.domain, r.fetch)
		for _, q := range r.sts.Queries {
			s.Note("DNS: " + q.String())
		}
		s.Note("MTA-STS: " + r.sts.Reason)
	}
	return err
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

// send tries the candidates in their order. RFC 5321, 5.1: the client tries
// each of the addresses until a delivery attempt succeeds.
func (r *routed) send(ctx context.Context, s *session.Session, m session.Mail, next stepsOf) (e ending, err error) {
	if err := r.find(ctx, s); err != nil {
		e.state = s.State()
		return e, err
	}
	for _, c := range r.way.Tried() {
		attempt, ok := r.prepare(ctx, s, m, c)
		if !ok {
			continue
		}
		target := session.Target{Host: c.Host, Port: c.Port}
		err := s.Do(ctx, session.Step{Kind: session.Connect, To: &target, Addr: c.Addr.String()})
		e = ending{}
		if err == nil {
			e = drive(ctx, s, func(st session.State) []session.Step { return next(st, attempt) })
		}
		e.state, e.interrupted = s.State(), ctx.Err() != nil
		d := route.Next(e.state, attempt.TLS)
		s.Note(fmt.Sprintf("route: %s: %s (%s)", d.Move, d.Reason, d.Source))
		if e.interrupted || d.Move != route.NextAddress {
			return e, nil
		}
	}
	return e, nil
}

// prepare has the mail require TLS where the policy of the domain or the TLSA
// records of a candidate say so. It returns false if the host must not be used.
func (r *routed) prepare(ctx context.Context, s *session.Session, m session.Mail, c route.Candidate) (session.Mail, bool) {
	if r.fetch != nil && r.sts.Found {
		v := r.sts.Verdict(c.Host)
		s.Note(fmt.Sprintf("MTA-STS: %s: %s (%s)", c.Host, v.Reason, v.Source))
		if !v.OK {
			return m, false
		}
		if r.sts.Requires() {
			m.TLS, m.Insecure = session.TLSRequire, false // RFC 8461, 5
		}
	}
	if !r.resolver.Named {
		return m, true // nobody to vouch for the records (RFC 7672, 2.2)
	}
	d, known := r.dane[c.Host]
	if !known {
		d = r.resolver.TLSA(ctx, c, r.domain)
		r.dane[c.Host] = d
		for _, q := range d.Queries {
			s.Note("DNS: " + q.String())
		}
		s.Note("DANE: " + c.Host + ": " + d.Reason)
	}
	if d.State == route.DANEEncrypt || d.State == route.DANEVerify {
		m.TLS = session.TLSRequire
	}
	return m, d.State != route.DANEWait
}
