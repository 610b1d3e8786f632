package route

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

const world = `
two.example.     MX 20 b.two.example.
two.example.     MX 10 a.two.example.
a.two.example.   A 192.0.2.1
a.two.example.   AAAA 2001:db8::1
b.two.example.   A 192.0.2.2
bare.example.    A 192.0.2.3
null.example.    MX 0 .
mixed.example.   MX 0 .
mixed.example.   MX 5 a.two.example.
alias.example.   CNAME two.example.
cname.example.   MX 1 www.cname.example.
www.cname.example. CNAME b.two.example.
empty.example.   MX 1 txt.empty.example.
txt.empty.example. TXT "nothing"
zero.example.    MX 1 zero.zero.example.
zero.zero.example. A 0.0.0.0
circle.example.  CNAME circle2.example.
circle2.example. CNAME circle.example.
slow.example.    MX 1 slow.slow.example.
slow.slow.example. A 192.0.2.9
xn--bcher-kva.example. A 192.0.2.4
odd.example.     MX 1 a\027b.example.
twice.example.   MX 1 b.two.example.
twice.example.   MX 2 b.two.example.
number.example.  MX 1 192.0.2.1.
txt.example.     TXT "no address"
`

func unshuffled(int, func(i, j int)) {}

func summary(r Route, err error) string {
	var b strings.Builder
	for _, c := range r.Candidates {
		mark := "+"
		if c.Skip {
			mark = "-"
		}
		addr := "none"
		if c.Addr.IsValid() {
			addr = c.Addr.String()
		}
		fmt.Fprintf(&b, "%s %s %s %d\n", mark, c.Host, addr, c.Preference)
	}
	var e *Error
	if errors.As(err, &e) {
		fmt.Fprintf(&b, "! %v %d %s\n", e.Temporary, e.Code, e.Enhanced)
	} else if err != nil {
		fmt.Fprintf(&b, "! %v\n", err)
	}
	return b.String()
}

func TestFind(t *testing.T) {
	r := serve(t, zone{records: world, fail: []string{"broken.example.", "slow.slow.example."}})
	for _, c := range []struct {
		name string
		o    Options
		want string
	}{
		{"order", Options{Domain: "two.example"}, "+ a.two.example 2001:db8::1 10\n+ a.two.example 192.0.2.1 10\n+ b.two.example 192.0.2.2 20\n"},
		{"family 4", Options{Domain: "two.example", Family: 4}, "- a.two.example 2001:db8::1 10\n+ a.two.example 192.0.2.1 10\n+ b.two.example 192.0.2.2 20\n"},
		{"family 6, none", Options{Domain: "bare.example", Family: 6}, "- bare.example 192.0.2.3 0\n! true 451 4.4.4\n"},
		{"implicit", Options{Domain: "Bare.Example."}, "+ bare.example 192.0.2.3 0\n"},
		{"null", Options{Domain: "null.example"}, "- . none 0\n! false 556 5.1.10\n"},
		{"null beside others", Options{Domain: "mixed.example", Family: 4}, "- . none 0\n- a.two.example 2001:db8::1 5\n+ a.two.example 192.0.2.1 5\n"},
		{"alias", Options{Domain: "alias.example", Family: 6}, "+ a.two.example 2001:db8::1 10\n- a.two.example 192.0.2.1 10\n- b.two.example 192.0.2.2 20\n"},
		{"MX is CNAME", Options{Domain: "cname.example"}, "+ www.cname.example 192.0.2.2 1\n"},
		{"no address", Options{Domain: "empty.example"}, "- txt.empty.example none 1\n! false 550 5.4.4\n"},
		{"implicit, no address", Options{Domain: "txt.example"}, "- txt.example none 0\n! false 550 5.4.4\n"},
		{"unspecified", Options{Domain: "zero.example"}, "- zero.zero.example 0.0.0.0 1\n! false 550 5.4.4\n"},
		{"circle", Options{Domain: "circle.example"}, "! true 451 4.4.3\n"},
		{"missing", Options{Domain: "missing.example"}, "! false 550 5.1.2\n"},
		{"server failure", Options{Domain: "broken.example"}, "! true 451 4.4.3\n"},
		{"address fails", Options{Domain: "slow.example"}, "- slow.slow.example none 1\n! true 451 4.4.3\n"},
		{"IDN", Options{Domain: "bücher.example"}, "+ xn--bcher-kva.example 192.0.2.4 0\n"},
		{"odd host", Options{Domain: "odd.example"}, "- a\\027b.example none 1\n! false 550 5.4.4\n"},
		{"twice", Options{Domain: "twice.example"}, "+ b.two.example 192.0.2.2 1\n- b.two.example 192.0.2.2 2\n"},
		{"address as host", Options{Domain: "number.example"}, "- 192.0.2.1 none 1\n! false 550 5.4.4\n"},
		{"not a domain", Options{Domain: "a b"}, "! false 550 5.1.2\n"},
		{"literal", Options{Domain: "[192.0.2.7]"}, "+ [192.0.2.7] 192.0.2.7 0\n"},
		{"literal 6", Options{Domain: "[IPv6:2001:db8::7]"}, "+ [IPv6:2001:db8::7] 2001:db8::7 0\n"},
		{"literal broken", Options{Domain: "[192.0.2.7"}, "! false 550 5.1.2\n"},
		{"own name", Options{Domain: "two.example", LocalNames: []string{"B.two.example"}}, "+ a.two.example 2001:db8::1 10\n+ a.two.example 192.0.2.1 10\n- b.two.example 192.0.2.2 20\n"},
		{"own address", Options{Domain: "two.example", LocalAddresses: []netip.Addr{netip.MustParseAddr("192.0.2.1")}}, "- a.two.example 2001:db8::1 10\n- a.two.example 192.0.2.1 10\n- b.two.example 192.0.2.2 20\n! false 550 5.4.6\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Resolver, c.o.Shuffle = r, unshuffled
			route, err := Find(t.Context(), c.o)
			if got := summary(route, err); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
			for _, c := range route.Candidates {
				if c.Host == "192.0.2.1" && !strings.Contains(c.Reason, "wants the name of a host") {
					t.Errorf("%s: %s", c.Host, c.Reason)
				}
				if c.Reason == "" {
					t.Errorf("%s %s has no reason", c.Host, c.Addr)
				}
			}
		})
	}
}

func TestFindShufflesInsideOnePreference(t *testing.T) {
	r := serve(t, zone{records: "d. MX 1 a.d.\nd. MX 1 b.d.\nd. MX 2 c.d.\na.d. A 192.0.2.1\nb.d. A 192.0.2.2\nc.d. A 192.0.2.3"})
	route, err := Find(t.Context(), Options{Domain: "d", Resolver: r, Shuffle: func(n int, swap func(i, j int)) {
		if n != 2 {
			t.Errorf("shuffles %d hosts, want 2", n)
		}
		swap(0, 1)
	}})
	if got := summary(route, err); got != "+ b.d 192.0.2.2 1\n+ a.d 192.0.2.1 1\n+ c.d 192.0.2.3 2\n" {
		t.Error(got)
	}
}

func TestCutReplyIsAskedOverTCP(t *testing.T) {
	r := serve(t, zone{records: world, cut: true, ad: true})
	route, err := Find(t.Context(), Options{Domain: "two.example", Resolver: r})
	if err != nil || len(route.Tried()) != 3 {
		t.Fatal(summary(route, err))
	}
	for _, q := range route.Queries {
		if !q.TCP || !q.AD {
			t.Errorf("%s: TCP %v, AD %v", q, q.TCP, q.AD)
		}
	}
	if !route.Candidates[0].Secure {
		t.Error("AD of a named resolver does not count")
	}
	r.Named = false
	route, _ = Find(t.Context(), Options{Domain: "two.example", Resolver: r})
	if route.Candidates[0].Secure {
		t.Error("AD of a resolver that nobody named counts")
	}
}

// TestHostileAnswers has name servers that answer something else.
func TestHostileAnswers(t *testing.T) {
	for name, spoil := range map[string]func(*dns.Msg){
		"wrong ID":       func(m *dns.Msg) { m.Id++ },
		"wrong name":     func(m *dns.Msg) { m.Question[0].Name = "other.example." },
		"wrong type":     func(m *dns.Msg) { m.Question[0].Qtype = dns.TypeNS },
		"no question":    func(m *dns.Msg) { m.Question = nil },
		"not a reply":    func(m *dns.Msg) { m.Response = false },
		"always cut":     func(m *dns.Msg) { m.Truncated = true },
		"wrong opcode":   func(m *dns.Msg) { m.Opcode = dns.OpcodeNotify },
		"refused":        func(m *dns.Msg) { m.Rcode = dns.RcodeRefused },
		"too many alias": aliases,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := serve(t, zone{records: world, spoil: spoil})
			r.Tries, r.Timeout = 1, 200*time.Millisecond
			route, err := Find(t.Context(), Options{Domain: "two.example", Resolver: r})
			var e *Error
			if !errors.As(err, &e) || !e.Temporary || len(route.Queries) == 0 {
				t.Error(summary(route, err))
			}
		})
	}
}

// aliases answers every question with an alias of its own.
func aliases(m *dns.Msg) {
	rr, _ := dns.NewRR(m.Question[0].Name + " CNAME x" + m.Question[0].Name)
	m.Rcode, m.Answer = dns.RcodeSuccess, []dns.RR{rr}
}

func TestManyMXAreBounded(t *testing.T) {
	var b strings.Builder
	for i := range 300 {
		fmt.Fprintf(&b, "d. MX %d h%d.d.\n", i, i)
	}
	r := serve(t, zone{records: b.String() + "h0.d. A 192.0.2.1\n", cut: true})
	route, err := Find(t.Context(), Options{Domain: "d", Resolver: r})
	if err != nil || len(route.Candidates) != 300 || len(route.Queries) != 1+2*MaxMX {
		t.Errorf("%v, %d candidates, %d queries", err, len(route.Candidates), len(route.Queries))
	}
}

func TestFindEndsWithItsContext(t *testing.T) {
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	r, _ := NewResolver(silent.LocalAddr().String())
	r.Timeout = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	go func() { // once the question is there, the user gives up
		silent.ReadFrom(make([]byte, 512))
		cancel()
	}()
	_, err = Find(ctx, Options{Domain: "two.example", Resolver: r, Timeout: time.Hour})
	var e *Error
	if !errors.As(err, &e) || !e.Temporary {
		t.Error(err)
	}
}

func TestNewResolver(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.53": "192.0.2.53:53", "192.0.2.53:5353": "192.0.2.53:5353", "2001:db8::53": "[2001:db8::53]:53",
		"[2001:db8::53]": "[2001:db8::53]:53", "[2001:db8::53]:54": "[2001:db8::53]:54", "dns.example": "", "192.0.2.53:0": "",
	} {
		r, err := NewResolver(in)
		if want == "" && err == nil || want != "" && (err != nil || r.Servers[0] != want || !r.Named) {
			t.Errorf("%s: %v %v", in, r, err)
		}
	}
}

// FuzzAnswer gives any octets to what reads a reply.
func FuzzAnswer(f *testing.F) {
	m := new(dns.Msg)
	m.SetQuestion("a.example.", dns.TypeMX)
	aliases(m)
	wire, _ := m.Pack()
	f.Add(wire)
	f.Fuzz(func(t *testing.T, wire []byte) {
		m := new(dns.Msg)
		if m.Unpack(wire) != nil {
			return
		}
		q := new(dns.Msg)
		q.SetQuestion("a.example.", dns.TypeMX)
		if fits(q, m) == nil && len(m.Question) == 1 && !sameName(m.Question[0].Name, "a.example") {
			t.Error("another question fits")
		}
		a := answer{name: "a.example"}
		a.follow(m, dns.TypeMX)
		if a.aliases > MaxAliases+1 || len(exchanges(a)) > len(m.Answer) {
			t.Error("not bounded")
		}
		for _, rr := range m.Answer {
			for _, c := range shown(rr) {
				if c < ' ' || c == 0x7f {
					t.Errorf("control %q is shown", c)
				}
			}
		}
	})
}
