package practice

import (
	"crypto/hmac"
	"crypto/md5"
	"fmt"
	"strings"
	"unicode/utf8"
)

// plain: RFC 4616, 2: [authzid] NUL authcid NUL passwd.
func (c *conn) plain(response []byte) string {
	parts := strings.Split(string(response), "\x00")
	if len(parts) != 3 {
		return reply("501 5.5.2 PLAIN is an authorization identity or none, NUL, user, NUL, password")
	}
	u, ok := c.user(parts[1])
	return verdict(ok && c.may(parts[0], parts[1]) && parts[2] == u.Password)
}

// namePassword is LOGIN, which has no RFC: two prompts, two answers.
func (c *conn) namePassword() login {
	name, asked := "", 0
	return func(response []byte) string {
		asked++
		switch asked {
		case 1:
			return challenge("Username:")
		case 2:
			name = string(response)
			return challenge("Password:")
		}
		u, ok := c.user(name)
		return verdict(ok && string(response) == u.Password)
	}
}

// cramMD5: RFC 2195, 2: the name, a blank, and the challenge keyed with the
// password.
func (c *conn) cramMD5(text string) login {
	asked := false
	return func(response []byte) string {
		if !asked {
			asked = true
			return challenge(text)
		}
		name, digest, _ := strings.Cut(string(response), " ")
		u, ok := c.user(name)
		mac := hmac.New(md5.New, []byte(u.Password))
		mac.Write([]byte(text))
		return verdict(ok && digest == fmt.Sprintf("%x", mac.Sum(nil)))
	}
}

// external: RFC 4422, Appendix A: a certificate says who the client is. Any
// certificate does here: what it takes to make one is the lesson.
func (c *conn) external(response []byte) string {
	_, known := c.user(string(response))
	return verdict(c.certified() && (known || len(response) == 0) && !c.srv.scenario.nobody)
}

// anonymous: RFC 4505, 2: a trace of 255 characters at most.
func anonymous(response []byte) string {
	if !utf8.Valid(response) || utf8.RuneCount(response) > 255 {
		return reply("501 5.5.2 The trace is no UTF-8, or longer than 255 characters")
	}
	return granted()
}
