package sasl

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ehlo/session"
)

// Credentials are what a person has to log in with.
type Credentials struct {
	User     string // authentication identity
	Password string
	Authzid  string // authorization identity; "" lets the server derive it from User
	Token    string // bearer token for XOAUTH2 and OAUTHBEARER; default: Password
}

// Client logs in. It is a [session.Authenticator].
type Client struct {
	Credentials
	// Mechanisms are tried in this order. Empty means [Preferred], as far as
	// they are offered and the credentials allow.
	Mechanisms []string
	// Forced takes the first of Mechanisms even if it is not offered.
	Forced bool
	// NoInitial sends AUTH without an initial response, and the response when
	// the server asks for it with an empty challenge (RFC 4954, 4).
	NoInitial bool
	// Binding chooses the channel binding of the -PLUS mechanisms:
	// tls-exporter (RFC 9266) or tls-server-end-point (RFC 5929). Empty takes
	// the exporter under TLS 1.3 and the end point before.
	Binding string
	// TLS returns the state of the connection, for channel binding.
	TLS func() (tls.ConnectionState, bool)

	// Nonce makes the client's nonce for the n-th login of a session. The
	// same n must give the same nonce. Default: random.
	Nonce func(n int) string

	seed  [32]byte
	scram scramMemory
}

// Preferred returns the mechanisms in the order in which they are taken: those
// that show the server no password first.
func Preferred() []string {
	return []string{
		"SCRAM-SHA-512-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS",
		"SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1",
		"CRAM-MD5", "PLAIN", "LOGIN",
	}
}

// mechanism answers the last of the challenges; with none it gives the
// initial response, or nil. why says how the response was made.
type mechanism func(c *Client, mech string, s session.State, challenges [][]byte) (response []byte, why string, err error)

var mechanisms = map[string]mechanism{
	"PLAIN": plain, "LOGIN": login, "CRAM-MD5": cramMD5, "EXTERNAL": external, "ANONYMOUS": anonymous,
	"XOAUTH2": xoauth2, "OAUTHBEARER": oauthBearer,
	"SCRAM-SHA-1": scramStep, "SCRAM-SHA-256": scramStep, "SCRAM-SHA-512": scramStep,
	"SCRAM-SHA-1-PLUS": scramStep, "SCRAM-SHA-256-PLUS": scramStep, "SCRAM-SHA-512-PLUS": scramStep,
}

// Names returns the mechanisms that a Client knows, sorted.
func Names() []string {
	var names []string
	for name := range mechanisms {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// NewClient returns a client with a seed for its nonces.
func NewClient(cred Credentials, mechs ...string) *Client {
	c := &Client{Credentials: cred}
	for _, m := range mechs {
		c.Mechanisms = append(c.Mechanisms, strings.ToUpper(m))
	}
	_, _ = rand.Read(c.seed[:]) // never fails
	return c
}

// Mechanism implements [session.Authenticator].
func (c *Client) Mechanism(offered []string, s session.State) string {
	wanted := c.Mechanisms
	if len(wanted) == 0 {
		wanted = Preferred()
	}
	for _, m := range wanted {
		if slices.Contains(offered, m) && mechanisms[m] != nil && (len(c.Mechanisms) > 0 || c.canDo(m, s)) {
			return m
		}
	}
	if c.Forced && len(c.Mechanisms) > 0 {
		return c.Mechanisms[0]
	}
	return ""
}

// Wanted implements [session.Authenticator].
func (c *Client) Wanted() []string { return c.Mechanisms }

// canDo reports whether a mechanism that nobody named makes sense. One that
// shows the password is not taken in the clear unless it was named.
func (c *Client) canDo(mech string, s session.State) bool {
	if (mech == "PLAIN" || mech == "LOGIN") && !s.Secure {
		return false
	}
	return !strings.HasSuffix(mech, "-PLUS") || s.Secure && c.TLS != nil
}

// Response implements [session.Authenticator].
func (c *Client) Response(mech string, s session.State) ([]byte, string, error) {
	mech = strings.ToUpper(mech)
	respond := mechanisms[mech]
	if respond == nil {
		return nil, "", fmt.Errorf("the mechanism %s is not known here", mech)
	}
	challenges, err := decoded(s.Challenges)
	if err != nil {
		return nil, "", err
	}
	if c.NoInitial && mech != "LOGIN" && mech != "CRAM-MD5" { // those two have none
		if len(challenges) == 0 {
			return nil, "", nil
		}
		challenges = challenges[1:]
	}
	return respond(c, mech, s, challenges)
}

func decoded(texts []string) ([][]byte, error) {
	challenges := make([][]byte, len(texts))
	for i, text := range texts {
		c, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, fmt.Errorf("challenge %d is not base64: %.60q", i+1, text)
		}
		challenges[i] = c
	}
	return challenges, nil
}

// Accepted implements [session.Authenticator]. SCRAM's server has to prove that
// it knows the password before its 235 (RFC 5802, 3): one that does not may be
// somebody else.
func (c *Client) Accepted(mech string, s session.State) error {
	if !strings.HasPrefix(mech, "SCRAM-") {
		return nil
	}
	challenges, err := decoded(s.Challenges)
	if err != nil {
		return err
	}
	if !c.proved(mech, s.Logins-1, s.Secure, challenges) {
		return errors.New("the server did not prove that it knows the password (RFC 5802, 3)")
	}
	return nil
}

// nonce returns the client's nonce for this login.
func (c *Client) nonce(n int) string {
	if c.Nonce != nil {
		return c.Nonce(n)
	}
	sum := sha256.Sum256(fmt.Appendf(c.seed[:len(c.seed):len(c.seed)], "%d", n))
	return base64.RawStdEncoding.EncodeToString(sum[:18])
}

var errTooMany = errors.New("the server asks for more than the mechanism has")
