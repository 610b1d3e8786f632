package route

import (
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// zone is what the name server of a test knows: records as in a zone file,
// and names for which it fails.
type zone struct {
	records string
	fail    []string // names answered SERVFAIL
	ad      bool
	cut     bool // every reply over UDP is cut
	// spoil changes a reply before it goes out; nil for an honest server.
	spoil func(*dns.Msg)
}

func (z zone) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	m := new(dns.Msg)
	m.SetReply(q)
	m.AuthenticatedData = z.ad
	name := strings.ToLower(q.Question[0].Name)
	exists := false
	parser := dns.NewZoneParser(strings.NewReader(z.records), ".", "")
	parser.SetDefaultTTL(60)
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		if !strings.EqualFold(rr.Header().Name, name) {
			continue
		}
		exists = true
		if t := rr.Header().Rrtype; t == q.Question[0].Qtype || t == dns.TypeCNAME {
			m.Answer = append(m.Answer, rr)
		}
	}
	if !exists {
		m.Rcode = dns.RcodeNameError
	}
	if slices.Contains(z.fail, name) || slices.Contains(z.fail, name+dns.TypeToString[q.Question[0].Qtype]) {
		m.Rcode, m.Answer = dns.RcodeServerFailure, nil
	}
	if _, udp := w.RemoteAddr().(*net.UDPAddr); udp && z.cut {
		m.Truncated, m.Answer = true, nil
	}
	if z.spoil != nil {
		z.spoil(m)
	}
	w.WriteMsg(m)
}

// serve starts a name server on loopback and returns a resolver that asks it.
func serve(t testing.TB, h dns.Handler) *Resolver {
	t.Helper()
	var l net.Listener
	var p net.PacketConn
	var err error
	for range 20 { // a port that is free for both
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		if p, err = net.ListenPacket("udp", l.Addr().String()); err == nil {
			break
		}
		l.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*dns.Server{{Listener: l, Handler: h}, {PacketConn: p, Handler: h}} {
		started := make(chan struct{})
		s.NotifyStartedFunc = func() { close(started) }
		go s.ActivateAndServe()
		<-started
		t.Cleanup(func() { s.Shutdown() })
	}
	r, err := NewResolver(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return r
}
