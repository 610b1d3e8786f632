package outbox

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"ehlo/session"
	"ehlo/session/practice/network"
	"ehlo/session/route"
)

// TestNetwork sends where the DNS says, in a network of several hosts: the
// first MX is down, some addresses do not exist, one domain takes no mail.
func TestNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := network.New(network.Options{})
		defer n.Close()
		o := newOffice(t, n.Dial)
		make := o.opts.Plan
		o.opts.Plan = func(ctx context.Context, e *Envelope, tg session.Target) (Plan, error) {
			p, err := make(ctx, e, tg)
			p.Session.Lookup, p.Session.Route = n.Lookup, func(ctx context.Context, domain string, note func(string)) ([]session.Hop, error) {
				way, err := route.Find(ctx, route.Options{Domain: domain, Resolver: n.Resolver()})
				var hops []session.Hop
				for _, c := range way.Tried() {
					hops = append(hops, session.Hop{Host: c.Host, Addr: c.Addr.String(), Port: c.Port})
				}
				return hops, err
			}
			return p, err
		}
		o.opts.Report.Target = "mx:origin.example"
		e := to("bob@destination.example", "nobody@destination.example", "carol@elsewhere.example", "dave@null.example", "eve@nowhere.example")
		e.From.Path = "alice@origin.example"
		id := o.add(e)
		o.pass()
		m := o.find(id)
		for i, want := range []struct {
			fate        Fate
			reply, host string
		}{
			{Accepted, "250 ", "mx2.destination.example ["},
			{Refused, "550 5.1.1", "mx2.destination.example ["},
			{Accepted, "250 ", "gateway.elsewhere.example ["},
			{Refused, "no route to null.example: null MX: the domain takes no mail (5.1.10)", ""},
			{Refused, "no route to nowhere.example: the domain does not exist (5.1.2)", ""},
		} {
			if r := m.Recipients[i]; r.Fate != want.fate || !strings.HasPrefix(r.Reply, want.reply) || !strings.HasPrefix(r.Host, want.host) {
				t.Errorf("%+v, want %+v", r, want)
			}
		}
		if !strings.Contains(m.Holder(0), "mx2.destination.example [") || !strings.Contains(m.Holder(0), "since it replied 250") {
			t.Errorf("responsible: %s", m.Holder(0))
		}
		o.pass() // the reports go out
		if err := n.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		for box, want := range map[string]int{"store.destination.example bob@destination.example": 1, "back.elsewhere.example carol@elsewhere.example": 1} {
			host, name, _ := strings.Cut(box, " ")
			if got := len(n.Host(host).Server.Store().Messages(name)); got != want {
				t.Errorf("%s has %d messages of %s, want %d", host, got, name, want)
			}
		}
		synctest.Wait()
	})
}
