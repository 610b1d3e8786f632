package route

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/miekg/dns"
)

// MaxTLSA is how many TLSA records of one host are looked at.
const MaxTLSA = 64

// TLSA is one record, and whether SMTP can use it.
type TLSA struct {
	Usage, Selector, Matching uint8
	Data                      []byte
	Unusable                  string // why not, "" if it is usable
}

func (t TLSA) String() string {
	data := hex.EncodeToString(t.Data)
	if len(data) > 16 {
		data = data[:16] + "…"
	}
	return fmt.Sprintf("%d %d %d %s", t.Usage, t.Selector, t.Matching, data)
}

// DANEState is what the TLSA lookup asks of a client (RFC 7672, 2.2).
type DANEState uint8

const (
	// DANENone says that DANE does not apply: TLS is as without it.
	DANENone DANEState = iota
	// DANEEncrypt says that there are secure records and none is usable: TLS
	// is required, the certificate is not checked (RFC 7672, 2.2).
	DANEEncrypt
	// DANEVerify says that TLS is required and a record has to match.
	DANEVerify
	// DANEWait says that the lookup failed: this host is not to be used now
	// (RFC 7672, 2.1.2).
	DANEWait
)

// DANE is what was found for one host.
type DANE struct {
	State   DANEState
	Name    string // where the records stand, such as _25._tcp.mx.example
	Records []TLSA
	Queries []Query
	Reason  string
	hosts   []string // names that a certificate under usage 2 may be for
}

// TLSA looks up the records for a candidate. Domain is that of the mailbox.
//
// The records count only if the resolver was named by the user and says AD for
// the MX, the address and the TLSA records (RFC 7672, 2.2).
func (r *Resolver) TLSA(ctx context.Context, c Candidate, domain string) DANE {
	d := DANE{Name: tlsaName(c.Host, c.Port), hosts: []string{c.Host, trimDot(domain)}}
	switch {
	case !c.Addr.IsValid() || c.Source == FromLiteral:
		d.Reason = "an address has no TLSA records"
		return d
	case !r.Named:
		d.Reason = "not usable: the resolver is not trusted; name one with --resolver"
	case !c.Secure:
		d.Reason = "not usable: no AD bit on the MX or the address"
	}
	// RFC 7672, 2.2.2: the end of a secure chain of aliases first.
	names := []string{c.Host}
	if c.Canonical != "" && !sameName(c.Canonical, c.Host) && hostName(c.Canonical) {
		names = []string{c.Canonical, c.Host}
	}
	for _, name := range names {
		a := r.lookup(ctx, tlsaName(name, c.Port), dns.TypeTLSA)
		d.Queries = append(d.Queries, a.queries...)
		d.Name = tlsaName(name, c.Port)
		d.Records = records(a)
		if d.Reason != "" && len(d.Records) > 0 {
			return d
		}
		if d.Reason != "" {
			continue
		}
		if a.temporary() {
			d.State, d.Reason = DANEWait, "TLSA could not be looked up: "+a.trouble()
			return d
		}
		if len(d.Records) == 0 {
			continue
		}
		if name != c.Host {
			d.hosts = append([]string{name}, d.hosts...)
		}
		d.weigh(a.secure)
		return d
	}
	if d.Reason == "" {
		d.Reason = "no TLSA records"
	}
	return d
}

func (d *DANE) weigh(secure bool) {
	if !secure {
		d.Reason = "not usable: no AD bit on the TLSA records"
		return
	}
	for _, t := range d.Records {
		if t.Unusable == "" {
			d.State, d.Reason = DANEVerify, "a TLSA record has to match the certificate"
			return
		}
	}
	d.State, d.Reason = DANEEncrypt, "no TLSA record is usable: TLS is required, the certificate is not checked"
}

func tlsaName(host string, port int) string {
	return fmt.Sprintf("_%d._tcp.%s", port, host)
}

func records(a answer) []TLSA {
	var list []TLSA
	for _, rr := range a.records[:min(len(a.records), MaxTLSA)] {
		if t, ok := rr.(*dns.TLSA); ok {
			data, err := hex.DecodeString(strings.ReplaceAll(t.Certificate, " ", ""))
			one := TLSA{Usage: t.Usage, Selector: t.Selector, Matching: t.MatchingType, Data: data}
			if one.Unusable = unusable(one); err != nil {
				one.Unusable = "its data is not hexadecimal"
			}
			list = append(list, one)
		}
	}
	return list
}

// unusable says why SMTP cannot use a record.
func unusable(t TLSA) string {
	switch {
	case t.Usage == 0 || t.Usage == 1:
		return fmt.Sprintf("usage %d is not for SMTP (RFC 7672, 3.1.3)", t.Usage)
	case t.Usage > 3:
		return fmt.Sprintf("usage %d is unknown", t.Usage)
	case t.Selector > 1:
		return fmt.Sprintf("selector %d is unknown", t.Selector)
	case t.Matching > 2:
		return fmt.Sprintf("matching type %d is unknown", t.Matching)
	case t.Matching == 1 && len(t.Data) != 32, t.Matching == 2 && len(t.Data) != 64, len(t.Data) == 0:
		return fmt.Sprintf("its data has %d octets, which is no digest of that kind", len(t.Data))
	}
	return ""
}
