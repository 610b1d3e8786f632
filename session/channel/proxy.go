package channel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"

	"golang.org/x/net/proxy"

	"ehlo/session"
)

// The ports that are customary for proxies.
const (
	socksPort = "1080" // RFC 1928, 3
	httpPort  = "8080"
)

// ParseProxy reads socks5://[USER:PASSWORD@]HOST[:PORT] (RFC 1928 and 1929;
// default port 1080) or http://[USER:PASSWORD@]HOST[:PORT] (CONNECT of RFC
// 9110, 9.3.6; default port 8080). socks5h is the same as socks5: the name of
// the target always goes to the proxy, which looks it up, if the session's
// Lookup is [Dialer.Lookup]. No error holds the password, which may also be put
// into the URL later.
func ParseProxy(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil { // its error would repeat the text, and the password with it
		return nil, errors.New("proxy: this is no URL; expected socks5://HOST[:PORT] or http://HOST[:PORT]")
	}
	return u, checkProxy(u)
}

func checkProxy(u *url.URL) error {
	if u.Scheme != "socks5" && u.Scheme != "socks5h" && u.Scheme != "http" {
		if u.Host == "" {
			return errors.New("proxy: expected socks5://HOST[:PORT] or http://HOST[:PORT]")
		}
		return fmt.Errorf("proxy: the scheme %s is not supported; use socks5 or http", session.Escape(u.Scheme))
	}
	_, err := session.ParseTarget("smtp://" + u.Host)
	switch {
	case u.Hostname() == "":
		return errors.New("proxy: the host is missing")
	case err != nil:
		return fmt.Errorf("proxy: %q is no HOST[:PORT]", u.Host)
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return errors.New("proxy: nothing belongs behind HOST[:PORT]")
	}
	return nil
}

// checkLogin is apart from [ParseProxy], so that a password that comes from
// elsewhere can be put into the URL in between.
func checkLogin(u *url.URL) error {
	user, password := userOf(u)
	switch {
	case u.User == nil:
	case u.Scheme == "http" && strings.Contains(user, ":"): // RFC 7617, 2
		return errors.New("proxy: the user must not hold a colon")
	case u.Scheme == "http":
	case len(user) > 255 || len(password) > 255: // RFC 1929, 2
		return errors.New("proxy: user and password may have 255 octets each")
	case user == "" || password == "":
		return errors.New("proxy: socks5 logs in with a user and a password; one of them is missing")
	}
	return nil
}

func userOf(u *url.URL) (user, password string) {
	if u.User == nil {
		return "", ""
	}
	password, _ = u.User.Password()
	return u.User.Username(), password
}

// proxyAddr is HOST:PORT of a proxy.
func proxyAddr(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "http":
		port = httpPort
	default:
		port = socksPort
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// dialProxy has a proxy connect to addr.
func (d Dialer) dialProxy(ctx context.Context, addr string) (*session.Channel, error) {
	at := proxyAddr(d.Proxy)
	way := d.socks
	name := "socks5"
	if d.Proxy.Scheme == "http" {
		way, name = d.connect, "http"
	}
	conn, facts, err := way(ctx, at, addr)
	if err != nil {
		if ctx.Err() != nil { // what the proxy was cut off in is no reason
			err = context.Cause(ctx)
		}
		return nil, &session.StageError{Stage: name + " " + at, Err: err}
	}
	// What the socket knows is the way to the proxy. The server's end is what
	// was asked for; nobody told more.
	conn = placed{conn, conn.LocalAddr(), place{"tcp", addr}}
	facts = append([]session.Fact{{Key: "via", Value: name + "://" + at}}, facts...)
	return &session.Channel{Conn: conn, Facts: facts}, nil
}

// straight connects to the proxy itself, for the SOCKS library.
type straight struct {
	Dialer
	addr net.Addr // of the proxy, once it is connected
}

func (s *straight) Dial(network, addr string) (net.Conn, error) {
	return s.DialContext(context.Background(), network, addr)
}

func (s *straight) DialContext(ctx context.Context, _, addr string) (net.Conn, error) {
	conn, err := s.tcp(ctx, addr)
	if err == nil {
		s.addr = conn.RemoteAddr()
	}
	return conn, err
}

// socks: RFC 1928. A name goes to the proxy as it is.
func (d Dialer) socks(ctx context.Context, at, addr string) (net.Conn, []session.Fact, error) {
	var auth *proxy.Auth
	if user, password := userOf(d.Proxy); user != "" {
		auth = &proxy.Auth{User: user, Password: password}
	}
	forward := &straight{Dialer: d}
	dialer, err := proxy.SOCKS5("tcp", at, auth, forward)
	if err != nil {
		return nil, nil, err
	}
	conn, err := dialer.(proxy.ContextDialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, nil, socksReason(err, forward.addr != nil)
	}
	facts := []session.Fact{{Key: "via-addr", Value: forward.addr.String()}, {Key: "via-reply", Value: "succeeded"}}
	if c, ok := conn.(interface{ BoundAddr() net.Addr }); ok {
		facts = append(facts, session.Fact{Key: "via-bound", Value: clean(c.BoundAddr().String())})
	}
	return conn, facts, nil
}

// socksReason says in which stage the proxy failed. The words of the library
// name both addresses, which the session says already.
func socksReason(err error, connected bool) error {
	var op *net.OpError
	if !connected || !errors.As(err, &op) {
		return err
	}
	return inTalk(op.Err)
}

// inTalk says what went wrong in the talk with a proxy that was reached.
func inTalk(err error) error {
	var op *net.OpError
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return context.DeadlineExceeded
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the proxy closed the channel")
	case errors.As(err, &op):
		err = op.Err
	}
	return errors.New(clean(strings.TrimPrefix(err.Error(), "unknown error ")))
}

// most bounds what is shown of foreign words.
const most = 200

// clean makes foreign words safe to show, and short.
func clean(text string) string {
	text = session.Escape(text)
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
