package route

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
)

// FetchTimeout bounds the fetching of a policy (RFC 8461, 3.3).
const FetchTimeout = time.Minute

// Fetch returns the policy file of a domain.
type Fetch func(ctx context.Context, domain string) ([]byte, error)

// HTTPS returns a Fetch that asks by way of transport, where nil is one of its
// own that knows no proxy and resolves names as the system does.
//
// RFC 8461, 3.3: the certificate has to be good for mta-sts.DOMAIN, redirects
// are not followed, and the type is text/plain.
func HTTPS(transport http.RoundTripper) Fetch {
	return func(ctx context.Context, domain string) ([]byte, error) {
		rt := transport
		if rt == nil {
			own := &http.Transport{DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true}
			defer own.CloseIdleConnections()
			rt = own
		}
		client := &http.Client{
			Transport:     rt,
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
