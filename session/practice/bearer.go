package practice

import "strings"

// xoauth2 is Google's mechanism: user=, auth=, each ended by 0x01, and 0x01.
func (c *conn) xoauth2() login {
	refused := false
	return func(response []byte) string {
		if refused { // whatever the answer to the error is, it ends there
			return denied()
		}
		fields, ok := keyValues(string(response))
		if u, known := c.user(fields["user"]); ok && known && bearer(fields["auth"], u) {
			return granted()
		}
		refused = true
		return challenge(`{"status":"401","schemes":"bearer","scope":"https://` + c.srv.opts.Name + `/mail"}`)
	}
}

// oauthBearer: RFC 7628, 3.1: a GS2 header, then as above. RFC 7628, 3.2.3: an
// error is a challenge, the client answers it with 0x01, and a 535 ends it.
func (c *conn) oauthBearer() login {
	refused := false
	refuse := func(status string) string {
		refused = true
		return challenge(`{"status":"` + status + `","scope":"mail"}`)
	}
	return func(response []byte) string {
		if refused {
			return denied()
		}
		header, rest, _ := strings.Cut(string(response), "\x01")
		parts := strings.Split(header, ",")
		fields, ok := keyValues(rest)
		if !ok || len(parts) != 3 || parts[0] != "n" && parts[0] != "y" || parts[2] != "" {
			return refuse("invalid_request")
		}
		authzid, named := strings.CutPrefix(parts[1], "a=")
		if parts[1] != "" && !named || !c.bears(fields["auth"], authzid) {
			return refuse("invalid_token")
		}
		return granted()
	}
}

// keyValues reads KEY=VALUE, each ended by 0x01, and 0x01.
func keyValues(text string) (map[string]string, bool) {
	text, ok := strings.CutSuffix(text, "\x01\x01")
	fields := make(map[string]string)
	for field := range strings.SplitSeq(text, "\x01") {
		key, value, some := strings.Cut(field, "=")
		ok = ok && some
		fields[key] = value
	}
	return fields, ok
}

// bearer: RFC 6750, 2.1; the scheme's name is not case-sensitive.
func bearer(value string, u User) bool {
	scheme, given, _ := strings.Cut(value, " ")
	return strings.EqualFold(scheme, "Bearer") && u.Token != "" && given == u.Token
}

// bears reports whether a token is that of this user, or of any if there is no
// name.
func (c *conn) bears(value, name string) bool {
	if name != "" {
		u, ok := c.user(name)
		return ok && bearer(value, u)
	}
	for _, u := range c.srv.users {
		if bearer(value, u) && !c.srv.scenario.nobody {
			return true
		}
	}
	return false
}
