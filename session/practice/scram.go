package practice

import (
	"crypto/sha256"
	"errors"
	"strings"

	"github.com/xdg-go/scram"
)

// account is what a server keeps of a password for one SCRAM hash.
type account struct {
	hash   scram.HashGeneratorFcn
	stored scram.StoredCredentials
}

// RFC 7677, 4 asks for 4096 rounds or more.
const rounds = 4096

// makeAccounts derives the user's keys for each hash.
func makeAccounts() map[string]account {
	all := make(map[string]account)
	for name, hash := range map[string]scram.HashGeneratorFcn{
		"SCRAM-SHA-1": scram.SHA1, "SCRAM-SHA-256": scram.SHA256, "SCRAM-SHA-512": scram.SHA512,
	} {
		client, err := hash.NewClient(user, password, "")
		if err != nil {
			continue // name and password are constants that SASLprep allows
		}
		stored, err := client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: "ehlo practice " + name, Iters: rounds})
		if err != nil {
			continue
		}
		all[name] = account{hash, stored}
	}
	return all
}

var errUnknownUser = errors.New("there is no such user")

// scram: RFC 5802, 3 and 5; RFC 7677 for SHA-256. nil for a mechanism that is
// no SCRAM.
//
// RFC 4954, 4: the server's last message cannot go out with the 235, so that
// it is a challenge, which the client answers with an empty line.
func (c *conn) scram(mech string) login {
	base, plus := strings.CutSuffix(mech, "-PLUS")
	a, ok := c.srv.accounts()[base]
	if !ok {
		return nil
	}
	server, err := a.hash.NewServer(func(name string) (scram.StoredCredentials, error) {
		if !c.knows(name) {
			return scram.StoredCredentials{}, errUnknownUser
		}
		return a.stored, nil
	})
	if err != nil {
		return nil
	}
	var talk *scram.ServerConversation
	return func(response []byte) string {
		switch {
		case talk == nil:
			first := string(response)
			if bound := strings.HasPrefix(first, "p="); bound != plus {
				return denied() // RFC 5802, 6: a name with -PLUS and a binding belong together
			}
			talk = c.conversation(server, first)
		case talk.Done():
			return verdict(talk.Valid() && len(response) == 0)
		}
		answer, err := talk.Step(string(response))
		if err != nil || !c.may(talk.AuthzID()) {
			return denied()
		}
		return challenge(answer)
	}
}

// conversation knows the channel binding that the client asked for. Without
// one it still tells a client that was led to believe that there is none
// (RFC 5802, 6: a downgrade).
func (c *conn) conversation(server *scram.Server, first string) *scram.ServerConversation {
	kind, bound := strings.CutPrefix(first, "p=")
	kind, _, _ = strings.Cut(kind, ",")
	if !bound {
		kind = string(scram.ChannelBindingTLSServerEndpoint)
	}
	binding, err := c.binding(kind)
	switch {
	case err != nil:
		return server.NewConversation() // which refuses a binding
	case bound:
		return server.NewConversationWithChannelBindingRequired(binding)
	}
	return server.NewConversationWithChannelBinding(binding)
}

// binding is the server's side of a channel binding: tls-exporter (RFC 9266,
// 2) or tls-server-end-point (RFC 5929, 4).
func (c *conn) binding(kind string) (scram.ChannelBinding, error) {
	none := scram.ChannelBinding{}
	if c.under == nil {
		return none, errors.New("the channel is not under TLS")
	}
	switch scram.ChannelBindingType(kind) {
	case scram.ChannelBindingTLSExporter:
		cs := c.under.ConnectionState()
		return scram.NewTLSExporterBinding(&cs)
	case scram.ChannelBindingTLSServerEndpoint:
		config, err := c.srv.tls()
		if err != nil {
			return none, err
		}
		// The certificate is signed with SHA-256, and so it is hashed.
		sum := sha256.Sum256(config.Certificates[0].Certificate[0])
		return scram.ChannelBinding{Type: scram.ChannelBindingTLSServerEndpoint, Data: sum[:]}, nil
	}
	return none, errors.New("this channel binding is not known")
}
