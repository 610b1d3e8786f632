package sasl

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/xdg-go/scram"

	"ehlo/session"
)

// maxIterations bounds what a server can make the client compute: five
// million rounds take seconds.
const maxIterations = 5_000_000

// scramMemory keeps the answers of one login, since a key costs many rounds
// and a screen asks for it at every frame.
type scramMemory struct {
	mu      sync.Mutex
	key     string
	answers []scramAnswer
}

type scramAnswer struct {
	response []byte
	why      string
	err      error
	proof    bool // it answers the server's proof
}

// scramStep: RFC 5802, 3 and 5; RFC 7677 for SHA-256.
func scramStep(c *Client, mech string, s session.State, challenges [][]byte) ([]byte, string, error) {
	answers := c.remembered(mech, s.Logins, s.Secure, challenges)
	last := answers[len(answers)-1]
	return last.response, last.why, last.err
}

// proved reports whether the server's last message was its proof.
func (c *Client) proved(mech string, login int, secure bool, challenges [][]byte) bool {
	for _, a := range c.remembered(mech, login, secure, challenges) {
		if a.err != nil {
			return false
		}
		if a.proof {
			return true
		}
	}
	return false
}

func (c *Client) remembered(mech string, login int, secure bool, challenges [][]byte) []scramAnswer {
	c.scram.mu.Lock()
	defer c.scram.mu.Unlock()
	key := mech + " " + strconv.Itoa(login) + " " + strconv.FormatBool(secure)
	for _, ch := range challenges {
		key += " " + string(ch)
	}
	if c.scram.key != key {
		c.scram.key, c.scram.answers = key, c.conversation(mech, login, challenges)
	}
	return c.scram.answers
}

// conversation answers all challenges from the start.
func (c *Client) conversation(mech string, login int, challenges [][]byte) []scramAnswer {
	conv, err := c.begin(mech, login)
	if err != nil {
		return []scramAnswer{{err: err}}
	}
	first, err := conv.Step("")
	answers := []scramAnswer{{response: []byte(first), why: "client-first: channel-binding flag, user, a fresh nonce", err: err}}
	// RFC 4954, 4: a server that wants the initial response after an empty 334.
	if len(challenges) > 0 && len(challenges[0]) == 0 {
		answers, challenges = append(answers, answers[0]), challenges[1:]
	}
	for i, ch := range challenges {
		answers = append(answers, c.scramAnswer(conv, i, string(ch)))
	}
	return answers
}

func (c *Client) scramAnswer(conv *scram.ClientConversation, i int, challenge string) scramAnswer {
	switch i {
	case 0:
		n, err := iterations(challenge)
		if err != nil {
			return scramAnswer{err: err}
		}
		final, err := conv.Step(challenge)
		return scramAnswer{response: []byte(final), err: err, why: fmt.Sprintf(
			"client-final: the proof is ClientKey xor HMAC(StoredKey, all messages), with ClientKey from PBKDF2 of the password, the server's salt and %d rounds", n)}
	case 1:
		// Postfix, Dovecot and others put server-final into a 334, and want an
		// empty line before their 235.
		if _, err := conv.Step(challenge); err != nil {
			return scramAnswer{err: fmt.Errorf("the server does not know the password: %w", err)}
		}
		return scramAnswer{response: []byte{}, proof: true,
			why: "the server has proved that it knows the password; an empty line lets it finish"}
	}
	return scramAnswer{err: errTooMany}
}

// iterations reads i= of server-first and refuses what would take too long.
func iterations(serverFirst string) (int, error) {
	for _, attr := range strings.Split(serverFirst, ",") {
		if value, ok := strings.CutPrefix(attr, "i="); ok {
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 {
				return 0, fmt.Errorf("the server's iteration count %q is no number", value)
			}
			if n > maxIterations {
				return 0, fmt.Errorf("the server asks for %d iterations; more than %d are not computed", n, maxIterations)
			}
			return n, nil
		}
	}
	return 0, errors.New("the server's first message has no iteration count")
}

func (c *Client) begin(mech string, login int) (*scram.ClientConversation, error) {
	base, plus := strings.CutSuffix(mech, "-PLUS")
	hash, ok := map[string]scram.HashGeneratorFcn{
		"SCRAM-SHA-1": scram.SHA1, "SCRAM-SHA-256": scram.SHA256, "SCRAM-SHA-512": scram.SHA512,
	}[base]
	if !ok {
		return nil, fmt.Errorf("%s is no SCRAM mechanism that is known here", mech)
	}
	client, err := hash.NewClient(c.User, c.Password, c.Authzid)
	if err != nil {
		return nil, err
	}
	client.WithNonceGenerator(func() string { return c.nonce(login) })
	if !plus {
		return client.NewConversation(), nil
	}
	binding, err := c.channelBinding()
	if err != nil {
		return nil, err
	}
	return client.NewConversationWithChannelBinding(binding), nil
}

func (c *Client) channelBinding() (scram.ChannelBinding, error) {
	var none scram.ChannelBinding
	if c.TLS == nil {
		return none, errors.New("channel binding needs TLS")
	}
	cs, ok := c.TLS()
	if !ok {
		return none, errors.New("channel binding needs TLS")
	}
	kind := c.Binding
	if kind == "" {
		kind = "tls-server-end-point"
		if cs.Version >= tls.VersionTLS13 {
			kind = "tls-exporter" // RFC 9266, 2
		}
	}
	switch kind {
	case "tls-exporter":
		return scram.NewTLSExporterBinding(&cs)
	case "tls-server-end-point":
		return scram.NewTLSServerEndpointBinding(&cs)
	}
	return none, fmt.Errorf("channel binding %q: there are %s", kind, strings.Join(Bindings(), " and "))
}

// Bindings returns the kinds of channel binding.
func Bindings() []string { return []string{"tls-exporter", "tls-server-end-point"} }
