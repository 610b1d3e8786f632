package sasl

import (
	"encoding/json"
	"fmt"

	"ehlo/session"
)

func (c *Client) token() string {
	if c.Token != "" {
		return c.Token
	}
	return c.Password
}

// xoauth2 is Google's mechanism; it has no RFC.
func xoauth2(c *Client, _ string, _ session.State, challenges [][]byte) ([]byte, string, error) {
	if len(challenges) > 2 {
		return nil, "", errTooMany
	}
	switch initial := []byte("user=" + c.User + "\x01auth=Bearer " + c.token() + "\x01\x01"); {
	case len(challenges) == 0, len(challenges) == 1 && len(challenges[0]) == 0:
		return initial, "user and bearer token, each ended by 0x01", nil
	default:
		// A challenge that says something is a refusal. An empty response lets
		// the server end it with its 535.
		return []byte{}, "the token was refused: " + oauthError(challenges[len(challenges)-1]) + "; an empty answer ends it", nil
	}
}

// oauthBearer: RFC 7628, 3.1.
func oauthBearer(c *Client, _ string, s session.State, challenges [][]byte) ([]byte, string, error) {
	if len(challenges) > 2 {
		return nil, "", errTooMany
	}
	authzid := ""
	if c.User != "" {
		authzid = "a=" + c.User
	}
	initial := []byte("n," + authzid + ",\x01host=" + s.Host + "\x01auth=Bearer " + c.token() + "\x01\x01")
	switch {
	case len(challenges) == 0, len(challenges) == 1 && len(challenges[0]) == 0:
		return initial, "GS2 header, host and bearer token, each ended by 0x01", nil
	default:
		// RFC 7628, 3.2.3: the client answers a failure with a single 0x01.
		return []byte{1}, "the token was refused: " + oauthError(challenges[len(challenges)-1]) + "; 0x01 ends it", nil
	}
}

// oauthError reads the JSON in which a server says why (RFC 7628, 3.2.2).
func oauthError(challenge []byte) string {
	var e struct{ Status, Scope, Schemes string }
	if err := json.Unmarshal(challenge, &e); err != nil {
		return fmt.Sprintf("%.200q", challenge)
	}
	text := "status " + e.Status
	if e.Scope != "" {
		text += ", scope " + e.Scope
	}
	if e.Schemes != "" {
		text += ", schemes " + e.Schemes
	}
	return text
}
