package route

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"ehlo/session"
)

const (
	// MaxMX is how many hosts are looked up, best preference first.
	MaxMX = 100
	// MaxAddresses is how many addresses of one host, and of one family, are
	// listed.
	MaxAddresses = 32
	// DefaultTimeout bounds all of Find.
	DefaultTimeout = 60 * time.Second
)

// Options say what is looked for.
type Options struct {
	// Domain is the domain of a mailbox, or an address literal such as
	// [192.0.2.1] or [IPv6:2001:db8::1].
	Domain   string
	Port     int // 0 is 25
	Resolver *Resolver
	Family   int // 4 or 6: only these are tried; 0 is both, IPv6 first (RFC 6724, 2.1)
	// LocalNames and LocalAddresses are this host's own; an MX that points to
	// one of them, and all that are not better, are passed over.
	LocalNames     []string
	LocalAddresses []netip.Addr
	// Shuffle brings n things into random order; nil is rand.Shuffle. It is
	// called once for each preference that has more than one host.
	Shuffle func(n int, swap func(i, j int))
	Timeout time.Duration // of all lookups together; 0 is [DefaultTimeout]
}

// Source says where a candidate comes from.
type Source string

// The sources.
const (
	FromMX      Source = "MX"
	ImplicitMX  Source = "implicit MX" // the domain has no MX; its own addresses serve (RFC 5321, 5.1)
	FromLiteral Source = "literal"
	FromName    Source = "name"  // the host itself was named; its MX are not asked for
	Given       Source = "given" // named by the user; Find makes none of these
)

// Candidate is one address, or a host that has none.
type Candidate struct {
	Host       string // A-labels, no last dot; escaped
	Addr       netip.Addr
	Port       int
	Preference uint16
	Source     Source
	Skip       bool
	Reason     string // why it is tried or is not
	Warning    string // what the rules say against it though it is tried, or ""
	// Canonical is the end of the host's chain of aliases, Host if it is none.
	Canonical string
	// Secure says that MX and address were validated by a resolver that the
	// user named: DANE may be asked for (RFC 7672, 2.2).
	Secure bool
}

// Target returns what a session connects to.
func (c Candidate) Target() session.Target {
	return session.Target{Host: c.Addr.String(), Port: c.Port}
}

// Route is where mail for a domain goes, and what was seen on the way.
type Route struct {
	Domain     string // A-labels, or the literal
	Candidates []Candidate
	Queries    []Query
}

// Tried returns the candidates that are to be tried, in order.
func (r Route) Tried() []Candidate {
	var list []Candidate
	for _, c := range r.Candidates {
		if !c.Skip {
			list = append(list, c)
		}
	}
	return list
}

// Find looks up where mail for a domain goes. The Route holds what was seen
// also where there is an error, which is an [*Error] whenever a lookup or its
// lack of a result is the reason.
func Find(ctx context.Context, o Options) (Route, error) {
	if o.Port == 0 {
		o.Port = session.DefaultPort
	}
	if strings.HasPrefix(o.Domain, "[") {
		return literal(o)
	}
	domain, err := ASCII(o.Domain)
	if err != nil {
		name := session.Escape(o.Domain)
		return Route{Domain: name}, permanent(name, "5.1.2", session.Escape(err.Error()))
	}
	if o.Resolver == nil {
		return Route{Domain: domain}, errors.New("route: no resolver")
	}
	if o.Shuffle == nil {
		o.Shuffle = rand.Shuffle
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	s := &search{Options: o, route: Route{Domain: domain}}
	err = s.find(ctx)
	return s.route, err
}

// Host looks up the addresses of a host that was named: Domain is its name, and
// no MX record counts.
func Host(ctx context.Context, o Options) (Route, error) {
	if o.Resolver == nil {
		return Route{Domain: session.Escape(o.Domain)}, errors.New("route: no resolver")
	}
	host, err := ASCII(o.Domain)
	if err != nil {
		name := session.Escape(o.Domain)
		return Route{Domain: name}, permanent(name, "5.1.2", session.Escape(err.Error()))
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	s := &search{Options: o, route: Route{Domain: host}}
	s.addresses(ctx, exchange{host: host, source: FromName, secure: true})
	return s.route, s.verdict()
}

// search is one Find under way.
type search struct {
	Options
	route  Route
	failed string // the last lookup of an address that may work later
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// exchange is one MX record.
type exchange struct {
	host       string
	preference uint16
	source     Source
	secure     bool
}

func (s *search) find(ctx context.Context) error {
	domain := s.route.Domain
	a := s.Resolver.lookup(ctx, domain, dns.TypeMX)
	s.route.Queries = append(s.route.Queries, a.queries...)
	switch {
	// RFC 5321, 5.1: an error is not the same as no MX; there is no fallback.
	case a.temporary():
		return temporary(domain, "looking up MX: "+a.trouble())
	case a.rcode == dns.RcodeNameError:
		return permanent(domain, "5.1.2", "the domain does not exist")
	}
	list := exchanges(a)
	if len(list) == 1 && list[0].host == "" {
		// RFC 7505, 3: a single MX with preference 0 and the root as its host.
		s.pass(list[0], "null MX: the domain takes no mail (RFC 7505, 3)")
		return &Error{domain, false, 556, "5.1.10", "null MX: the domain takes no mail", "RFC 7505, 4.1"}
	}
	if len(list) == 0 {
		// RFC 5321, 5.1: the domain is then its own MX, with preference 0; an
		// alias is followed first.
		list = []exchange{{a.name, 0, ImplicitMX, a.secure}}
	}
	s.order(list)
	for i, x := range list {
		switch {
		case i >= MaxMX:
			s.pass(x, "not looked up: more than 100 MX")
		case x.host == "":
			s.pass(x, "null MX beside others, which RFC 7505, 3 does not allow")
		case isAddress(x.host):
			s.pass(x, "an address stands where RFC 5321, 5.1 wants the name of a host")
		case !hostName(x.host):
			s.pass(x, "this is no host name")
		default:
			s.addresses(ctx, x)
		}
	}
	s.removeLoops()
	return s.verdict()
}

func exchanges(a answer) []exchange {
	var list []exchange
	for _, rr := range a.records {
		if mx, ok := rr.(*dns.MX); ok {
			list = append(list, exchange{strings.ToLower(trimDot(mx.Mx)), mx.Preference, FromMX, a.secure})
		}
	}
	return list
}

// order sorts by preference and mixes the hosts inside each.
//
// RFC 5321, 5.1: lower numbers are preferred; the same are chosen at random.
func (s *search) order(list []exchange) {
	slices.SortStableFunc(list, func(a, b exchange) int { return cmp.Compare(a.preference, b.preference) })
	for i := 0; i < len(list); {
		j := i + 1
		for j < len(list) && list[j].preference == list[i].preference {
			j++
		}
		if same := list[i:j]; len(same) > 1 {
			s.Shuffle(len(same), func(a, b int) { same[a], same[b] = same[b], same[a] })
		}
		i = j
	}
}

// pass lists a host that is not tried.
func (s *search) pass(x exchange, why string) {
	host := session.Escape(x.host)
	if host == "" {
		host = "."
	}
	s.route.Candidates = append(s.route.Candidates, Candidate{
		Host: host, Canonical: host, Port: s.Port, Preference: x.preference, Source: x.source, Skip: true, Reason: why,
	})
}
