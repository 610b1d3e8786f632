package network

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"ehlo/session"
	"ehlo/session/practice"
)

// Role is what a host is to a mail, in the words of RFC 5321, 2.3.10.
type Role string

// The roles.
const (
	Originating Role = "originating"
	Relay       Role = "relay"
	Gateway     Role = "gateway"
	Delivery    Role = "delivery"
)

// site is what makes a host.
type site struct {
	name, addr string
	role       Role
	next       string // the host that gets everything, or what is for the domain; "" is by the DNS
	domain     string
	lmtp, down bool     // it speaks LMTP; it is off
	blind      bool     // it takes recipients whatever they are called
	locals     []string // domains that it delivers for itself
}

func sites() []site {
	return []site{
		{name: "submit.origin.example", addr: "192.0.2.1", role: Originating, next: "relay.origin.example", blind: true,
			locals: []string{"origin.example", "client.example", "test.example"}},
		{name: "relay.origin.example", addr: "192.0.2.2", role: Relay, blind: true},
		{name: "mx1.destination.example", addr: "198.51.100.1", role: Relay, next: "store.destination.example", domain: "destination.example", down: true},
		{name: "mx2.destination.example", addr: "198.51.100.2", role: Relay, next: "store.destination.example", domain: "destination.example"},
		{name: "store.destination.example", addr: "198.51.100.3", role: Delivery, lmtp: true},
		{name: "gateway.elsewhere.example", addr: "203.0.113.1", role: Gateway},
		{name: "back.elsewhere.example", addr: "203.0.113.2", role: Delivery},
	}
}

// Host is one of a network.
type Host struct {
	Name   string
	Addr   netip.Addr
	Role   Role
	Server *practice.Server

	net  *Network
	site site

	mu       sync.Mutex
	down     bool
	outside  bool // programs outside are let in, at a port
	port     uint16
	listener net.Listener
	log      []Entry
	waiting  []*item
	made     int // IDs
}

// host starts one.
func (n *Network) host(s site) *Host {
	h := &Host{Name: s.name, Addr: netip.MustParseAddr(s.addr), Role: s.role, net: n, site: s, down: s.down}
	o := n.opts.Server
	o.Name, o.Relays = s.name, s.blind
	if o.Store == nil || s.role != Delivery {
		o.Store = practice.NewStore("")
	}
	sc := practice.Scenario{Name: s.name}
	switch {
	case s.role == Originating:
		sc = n.opts.Scenario
		o.Refuse = h.refuse
	case s.lmtp:
		sc, _ = practice.Find("lmtp")
	}
	if s.role != Delivery {
		o.Forward = h.forward
	} else {
		o.Forward = h.keep
	}
	h.Server = practice.New(sc, o)
	return h
}

// Down reports whether nobody can reach the host.
func (h *Host) Down() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.down
}

// Log returns what the host has noted, the oldest first.
func (h *Host) Log() []Entry {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.log)
}

// note writes a line of the log.
func (h *Host) note(format string, args ...any) {
	e := Entry{At: h.now(), Host: h.Name, Text: session.Escape(fmt.Sprintf(format, args...))}
	h.mu.Lock()
	if len(h.log) >= maxEntries {
		h.log = h.log[1:]
	}
	h.log = append(h.log, e)
	h.mu.Unlock()
	n := h.net
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.log) >= maxEntries {
		n.log = n.log[1:]
	}
	n.log = append(n.log, e)
	if n.opts.Log != nil {
		n.opts.Log(e)
	}
}

func (h *Host) now() time.Time { return h.net.opts.Server.Now() }

// newID names a message that the host makes itself.
func (h *Host) newID() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.made++
	return fmt.Sprintf("%X%03d", h.now().UnixMilli(), h.made)
}

// keep is final delivery.
func (h *Host) keep(m practice.Mail) error {
	fates, err := h.Server.Place(m)
	if err != nil {
		h.note("%s: cannot be delivered: %v", m.ID, err)
		return err
	}
	for _, f := range fates {
		h.note("%s: from <%s>, to <%s>: %s", m.ID, m.From.Path, f.To.Path, strings.TrimSpace(f.Action+" "+f.Text))
	}
	h.report(m, fates)
	return nil
}

// refuse says what the origin knows of a domain before it takes mail for it.
//
// RFC 7505, 4.1; RFC 7504, 4: 556 for a domain that takes no mail.
func (h *Host) refuse(path string) string {
	if domainOf(path) == "null.example" {
		return "556 5.1.10 <" + path + "> the domain has a null MX: it takes no mail"
	}
	return ""
}

func domainOf(path string) string {
	_, domain, _ := session.SplitMailbox(path)
	return strings.ToLower(domain)
}
