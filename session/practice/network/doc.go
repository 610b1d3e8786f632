// Package network is several practice servers and a DNS of their own: a mail
// can be watched from its origin to the mailbox.
//
//	client ──▶ submit.origin.example ──▶ relay.origin.example
//	             (origin: RFC 6409)        │ MX of destination.example
//	                                       ├─▶ mx1.destination.example  preference 10, down
//	                                       ├─▶ mx2.destination.example  preference 20
//	                                       │       └─ LMTP ─▶ store.destination.example ─▶ mailbox
//	                                       │ MX of elsewhere.example
//	                                       ├─▶ gateway.elsewhere.example ─ file or pipe ─▶ back.elsewhere.example ─▶ mailbox
//	                                       │ MX of null.example
//	                                       └─▶ "." : no mail, on purpose (RFC 7505)
//
// RFC 5321, 2.3.10 calls these systems originating, relay, gateway and
// delivery. Each host has a log, a queue and mailboxes of its own. What cannot
// be delivered now is tried again, and what never can comes back as a
// notification: the origin takes mail for origin.example, client.example and
// test.example.
//
// Nothing needs a port: hosts call each other in memory, and [Network.Resolver]
// asks the zone directly. For clients in the same process [Network.Dial],
// [Network.Lookup] and [Network.Resolver] are what a session needs:
//
//	n := network.New(network.Options{})
//	defer n.Close()
//	s := session.New(session.Options{Target: t, Dial: n.Dial, Lookup: n.Lookup})
//	…
//	n.Settle(ctx)                                       // until nothing is on its way
//	n.Mailboxes("store.destination.example")
//	n.SetDown("mx2.destination.example", true)          // and what happens then?
//
// Programs outside find the same names at [Network.ListenDNS], and the hosts at
// [Network.Listen].
//
// Reading order: network.go, zone.go, host.go, queue.go, attempt.go, gateway.go, listen.go.
package network
