package route

import (
	"context"
	"fmt"
	"strings"

	"github.com/miekg/dns"

	"ehlo/session"
)

// STS is what MTA-STS says for a domain (RFC 8461).
type STS struct {
	Found   bool   // there is a policy, and Policy holds it
	ID      string // of the TXT record
	Policy  Policy
	Queries []Query
	Reason  string
}

// STS looks up and fetches the policy of a domain; a nil fetch is HTTPS, with
// the system's roots.
// Nothing is kept between calls: Policy.MaxAge is for the caller.
//
// RFC 8461, 3.3: a policy that cannot be had is as none, where an earlier one
// is not still valid.
func (r *Resolver) STS(ctx context.Context, domain string, fetch Fetch) STS {
	if fetch == nil {
		fetch = HTTPS(r.Transport(nil))
	}
	name, err := ASCII(domain)
	if err != nil {
		return STS{Reason: session.Escape(err.Error())}
	}
	a := r.lookup(ctx, "_mta-sts."+name, dns.TypeTXT)
	s := STS{Queries: a.queries}
	if a.temporary() {
		s.Reason = "the TXT record could not be looked up: " + a.trouble()
		return s
	}
	id, ok, err := ParseSTSRecord(texts(a))
	if !ok {
		s.Reason = "no MTA-STS record"
		if err != nil {
			s.Reason = "MTA-STS record: " + err.Error()
		}
		return s
	}
	s.ID = id
	ctx, cancel := context.WithTimeout(ctx, FetchTimeout)
	defer cancel()
	body, err := fetch(ctx, name)
	if err != nil {
		s.Reason = "the policy could not be fetched: " + session.Escape(err.Error())
		return s
	}
	if s.Policy, err = ParsePolicy(body); err != nil {
		s.Reason = "the policy cannot be used: " + err.Error()
		return s
	}
	s.Found, s.Reason = true, "policy "+id+", mode "+s.Policy.Mode
	return s
}

func texts(a answer) []string {
	var list []string
	for _, rr := range a.records {
		if txt, ok := rr.(*dns.TXT); ok {
			list = append(list, strings.Join(txt.Txt, "")) // RFC 8461, 3.1: joined without a blank
		}
	}
	return list
}

// Requires reports whether TLS with a certificate good for the MX host is
// required (RFC 8461, 5).
func (s STS) Requires() bool { return s.Found && s.Policy.Mode == "enforce" }

// Verdict says whether mail may go to an MX host. In the mode testing it may
// in any case; the reason says what would be wrong.
func (s STS) Verdict(host string) Verdict {
	if !s.Found || s.Policy.Mode == "none" {
		return Verdict{true, s.Reason, "RFC 8461, 5"}
	}
	if mx := s.Policy.Match(host); mx != "" {
		return Verdict{true, fmt.Sprintf("%s matches mx: %s", session.Escape(host), mx), "RFC 8461, 4.1"}
	}
	why := session.Escape(host) + " matches no mx of the policy"
	if s.Policy.Mode == "testing" {
		return Verdict{true, why + "; the mode is testing, so it is tried", "RFC 8461, 5"}
	}
	return Verdict{false, why, "RFC 8461, 5"}
}
