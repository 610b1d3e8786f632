package session

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Target is what a session connects to. At most one of Practice, Unix, Pipe
// and MX is set; Host and Port are unused then.
//
// In text it is one of
//
//	HOST[:PORT]                SMTP over TCP; also [IPv6]:PORT, [IPv6%ZONE]:PORT
//	smtp://HOST[:PORT]         the same
//	submission://HOST[:PORT]   port 587 (RFC 6409, 3.1)
//	smtps://HOST[:PORT]        TLS first, port 465 (RFC 8314, 3.3); also submissions://
//	lmtp://HOST[:PORT]         LMTP, port 24 (RFC 2033)
//	unix:PATH, lmtp+unix:PATH  a unix socket; @NAME is abstract (Linux)
//	pipe:COMMAND ARGS          a process: its standard input and output
//	lmtp+pipe:COMMAND ARGS     the same, speaking LMTP
//	mx:DOMAIN                  wherever mail for DOMAIN goes; to be routed
//	practice[:SCENARIO]        the built-in server; practice:lmtp speaks LMTP
//
// A prefix wins over a host of that name; smtp://unix:25 is the host.
type Target struct {
	Host string // a name or an address, which may have an IPv6 zone
	Port int    // 1 to 65535
	// TLS begins with a handshake (RFC 8314, 3).
	TLS bool
	// LMTP says LHLO in place of EHLO (RFC 2033, 4.1).
	LMTP bool
	// Practice names the scenario of the built-in server. The plain server is
	// the scenario "default".
	Practice string
	// Unix is the path of a socket. A leading @ makes it abstract (Linux).
	Unix string
	// Pipe is a command line. It is split at blanks, with quotes as in sh; no
	// shell runs.
	Pipe string
	// MX is a domain whose mail exchangers are to be found. A session cannot
	// connect to it; session/route makes hosts of it.
	MX string
}

// The ports of the schemes.
const (
	DefaultPort    = 25  // SMTP (RFC 5321, 4.5.4.2)
	SubmissionPort = 587 // RFC 6409, 3.1
	SMTPSPort      = 465 // RFC 8314, 7.3
	LMTPPort       = 24  // any but 25 is right (RFC 2033, 5); 24 is for private mail (IANA)
)

// ParseTarget reads a target; [Target] lists the forms. An error names the
// text in quotes and says what is wrong with it.
func ParseTarget(text string) (Target, error) {
	t, err := parseTarget(text)
	if err != nil {
		return Target{}, fmt.Errorf("target %q: %w", text, err)
	}
	return t, nil
}

func parseTarget(text string) (Target, error) {
	if scheme, rest, ok := strings.Cut(text, "://"); ok && word(scheme) {
		return parseURL(scheme, rest)
	}
	if text == "practice" {
		return Target{Practice: "default"}, nil
	}
	scheme, rest, ok := strings.Cut(text, ":")
	if ok {
		switch scheme {
		case "practice":
			if rest == "" {
				return Target{}, errors.New("the scenario is missing; ehlo list scenarios names them")
			}
			return Target{Practice: rest, LMTP: rest == "lmtp" || strings.HasPrefix(rest, "lmtp-")}, nil
		case "unix", "lmtp+unix":
			return Target{Unix: rest, LMTP: scheme != "unix"}, checkPath(rest)
		case "pipe", "lmtp+pipe":
			return Target{Pipe: rest, LMTP: scheme != "pipe"}, checkCommand(rest)
		case "mx":
			return Target{MX: rest}, checkDomain(rest)
		}
	}
	host, port, err := splitHostPort(text, DefaultPort)
	return Target{Host: host, Port: port}, err
}

func parseURL(scheme, rest string) (Target, error) {
	var t Target
	port := DefaultPort
	switch strings.ToLower(scheme) {
	case "smtp":
	case "submission":
		port = SubmissionPort
	case "smtps", "submissions":
		t.TLS, port = true, SMTPSPort
	case "lmtp":
		t.LMTP, port = true, LMTPPort
	case "unix", "lmtp+unix", "pipe", "lmtp+pipe", "mx", "practice":
		return t, fmt.Errorf("%s: takes no slashes", strings.ToLower(scheme))
	default:
		return t, fmt.Errorf("the scheme %s is not supported; use smtp, submission, smtps or lmtp", scheme)
	}
	var err error
	t.Host, t.Port, err = splitHostPort(strings.TrimSuffix(rest, "/"), port)
	return t, err
}

// word reports whether text can be the scheme of a URL, so that a command or
// a path with "://" inside is not taken for one.
func word(text string) bool {
	for _, r := range text {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '+' {
			continue
		}
		return false
	}
	return text != ""
}

func checkPath(path string) error {
	switch {
	case path == "" || path == "@":
		return errors.New("the path of the socket is missing")
	case strings.ContainsRune(path, 0):
		return errors.New("the path holds a null octet")
	}
	return nil
}

func checkCommand(command string) error {
	switch {
	case strings.Trim(command, " \t\n") == "":
		return errors.New("the command is missing, as in pipe:sendmail -bs")
	case strings.ContainsRune(command, 0):
		return errors.New("the command holds a null octet")
	}
	return nil
}

func checkDomain(domain string) error {
	if _, err := strconv.ParseUint(domain, 10, 16); err == nil {
		return fmt.Errorf("%s is no domain; smtp://mx:%s is the host mx", domain, domain)
	}
	if domain == "" {
		return errors.New("the domain is missing")
	}
	if strings.ContainsAny(domain, ":[]") {
		return fmt.Errorf("%q is no domain", domain)
	}
	return checkHost(domain)
}

func checkHost(host string) error {
	if host == "" {
		return errors.New("the host is missing")
	}
	for _, r := range host {
		if r <= ' ' || !Visible(r) || strings.ContainsRune(`/\@"<>[]`, r) {
			return fmt.Errorf("%q is no host name", host)
		}
	}
	return nil
}

func splitHostPort(text string, standard int) (host string, port int, err error) {
	host, digits := text, ""
	switch {
	case strings.HasPrefix(text, "["):
		inner, after, ok := strings.Cut(text[1:], "]")
		switch {
		case !ok:
			return "", 0, errors.New("the bracket is not closed")
		case after != "" && !strings.HasPrefix(after, ":"):
			return "", 0, fmt.Errorf("%q stands behind the bracket", after)
		case after == ":":
			return "", 0, errors.New("the port is missing")
		}
		if _, err := netip.ParseAddr(inner); err != nil {
			return "", 0, fmt.Errorf("[%s] holds no IP address", inner)
		}
		host, digits = inner, strings.TrimPrefix(after, ":")
	case strings.Count(text, ":") == 1:
		host, digits, _ = strings.Cut(text, ":")
		if digits == "" {
			return "", 0, errors.New("the port is missing")
		}
	case strings.Contains(text, ":"):
		if _, err := netip.ParseAddr(text); err != nil {
			return "", 0, errors.New("write an IPv6 address with a port as [ADDR]:PORT")
		}
	}
	if err := checkHost(host); err != nil {
		return "", 0, err
	}
	if digits == "" {
		return host, standard, nil
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	if err != nil || n == 0 {
		return "", 0, fmt.Errorf("%q is no port; a port is a number from 1 to 65535", digits)
	}
	return host, int(n), nil
}

// IsHost reports whether the target is reached by host and port, and not by
// something that has a name of its own.
func (t Target) IsHost() bool {
	return t.Practice == "" && t.Unix == "" && t.Pipe == "" && t.MX == ""
}

// NeedsLookup reports whether the host is a name.
func (t Target) NeedsLookup() bool {
	if !t.IsHost() {
		return false
	}
	_, err := netip.ParseAddr(t.Host)
	return err != nil
}

// String returns the shortest text that [ParseTarget] reads as this target.
// It may hold any octet that a path or a command can; show it by [Escape].
func (t Target) String() string {
	lmtp := ""
	if t.LMTP {
		lmtp = "lmtp+"
	}
	switch {
	case t.Practice == "default":
		return "practice"
	case t.Practice != "":
		return "practice:" + t.Practice
	case t.Unix != "":
		return lmtp + "unix:" + t.Unix
	case t.Pipe != "":
		return lmtp + "pipe:" + t.Pipe
	case t.MX != "":
		return "mx:" + t.MX
	}
	host := t.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	text := host + ":" + strconv.Itoa(t.Port)
	switch {
	case t.LMTP:
		return "lmtp://" + text
	case t.TLS:
		return "smtps://" + text
	case isPrefix(t.Host):
		return "smtp://" + text
	}
	return text
}

// isPrefix tells the hosts that a target without a scheme cannot name.
func isPrefix(host string) bool {
	switch host {
	case "practice", "unix", "pipe", "mx", "lmtp+unix", "lmtp+pipe":
		return true
	}
	return false
}

// IsZero reports whether no target was given.
func (t Target) IsZero() bool { return t == Target{} }
