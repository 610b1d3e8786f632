package network

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"ehlo/session"
)

// Listen opens a port at every host that is up, for programs outside; 0 takes
// one that is free at the first. The network must be on the loopback (Options),
// and the system must have all of 127/8, as Linux does.
func (n *Network) Listen(port uint16) (uint16, error) {
	if !n.opts.Loopback {
		return 0, errors.New("network: its hosts have no addresses of this machine")
	}
	for _, h := range n.hosts {
		h.mu.Lock()
		h.outside, h.port = true, port
		err := h.open()
		if h.listener != nil {
			port = netip.MustParseAddrPort(h.listener.Addr().String()).Port()
		}
		h.mu.Unlock()
		if err != nil {
			return 0, fmt.Errorf("network: %s: %w", h.Name, err)
		}
	}
	return port, nil
}

// open lets programs outside in, if they are to be let in. h.mu must be held.
func (h *Host) open() error {
	if !h.outside || h.down || h.listener != nil {
		return nil
	}
	l, err := net.Listen("tcp", netip.AddrPortFrom(h.Addr, h.port).String())
	if err != nil {
		return err
	}
	h.listener = l
	go func() { _ = h.Server.Serve(l) }()
	return nil
}

// shut lets nobody in any more.
func (h *Host) shut() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.listener != nil {
		_ = h.listener.Close()
		h.listener = nil
	}
}

// SetDown takes a host off the network, or puts it back. Whoever talks to it
// may finish.
func (n *Network) SetDown(name string, down bool) error {
	h := n.Host(name)
	if h == nil {
		return fmt.Errorf("network: there is no host %s", session.Escape(name))
	}
	h.mu.Lock()
	changed := h.down != down
	h.down = down
	err := h.open()
	h.mu.Unlock()
	if down {
		h.shut()
	}
	if changed {
		h.note("is %s", map[bool]string{true: "down", false: "up"}[down])
	}
	return err
}
