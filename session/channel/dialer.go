package channel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"ehlo/session"
)

// Dialer opens channels. The zero value connects straight, over any family.
// It is safe for use by several goroutines.
type Dialer struct {
	// Family is 4 or 6 for that version of IP alone, 0 for both. With a proxy
	// it is that of the way to the proxy.
	Family int
	// Local is what the client's end is bound to; port 0 is any. The zero
	// value leaves it to the system.
	Local netip.AddrPort
	// Proxy is socks5://[USER:PASSWORD@]HOST[:PORT] or http://…, as
	// [ParseProxy] reads it; nil for none. Hosts alone go through it, not unix
	// sockets and processes.
	Proxy *url.URL
	// ProxyProtocol asks for a header before the greeting: v1 or v2, alone or
	// with addresses, "v2,src=192.0.2.1:1234,dst=192.0.2.2:25". Without them
	// it tells those of the channel. Empty for none.
	ProxyProtocol string
	// Grace is how long a process may go on once its input has ended, and
	// again once it was asked to end. Default: 2 seconds.
	Grace time.Duration
}

// Check reports what is wrong with the fields, before anything is opened.
func (d Dialer) Check() error {
	if d.Family != 0 && d.Family != 4 && d.Family != 6 {
		return fmt.Errorf("family %d: expected 4 or 6", d.Family)
	}
	if d.Local.IsValid() && !d.suits(d.Local.Addr()) {
		return fmt.Errorf("local address %s: it is not of IPv%d", d.Local.Addr(), d.Family)
	}
	if d.Proxy != nil {
		if err := errors.Join(checkProxy(d.Proxy), checkLogin(d.Proxy)); err != nil {
			return err
		}
	}
	_, err := parseHeader(d.ProxyProtocol)
	return err
}

func (d Dialer) suits(a netip.Addr) bool {
	switch d.Family {
	case 4:
		return a.Unmap().Is4()
	case 6:
		return a.Is6() && !a.Is4In6()
	}
	return true
}

// ParseLocal reads ADDR[:PORT]; an IPv6 address with a port stands in
// brackets.
func ParseLocal(text string) (netip.AddrPort, error) {
	if a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")); err == nil {
		return netip.AddrPortFrom(a, 0), nil
	}
	ap, err := netip.ParseAddrPort(text)
	if err != nil {
		return ap, fmt.Errorf("local address %q: expected ADDR, ADDR:PORT or [IPv6]:PORT", text)
	}
	return ap, nil
}

// Dial opens a channel to a target that is no practice server. It fits
// [session.Options].Dial: addr is HOST:PORT for a host, and is not looked at
// for others. The channel is a [*session.Channel].
func (d Dialer) Dial(ctx context.Context, t session.Target, addr string) (net.Conn, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	c, err := d.open(ctx, t, addr)
	if err != nil {
		return nil, err
	}
	h, _ := parseHeader(d.ProxyProtocol) // Check has read it
	if c.Preamble, err = h.octets(c.LocalAddr(), c.RemoteAddr()); err != nil {
		_ = c.Close()
		return nil, err
	}
	if h.name() != "" {
		c.Facts = append(c.Facts, session.Fact{Key: "proxy-protocol", Value: h.name()})
	}
	return c, nil
}

func (d Dialer) open(ctx context.Context, t session.Target, addr string) (*session.Channel, error) {
	switch {
	case t.Practice != "":
		return nil, errors.New("the practice server has no address")
	case t.MX != "":
		return nil, fmt.Errorf("mail for %s goes to a host that must be found first", t.MX)
	case t.Pipe != "":
		return d.start(ctx, t)
	case t.Unix != "":
		return dialUnix(ctx, t)
	case d.Proxy != nil:
		return d.dialProxy(ctx, addr)
	}
	conn, err := d.tcp(ctx, addr)
	if err != nil {
		return nil, err
	}
	return &session.Channel{Conn: conn}, nil
}

// tcp connects straight: to the target, or to a proxy.
func (d Dialer) tcp(ctx context.Context, addr string) (net.Conn, error) {
	var dialer net.Dialer
	if d.Local.IsValid() {
		dialer.LocalAddr = net.TCPAddrFromAddrPort(d.Local)
	}
	if ap, err := netip.ParseAddrPort(addr); err == nil && !d.suits(ap.Addr()) {
		return nil, fmt.Errorf("%s is not of IPv%d", ap.Addr(), d.Family)
	}
	conn, err := dialer.DialContext(ctx, d.network("tcp"), addr)
	var wrong *net.AddrError
	if errors.As(err, &wrong) && d.Local.IsValid() {
		return nil, fmt.Errorf("%s cannot be reached from %s: %s", addr, d.Local.Addr(), wrong.Err)
	}
	return conn, err
}

func (d Dialer) network(kind string) string {
	if d.Family == 0 {
		return kind
	}
	return fmt.Sprintf("%s%d", kind, d.Family)
}

// Lookup finds the addresses of a host, of the wanted family alone. It fits
// [session.Options].Lookup. With a proxy it returns the name as it is: the
// proxy is given the name, and looks it up itself.
func (d Dialer) Lookup(ctx context.Context, host string) ([]string, error) {
	if d.Proxy != nil {
		return []string{host}, nil
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, d.network("ip"), host)
	if none := (*net.AddrError)(nil); errors.As(err, &none) {
		err = fmt.Errorf("the host has no IPv%d address", d.Family)
	}
	addrs := make([]string, len(found))
	for i, a := range found {
		addrs[i] = a.Unmap().String()
	}
	return addrs, err
}

// place is one end of a channel, by a name that a person can read.
type place struct{ network, text string }

func (p place) Network() string { return p.network }
func (p place) String() string  { return p.text }

// placed is a connection whose ends are not what the socket knows of them.
type placed struct {
	net.Conn
	local, remote net.Addr
}

func (p placed) LocalAddr() net.Addr  { return p.local }
func (p placed) RemoteAddr() net.Addr { return p.remote }

// CloseWrite ends the client's half, where the connection can.
func (p placed) CloseWrite() error {
	if c, ok := p.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return errors.ErrUnsupported
}

func dialUnix(ctx context.Context, t session.Target) (*session.Channel, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", t.Unix)
	if err != nil {
		return nil, err
	}
	return &session.Channel{Conn: placed{conn, place{"unix", "unix"}, place{"unix", t.String()}}}, nil
}
