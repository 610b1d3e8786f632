package route_test

import (
	"context"
	"fmt"
	"net"

	"github.com/miekg/dns"

	"ehlo/session/route"
)

func ExampleFind() {
	// A name server of its own stands in for one in the network.
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	server := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		reply := new(dns.Msg).SetReply(q)
		for _, text := range []string{"example.com. MX 10 mx.example.com.", "mx.example.com. A 192.0.2.25"} {
			rr, _ := dns.NewRR(text)
			if h := rr.Header(); h.Name == q.Question[0].Name && h.Rrtype == q.Question[0].Qtype {
				reply.Answer = append(reply.Answer, rr)
			}
		}
		w.WriteMsg(reply)
	})}
	started := make(chan struct{})
	server.NotifyStartedFunc = func() { close(started) }
	go server.ActivateAndServe()
	<-started
	defer server.Shutdown()

	resolver, err := route.NewResolver(conn.LocalAddr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	found, err := route.Find(context.Background(), route.Options{Domain: "example.com", Resolver: resolver})
	for _, c := range found.Candidates {
		fmt.Println(c.Host, c.Target(), c.Reason)
	}
	fmt.Println(err)
	// Output:
	// mx.example.com 192.0.2.25:25 MX, preference 10
	// <nil>
}
