package session

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Target is what a session connects to.
type Target struct {
	Host string
	Port int
	// Practice names the scenario of the built-in server; Host and Port are
	// unused then. The plain server is the scenario "default".
	Practice string
}

// DefaultPort is that of SMTP (RFC 5321, 4.5.4.2).
const DefaultPort = 25

// ParseTarget reads practice[:SCENARIO], HOST[:PORT], [IPv6]:PORT or
// smtp://HOST[:PORT].
func ParseTarget(text string) (Target, error) {
	bad := func(why string) (Target, error) {
		return Target{}, fmt.Errorf("target %q: %s", text, why)
	}
	rest := text
	if scheme, after, ok := strings.Cut(text, "://"); ok {
		if !strings.EqualFold(scheme, "smtp") {
			return bad("the scheme " + scheme + " is not supported; use smtp://HOST[:PORT]")
		}
		rest = strings.TrimSuffix(after, "/")
	} else if rest == "practice" {
		return Target{Practice: "default"}, nil
	} else if scenario, ok := strings.CutPrefix(rest, "practice:"); ok {
		if scenario == "" {
			return bad("the scenario is missing; ehlo list scenarios names them")
		}
		return Target{Practice: scenario}, nil
	}
	host, port, err := splitHostPort(rest)
	if err != nil {
		return bad(err.Error())
	}
	return Target{Host: host, Port: port}, nil
}

func splitHostPort(text string) (string, int, error) {
	host, port := text, ""
	if strings.HasPrefix(text, "[") {
		inner, after, ok := strings.Cut(text[1:], "]")
		if !ok {
			return "", 0, fmt.Errorf("the bracket is not closed")
		}
		if after != "" && !strings.HasPrefix(after, ":") {
			return "", 0, fmt.Errorf("%q stands behind the bracket", after)
		}
		if _, err := netip.ParseAddr(inner); err != nil {
			return "", 0, fmt.Errorf("[%s] holds no IP address", inner)
		}
		host, port = inner, strings.TrimPrefix(after, ":")
		if after == ":" {
			return "", 0, fmt.Errorf("the port is missing")
		}
	} else if strings.Count(text, ":") == 1 {
		host, port, _ = strings.Cut(text, ":")
		if port == "" {
			return "", 0, fmt.Errorf("the port is missing")
		}
	} else if strings.Contains(text, ":") {
		if _, err := netip.ParseAddr(text); err != nil {
			return "", 0, fmt.Errorf("write an IPv6 address with a port as [ADDR]:PORT")
		}
	}
	if host == "" {
		return "", 0, fmt.Errorf("the host is missing")
	}
	for _, r := range host {
		if r <= ' ' || !Visible(r) || strings.ContainsRune(`/\@"<>`, r) {
			return "", 0, fmt.Errorf("%q is no host name", host)
		}
	}
	if port == "" {
		return host, DefaultPort, nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", 0, fmt.Errorf("%q is no port; a port is a number from 1 to 65535", port)
	}
	return host, int(n), nil
}

// NeedsLookup reports whether the host is a name.
func (t Target) NeedsLookup() bool {
	if t.Practice != "" {
		return false
	}
	_, err := netip.ParseAddr(t.Host)
	return err != nil
}

func (t Target) String() string {
	switch {
	case t.Practice == "default":
		return "practice"
	case t.Practice != "":
		return "practice:" + t.Practice
	case strings.Contains(t.Host, ":"):
		return "[" + t.Host + "]:" + strconv.Itoa(t.Port)
	}
	return t.Host + ":" + strconv.Itoa(t.Port)
}

// IsZero reports whether no target was given.
func (t Target) IsZero() bool { return t == Target{} }
