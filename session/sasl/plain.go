package sasl

import (
	"crypto/hmac"
	"crypto/md5"
	"fmt"
	"strings"

	"ehlo/session"
)

// plain: RFC 4616, 2: [authzid] NUL authcid NUL passwd.
func plain(c *Client, _ string, _ session.State, challenges [][]byte) ([]byte, string, error) {
	if len(challenges) > 1 {
		return nil, "", errTooMany
	}
	return []byte(c.Authzid + "\x00" + c.User + "\x00" + c.Password),
		"authorization identity, NUL, user, NUL, password, in base64", nil
}

// login has no RFC. Its prompts are no fixed text: aiosmtpd's hold a NUL, and
// others translate them. The first answer is the name, the second the
// password.
func login(c *Client, _ string, _ session.State, challenges [][]byte) ([]byte, string, error) {
	switch len(challenges) {
	case 0:
		return nil, "", nil
	case 1:
		return []byte(c.User), fmt.Sprintf("the user's name in base64; the server asked %q", prompt(challenges[0])), nil
	case 2:
		return []byte(c.Password), fmt.Sprintf("the password in base64; the server asked %q", prompt(challenges[1])), nil
	}
	return nil, "", errTooMany
}

func prompt(p []byte) string { return strings.TrimRight(string(p), "\x00") }

// cramMD5: RFC 2195, 2: the name, a blank, and the challenge keyed with the
// password.
func cramMD5(c *Client, _ string, _ session.State, challenges [][]byte) ([]byte, string, error) {
	switch len(challenges) {
	case 0:
		return nil, "", nil
	case 1:
		mac := hmac.New(md5.New, []byte(c.Password))
		mac.Write(challenges[0])
		return fmt.Appendf(nil, "%s %x", c.User, mac.Sum(nil)),
			"user, blank, HMAC-MD5 of the challenge with the password as key", nil
	}
	return nil, "", errTooMany
}

// external: RFC 4422, Appendix A: who the client is, TLS or the system knows.
func external(c *Client, _ string, _ session.State, challenges [][]byte) ([]byte, string, error) {
	if len(challenges) > 1 {
		return nil, "", errTooMany
	}
	return []byte(c.Authzid), "the authorization identity; the certificate proves it", nil
}

// anonymous: RFC 4505, 2: a trace, such as an address to ask.
func anonymous(c *Client, _ string, _ session.State, challenges [][]byte) ([]byte, string, error) {
	if len(challenges) > 1 {
		return nil, "", errTooMany
	}
	return []byte(c.User), "a trace of who this is; it proves nothing", nil
}
