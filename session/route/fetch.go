package route

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"
)

// FetchTimeout bounds the fetching of a policy (RFC 8461, 3.3).
const FetchTimeout = time.Minute

// Fetch returns the policy file of a domain.
type Fetch func(ctx context.Context, domain string) ([]byte, error)

// Transport is for [HTTPS]: one that knows no proxy, and asks the resolver for
// addresses if the user named it, else the system. The server is judged by
// roots, where nil are the system's.
func (r *Resolver) Transport(roots *x509.CertPool) *http.Transport {
	t := &http.Transport{
		DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{RootCAs: roots},
	}
	if r.Named {
		t.DialContext = r.dial
	}
	return t
}

// dial connects to the first address of a host that answers.
func (r *Resolver) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	addrs, err := r.Addresses(ctx, host, 0)
	var d net.Dialer
	var conn net.Conn
	for _, a := range addrs {
		if conn, err = d.DialContext(ctx, network, net.JoinHostPort(a, port)); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// HTTPS returns a Fetch that asks by way of transport.
//
// RFC 8461, 3.3: the certificate has to be good for mta-sts.DOMAIN, redirects
// are not followed, and the type is text/plain.
func HTTPS(transport http.RoundTripper) Fetch {
	return func(ctx context.Context, domain string) ([]byte, error) {
		client := &http.Client{
			Transport:     transport,
			Timeout:       FetchTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
		return get(ctx, client, "https://mta-sts."+domain+"/.well-known/mta-sts.txt")
	}
}

func get(ctx context.Context, client *http.Client, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer is %d, not 200", response.StatusCode)
	}
	kind, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if err != nil || !strings.EqualFold(kind, "text/plain") {
		return nil, errors.New("the type of the policy is not text/plain")
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, MaxPolicy+1))
	if err != nil {
		return nil, err
	}
	if len(body) > MaxPolicy {
		return nil, fmt.Errorf("the policy is larger than %d octets", MaxPolicy)
	}
	return body, nil
}
