package practice

import (
	"crypto/sha256"
	"errors"
	"strings"

	"github.com/xdg-go/scram"
)

// RFC 7677, 4 asks for 4096 rounds or more.
const rounds = 4096

func scramHash(mech string) scram.HashGeneratorFcn {
	switch mech {
	case "SCRAM-SHA-1":
		return scram.SHA1
	case "SCRAM-SHA-256":
		return scram.SHA256
	case "SCRAM-SHA-512":
		return scram.SHA512
	}
	return nil
}

// stored returns what a server keeps of a password for one SCRAM hash. It is
// derived when it is first needed.
func (s *Server) stored(mech string, u User) (scram.StoredCredentials, error) {
	key := mech + " " + u.Name
	s.mu.Lock()
	known, ok := s.derived[key]
	s.mu.Unlock()
	if ok {
		return known, nil
	}
	client, err := scramHash(mech).NewClient(u.Name, u.Password, "")
	if err != nil {
		return scram.StoredCredentials{}, err
	}
	made, err := client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: "ehlo practice " + mech, Iters: rounds})
	if err != nil {
		return made, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.derived[key] = made
	return made, nil
}

var errUnknownUser = errors.New("there is no such user")

// scram: RFC 5802, 3 and 5; RFC 7677 for SHA-256. nil for a mechanism that is
// no SCRAM.
//
// RFC 4954, 4: the server's last message cannot go out with the 235, so that
// it is a challenge, which the client answers with an empty line.
func (c *conn) scram(mech string) login {
	base, plus := strings.CutSuffix(mech, "-PLUS")
	hash := scramHash(base)
	if hash == nil {
		return nil
	}
	server, err := hash.NewServer(func(name string) (scram.StoredCredentials, error) {
		u, ok := c.user(name)
		if !ok {
			return scram.StoredCredentials{}, errUnknownUser
		}
		return c.srv.stored(base, u)
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
		if err != nil || !c.may(talk.AuthzID(), talk.Username()) {
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
