package main

import (
	"context"
	"net"
	"time"

	"github.com/spf13/pflag"

	"ehlo/session"
	"ehlo/session/channel"
	"ehlo/session/practice"
)

// networkFlags say how the server is reached.
type networkFlags struct {
	proxy, proxyProtocol string
	family               int
	localAddr            string
	resolver             string
	mxPort               int
	mtaSTS               bool
	timeout              time.Duration

	box *sandbox // that practice targets are in
}

func (f *networkFlags) add(fl *pflag.FlagSet) {
	fl.IntVar(&f.family, "family", 0, "use IP version `N` alone: 4 or 6 (default both)")
	fl.StringVar(&f.localAddr, "local-addr", "", "connect from `ADDR[:PORT]`")
	fl.StringVar(&f.proxy, "proxy", "", "go through `URL`: socks5://[USER@]HOST[:PORT] or http://… (CONNECT)")
	fl.StringVar(&f.proxyProtocol, "proxy-protocol", "", "send a PROXY header of `VERSION` v1 or v2 first; v2,src=ADDR:PORT,dst=ADDR:PORT, or 'raw:PROXY UNKNOWN\\r\\n'")
	fl.StringVar(&f.resolver, "resolver", "", "find every name by the DNS server `ADDR[:PORT]`, and judge certificates by its TLSA records (default: as the system does)")
	fl.BoolVar(&f.mtaSTS, "mta-sts", false, "fetch the domain's MTA-STS policy over HTTPS and go by it")
	fl.IntVar(&f.mxPort, "mx-port", session.DefaultPort, "`PORT` of the hosts that the DNS names")
	fl.DurationVar(&f.timeout, "timeout", 0, "wait `TIME` for the DNS, each connection and each reply (default: as RFC 5321, 4.5.3.2 says, minutes)")
}

// dialer makes what connects.
func (f *networkFlags) dialer() (d channel.Dialer, err error) {
	d.Family, d.ProxyProtocol = f.family, f.proxyProtocol
	if f.family != 0 && f.family != 4 && f.family != 6 {
		return d, badValue("family", f.family, "expected 4 or 6")
	}
	if f.mxPort < 0 || f.mxPort > 65535 {
		return d, badValue("mx-port", f.mxPort, "expected a number from 1 to 65535")
	}
	if f.timeout < 0 {
		return d, badValue("timeout", f.timeout, "expected a time above 0")
	}
	if f.localAddr != "" {
		if d.Local, err = channel.ParseLocal(f.localAddr); err != nil {
			return d, badValue("local-addr", "", "%w", err)
		}
	}
	if f.proxy != "" {
		if d.Proxy, err = channel.ParseProxy(f.proxy); err != nil {
			return d, badValue("proxy", "", "%w", err)
		}
	}
	if err := (channel.Dialer{ProxyProtocol: f.proxyProtocol}).Check(); err != nil {
		return d, badValue("proxy-protocol", "", "%w", err)
	}
	if err := d.Check(); err != nil {
		return d, badTogether([]string{"local-addr", "family", "proxy"}, "%w", err)
	}
	return d, nil
}

// keyTime bounds the lookup of one DKIM key.
const keyTime = 10 * time.Second

// lookupTXT finds the keys of DKIM signatures, with the resolver that the user
// named or the system's.
func (f *networkFlags) lookupTXT(ctx context.Context) func(string) ([]string, error) {
	r := net.DefaultResolver
	if f.resolver != "" {
		addr := f.resolver
		if _, _, err := net.SplitHostPort(addr); err != nil {
			addr = net.JoinHostPort(addr, "53")
		}
		r = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, addr)
		}}
	}
	return func(name string) ([]string, error) {
		ctx, cancel := context.WithTimeout(ctx, keyTime)
		defer cancel()
		return r.LookupTXT(ctx, name)
	}
}

// options are those of a session that connects so, and asks for this of TLS.
func (f *networkFlags) options(t session.Target, secure session.TLS) (session.Options, error) {
	d, err := f.dialer()
	if err != nil {
		return session.Options{}, err
	}
	if t.Practice != "" && (f.proxy != "" || f.proxyProtocol != "" || f.localAddr != "" || f.family != 0) {
		return session.Options{}, badTogether([]string{"proxy", "proxy-protocol", "local-addr", "family"},
			"--proxy, --proxy-protocol, --local-addr and --family are for a network, and %s needs none; ehlo serve %s has a port", t, t)
	}
	if (t.Unix != "" || t.Pipe != "") && (f.proxy != "" || f.localAddr != "" || f.family != 0) {
		return session.Options{}, badTogether([]string{"proxy", "local-addr", "family"},
			"--proxy, --local-addr and --family are for a network, and %s needs none", t)
	}
	way, err := f.routed(secure.Roots)
	if err != nil {
		return session.Options{}, err
	}
	if f.box == nil {
		f.box = newSandbox(practice.Options{})
	}
	secure.Trust = way.trust
	return session.Options{
		Target: t, Dial: f.box.dialer(d), Lookup: way.lookup(d), Vouch: f.vouch(way), Route: way.hops, TLS: secure, Timeout: f.timeout,
	}, nil
}
